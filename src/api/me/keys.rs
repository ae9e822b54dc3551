//! `/me/keys`: one's keys. A key is told once, when it is issued; the house keeps only its hash.

use axum::{Json, extract::State};
use domain::user::{IssueApiKey, KeyId, RevokeApiKey, Rights};
use projections::users::{self, KeyRow};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    api::{
        after::{After, AfterParam},
        answer::{Answer, Done},
        at::At,
        auth::Caller,
        body::Sent,
        order::Order,
        problem::Problem,
    },
    execute::Outcome,
    house::House,
    key,
};

/// A key, without anything that opens a door.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedKey {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: KeyId,
    /// What it is for, in your words.
    label: String,
    /// When it was issued.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it was revoked, if it was.
    #[serde(with = "time::serde::rfc3339::option")]
    revoked_at: Option<OffsetDateTime>,
}

impl From<KeyRow> for ListedKey {
    fn from(row: KeyRow) -> Self {
        let KeyRow { id, label, created_at, revoked_at } = row;
        Self { id, label, created_at, revoked_at }
    }
}

/// All keys of somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct Keys {
    /// The keys, newest first, revoked ones included.
    items: Vec<ListedKey>,
}

/// What a key is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// In your words.
    #[serde(default)]
    #[schema(max_length = 255)]
    label: String,
}

/// A key that was issued.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedKey {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: KeyId,
    /// The key: told this once, and never again; null when the request repeats one that was answered.
    key: Option<String>,
    /// Where in the log it was issued.
    position: String,
}

/// Your keys.
#[utoipa::path(
    get, path = "/api/v1/me/keys", tag = "me", operation_id = "list_keys", params(AfterParam),
    responses((status = 200, description = "All of them.", body = Keys))
)]
pub async fn list(State(house): State<House>, caller: Caller, _after: After) -> Result<Json<Keys>, Problem> {
    let rows = users::keys(&house.pool, caller.user).await?;
    Ok(Json(Keys { items: rows.into_iter().map(ListedKey::from).collect() }))
}

/// Get another key.
#[utoipa::path(
    post, path = "/api/v1/me/keys", tag = "me", operation_id = "issue_key", request_body = NewKey,
    responses((status = 201, description = "The key.", body = IssuedKey))
)]
pub async fn issue(
    State(house): State<House>,
    order: Order,
    Sent { value, digest }: Sent<NewKey>,
) -> Result<Answer<IssuedKey>, Problem> {
    let ((secret, hash), id) = (key::mint(order.user), order.id("key"));
    let command = IssueApiKey { key: id, hash, label: value.label, rights: Rights::default() };
    let accepted = house.executor.execute(order.user, &command, &order.envelope_of(&digest)).await?;
    let key = (accepted.outcome == Outcome::Decided).then(|| secret.expose().to_owned());
    let issued = IssuedKey { id, key, position: accepted.position.to_string() };
    Ok(Answer::created(accepted, format!("/api/v1/me/keys/{id}"), issued))
}

/// Take a key back: it opens the door no more.
#[utoipa::path(
    delete, path = "/api/v1/me/keys/{id}", tag = "me", operation_id = "revoke_key",
    params(("id" = uuid::Uuid, Path, description = "The key.")),
    responses((status = 200, description = "It is revoked.", body = Done))
)]
pub async fn revoke(
    State(house): State<House>,
    order: Order,
    At(key): At<KeyId>,
) -> Result<Answer<Done>, Problem> {
    Ok(Answer::done(house.executor.execute(order.user, &RevokeApiKey { key }, &order.envelope()).await?))
}
