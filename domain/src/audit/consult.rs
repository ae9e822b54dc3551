//! ConsultHistory: somebody is about to read history. It is recorded before they see anything.

use uuid::Uuid;

use super::{Audit, AuditEvent, HistoryConsulted, LookId, Words};
use crate::{
    Command, Rejection, Why,
    bounds::{self, OutOfBounds},
    user::KeyId,
};

/// Record that history is read.
#[derive(Debug, Clone)]
pub struct ConsultHistory {
    /// Which time.
    pub look: LookId,
    /// What for, as a stable name.
    pub purpose: String,
    /// Whether private words are opened.
    pub words: Words,
    /// The first commit, if one is named.
    pub from: Option<u64>,
    /// The last one.
    pub to: Option<u64>,
    /// The one thing that is asked about, if it is one.
    pub about: Option<Uuid>,
    /// By which key, if over HTTP.
    pub key: Option<KeyId>,
}

/// Why it is not recorded, and so not allowed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConsultHistoryRejected {
    /// The purpose is too long.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
}

impl Rejection for ConsultHistoryRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::OutOfBounds(_) => "out-of-bounds",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::OutOfBounds(_) => Why::Invalid,
        }
    }
}

impl Command<Audit> for ConsultHistory {
    const NAME: &'static str = "consult_history";

    type Rejection = ConsultHistoryRejected;

    fn decide(&self, audit: &Audit) -> Result<Vec<AuditEvent>, ConsultHistoryRejected> {
        bounds::text("the purpose", &self.purpose, bounds::WORD)?;
        if audit.last == Some(self.look) {
            return Ok(vec![]);
        }
        let Self { look, purpose, words, from, to, about, key } = self.clone();
        Ok(vec![HistoryConsulted { look, purpose, words, from, to, about, key }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::spec::{given, given_nothing, id};

    fn look() -> ConsultHistory {
        let (look, words) = (id(1), Words::Sealed);
        ConsultHistory { look, purpose: "verify".into(), words, from: None, to: None, about: None, key: None }
    }

    fn consulted() -> AuditEvent {
        let (look, words) = (id(1), Words::Sealed);
        HistoryConsulted {
            look,
            purpose: "verify".into(),
            words,
            from: None,
            to: None,
            about: None,
            key: None,
        }
        .into()
    }

    #[test]
    fn every_look_is_recorded() {
        given_nothing::<Audit>().when(look()).then([consulted()]);
    }

    #[test]
    fn the_same_look_twice_says_nothing() {
        given::<Audit>([consulted()]).when(look()).then_nothing();
    }
}
