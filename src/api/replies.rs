//! `/replies`: listen to one, cancel it, ask for another wording.

pub mod cancel;
pub mod hearing;
pub mod place;
pub mod regenerate;
pub mod stored;
pub mod stream;
pub mod telling;

use domain::{character::CharacterId, conversation::ReplyId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::house::House;

/// What can be asked about replies.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(stream::stream))
        .routes(routes!(cancel::cancel))
        .routes(routes!(regenerate::regenerate))
}

/// A reply that was asked for.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct RequestedReply {
    /// Its id: `GET /replies/{reply_id}/stream` listens to it.
    #[schema(value_type = uuid::Uuid)]
    pub reply_id: ReplyId,
    /// Who was asked.
    #[schema(value_type = uuid::Uuid)]
    pub character_id: CharacterId,
}
