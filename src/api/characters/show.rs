//! `GET /characters/{id}`: everything about a character.

use axum::{extract::State, response::Response};
use domain::character::{CharacterId, Profile};
use projections::{
    characters::{self, CharacterRow},
    past,
};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::parts::{Appearance, Description, Greetings, Instructions, Personality, Voice};
use crate::{
    api::{
        after::{After, AfterParam},
        at::{At, Named},
        auth::Caller,
        past::{AtParam, Then},
        precondition::Known,
        problem::Problem,
    },
    house::House,
};

/// A character, whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownCharacter {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: CharacterId,
    /// What it is called.
    name: String,
    /// Name, description, scenario and the like.
    description: Description,
    /// Character traits.
    personality: Personality,
    /// What it says first.
    greetings: Greetings,
    /// How the model is told to play it.
    instructions: Instructions,
    /// What it looks like.
    appearance: Appearance,
    /// What it sounds like.
    voice: Voice,
    /// What it remembers.
    #[schema(value_type = Object)]
    memory: Value,
    /// Where its picture is.
    avatar_url: Option<String>,
    /// The version of the card format that it came in.
    card_spec: Option<String>,
    /// Whether it speaks: false once retired.
    is_active: bool,
    /// When it came in.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    /// Its version: the number in its `ETag`.
    version: u64,
}

impl TryFrom<CharacterRow> for ShownCharacter {
    type Error = serde_json::Error;

    fn try_from(row: CharacterRow) -> Result<Self, serde_json::Error> {
        let profile: Profile = serde_json::from_value(row.profile)?;
        Ok(Self {
            id: row.id,
            name: row.name,
            description: profile.description.into(),
            personality: profile.personality.into(),
            greetings: profile.greetings.into(),
            instructions: profile.instructions.into(),
            appearance: profile.appearance.into(),
            voice: profile.voice.into(),
            memory: row.memory_data,
            avatar_url: row.avatar_url,
            card_spec: row.original_spec,
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// A character, whole.
#[utoipa::path(
    get, path = "/api/v1/characters/{id}", tag = "characters",
    params(("id" = uuid::Uuid, Path, description = "The character."), AtParam, AfterParam),
    responses((status = 200, description = "The character.", body = ShownCharacter))
)]
pub async fn show(
    State(house): State<House>,
    caller: Caller,
    At(id): At<CharacterId>,
    known: Known,
    then: Then,
    _after: After,
) -> Result<Response, Problem> {
    let row = match then.commits(&house, id.key()).await? {
        Some(commits) => past::character(&commits)?.filter(|row| row.user_id == caller.user),
        None => characters::show(&house.pool, caller.user, id).await?,
    };
    let row = row.ok_or_else(CharacterId::missing)?;
    let shown = ShownCharacter::try_from(row).map_err(|error| Problem::fault(&error))?;
    Ok(known.or_shown(shown.version, &shown))
}
