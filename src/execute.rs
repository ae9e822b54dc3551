//! The one write path: load, fold, decide, append; on a conflict load the difference and decide again (law 3).
//!
//! Folded state is kept in memory and decided upon as it is: if it is stale, the log refuses the append, so nothing
//! wrong is written. A decision that writes nothing (a no, or nothing to say) has no such guard, so before one is
//! answered the state is caught up and asked again.
//!
//! Commands for one aggregate queue for its state in this process, so that conflicts come from other processes only.

mod cache;
mod envelope;
mod folded;
mod snapshot;

use std::{borrow::Cow, sync::Arc};

use domain::{
    Aggregate, Command, Fold, Id, Rejection,
    commit::{Actor, Commit, CommitId, Position, Recorded, RecordedEvent},
    user::UserId,
};
use nats::{AppendError, Appended, Journal, LoadError, SnapshotError, Trace, keys::KeyError};

pub use cache::{Caches, Kept};
pub use envelope::{Accepted, Envelope, Expected, Outcome};
pub use folded::Folded;
pub use snapshot::{Memory, Remembered};

use crate::stamp;

/// How often a decision is taken again before the aggregate is called contended.
const ATTEMPTS: usize = 16;

/// The write path, and the folded states that it keeps.
#[derive(Clone)]
pub struct Executor {
    journal: Journal,
    caches: Arc<Caches>,
    memory: Memory,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<R: Rejection> {
    /// The business said no.
    #[error(transparent)]
    Rejected(R),
    /// The caller knew an older version (`If-Match`).
    #[error("the version that you know is not the current one")]
    Stale {
        /// The version that it has now.
        current: u64,
    },
    /// The same `Idempotency-Key` came with another body.
    #[error("this Idempotency-Key was used before, with another request")]
    KeyReused,
    /// Others were always faster.
    #[error("the aggregate was changed by others, {ATTEMPTS} times over")]
    Contended,
    /// The aggregate could not be read.
    #[error("the aggregate could not be loaded from the log")]
    Load(#[from] LoadError),
    /// The commit could not be written.
    #[error("the commit could not be appended to the log")]
    Append(#[source] AppendError),
}

impl Executor {
    /// A write path to this log, which long aggregates take a shortcut to by their snapshots.
    pub fn new(journal: Journal, memory: Memory) -> Self {
        Self { journal, caches: Arc::default(), memory }
    }

    /// The log.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The states that are kept, for the tail to say that they are behind.
    pub fn caches(&self) -> &Caches {
        &self.caches
    }

    /// Removes the snapshots of a person who was erased. What is kept in memory the tail lets go of.
    pub async fn forget(&self, person: UserId) -> Result<(), SnapshotError> {
        self.memory.forget(person).await
    }

    /// Carries a command out.
    pub async fn execute<A, C>(
        &self,
        id: Id<A>,
        command: &C,
        envelope: &Envelope,
    ) -> Result<Accepted, ExecuteError<C::Rejection>>
    where
        A: Aggregate + Kept + Remembered + Fold<Of = A>,
        C: Command<A>,
    {
        let envelope = self.fingerprinted(envelope).await.map_err(unsealable::<C::Rejection>)?;
        let envelope = envelope.as_ref();
        let kept = self.caches.get::<A>(id.uuid());
        let mut folded = kept.lock().await;
        self.freshen(id, &mut folded, kept.known()).await?;
        for _ in 0..ATTEMPTS {
            let writes = match decide(command, envelope, &folded) {
                Ok(Decision::Write(events)) => Ok(events),
                other => Err(other),
            };
            match writes {
                Ok(events) => match self.append(id, &mut folded, events, envelope).await {
                    Err(AppendError::Conflict) => {
                        self.catch_up_with_leader(id, &mut folded).await?;
                    }
                    Err(error) => return Err(ExecuteError::Append(error)),
                    Ok(accepted) => {
                        self.memory.keep(id, &mut folded);
                        return Ok(accepted);
                    }
                },
                Err(answer) => match self.catch_up_with_leader(id, &mut folded).await? {
                    Abreast::Already => return self.answer(answer, &folded),
                    Abreast::Now => {}
                },
            }
        }
        Err(ExecuteError::Contended)
    }

    /// The envelope as it is stored: by its fingerprint nobody can guess what was in a short request.
    async fn fingerprinted<'a>(&self, envelope: &'a Envelope) -> Result<Cow<'a, Envelope>, KeyError> {
        let (Some(digest), Actor::User(person)) = (&envelope.fingerprint, envelope.actor) else {
            return Ok(Cow::Borrowed(envelope));
        };
        let fingerprint = Some(self.journal.fingerprint(person, digest).await?);
        Ok(Cow::Owned(Envelope { fingerprint, ..envelope.clone() }))
    }

    /// Looks at folded state, caught up with all that this process has seen of the log.
    pub async fn look<F, Seen>(
        &self,
        id: Id<F::Of>,
        see: impl FnOnce(&Folded<F>) -> Seen,
    ) -> Result<Seen, LoadError>
    where
        F: Kept + Remembered,
    {
        self.look_after(id, 0, see).await
    }

    /// The same, and at least as new as a commit that the caller knows of.
    pub async fn look_after<F, Seen>(
        &self,
        id: Id<F::Of>,
        sequence: u64,
        see: impl FnOnce(&Folded<F>) -> Seen,
    ) -> Result<Seen, LoadError>
    where
        F: Kept + Remembered,
    {
        let kept = self.caches.get::<F>(id.uuid());
        let mut folded = kept.lock().await;
        self.freshen(id, &mut folded, kept.known().max(sequence)).await?;
        Ok(see(&folded))
    }

    /// The same, for a caller who has that commit at hand: where it joins, the log need not be asked.
    pub async fn look_with<F, Seen>(
        &self,
        recorded: &Recorded,
        see: impl FnOnce(&Folded<F>) -> Seen,
    ) -> Result<Seen, LoadError>
    where
        F: Kept + Remembered,
    {
        let id = Id::new(recorded.aggregate.id);
        let kept = self.caches.get::<F>(id.uuid());
        let mut folded = kept.lock().await;
        folded.join(recorded);
        self.freshen(id, &mut folded, kept.known().max(recorded.position.sequence)).await?;
        Ok(see(&folded))
    }

    /// Loads what is missing, if anything is known to be.
    async fn freshen<F: Remembered>(
        &self,
        id: Id<F::Of>,
        folded: &mut Folded<F>,
        known: u64,
    ) -> Result<(), LoadError> {
        if folded.is_loaded() && folded.version() >= known {
            return Ok(());
        }
        self.catch_up(id, folded).await
    }

    async fn catch_up<F: Remembered>(&self, id: Id<F::Of>, folded: &mut Folded<F>) -> Result<(), LoadError> {
        if folded.version() == 0 {
            *folded = self.memory.load(&self.journal, id).await?;
        } else {
            let news = self.journal.load(id.key(), folded.version()).await?;
            news.iter().for_each(|recorded| folded.take(recorded));
        }
        folded.mark_loaded();
        self.memory.keep(id, folded);
        Ok(())
    }

    /// Reads may be answered by a replica that lags behind, so the leader is asked where the aggregate ends.
    async fn catch_up_with_leader<F: Fold>(
        &self,
        id: Id<F::Of>,
        folded: &mut Folded<F>,
    ) -> Result<Abreast, LoadError> {
        let last = self.journal.last_of(id.key()).await?;
        if folded.is_loaded() && last == folded.version() {
            return Ok(Abreast::Already);
        }
        let news = self.journal.load_to(id.key(), folded.version(), last).await?;
        news.iter().for_each(|recorded| folded.take(recorded));
        folded.mark_loaded();
        Ok(Abreast::Now)
    }

    async fn append<A: Aggregate + Fold<Of = A>>(
        &self,
        id: Id<A>,
        folded: &mut Folded<A>,
        events: Vec<A::Event>,
        envelope: &Envelope,
    ) -> Result<Accepted, AppendError> {
        let commit = commit(id, events, envelope, folded);
        let trace = envelope.correlation.as_deref().map(Trace::parse).unwrap_or_default();
        let appended = self.journal.append(id.key(), folded.version(), &commit, &trace).await?;
        let Appended { position, digest } = appended;
        let recorded = Recorded { position, aggregate: id.key(), commit, digest };
        self.caches.saw(&recorded);
        folded.take(&recorded);
        Ok(Accepted { position, version: position.sequence, outcome: Outcome::Decided })
    }

    fn answer<E, R: Rejection>(
        &self,
        decision: Result<Decision<E>, ExecuteError<R>>,
        folded: &Folded<impl Fold>,
    ) -> Result<Accepted, ExecuteError<R>> {
        let (sequence, outcome) = match decision? {
            Decision::Repeated(sequence) => (sequence, Outcome::Repeated),
            Decision::Nothing | Decision::Write(_) => (folded.version(), Outcome::Nothing),
        };
        let position = Position { epoch: self.journal.epoch(), sequence };
        Ok(Accepted { position, version: folded.version(), outcome })
    }
}

fn unsealable<R: Rejection>(error: KeyError) -> ExecuteError<R> {
    ExecuteError::Append(AppendError::Keys(error))
}

/// Whether a state was as new as the log.
enum Abreast {
    Already,
    Now,
}

/// What is to be done about a command.
enum Decision<E> {
    /// These events happen.
    Write(Vec<E>),
    /// It has already happened, by another command.
    Nothing,
    /// This very command was carried out, at this sequence.
    Repeated(u64),
}

fn decide<A: Aggregate + Fold<Of = A>, C: Command<A>>(
    command: &C,
    envelope: &Envelope,
    folded: &Folded<A>,
) -> Result<Decision<A::Event>, ExecuteError<C::Rejection>> {
    if let Some(done) = folded.carried_out(envelope.command) {
        return match (&done.fingerprint, &envelope.fingerprint) {
            (Some(old), Some(new)) if old != new => Err(ExecuteError::KeyReused),
            _ => Ok(Decision::Repeated(done.sequence)),
        };
    }
    if let Expected::Version(version) = envelope.expected
        && version != folded.version()
        && folded.version() > 0
    {
        return Err(ExecuteError::Stale { current: folded.version() });
    }
    let events = command.decide(folded.state()).map_err(ExecuteError::Rejected)?;
    Ok(if events.is_empty() { Decision::Nothing } else { Decision::Write(events) })
}

fn commit<A: Aggregate + Fold<Of = A>>(
    aggregate: Id<A>,
    events: Vec<A::Event>,
    envelope: &Envelope,
    folded: &Folded<A>,
) -> Commit {
    let id: CommitId = stamp::id();
    let whose = folded.state().whose(aggregate).or_else(|| whose_begins(aggregate, &events));
    let recorded = |(index, event): (usize, A::Event)| RecordedEvent {
        id: id.derive(&index.to_string()),
        event: event.into(),
    };
    Commit {
        id,
        command: envelope.command,
        fingerprint: envelope.fingerprint.clone(),
        at: envelope.at,
        actor: envelope.actor,
        correlation: envelope.correlation.clone(),
        causation: envelope.causation,
        after: folded.version(),
        prev: folded.digest(),
        whose,
        events: events.into_iter().enumerate().map(recorded).collect(),
    }
}

/// Whose an aggregate is that begins with these events.
fn whose_begins<A: Aggregate>(aggregate: Id<A>, events: &[A::Event]) -> Option<UserId> {
    let mut begun = A::default();
    events.iter().find_map(|event| {
        begun.evolve(event);
        begun.whose(aggregate)
    })
}
