//! Who reads history leaves a line in it, before they see anything.

use domain::audit::{AuditId, ConsultHistory, ConsultHistoryRejected, Words};
use domain::user::KeyId;
use uuid::Uuid;

use crate::{
    execute::{Accepted, Envelope, ExecuteError},
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
    record(house, AuditId::new(id), look, Some(key), envelope).await
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
