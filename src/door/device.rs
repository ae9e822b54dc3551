//! Which browser somebody uses, and what was said in it.
//!
//! NextChat sends no ids of its messages when it talks, and merges by ids when it syncs. So a browser would get what was
//! said in it a second time, under our ids. Its session tells it apart from others; a request in which it talks is known by
//! its trace, which the commits carry that come of it, so that the tail can tell which messages it has already. That is
//! remembered for a while by this process; after the browser's next upload it is known for good.

use std::{sync::LazyLock, time::Duration};

use axum::http::{HeaderMap, request::Parts};
use domain::{
    commit::Recorded,
    conversation::{Conversation, ConversationEvent, MessageId},
    user::UserId,
};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::api::{auth, trace::Traced};

/// Where clients talk that send no ids.
const TALKING: [&str; 2] = ["/v1/", "/api/openai/"];
/// How many requests are under way at most, and for how long something may come of one.
const REQUESTS: u64 = 50_000;
const UNDER_WAY: Duration = Duration::from_secs(3600);
/// How many messages are remembered, and for how long.
const MESSAGES: u64 = 100_000;
const LASTS: Duration = Duration::from_secs(14 * 24 * 60 * 60);

static REQUESTED: LazyLock<Cache<String, Device>> =
    LazyLock::new(|| Cache::builder().max_capacity(REQUESTS).time_to_live(UNDER_WAY).build());
static SAID: LazyLock<Cache<(Device, MessageId), Option<UserId>>> =
    LazyLock::new(|| Cache::builder().max_capacity(MESSAGES).time_to_live(LASTS).build());

/// A browser, known by its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Device([u8; 8]);

impl Device {
    /// The browser that sends these headers, if somebody is logged in in it.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let digest = Sha256::digest(auth::session(headers)?.as_bytes());
        digest.first_chunk().copied().map(Self)
    }

    /// Remembers which browser a request is from, if it talks in it.
    pub fn note_request(parts: &Parts) {
        let talks = TALKING.iter().any(|path| parts.uri.path().starts_with(path));
        if let (true, Some(traced), Some(device)) =
            (talks, parts.extensions.get::<Traced>(), Self::of(&parts.headers))
        {
            REQUESTED.insert(traced.id().to_owned(), device);
        }
    }

    /// Remembers which messages a browser has, because they came of a request of it.
    pub fn note_commit(recorded: &Recorded) {
        let trace = recorded.commit.correlation.as_deref().and_then(|parent| parent.split('-').nth(1));
        let Some(device) = trace.and_then(|trace| REQUESTED.get(trace)) else { return };
        let whose = recorded.commit.whose;
        for event in recorded.events::<Conversation>() {
            match event {
                ConversationEvent::MessageSent(event) => SAID.insert((device, event.message), whose),
                ConversationEvent::ReplyRequested(event) => SAID.insert((device, event.message), whose),
                ConversationEvent::ConversationStarted(_)
                | ConversationEvent::ConversationBranched(_)
                | ConversationEvent::ConversationAdopted(_)
                | ConversationEvent::HistoryAdopted(_)
                | ConversationEvent::CharacterGreeted(_)
                | ConversationEvent::ImpersonationRequested(_)
                | ConversationEvent::ReplyCompleted(_)
                | ConversationEvent::ReplyFailed(_)
                | ConversationEvent::ReplyCancelled(_)
                | ConversationEvent::VariantChosen(_)
                | ConversationEvent::MessageEdited(_)
                | ConversationEvent::MessageDeleted(_)
                | ConversationEvent::ConversationRenamed(_)
                | ConversationEvent::ConversationPersonaChosen(_)
                | ConversationEvent::ConversationClosed(_) => {}
            }
        }
    }

    /// Lets go of the messages of a person.
    pub fn forget(person: UserId) {
        let theirs = SAID.iter().filter(|(_, whose)| *whose == Some(person)).map(|(known, _)| known);
        theirs.collect::<Vec<_>>().iter().for_each(|known| SAID.invalidate(&**known));
    }

    /// What it is called in what is kept.
    pub fn name(self) -> String {
        hex::encode(self.0)
    }

    /// Whether this message was said or heard in it, as far as is remembered.
    pub fn has_lately(self, message: MessageId) -> bool {
        SAID.contains_key(&(self, message))
    }
}

#[cfg(test)]
mod spec {
    use axum::http::{HeaderValue, header};

    use super::*;

    #[test]
    fn a_browser_is_known_by_its_session_and_nobody_else_is_one() {
        let headers = |cookie| HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))]);
        let hers = Device::of(&headers("a=b; ink_session=x"));
        assert!(hers.is_some() && hers == Device::of(&headers("ink_session=x")));
        assert_ne!(hers, Device::of(&headers("ink_session=y")));
        assert_eq!(Device::of(&HeaderMap::new()), None);
    }
}
