//! Snapshots: folded state, put aside so that a long aggregate need not be folded from its first commit.
//!
//! They are never the truth. A snapshot that is missing, cut, mixed up, somebody else's, of another life of the log or
//! made by other rules is passed over, and the log is read; so all of them may be purged at any time. They stand in a
//! stream of their own, the last one of each, in parts where one message is too small, and sealed for the person whose
//! words are in them, like the events that they were folded from.
//!
//! Whether the commit at which one claims to stand is in the log is for the reader to check: here nothing is known of it.

mod part;

use std::{sync::Arc, time::Duration};

use async_nats::Message;
use domain::{commit::Epoch, user::UserId};
use futures_util::future::try_join_all;
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;
use uuid::Uuid;

use self::part::{Label, sort};
use crate::{
    Cause, Journal, Nats, codec,
    direct::Want,
    keys::{DataKey, Held, KeyError, KeyName, KeyRing},
};

/// The largest snapshot. What is larger is read from the log.
const MOST: usize = 16 * 1024 * 1024;
/// More parts than any snapshot has.
const PARTS: usize = 64;
/// How long reading or writing one may take: a snapshot that is late is worth nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// Of what something is a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sitter {
    /// Of which fold.
    pub fold: &'static str,
    /// Of which aggregate.
    pub id: Uuid,
    /// By which rules it was folded.
    pub rules: &'static str,
}

/// Why there is no snapshot to begin with.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// None was taken.
    #[error("there is none")]
    Absent,
    /// The rules have changed since.
    #[error("it was folded by other rules")]
    OtherRules,
    /// The log was made anew since.
    #[error("it is of another life of the log")]
    OtherEpoch,
    /// Parts of it are missing, or of another one.
    #[error("it is not whole")]
    Torn,
    /// It does not open, or holds something else.
    #[error("it is damaged")]
    Damaged,
    /// It was somebody's who is forgotten.
    #[error("whose words are in it was forgotten")]
    Forgotten,
    /// It cannot be had now.
    #[error("snapshots cannot be reached")]
    Unavailable(#[source] Cause),
}

/// Why a snapshot was not put aside.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is too large.
    #[error("{size} bytes are too large for a snapshot: at most {MOST}")]
    TooLarge {
        /// How large it is.
        size: usize,
    },
    /// It has no stored form.
    #[error("the state cannot be written")]
    Unwritable(#[source] Cause),
    /// There is no key to seal it under.
    #[error("the words in it cannot be sealed")]
    Keys(#[source] KeyError),
    /// It cannot be put aside now.
    #[error("snapshots cannot be reached")]
    Unavailable(#[source] Cause),
}

/// The snapshots of a log, cheap to clone.
#[derive(Debug, Clone)]
pub struct Snapshots {
    nats: Nats,
    stream: Arc<str>,
    epoch: Epoch,
    keys: Arc<dyn KeyRing>,
}

/// A snapshot that is whole, as far as can be seen from outside.
#[derive(Debug)]
pub struct Found {
    label: Label,
    parts: Vec<Message>,
    key: Arc<DataKey>,
}

impl Found {
    /// The sequence of the commit at which it claims to stand.
    pub const fn version(&self) -> u64 {
        self.label.version
    }

    /// The state in it.
    pub fn open<T: DeserializeOwned>(&self) -> Result<T, Unusable> {
        let body = self.label.open(&self.key, &self.parts)?;
        let (state, _rest) = codec::unpack(&body).map_err(|_| Unusable::Damaged)?;
        Ok(state)
    }
}

impl Snapshots {
    /// Those that belong to this journal, in the stream that [`ensure`](crate::ensure) has made.
    pub fn of(nats: &Nats, journal: &Journal) -> Self {
        let (stream, keys) = (nats.subjects.snapshot_stream().into(), journal.keys().clone());
        Self { nats: nats.clone(), stream, epoch: journal.epoch(), keys }
    }

    /// Puts state aside that stands at this commit, in place of what was there.
    pub async fn put<T: Serialize>(
        &self,
        sitter: Sitter,
        whose: UserId,
        version: u64,
        state: &T,
    ) -> Result<(), SnapshotError> {
        let body = codec::pack(state).map_err(|error| SnapshotError::Unwritable(error.into()))?;
        if body.len() > MOST {
            return Err(SnapshotError::TooLarge { size: body.len() });
        }
        let key = self.keys.current(whose).await.map_err(SnapshotError::Keys)?;
        let mut label = Label {
            sitter,
            epoch: self.epoch,
            version,
            name: Label::fresh_name(),
            key: KeyName { person: whose, number: key.number },
            parts: 0,
        };
        let parts = label.seal(&key, &body).map_err(|error| SnapshotError::Unwritable(error.into()))?;
        let sent = timeout(PATIENCE, self.send(&label, parts)).await;
        sent.unwrap_or_else(|elapsed| Err(elapsed.into())).map_err(SnapshotError::Unavailable)
    }

    async fn send(&self, label: &Label, parts: Vec<Vec<u8>>) -> Result<(), Cause> {
        let Label { sitter, key, .. } = label;
        let mut stored = Vec::new();
        for (number, part) in parts.into_iter().enumerate() {
            let subject = self.nats.subjects.snapshot(sitter.fold, sitter.id, key.person, number);
            let publish = self.nats.jetstream.publish_with_headers(subject, label.headers(), part.into());
            stored.push(publish.await?.into_future());
        }
        try_join_all(stored).await?;
        Ok(())
    }

    /// The state that was put aside, and the commit at which it stands.
    pub async fn get<T: DeserializeOwned>(&self, sitter: Sitter) -> Result<(u64, T), Unusable> {
        let found = self.find(sitter).await?;
        Ok((found.version(), found.open()?))
    }

    /// The snapshot that was put aside, still shut: to open a large one takes milliseconds, in which the log can already
    /// be asked for what happened since.
    pub async fn find(&self, sitter: Sitter) -> Result<Found, Unusable> {
        let subject = self.nats.subjects.snapshots_of(sitter.fold, sitter.id);
        let want = Want { stream: &self.stream, subject: &subject, from: 1, most: PARTS, bytes: 2 * MOST };
        let page = match timeout(PATIENCE, want.get(&self.nats.client)).await {
            Ok(page) => page.map_err(Unusable::Unavailable)?,
            Err(elapsed) => return Err(Unusable::Unavailable(elapsed.into())),
        };
        let (label, parts) = sort(sitter, self.epoch, page.messages)?;
        let key = self.key(label.key).await?;
        Ok(Found { label, parts, key })
    }

    async fn key(&self, name: KeyName) -> Result<Arc<DataKey>, Unusable> {
        let held = match self.keys.at_hand(name) {
            Some(held) => Some(held),
            None => {
                let found = self.keys.find(&[name]).await;
                found.map_err(|error| Unusable::Unavailable(error.into()))?.remove(&name)
            }
        };
        match held {
            Some(Held::Key(key)) => Ok(key),
            Some(Held::Destroyed) => Err(Unusable::Forgotten),
            None => Err(Unusable::Damaged),
        }
    }

    /// Drops every snapshot that holds words of this person.
    pub async fn forget(&self, whose: UserId) -> Result<(), SnapshotError> {
        let unavailable = |cause: Cause| SnapshotError::Unavailable(cause);
        let stream = self.nats.jetstream.get_stream_no_info(&*self.stream).await;
        let stream = stream.map_err(|error| unavailable(error.into()))?;
        let theirs = self.nats.subjects.snapshots_for(whose);
        stream.purge().filter(theirs).await.map_err(|error| unavailable(error.into()))?;
        Ok(())
    }
}
