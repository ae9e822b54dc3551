//! `GET /replies/{id}/stream`: a reply as it is said, from its first token or behind the last one that was heard.
//!
//! It can be listened to before it begins, while it is said, and after its end; by any number of callers; again and
//! again. To leave stops nothing.

use axum::{extract::State, http::HeaderMap, response::Response};
use domain::conversation::ReplyId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{hearing, telling::Teller};
use crate::{
    api::{after::After, at::At, auth::Caller, problem::Problem, query::Asked, sse},
    house::House,
    relay::StreamId,
};

/// Where a caller who comes back goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Resume {
    /// The id of the last event that was heard. The header `Last-Event-ID` says the same.
    last_event_id: Option<String>,
}

/// Listen to a reply.
#[utoipa::path(
    get, path = "/api/v1/replies/{id}/stream", tag = "replies", operation_id = "stream_reply",
    params(("id" = uuid::Uuid, Path, description = "The reply."), Resume),
    responses((
        status = 200, content_type = "text/event-stream", body = String,
        description = "Events: `started {reply_id, attempt}`, `token {index, text}` with an id, \
                       `restarted {reply_id, attempt}` (forget the words so far), and at the end \
                       `completed {reply_id, message_id, position}` (without `message_id`, if it was only proposed to the \
                       person) or `failed {reply_id, position, problem}`.",
    ))
)]
pub async fn stream(
    State(house): State<House>,
    caller: Caller,
    At(reply): At<ReplyId>,
    Asked(resume): Asked<Resume>,
    headers: HeaderMap,
    _after: After,
) -> Result<Response, Problem> {
    let last = last(&headers, resume.last_event_id.as_deref())?;
    let frames = hearing::any(&house, caller.user, reply, last, |message| Teller::alone(reply, message));
    Ok(sse::response(frames.await?))
}

fn last(headers: &HeaderMap, query: Option<&str>) -> Result<Option<StreamId>, Problem> {
    let id = sse::last_event_id(headers, query);
    let last = id.map(|id| id.parse::<StreamId>()).transpose();
    last.map_err(|error| Problem::bad_request("malformed-stream-id", error.to_string()))
}
