//! Characters, as they are now.
//!
//! The columns of the product's specification hold a part of the character each; `profile` holds all parts as they are
//! revised, so that an interface can show one and send it back. Queries are in `characters/list.rs`.

mod list;
mod names;
mod profiles;

use domain::{
    character::{
        AppearanceRevised, Character, CharacterEvent, CharacterProviderChosen, Description,
        DescriptionRevised, GreetingsRevised, InstructionsRevised, Original, PersonalityRevised, Picture,
        Profile, VoiceRevised,
    },
    commit::{Kind, Recorded},
    user::UserId,
};
pub use list::{CharacterRow, CharacterSummary, Filter, Retired, list, show};
pub use names::{CharacterName, names};
pub use profiles::{CharacterProfile, profiles};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{PgConnection, types::Uuid};

use crate::{Projection, moment::Moment, sql};

/// Somebody invented, whom people talk with.
pub const PROJECTION: Projection = Projection {
    name: "characters",
    version: 1,
    reads: &[Kind::Character],
    tables: &["characters"],
    forget: &["delete from characters where user_id = $1"],
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
    for event in recorded.events::<Character>() {
        match event {
            CharacterEvent::CharacterImported(event) => {
                came_in(tx, moment, event.owner, &event.profile.or_default(), event.original.known()).await?;
            }
            CharacterEvent::CharacterCreated(event) => {
                came_in(tx, moment, event.owner, &event.profile.or_default(), None).await?;
            }
            CharacterEvent::DescriptionRevised(event) => described(tx, moment, event).await?,
            CharacterEvent::PersonalityRevised(event) => personality(tx, moment, event).await?,
            CharacterEvent::GreetingsRevised(GreetingsRevised { greetings }) => {
                part(tx, moment, "greetings", &greetings.or_default()).await?;
            }
            CharacterEvent::InstructionsRevised(InstructionsRevised { instructions }) => {
                part(tx, moment, "instructions", &instructions.or_default()).await?;
            }
            CharacterEvent::AppearanceRevised(event) => looks(tx, moment, event).await?,
            CharacterEvent::VoiceRevised(event) => voice(tx, moment, event).await?,
            CharacterEvent::CharacterRetired(_) => active(tx, moment, Active::NoMore).await?,
            CharacterEvent::CharacterRestored(_) => active(tx, moment, Active::Again).await?,
            CharacterEvent::CharacterProviderChosen(event) => provider(tx, moment, event).await?,
        }
    }
    touched(tx, moment).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Active {
    Again,
    NoMore,
}

async fn came_in(
    tx: &mut PgConnection,
    moment: Moment,
    owner: UserId,
    profile: &Profile,
    original: Option<&Original>,
) -> Result<(), sqlx::Error> {
    let Profile { description, appearance, .. } = profile;
    let avatar = appearance.avatar.as_ref();
    sqlx::query(
        "insert into characters (id, user_id, name, description, personality_data, avatar_url, voice_settings,
                                 scenario_data, created_at, updated_at, tags, profile, avatar_digest,
                                 avatar_media_type, original_digest, original_media_type, original_spec, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict (id) do nothing",
    )
    .bind(moment.id)
    .bind(owner.uuid())
    .bind(sql::text(&description.name))
    .bind(sql::text(&description.text))
    .bind(sql::json(&profile.personality)?)
    .bind(avatar.map(|avatar| avatar_url(moment.id, avatar)))
    .bind(sql::json(&profile.voice)?)
    .bind(scenario(description)?)
    .bind(moment.at)
    .bind(sql::texts(&description.tags))
    .bind(sql::json(profile)?)
    .bind(avatar.map(|avatar| sql::text(&avatar.digest)))
    .bind(avatar.map(|avatar| sql::text(&avatar.media_type)))
    .bind(original.map(|original| sql::text(&original.digest)))
    .bind(original.map(|original| sql::text(&original.media_type)))
    .bind(original.map(|original| sql::text(&original.spec)))
    .bind(moment.sequence)
    .execute(tx)
    .await?;
    Ok(())
}

/// Where our interface serves the picture. The digest is in it, so that it can be cached for ever.
pub(crate) fn avatar_url(id: Uuid, avatar: &Picture) -> String {
    format!("/api/v1/characters/{id}/avatar?v={}", sql::text(&avatar.digest))
}

pub(crate) fn scenario(description: &Description) -> Result<Value, sqlx::Error> {
    sql::json(&json!({ "scenario": description.scenario }))
}

async fn described(
    tx: &mut PgConnection,
    moment: Moment,
    event: &DescriptionRevised,
) -> Result<(), sqlx::Error> {
    let description = &event.description.or_default();
    sqlx::query(
        "update characters
         set name          = $3,
             description   = $4,
             scenario_data = $5,
             tags          = $6,
             profile       = jsonb_set(profile, '{description}', $7)
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(sql::text(&description.name))
    .bind(sql::text(&description.text))
    .bind(scenario(description)?)
    .bind(sql::texts(&description.tags))
    .bind(sql::json(description)?)
    .execute(tx)
    .await?;
    Ok(())
}

async fn personality(
    tx: &mut PgConnection,
    moment: Moment,
    event: &PersonalityRevised,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update characters
         set personality_data = $3,
             profile          = jsonb_set(profile, '{personality}', $3)
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(sql::json(&event.personality.or_default())?)
    .execute(tx)
    .await?;
    Ok(())
}

async fn looks(tx: &mut PgConnection, moment: Moment, event: &AppearanceRevised) -> Result<(), sqlx::Error> {
    let appearance = &event.appearance.or_default();
    let avatar = appearance.avatar.as_ref();
    sqlx::query(
        "update characters
         set avatar_url        = $3,
             avatar_digest     = $4,
             avatar_media_type = $5,
             profile           = jsonb_set(profile, '{appearance}', $6)
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(avatar.map(|avatar| avatar_url(moment.id, avatar)))
    .bind(avatar.map(|avatar| sql::text(&avatar.digest)))
    .bind(avatar.map(|avatar| sql::text(&avatar.media_type)))
    .bind(sql::json(appearance)?)
    .execute(tx)
    .await?;
    Ok(())
}

async fn voice(tx: &mut PgConnection, moment: Moment, event: &VoiceRevised) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update characters
         set voice_settings = $3,
             profile        = jsonb_set(profile, '{voice}', $3)
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(sql::json(&event.voice.or_default())?)
    .execute(tx)
    .await?;
    Ok(())
}

/// A part that has no column of its own.
async fn part(
    tx: &mut PgConnection,
    moment: Moment,
    name: &'static str,
    part: &impl Serialize,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update characters
         set profile = jsonb_set(profile, array[$3], $4)
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(name)
    .bind(sql::json(part)?)
    .execute(tx)
    .await?;
    Ok(())
}

async fn active(tx: &mut PgConnection, moment: Moment, active: Active) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update characters
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

async fn provider(
    tx: &mut PgConnection,
    moment: Moment,
    event: &CharacterProviderChosen,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update characters
         set provider = $3
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(sql::json(&event.provider.or_default().settings)?)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whatever a commit says of a character, its version is the commit's sequence.
async fn touched(tx: &mut PgConnection, moment: Moment) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update characters
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
