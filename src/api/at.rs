//! What a path names. What is no id is answered like an id that nobody knows.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{
    character::CharacterId,
    conversation::{ConversationId, MessageId, ReplyId},
    lorebook::LorebookId,
    persona::PersonaId,
    user::KeyId,
};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The ids in the path.
#[derive(Debug, Clone, Copy)]
pub struct At<Ids>(pub Ids);

/// What can be named in a path, and what is said when there is none of it.
pub trait Named: DeserializeOwned + Send {
    /// There is none.
    fn missing() -> Problem;
}

impl Named for CharacterId {
    fn missing() -> Problem {
        Problem::not_found("character-not-found", "there is no such character")
    }
}

/// Something of a character that is known by its digest or its name.
impl Named for (CharacterId, String) {
    fn missing() -> Problem {
        CharacterId::missing()
    }
}

impl Named for ConversationId {
    fn missing() -> Problem {
        Problem::not_found("conversation-not-found", "there is no such conversation")
    }
}

impl Named for MessageId {
    fn missing() -> Problem {
        Problem::not_found("message-not-found", "there is no such message")
    }
}

impl Named for ReplyId {
    fn missing() -> Problem {
        Problem::not_found("reply-not-found", "there is no such reply")
    }
}

impl Named for KeyId {
    fn missing() -> Problem {
        Problem::not_found("key-not-found", "there is no such key")
    }
}

impl Named for LorebookId {
    fn missing() -> Problem {
        Problem::not_found("lorebook-not-found", "there is no such lorebook")
    }
}

impl Named for PersonaId {
    fn missing() -> Problem {
        Problem::not_found("persona-not-found", "there is no such persona")
    }
}

impl<Inner: Named> Named for (LorebookId, Inner) {
    fn missing() -> Problem {
        Inner::missing()
    }
}

impl<Inner: Named> Named for (ConversationId, Inner) {
    fn missing() -> Problem {
        Inner::missing()
    }
}

impl<S: Send + Sync, Ids: Named> FromRequestParts<S> for At<Ids> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<Ids>::from_request_parts(parts, state).await;
        path.map(|Path(ids)| Self(ids)).map_err(|_| Ids::missing())
    }
}
