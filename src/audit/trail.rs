//! Who reads history leaves a line in it, before they see anything.
//!
//! A look at whether the log is whole is recorded when it is over, because a line that is written before it would cover
//! what lies under it: a log that has lost its end would be a commit longer again. It is recorded whatever was found, and
//! what is wrong is told even if that cannot be recorded; everything else is told only when it was.

use domain::audit::{AuditId, ConsultHistory, ConsultHistoryRejected, Words};
use domain::user::KeyId;
use uuid::Uuid;

use super::history::Wanted;
use crate::{
    execute::{Accepted, Envelope, ExecuteError, Expected},
    house::House,
    stamp,
};

/// What somebody wants to read.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// What for, as a stable name.
    pub purpose: &'static str,
    /// Whether private words are opened.
    pub words: Words,
    /// The first commit, if one is named.
    pub from: Option<u64>,
    /// The last one.
    pub to: Option<u64>,
    /// The one thing that it is about, if it is one.
    pub about: Option<Uuid>,
}

impl Look {
    /// A look at everything, sealed.
    pub const fn at_all(purpose: &'static str) -> Self {
        Self { purpose, words: Words::Sealed, from: None, to: None, about: None }
    }

    /// A look at one aggregate.
    pub const fn at_one(purpose: &'static str, wanted: Wanted) -> Self {
        Self { words: wanted.words, about: Some(wanted.aggregate.id), ..Self::at_all(purpose) }
    }

    /// The same, at a stretch.
    pub const fn within(self, from: Option<u64>, to: Option<u64>) -> Self {
        Self { from, to, ..self }
    }

    /// The same, with private words opened.
    pub const fn opened(self) -> Self {
        Self { words: Words::Opened, ..self }
    }
}

/// Records that somebody at the house's own command line is about to look.
pub async fn of_operator(
    house: &House,
    look: Look,
) -> Result<Accepted, ExecuteError<ConsultHistoryRejected>> {
    record(house, AuditId::new(Uuid::nil()), look, None, &Envelope::from_house(stamp::id())).await
}

/// Records that an auditor is about to look, by a key of theirs.
pub async fn of_auditor(
    house: &House,
    look: Look,
    key: KeyId,
    envelope: &Envelope,
) -> Result<Accepted, ExecuteError<ConsultHistoryRejected>> {
    let id = match envelope.actor {
        domain::commit::Actor::User(user) => user.uuid(),
        domain::commit::Actor::House => Uuid::nil(),
    };
    // Every look is one of its own: an Idempotency-Key would let the second one pass unseen.
    let envelope = Envelope { command: stamp::id(), expected: Expected::Any, ..envelope.clone() };
    record(house, AuditId::new(id), look, Some(key), &envelope).await
}

async fn record(
    house: &House,
    id: AuditId,
    look: Look,
    key: Option<KeyId>,
    envelope: &Envelope,
) -> Result<Accepted, ExecuteError<ConsultHistoryRejected>> {
    let Look { purpose, words, from, to, about } = look;
    let purpose = purpose.to_owned();
    let consult = ConsultHistory { look: stamp::id(), purpose, words, from, to, about, key };
    house.executor.execute(id, &consult, envelope).await
}
