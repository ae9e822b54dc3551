//! Personas, as they are now. Which of them somebody is by default stands in their own history, and is no column.
//!
//! Queries are in `personas/list.rs`.

mod list;

use domain::{
    Private,
    character::Picture,
    commit::{Kind, Recorded},
    persona::{Persona, PersonaCreated, PersonaEvent, Profile},
};
pub use list::{Filter, PersonaRow, Retired, list, show};
use sqlx::PgConnection;

use crate::{Projection, moment::Moment, sql};

/// As whom people talk.
pub const PROJECTION: Projection = Projection {
    name: "personas",
    version: 1,
    reads: &[Kind::Persona],
    tables: &["personas"],
    forget: &["delete from personas where user_id = $1"],
    apply: |commits, tx| Box::pin(apply_all(commits, tx)),
};

async fn apply_all(commits: &[&Recorded], tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    for recorded in commits {
        apply(recorded, tx).await?;
    }
    Ok(())
}

async fn apply(recorded: &Recorded, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    let moment = Moment::from(recorded);
    for event in recorded.events::<Persona>() {
        match event {
            PersonaEvent::PersonaCreated(event) => created(tx, moment, event).await?,
            PersonaEvent::PersonaRevised(event) => revised(tx, moment, &event.profile.or_default()).await?,
            PersonaEvent::PersonaRepainted(event) => {
                repainted(tx, moment, event.picture.as_ref().and_then(Private::known)).await?;
            }
            PersonaEvent::PersonaRetired(_) => active(tx, moment, Active::NoMore).await?,
            PersonaEvent::PersonaRestored(_) => active(tx, moment, Active::Again).await?,
        }
    }
    touched(tx, moment).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Active {
    Again,
    NoMore,
}

async fn created(tx: &mut PgConnection, moment: Moment, event: &PersonaCreated) -> Result<(), sqlx::Error> {
    let (profile, source) = (event.profile.or_default(), event.source.as_ref().and_then(Private::known));
    sqlx::query(
        "insert into personas (id, user_id, name, title, profile, source_file, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5::text::json, $6, $7, $7, $8)
         on conflict (id) do nothing",
    )
    .bind(moment.id)
    .bind(event.owner.uuid())
    .bind(sql::text(&profile.name))
    .bind(sql::text(&profile.title))
    .bind(sql::json(&profile)?.to_string())
    .bind(source.map(|source| sql::text(&source.file)))
    .bind(moment.at)
    .bind(moment.sequence)
    .execute(tx)
    .await?;
    Ok(())
}

async fn revised(tx: &mut PgConnection, moment: Moment, profile: &Profile) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update personas
         set name    = $3,
             title   = $4,
             profile = $5::text::json
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(sql::text(&profile.name))
    .bind(sql::text(&profile.title))
    .bind(sql::json(profile)?.to_string())
    .execute(tx)
    .await?;
    Ok(())
}

async fn repainted(
    tx: &mut PgConnection,
    moment: Moment,
    picture: Option<&Picture>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update personas
         set picture_digest     = $3,
             picture_media_type = $4
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(picture.map(|picture| sql::text(&picture.digest)))
    .bind(picture.map(|picture| sql::text(&picture.media_type)))
    .execute(tx)
    .await?;
    Ok(())
}

async fn active(tx: &mut PgConnection, moment: Moment, active: Active) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update personas
         set is_active = $3
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(active == Active::Again)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whatever a commit says of a persona, its version is the commit's sequence.
async fn touched(tx: &mut PgConnection, moment: Moment) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update personas
         set version    = $2,
             updated_at = $3
         where id = $1
           and version < $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(moment.at)
    .execute(tx)
    .await?;
    Ok(())
}
