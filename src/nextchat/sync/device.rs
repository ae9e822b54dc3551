//! Which browser somebody uses, and what was said in it.
//!
//! NextChat sends no ids of its messages when it talks, and merges by ids when it syncs. So a browser would get what was
//! said in it a second time, under our ids. Its session tells it apart from others, and for a while it is remembered which
//! messages it has already; after its next upload that is known for good.

use std::{sync::LazyLock, time::Duration};

use axum::http::HeaderMap;
use domain::conversation::MessageId;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::api::auth;

/// How many messages are remembered, and for how long.
const MESSAGES: u64 = 100_000;
const LASTS: Duration = Duration::from_secs(14 * 24 * 60 * 60);

static SAID: LazyLock<Cache<(Device, MessageId), ()>> =
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

    /// What it is called in what is kept.
    pub(super) fn name(self) -> String {
        hex::encode(self.0)
    }

    /// These messages were said or heard in it.
    pub fn has(self, messages: impl IntoIterator<Item = MessageId>) {
        for message in messages {
            SAID.insert((self, message), ());
        }
    }

    /// Whether this message was.
    pub(super) fn has_lately(self, message: MessageId) -> bool {
        SAID.contains_key(&(self, message))
    }
}
