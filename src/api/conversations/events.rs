//! `GET /conversations/{id}/events`: everything that happens in a conversation, for a second device.
//!
//! The log itself is read, so that nothing is missed however long a caller was away: first what came behind the position
//! that they know, then, whenever the tail says that there is news, the difference. A commit is told whole, and only its
//! last event carries the position, so that nobody comes back into the middle of it.

use axum::{
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use domain::{
    Event,
    commit::{Position, Recorded},
    conversation::{Conversation, ConversationId},
};
use futures_util::{Stream, stream};
use serde::{Serialize, Serializer};
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
    let known = known(&parts, &house)?;
    let news = house.tail.news().of(conversation);
    let version = house.executor.look::<Conversation, _>(conversation, |conversation| {
        owned(conversation, caller.user).map(|_| conversation.version())
    });
    let version = version.await??;
    let after = known.map_or(version, |known| known.sequence);
    Ok(sse::response(feed(Feed { house, conversation, news, after, waiting: vec![] })))
}

/// The position that the caller knows.
fn known(parts: &axum::http::request::Parts, house: &House) -> Result<Option<Position>, Problem> {
    let known = match sse::last_event_id(&parts.headers, None) {
        Some(id) => Some(after::parse(&id)?),
        None => after::position(parts)?,
    };
    match known {
        Some(position) if position.epoch != house.journal().epoch() => Err(WaitError::AnotherEpoch.into()),
        known => Ok(known),
    }
}

struct Feed {
    house: House,
    conversation: ConversationId,
    news: watch::Receiver<u64>,
    after: u64,
    waiting: Vec<Recorded>,
}

fn feed(feed: Feed) -> impl Stream<Item = Bytes> + Send {
    stream::unfold(feed, |mut feed| async move {
        while feed.waiting.is_empty() {
            feed.load().await?;
        }
        let chunk = feed.chunk();
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

    fn chunk(&mut self) -> Bytes {
        let mut frames = Frames::default();
        for _ in 0..CHUNK {
            let Some(recorded) = self.waiting.pop() else { break };
            self.after = recorded.position.sequence;
            tell(&recorded, &mut frames);
        }
        frames.finish()
    }
}

fn tell(recorded: &Recorded, frames: &mut Frames) {
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

/// The fields of an event; of one that this version does not know, none.
struct Body<'a>(&'a Event);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Event::Unknown(_) => serde::ser::SerializeMap::end(serializer.serialize_map(Some(0))?),
            known => known.serialize_body(serializer),
        }
    }
}
