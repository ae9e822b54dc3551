//! What is heard of a reply, told as events.
//!
//! Tokens are the many: their frames are written by hand, and all that is heard at once becomes one chunk.

use axum::http::StatusCode;
use bytes::Bytes;
use domain::conversation::{MessageId, ReplyId};
use serde::Serialize;

use crate::{
    api::{
        problem::{Details, Problem},
        sse::Frames,
        tell::Tell,
    },
    relay::{Ending, Heard, StreamId},
};

/// Tells what is heard of one reply.
#[derive(Debug, Clone, Copy)]
pub struct Teller {
    reply: ReplyId,
    message: Option<MessageId>,
    company: Company,
}

/// Whether the stream is about this reply only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Company {
    Alone,
    AmongOthers,
}

#[derive(Serialize)]
struct Attempt {
    reply_id: ReplyId,
    attempt: u32,
}

#[derive(Serialize)]
struct Token<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_id: Option<ReplyId>,
    index: u32,
    text: &'a str,
}

#[derive(Serialize)]
struct Completed {
    reply_id: ReplyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<MessageId>,
    position: String,
}

#[derive(Serialize)]
struct Failed<'a> {
    reply_id: ReplyId,
    position: String,
    problem: &'a Details,
}

impl Teller {
    /// For a stream about this reply only.
    pub fn alone(reply: ReplyId, message: Option<MessageId>) -> Self {
        Self { reply, message, company: Company::Alone }
    }

    /// For a stream about several replies: every event says which one it is about.
    pub fn among_others(reply: ReplyId, message: Option<MessageId>) -> Self {
        Self { reply, message, company: Company::AmongOthers }
    }

    /// The frames of all that was heard at once.
    pub fn tell(&self, heard: &[Heard]) -> Bytes {
        self.tell_as::<Frames>(heard)
    }

    /// The same, in another form.
    pub fn tell_as<Form: Tell>(&self, heard: &[Heard]) -> Form::Chunk {
        let mut frames = Form::default();
        for heard in heard {
            match heard {
                Heard::Started { attempt } => frames.event("started", &self.attempt(*attempt)),
                Heard::Restarted { attempt } => frames.event("restarted", &self.attempt(*attempt)),
                Heard::Token { id, text } => self.token(*id, text, &mut frames),
                Heard::Ended(ending) => self.end(ending, &mut frames),
            }
        }
        frames.finish()
    }

    fn attempt(&self, attempt: u32) -> Attempt {
        Attempt { reply_id: self.reply, attempt }
    }

    fn token(&self, id: StreamId, text: &str, frames: &mut impl Tell) {
        let reply_id = (self.company == Company::AmongOthers).then_some(self.reply);
        frames.event_at(id, "token", &Token { reply_id, index: id.index, text });
    }

    fn end(&self, ending: &Ending, frames: &mut impl Tell) {
        let (reply_id, message_id) = (self.reply, self.message);
        let (problem, position) = match ending {
            Ending::Completed { position } => {
                let position = position.to_string();
                return frames.event("completed", &Completed { reply_id, message_id, position });
            }
            Ending::Failed { reason, sentence, position } => {
                (Problem::new(StatusCode::BAD_GATEWAY, reason, sentence.clone()), position)
            }
            Ending::Cancelled { position } => {
                (Problem::new(StatusCode::CONFLICT, "reply-cancelled", "the reply was cancelled"), position)
            }
        };
        frames.event(
            "failed",
            &Failed { reply_id, position: position.to_string(), problem: problem.details() },
        );
    }
}

#[cfg(test)]
mod spec {
    use domain::{
        Id,
        commit::{Epoch, Position},
    };
    use uuid::Uuid;

    use super::*;

    const REPLY: &str = "00000000-0000-0000-0000-000000000001";
    const MESSAGE: &str = "00000000-0000-0000-0000-000000000002";

    fn told(heard: &[Heard], teller: fn(ReplyId, Option<MessageId>) -> Teller) -> String {
        let teller = teller(Id::new(Uuid::from_u128(1)), Some(Id::new(Uuid::from_u128(2))));
        String::from_utf8(teller.tell(heard).to_vec()).unwrap()
    }

    fn token() -> Heard {
        Heard::Token { id: StreamId { run: 7, index: 3, offset: 11 }, text: "\"Hi\"\n".into() }
    }

    fn position() -> Position {
        Position { epoch: Epoch::new(1), sequence: 9 }
    }

    #[test]
    fn all_that_was_heard_at_once_is_one_chunk() {
        let ending = Heard::Ended(Ending::Completed { position: position() });
        assert_eq!(
            told(&[Heard::Started { attempt: 1 }, token(), ending], Teller::alone),
            format!(
                "event: started\ndata: {{\"reply_id\":\"{REPLY}\",\"attempt\":1}}\n\n\
                 event: token\nid: 00000007.3.11\ndata: {{\"index\":3,\"text\":\"\\\"Hi\\\"\\n\"}}\n\n\
                 event: completed\ndata: {{\"reply_id\":\"{REPLY}\",\"message_id\":\"{MESSAGE}\",\
                 \"position\":\"00000001-9\"}}\n\n"
            )
        );
    }

    #[test]
    fn what_is_only_proposed_became_no_message() {
        let teller = Teller::alone(Id::new(Uuid::from_u128(1)), None);
        let told = teller.tell(&[Heard::Ended(Ending::Completed { position: position() })]);
        let completed =
            format!("event: completed\ndata: {{\"reply_id\":\"{REPLY}\",\"position\":\"00000001-9\"}}\n\n");
        assert_eq!(told, completed);
    }

    #[test]
    fn among_others_every_token_says_whose_it_is() {
        assert!(
            told(&[token()], Teller::among_others)
                .contains(&format!("{{\"reply_id\":\"{REPLY}\",\"index\":3"))
        );
    }

    #[test]
    fn a_failure_is_told_as_a_problem() {
        let failed = Ending::Failed {
            reason: "model-unreachable".into(),
            sentence: "nobody answers there".into(),
            position: position(),
        };
        let frame = told(&[Heard::Ended(failed)], Teller::alone);
        assert!(frame.contains(
            "\"problem\":{\"type\":\"/problems/model-unreachable\",\"title\":\"nobody answers there\",\"status\":502}"
        ));
        let cancelled = told(&[Heard::Ended(Ending::Cancelled { position: position() })], Teller::alone);
        assert!(cancelled.starts_with("event: failed") && cancelled.contains("/problems/reply-cancelled"));
    }
}
