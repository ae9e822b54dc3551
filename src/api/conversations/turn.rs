//! The replies that a command asks for, answered as ids or, for those who would rather listen, as they are said.
//!
//! Whoever listens is on the board before the command is given, so that not even the first token is missed.

use std::sync::Arc;

use axum::{
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{
    character::CharacterId,
    conversation::{ConversationId, MessageId, ReplyId},
    user::UserId,
};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use serde::Serialize;

use super::owned;
use crate::{
    api::{
        answer::{Answer, POSITION},
        negotiation::wants_events,
        problem::Problem,
        replies::{
            RequestedReply, hearing,
            place::{self, Place},
            telling::Teller,
        },
        sse::{self, Frames},
    },
    execute::{Accepted, Outcome},
    house::House,
    relay::Live,
};

/// Replies that a command may ask for.
pub struct Turn {
    replies: Vec<Wanted>,
    telling: Telling,
}

/// How the caller wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Telling {
    Ids,
    Events,
}

/// A reply that may be asked for.
struct Wanted {
    reply: ReplyId,
    message: Option<MessageId>,
    character: CharacterId,
    live: Option<Arc<Live>>,
}

impl Turn {
    /// Gets ready for these replies.
    pub fn expect(
        house: &House,
        headers: &HeaderMap,
        replies: impl IntoIterator<Item = (ReplyId, Option<MessageId>, CharacterId)>,
    ) -> Self {
        let telling = if wants_events(headers) { Telling::Events } else { Telling::Ids };
        let wanted = |(reply, message, character)| {
            let live = (telling == Telling::Events).then(|| house.expect(reply));
            Wanted { reply, message, character, live }
        };
        Self { replies: replies.into_iter().map(wanted).collect(), telling }
    }

    /// Answers the command that asked for them; `body` gets those that were really asked for, and the position.
    pub async fn answer<Body: Serialize>(
        self,
        house: &House,
        user: UserId,
        conversation: ConversationId,
        accepted: Accepted,
        body: impl FnOnce(Vec<RequestedReply>, String) -> Body,
    ) -> Result<Response, Problem> {
        let asked = house.executor.look_after(conversation, accepted.position.sequence, |conversation| {
            owned(conversation, user).map(|room| {
                let asked =
                    self.replies.into_iter().filter(|wanted| room.replies.contains_key(&wanted.reply));
                asked.collect::<Vec<_>>()
            })
        });
        let asked = asked.await??;
        asked.iter().for_each(|wanted| place::note(wanted.reply, wanted.place(user, conversation)));
        let ids = asked
            .iter()
            .map(|wanted| RequestedReply { reply_id: wanted.reply, character_id: wanted.character });
        let body = body(ids.collect(), accepted.position.to_string());
        if self.telling == Telling::Ids {
            return Ok(Answer::begun(accepted, body).into_response());
        }
        let mut replies = Vec::with_capacity(asked.len());
        for wanted in asked {
            replies.push(wanted.frames(house, user, accepted.outcome).await?);
        }
        Ok(tell(accepted, &body, replies))
    }
}

impl Wanted {
    fn place(&self, owner: UserId, conversation: ConversationId) -> Place {
        Place { owner, conversation, message: self.message, character: self.character }
    }

    /// What is heard of it: from the board, if it was asked for just now; a repeated command may be about one that is
    /// long over.
    async fn frames(
        self,
        house: &House,
        user: UserId,
        outcome: Outcome,
    ) -> Result<BoxStream<'static, Bytes>, Problem> {
        match (self.live, outcome) {
            (Some(live), Outcome::Decided) => {
                Ok(hearing::live(live, None, Teller::among_others(self.reply, self.message)))
            }
            _ => {
                let teller = |message| Teller::among_others(self.reply, message);
                hearing::any(house, user, self.reply, None, teller).await
            }
        }
    }
}

/// One stream: that it was accepted, then all replies as they are said.
fn tell(accepted: Accepted, body: &impl Serialize, replies: Vec<BoxStream<'static, Bytes>>) -> Response {
    let mut frames = Frames::default();
    frames.event("accepted", body);
    let first = stream::iter([frames.finish()]);
    let mut response = sse::response(first.chain(stream::select_all(replies)));
    if let Ok(position) = HeaderValue::try_from(accepted.position.to_string()) {
        response.headers_mut().insert(POSITION, position);
    }
    response
}
