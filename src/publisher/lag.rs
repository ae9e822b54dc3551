//! How far what analysts read is behind the log, as anyone sees it who looks from outside: so a publisher that hangs, or
//! that nobody has started, is seen too.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::{Setback, standing};
use crate::{house::House, stamp};

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// Looks for ever, and counts.
pub async fn watch(house: House) {
    if !house.config.events.publish {
        return std::future::pending().await;
    }
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(setback) = look(&house).await {
            tracing::debug!(
                error = &setback as &dyn std::error::Error,
                "publisher: cannot tell how far it is"
            );
        }
    }
}

async fn look(house: &House) -> Result<(), Setback> {
    let (at, _) = standing(house).await?;
    let told = at.source.map_or(0, |source| source.position.sequence);
    let last = house.journal().last().await?.sequence;
    let oldest = if told < last { house.journal().stored_at(told + 1).await? } else { None };
    let age = oldest.map_or(0.0, |oldest| (stamp::now() - oldest).as_seconds_f64().max(0.0));
    metrics::gauge!("innkeeper_publisher_lag_seconds").set(age);
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    metrics::gauge!("innkeeper_publisher_lag_commits").set(last.saturating_sub(told) as f64);
    Ok(())
}
