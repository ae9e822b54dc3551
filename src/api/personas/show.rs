//! `GET /personas/{id}`: everything about a persona.

use axum::{extract::State, response::Response};
use domain::{
    lorebook::LorebookId,
    persona::{PersonaId, Profile},
};
use projections::personas::{self, PersonaRow};
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{location, parts::PersonaPlacement};
use crate::{
    api::{
        after::{After, AfterParam},
        at::{At, Named},
        auth::Caller,
        picture,
        precondition::Known,
        problem::Problem,
    },
    house::House,
};

/// A persona.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownPersona {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: PersonaId,
    /// What it is called, also in prompts (`{{user}}`).
    name: String,
    /// What tells it from others of the name.
    title: String,
    /// Who it is, in the words that models are told (`{{persona}}`).
    description: String,
    /// Where those words stand in prompts.
    placement: PersonaPlacement,
    /// The lorebook that goes with it.
    #[schema(value_type = Option<uuid::Uuid>)]
    lorebook_id: Option<LorebookId>,
    /// What other programs keep of it, as they spelt it.
    #[schema(value_type = Object)]
    rest: Map<String, Value>,
    /// Where its picture is.
    avatar_url: Option<String>,
    /// The file by which the program that it was brought from knows it; null if it was made up here.
    file: Option<String>,
    /// Whether it may be chosen: false once retired.
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

impl From<PersonaRow> for ShownPersona {
    fn from(row: PersonaRow) -> Self {
        let Profile { name, title, description, placement, lorebook, rest } = row.profile;
        Self {
            id: row.id,
            name,
            title,
            description,
            placement: placement.into(),
            lorebook_id: lorebook,
            rest,
            avatar_url: row.picture.map(|it| picture::address(&location(row.id), &it.digest)),
            file: row.source_file,
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// A persona.
#[utoipa::path(
    get, path = "/api/v1/personas/{id}", tag = "personas", operation_id = "show_persona",
    params(("id" = uuid::Uuid, Path, description = "The persona."), AfterParam),
    responses((status = 200, description = "The persona.", body = ShownPersona))
)]
pub async fn show(
    State(house): State<House>,
    caller: Caller,
    At(id): At<PersonaId>,
    known: Known,
    _after: After,
) -> Result<Response, Problem> {
    let row = personas::show(&house.pool, caller.user, id).await?.ok_or_else(PersonaId::missing)?;
    Ok(known.or_shown(row.version, ShownPersona::from(row)))
}
