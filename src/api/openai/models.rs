//! `GET /models` and `GET /models/{id}`: the characters of whoever asks, and their groups, as models.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::character::CharacterId;
use serde::Serialize;

use crate::{
    api::{after, auth::Caller, problem::Problem},
    house::House,
    models::{self, Model},
};

/// A model, as OpenAI describes one.
#[derive(Debug, Serialize)]
pub(super) struct Described {
    id: String,
    object: &'static str,
    created: i64,
    owned_by: &'static str,
}

/// Several of them.
#[derive(Debug, Serialize)]
pub(super) struct List {
    object: &'static str,
    data: Vec<Described>,
}

impl From<&Model> for Described {
    fn from(model: &Model) -> Self {
        let created = model.created_at.unix_timestamp();
        Self { id: model.id.clone(), object: "model", created, owned_by: "innkeeper" }
    }
}

pub(super) async fn list(State(house): State<House>, caller: Caller) -> Result<Json<List>, Problem> {
    after::catch_up(&house).await;
    let catalogue = models::of(&house, caller.user).await?;
    Ok(Json(List { object: "list", data: catalogue.offered().map(Described::from).collect() }))
}

pub(super) async fn show(
    State(house): State<House>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Described>, Problem> {
    after::catch_up(&house).await;
    let catalogue = models::of(&house, caller.user).await?;
    let known = catalogue.find(&id).and_then(|company| catalogue.called(&company).map(Described::from));
    known.map(Json).ok_or_else(unknown)
}

/// Who is meant by a model; whoever came in a moment ago is looked for once more.
pub(super) async fn company(
    house: &House,
    caller: Caller,
    id: &str,
) -> Result<Option<Vec<CharacterId>>, Problem> {
    if let Some(company) = models::of(house, caller.user).await?.find(id) {
        return Ok(Some(company));
    }
    after::catch_up(house).await;
    Ok(models::of(house, caller.user).await?.find(id))
}

/// No such model. Somebody else's are answered like unknown ones.
pub(super) fn unknown() -> Problem {
    Problem::not_found("model-not-found", "there is no such model here; GET /v1/models lists yours")
}
