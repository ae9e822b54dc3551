//! An audit: what somebody who may read history has read of it, each time anew, for other auditors to see.
//!
//! Its id is the auditor's; whoever sits at the house's own command line has the nil id. It has no end, and nothing is
//! decided when the same look is recorded again.

mod consult;
mod events;

pub use consult::{ConsultHistory, ConsultHistoryRejected};
pub use events::{AuditEvent, HistoryConsulted, Words};

use serde::{Deserialize, Serialize};

use crate::{Aggregate, Id, commit::Kind, user::UserId};

/// The id of an audit.
pub type AuditId = Id<Audit>;

/// Tags the id of a look at history.
#[derive(Debug)]
pub enum LookTag {}
/// The id of a look at history.
pub type LookId = Id<LookTag>;

/// What decisions need to know of an audit: the last look, so that it is not recorded twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    last: Option<LookId>,
}

impl Aggregate for Audit {
    type Event = AuditEvent;

    const KIND: Kind = Kind::Audit;

    /// Nobody's: it holds no words, and outlives the auditor.
    fn whose(&self, _id: AuditId) -> Option<UserId> {
        None
    }

    fn evolve(&mut self, event: &AuditEvent) {
        match event {
            AuditEvent::HistoryConsulted(event) => self.last = Some(event.look),
        }
    }
}
