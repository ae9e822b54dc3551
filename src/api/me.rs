//! `/me`: who asks, their keys, which model answers them, and all that they have, to take along.

pub mod erase;
pub mod export;
pub mod keys;
pub mod provider;

use axum::{Json, extract::State, response::Response};
use domain::user::{KeyId, User, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    after::{After, AfterParam},
    auth::Caller,
    precondition::{self, Known},
    problem::Problem,
};
use crate::house::House;

/// What can be asked about oneself.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(me, erase::erase))
        .routes(routes!(export::export))
        .routes(routes!(keys::list, keys::issue))
        .routes(routes!(keys::revoke))
        .routes(routes!(provider::show, provider::choose, provider::forget))
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Your id.
    #[schema(value_type = uuid::Uuid)]
    id: UserId,
    /// What you are called.
    name: String,
    /// The id of the key that you showed.
    #[schema(value_type = uuid::Uuid)]
    key_id: KeyId,
}

/// Who you are.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "me", params(AfterParam),
    responses((status = 200, description = "You.", body = Me))
)]
pub async fn me(
    State(house): State<House>,
    caller: Caller,
    known: Known,
    _after: After,
) -> Result<Response, Problem> {
    let look = house.executor.look::<User, _>(caller.user, |user| {
        (user.state().person().map(|person| person.name.clone()), user.version())
    });
    let (name, version) = look.await?;
    let me = Me { id: caller.user, name: name.unwrap_or_default(), key_id: caller.key };
    Ok(known.or_answer(&precondition::etag(version), Json(me)))
}
