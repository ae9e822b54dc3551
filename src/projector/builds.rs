//! Projections are built anew beside the rows that serve, and take over when they have caught up.
//!
//! Who wants one says so by [`want`], in any process; whoever projects sees it within a second. A projection whose rows
//! are of an older version is wanted by itself. A building that broke off goes on where it stopped.

use std::{convert::Infallible, time::Duration};

use nats::CompareError;
use projections::{
    ApplyError, Projection, Site,
    build::{self, Begun, Over, Switched},
};
use tokio::time::sleep;

use super::{
    Setback,
    batches::{Batches, apply, stretches},
    live::agrees,
};
use crate::house::House;

/// How often one looks whether something is to be built.
const LOOK: Duration = Duration::from_secs(1);

/// Asks for a projection to be built anew.
pub async fn want(house: &House, projection: &Projection) -> Result<Begun, sqlx::Error> {
    build::start(&house.pool, projection, house.journal().epoch()).await
}

/// Builds whatever is wanted, for ever.
pub async fn run(house: &House) -> Infallible {
    loop {
        if let Err(setback) = all(house).await {
            tracing::warn!(error = &setback as &dyn std::error::Error, "projector: a building starts over");
        }
        sleep(LOOK).await;
    }
}

async fn all(house: &House) -> Result<(), Setback> {
    let all = projections::all();
    for old in projections::outdated(&house.pool, &all).await.map_err(Setback::Checkpoints)? {
        if want(house, &old).await.map_err(Setback::Checkpoints)? == Begun::Now {
            tracing::info!(projection = old.name, version = old.version, "projector: building a new version");
        }
    }
    for building in build::under_way(&house.pool, &all).await.map_err(Setback::Checkpoints)? {
        one(house, &building.projection).await?;
    }
    Ok(())
}

/// Builds one until it serves.
async fn one(house: &House, projection: &Projection) -> Result<(), Setback> {
    // One that was begun for another log, or by another version of the house, is begun again here.
    want(house, projection).await.map_err(Setback::Checkpoints)?;
    let only = [*projection];
    let found = build::under_way(&house.pool, &only).await.map_err(Setback::Checkpoints)?;
    let Some(building) = found.first() else { return Ok(()) };
    let mut at = building.at;
    match agrees(house, at, building.digest.as_deref()).await {
        Ok(()) => {}
        Err(CompareError::Rewound(_)) => {
            build::abandon(&house.pool, projection).await.map_err(Setback::Checkpoints)?;
            return want(house, projection).await.map(drop).map_err(Setback::Checkpoints);
        }
        Err(error) => return Err(Setback::Away(error)),
    }
    let mut target = house.journal().last().await?;
    let mut batches = Batches::of(house.journal().follow(at.sequence));
    loop {
        while at.sequence < target.sequence {
            let batch = batches.next().await.ok_or(Setback::Ended)?;
            for stretch in stretches(batch, None) {
                at = match apply(house, Site::Building, &only, at, stretch).await {
                    // Somebody else builds it too, and is ahead.
                    Err(Setback::Apply(ApplyError::Fenced { .. })) => return Ok(()),
                    other => other?,
                };
            }
        }
        match switch(house, projection).await? {
            Switched::Yes => break,
            Switched::NotYet(served) => target = served,
        }
    }
    tracing::info!(projection = projection.name, position = %at, "projector: the new rows serve");
    Ok(())
}

/// Switches over. Rows that have seen more than the log holds are of another log, and are not waited for.
async fn switch(house: &House, projection: &Projection) -> Result<Switched, Setback> {
    let switched = build::switch(&house.pool, projection, Over::SameLog).await.map_err(Setback::Switch)?;
    let Switched::NotYet(served) = switched else { return Ok(switched) };
    if house.journal().last().await?.sequence >= served.sequence {
        return Ok(switched);
    }
    build::switch(&house.pool, projection, Over::AnotherLog).await.map_err(Setback::Switch)
}
