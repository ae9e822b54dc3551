//! `GET /lorebooks/{id}`: everything about a lorebook but its entries.

use axum::{extract::State, response::Response};
use domain::{character::CharacterId, lorebook::LorebookId};
use projections::lorebooks::{self, LorebookRow};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    api::{
        after::{After, AfterParam},
        at::{At, Named},
        auth::Caller,
        precondition::Known,
        problem::Problem,
    },
    house::House,
};

/// A lorebook, without its entries.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownLorebook {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: LorebookId,
    /// What it is called.
    name: String,
    /// What it is about, for people.
    description: String,
    /// How many messages are searched for keys, where it says so.
    scan_depth: Option<u64>,
    /// How many tokens its entries may take, where it says so.
    token_budget: Option<u64>,
    /// Whether entries may wake each other, where it says so.
    recursive_scanning: Option<bool>,
    /// How many entries it has.
    entry_count: u64,
    /// How many entries of its file have yet to arrive: 0, unless its import broke off.
    missing_entries: u64,
    /// For whom it is.
    links: Links,
    /// Whose shape its file has; null if it has none.
    #[schema(example = "sillytavern")]
    file_format: Option<String>,
    /// Whether it says something else than its file; true if it has none.
    is_changed: bool,
    /// Whether it may be used: false once retired.
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

/// For whom a lorebook is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LorebookLinks)]
pub struct Links {
    /// For every conversation.
    account: bool,
    /// For conversations with these characters.
    #[schema(value_type = Vec<uuid::Uuid>)]
    character_ids: Vec<CharacterId>,
}

impl From<LorebookRow> for ShownLorebook {
    fn from(row: LorebookRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            scan_depth: row.scan_depth,
            token_budget: row.token_budget,
            recursive_scanning: row.recursive_scanning,
            entry_count: row.entry_count,
            missing_entries: row.entries_expected,
            links: Links { account: row.is_global, character_ids: row.character_ids },
            file_format: row.original_format,
            is_changed: row.is_changed,
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// A lorebook, without its entries.
#[utoipa::path(
    get, path = "/api/v1/lorebooks/{id}", tag = "lorebooks", operation_id = "show_lorebook",
    params(("id" = uuid::Uuid, Path, description = "The lorebook."), AfterParam),
    responses((status = 200, description = "The lorebook.", body = ShownLorebook))
)]
pub async fn show(
    State(house): State<House>,
    caller: Caller,
    At(id): At<LorebookId>,
    known: Known,
    _after: After,
) -> Result<Response, Problem> {
    let row = lorebooks::show(&house.pool, caller.user, id).await?.ok_or_else(LorebookId::missing)?;
    Ok(known.or_shown(row.version, ShownLorebook::from(row)))
}
