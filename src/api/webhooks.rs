//! `/webhooks`: what analysts read, told over HTTP. To add, see and remove hooks, and to try again what was not delivered.
//!
//! None of it is a command of the log. Only the owner may: a hook is told of everybody, if without words.

pub mod add;
pub mod list;
pub mod remove;
pub mod retry;
pub mod undelivered;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::{at::Named, problem::Problem};
use crate::{
    house::House,
    webhooks::{WebhookId, book::BookError},
};

/// What can be asked about webhooks.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(add::add, list::list))
        .routes(routes!(remove::remove))
        .routes(routes!(undelivered::undelivered))
        .routes(routes!(retry::retry))
}

impl Named for WebhookId {
    fn missing() -> Problem {
        Problem::not_found("webhook-not-found", "there is no such webhook")
    }
}

impl From<BookError> for Problem {
    fn from(error: BookError) -> Self {
        match error {
            BookError::Target(why) => Self::invalid("webhook-refused", why.to_string()),
            BookError::UnknownType(_) | BookError::TooManyTypes => {
                Self::invalid("webhook-refused", error.to_string())
            }
            BookError::Full => Self::invalid("too-many-webhooks", error.to_string()),
            BookError::Missing => WebhookId::missing(),
            BookError::Hooks(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the webhooks are away");
                Self::away("log-away", "the webhooks cannot be reached; ask again in a moment")
            }
            BookError::Vault(error) => error.into(),
            BookError::Client(error) => Self::fault(&error),
        }
    }
}
