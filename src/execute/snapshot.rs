//! Long aggregates are loaded from snapshots, which are written behind.
//!
//! The first commits of an aggregate come in one round trip, and most have no more. Only where there are more, a snapshot
//! is asked for. It names the commit at which it stands, and the log is read from that very commit on: if it is not
//! there, or is another one, the snapshot is of a log that was, and is passed over. So a snapshot can be wrong in any way
//! and nobody notices but the clock.
//!
//! Writing one holds up nobody: the state is copied, and a task of its own packs, seals and stores it. If too many are
//! being written already, this one is left to a later commit.

use std::sync::Arc;

use domain::{
    Aggregate, Fold, Id, RULES,
    audit::{Audit, AuditId},
    character::{Character, CharacterId},
    commit::{AggregateKey, Recorded},
    conversation::{Conversation, ConversationId, Transcript},
    lorebook::{Lorebook, LorebookId},
    persona::{Persona, PersonaId},
    user::{User, UserId},
};
use nats::{Journal, LoadError, Sitter, SnapshotError, Snapshots};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::Folded;

/// How many commits come in the first round trip: what is shorter needs no snapshot. Commits that lie scattered in a
/// long log cost the server some 50 µs each, so these few are not many.
const FEW: usize = 32;
/// After how many commits a snapshot is renewed. Of a very long aggregate it is large, so there it is renewed less often:
/// when one commit in 32 is not in it.
const EVERY: usize = 64;
const ONE_IN: usize = 32;
/// How many snapshots are being written at once.
const WRITERS: usize = 2;

/// A fold of which snapshots are taken.
pub trait Remembered: Fold + Serialize + DeserializeOwned {
    /// Its name in subjects.
    const NAME: &'static str;

    /// Whose words are in it.
    fn whose(&self, id: Id<Self::Of>) -> Option<UserId>;
}

impl Remembered for User {
    const NAME: &'static str = "user";

    fn whose(&self, id: UserId) -> Option<UserId> {
        Aggregate::whose(self, id)
    }
}

impl Remembered for Character {
    const NAME: &'static str = "character";

    fn whose(&self, id: CharacterId) -> Option<UserId> {
        Aggregate::whose(self, id)
    }
}

impl Remembered for Conversation {
    const NAME: &'static str = "conversation";

    fn whose(&self, id: ConversationId) -> Option<UserId> {
        Aggregate::whose(self, id)
    }
}

impl Remembered for Transcript {
    const NAME: &'static str = "transcript";

    fn whose(&self, _id: ConversationId) -> Option<UserId> {
        self.owner
    }
}

impl Remembered for Audit {
    const NAME: &'static str = "audit";

    fn whose(&self, id: AuditId) -> Option<UserId> {
        Aggregate::whose(self, id)
    }
}

impl Remembered for Lorebook {
    const NAME: &'static str = "lorebook";

    fn whose(&self, id: LorebookId) -> Option<UserId> {
        Aggregate::whose(self, id)
    }
}

impl Remembered for Persona {
    const NAME: &'static str = "persona";

    fn whose(&self, id: PersonaId) -> Option<UserId> {
        Aggregate::whose(self, id)
    }
}

/// Where snapshots are taken from and put to.
#[derive(Clone)]
pub struct Memory {
    snapshots: Option<Snapshots>,
    writers: Arc<Semaphore>,
}

impl Memory {
    /// Snapshots that are kept here.
    pub fn of(snapshots: Snapshots) -> Self {
        Self { snapshots: Some(snapshots), writers: Arc::new(Semaphore::new(WRITERS)) }
    }

    /// None: everything is folded from the log.
    pub fn none() -> Self {
        Self { snapshots: None, writers: Arc::new(Semaphore::new(0)) }
    }

    /// Drops every snapshot with words of this person.
    pub(super) async fn forget(&self, person: UserId) -> Result<(), SnapshotError> {
        match &self.snapshots {
            Some(snapshots) => snapshots.forget(person).await,
            None => Ok(()),
        }
    }

    /// Folds an aggregate of which nothing is kept, by the quickest way that there is.
    pub(super) async fn load<F: Remembered>(
        &self,
        journal: &Journal,
        id: Id<F::Of>,
    ) -> Result<Folded<F>, LoadError> {
        let (first, left) = journal.begin(id.key(), FEW).await?;
        let mut folded = Folded::<F>::default();
        if left > 0
            && let Some((snapshot, news)) = self.recall::<F>(journal, id.key()).await?
        {
            folded = snapshot;
            take_all(&mut folded, &news);
            return Ok(folded);
        }
        take_all(&mut folded, &first);
        if left > 0 {
            let more = journal.load(id.key(), folded.version()).await?;
            take_all(&mut folded, &more);
        }
        Ok(folded)
    }

    /// The snapshot, if the log has the commit at which it stands, and what happened since.
    async fn recall<F: Remembered>(
        &self,
        journal: &Journal,
        key: AggregateKey,
    ) -> Result<Option<(Folded<F>, Vec<Recorded>)>, LoadError> {
        let Some(snapshots) = &self.snapshots else { return Ok(None) };
        let snapshot = match snapshots.get::<Folded<F>>(sitter::<F>(key.id)).await {
            Ok((_version, snapshot)) => snapshot,
            Err(unusable) => {
                tracing::debug!(aggregate = %key, fold = F::NAME, %unusable, "no snapshot");
                return Ok(None);
            }
        };
        let mut news = journal.load(key, snapshot.version().saturating_sub(1)).await?;
        if !news.first().is_some_and(|last| snapshot.stands_at(last)) {
            tracing::warn!(aggregate = %key, fold = F::NAME, "a snapshot is of another log: passing over it");
            return Ok(None);
        }
        news.remove(0);
        metrics::counter!("innkeeper_snapshots_used_total", "fold" => F::NAME).increment(1);
        Ok(Some((snapshot, news)))
    }

    /// Takes a snapshot, if it is time for one.
    pub(super) fn keep<F: Remembered>(&self, id: Id<F::Of>, folded: &mut Folded<F>) {
        let due = folded.unremembered() >= EVERY.max(folded.commits() / ONE_IN);
        let Some(snapshots) = self.snapshots.clone().filter(|_| due) else { return };
        let Some(whose) = Remembered::whose(folded.state(), id) else { return };
        let Ok(writing) = self.writers.clone().try_acquire_owned() else { return };
        folded.remember();
        let copy = folded.clone();
        tokio::spawn(async move {
            let outcome = snapshots.put(sitter::<F>(id.uuid()), whose, copy.version(), &copy).await;
            drop(writing);
            match outcome {
                Ok(()) => {
                    metrics::counter!("innkeeper_snapshots_taken_total", "fold" => F::NAME).increment(1);
                }
                // It costs whoever loads it next some time, and nothing else.
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::debug!(aggregate = %id, fold = F::NAME, error, "no snapshot was taken");
                }
            }
        });
    }
}

fn take_all<F: Fold>(folded: &mut Folded<F>, news: &[Recorded]) {
    news.iter().for_each(|recorded| folded.take(recorded));
}

fn sitter<F: Remembered>(id: Uuid) -> Sitter {
    Sitter { fold: F::NAME, id, rules: RULES }
}
