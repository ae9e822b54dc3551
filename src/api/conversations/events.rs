//! `GET /conversations/{id}/events`: everything that happens in a conversation, for a second device.
//!
//! The log itself is read, so that nothing is missed however long a caller was away: first what came behind the position
//! that they know, then, whenever the tail says that there is news, the difference. A commit is told whole, and only its
//! last event carries the position, so that nobody comes back into the middle of it.

use axum::{
    extract::{Request, State},
    response::Response,
};
use domain::{
    Event, EventBody,
    character::CharacterId,
    commit::{Position, Recorded},
    conversation::{
        Aim, Conversation, ConversationEvent, ConversationId, MessageId, ReplyId, Request as Wanted,
    },
    user::UserId,
};
use futures_util::{Stream, stream};
use serde::{Serialize, Serializer, ser::SerializeMap};
use time::OffsetDateTime;
use tokio::sync::watch;
use utoipa::IntoParams;

use super::owned;
use crate::{
    api::{
        after,
        at::At,
        auth::Caller,
        problem::Problem,
        sse::{self, Frames},
        tell::Tell,
    },
    house::House,
    progress::WaitError,
};

/// How many commits leave as one chunk.
const CHUNK: usize = 64;

/// Where the feed begins.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes the parameter")]
pub struct From {
    /// Tell what came behind this position; when left out, what comes from now on. The headers `Last-Event-ID` and
    /// `Ink-After` say the same.
    #[param(example = "5f0c2a11-1042")]
    after: Option<String>,
}

/// Follow a conversation.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/events", tag = "conversations", operation_id = "follow_conversation",
    params(("id" = uuid::Uuid, Path, description = "The conversation."), From),
    responses((
        status = 200, content_type = "text/event-stream", body = String,
        description = "Events by their names (`MessageSent`, `ReplyCompleted`, …), with the position as id.",
    ))
)]
pub async fn events(
    State(house): State<House>,
    caller: Caller,
    At(conversation): At<ConversationId>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let known = known(&parts)?;
    Ok(sse::response(feed_of::<Frames>(&house, caller.user, conversation, known).await?))
}

/// What happens in a conversation of this user, behind the position that they know, or from now on.
pub async fn feed_of<Form: Tell>(
    house: &House,
    user: UserId,
    conversation: ConversationId,
    known: Option<Position>,
) -> Result<impl Stream<Item = Form::Chunk> + Send + use<Form>, Problem> {
    if known.is_some_and(|known| known.epoch != house.journal().epoch()) {
        return Err(WaitError::AnotherEpoch.into());
    }
    let news = house.tail.news().of(conversation);
    let version = house.executor.look::<Conversation, _>(conversation, |conversation| {
        owned(conversation, user).map(|_| conversation.version())
    });
    let version = version.await??;
    let after = known.map_or(version, |known| known.sequence);
    Ok(feed::<Form>(Feed { house: house.clone(), conversation, news, after, waiting: vec![] }))
}

/// The position that the caller knows.
fn known(parts: &axum::http::request::Parts) -> Result<Option<Position>, Problem> {
    match sse::last_event_id(&parts.headers, None) {
        Some(id) => after::parse(&id).map(Some),
        None => after::position(parts),
    }
}

struct Feed {
    house: House,
    conversation: ConversationId,
    news: watch::Receiver<u64>,
    after: u64,
    waiting: Vec<Recorded>,
}

fn feed<Form: Tell>(feed: Feed) -> impl Stream<Item = Form::Chunk> + Send + use<Form> {
    stream::unfold(feed, |mut feed| async move {
        while feed.waiting.is_empty() {
            feed.load().await?;
        }
        let chunk = feed.chunk::<Form>();
        Some((chunk, feed))
    })
}

impl Feed {
    /// Loads what is new, or waits until there may be something. A log that is away ends the stream: the caller comes
    /// back, and goes on where it was.
    async fn load(&mut self) -> Option<()> {
        self.news.mark_unchanged();
        let mut news = self.house.journal().load(self.conversation.key(), self.after).await.ok()?;
        if news.is_empty() {
            return self.news.changed().await.ok();
        }
        news.reverse();
        self.waiting = news;
        Some(())
    }

