//! `POST /audit/prompt`: the very prompt behind a reply. It opens private words, so it takes the right to do so.

use axum::{Json, extract::State};
use domain::conversation::ReplyId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Auditor;
use crate::{
    api::{body::Sent, problem::Problem},
    audit::{
        prompt::{self, PromptError, Reassembled},
        trail::Look,
    },
    house::House,
};

/// A reply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditedReply)]
pub struct OfReply {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    reply_id: ReplyId,
}

/// Assemble the very prompt behind a reply again, from the log; `proved` says whether its hash is the recorded one.
#[utoipa::path(
    post, path = "/api/v1/audit/prompt", tag = "audit", operation_id = "reassemble_prompt",
    request_body = OfReply, responses((status = 200, description = "The prompt.", body = Object))
)]
pub async fn prompt(
    State(house): State<House>,
    auditor: Auditor,
    Sent { value, .. }: Sent<OfReply>,
) -> Result<Json<Reassembled>, Problem> {
    let look = Look { about: Some(value.reply_id.uuid()), ..Look::at_all("prompt").opened() };
    let _desk = auditor.looks(&house, look).await?;
    Ok(Json(prompt::reassemble(&house, value.reply_id).await?))
}

impl From<PromptError> for Problem {
    fn from(error: PromptError) -> Self {
        match error {
            PromptError::Unknown(_) => {
                Self::not_found("reply-not-found", "there is no such reply, or it was never completed")
            }
            PromptError::OtherRules { .. } | PromptError::NoSpeaker | PromptError::Overflow(_) => {
                Self::new(axum::http::StatusCode::CONFLICT, "prompt-not-reassembled", error.to_string())
            }
            PromptError::Load(error) => error.into(),
            PromptError::Table(error) => error.into(),
        }
    }
}
