//! `/conversations`: begin one, bring one in, say something in it, read it, follow it, branch from it, take it along.

pub mod branch;
pub mod close;
pub mod delete;
pub mod edit;
pub mod events;
pub mod export;
pub mod impersonate;
pub mod import;
pub mod list;
pub mod messages;
pub mod persona;
pub mod rename;
pub mod request;
pub mod send;
pub mod show;
pub mod start;
pub mod turn;

use domain::{
    conversation::{Conversation, ConversationId},
    user::UserId,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::problem::Problem;
use crate::{execute::Folded, house::House};

/// What can be asked about conversations.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(list::list, start::start))
        .routes(routes!(import::import))
        .routes(routes!(export::export))
        .routes(routes!(show::show, rename::rename))
        .routes(routes!(close::close))
        .routes(routes!(persona::choose, persona::lay_down))
        .routes(routes!(messages::messages, send::send))
        .routes(routes!(edit::edit, delete::delete))
        .routes(routes!(request::request))
        .routes(routes!(impersonate::impersonate))
        .routes(routes!(branch::branch))
        .routes(routes!(events::events))
}

/// A conversation that began.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewConversation)]
pub struct New {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: ConversationId,
    /// Where in the log it began.
    pub position: String,
}

/// Where a conversation is shown.
pub fn location(conversation: ConversationId) -> String {
    format!("/api/v1/conversations/{conversation}")
}

/// The room of a conversation, if this user owns it; a stranger's is as good as none.
pub fn owned(
    conversation: &Folded<Conversation>,
    user: UserId,
) -> Result<&domain::conversation::Room, Problem> {
    conversation.state().owned_by(user).map_err(|rejection| Problem::rejected(&rejection))
}