    fn chunk<Form: Tell>(&mut self) -> Form::Chunk {
        let mut frames = Form::default();
        for _ in 0..CHUNK {
            let Some(recorded) = self.waiting.pop() else { break };
            self.after = recorded.position.sequence;
            tell(&recorded, &mut frames);
        }
        frames.finish()
    }
}

fn tell(recorded: &Recorded, frames: &mut impl Tell) {
    let events = &recorded.commit.events;
    for (index, event) in events.iter().enumerate() {
        let happened = Happened { at: recorded.commit.at, event: Body(&event.event) };
        if index + 1 == events.len() {
            frames.event_at(recorded.position, event.event.name(), &happened);
        } else {
            frames.event(event.event.name(), &happened);
        }
    }
}

/// Something that happened.
#[derive(Serialize)]
struct Happened<'a> {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    #[serde(flatten)]
    event: Body<'a>,
}

/// The fields of an event as people are told them; of one that this version does not know, none.
struct Body<'a>(&'a Event);

/// What was asked for, without its dice: those are the house's.
#[derive(Serialize)]
struct Requested {
    reply: ReplyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<MessageId>,
    character: CharacterId,
    turn: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<String>,
}

impl Requested {
    fn of(wanted: Wanted) -> Self {
        let Wanted { reply, character, turn, dice: _, aim } = wanted;
        let (message, instruction) = match aim {
            Aim::Message(message) => (Some(message), None),
            Aim::Impersonation(instruction) => (None, instruction),
        };
        Self { reply, message, character, turn, instruction }
    }
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0, ConversationEvent::of(self.0).and_then(ConversationEvent::request)) {
            (Event::Unknown(_), _) => SerializeMap::end(serializer.serialize_map(Some(0))?),
            (_, Some(wanted)) => Requested::of(wanted).serialize(serializer),
            (known, None) => known.serialize_body(serializer),
        }
    }
}

#[cfg(test)]
mod spec {
    use domain::{
        Id,
        commit::{Actor, AggregateKey, Commit, Digest, Epoch, Kind, RecordedEvent},
        conversation::{MessageSent, ReplyRequested},
    };
    use uuid::Uuid;

    use super::*;

    fn id<Kind>(number: u128) -> Id<Kind> {
        Id::new(Uuid::from_u128(number))
    }

    #[test]
    fn a_commit_is_told_whole_and_its_last_event_carries_the_position() {
        let sent = MessageSent { message: id(1), author: id(2), text: "Hi".into() };
        let asked = ReplyRequested { reply: id(3), message: id(4), character: id(5), turn: None, dice: 6 };
        let event = |number, event: ConversationEvent| RecordedEvent { id: id(number), event: event.into() };
        let commit = Commit {
            id: id(7),
            command: id(8),
            fingerprint: None,
            at: OffsetDateTime::UNIX_EPOCH,
            actor: Actor::House,
            correlation: None,
            causation: None,
            after: 0,
            prev: None,
            whose: Some(id(2)),
            events: vec![event(9, sent.into()), event(10, asked.into())],
        };
        let position = Position { epoch: Epoch::new(1), sequence: 9 };
        let aggregate = AggregateKey { kind: Kind::Conversation, id: Uuid::nil() };
        let mut frames = Frames::default();
        let digest = Digest::new([0; 32]);
        tell(&Recorded { position, aggregate, commit, digest }, &mut frames);
        let text = String::from_utf8(frames.finish().to_vec()).unwrap();
        let (first, last) = text.split_once("\n\n").unwrap();
        assert!(first.starts_with("event: MessageSent\ndata: {\"at\":\"1970-01-01T00:00:00Z\",\"message\":"));
        assert!(last.starts_with("event: ReplyRequested\nid: 00000001-9\n") && !last.contains("dice"));
    }
}
