//! Where sealed words belong. It is bound into the seal, so that they open nowhere else: not in another commit, for
//! another person, beside another event, or beside the same one with any other open field.

use domain::commit::{AggregateKey, CommitId, EventId};

use crate::keys::KeyName;

/// Says what the rest means, so that nothing that is sealed for another purpose opens as this.
const WHAT: &[u8] = b"innkeeper: the private half of an event, 1";

/// The coordinates of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) aggregate: AggregateKey,
    pub(super) commit: CommitId,
    pub(super) key: KeyName,
    pub(super) index: usize,
    pub(super) event: EventId,
    pub(super) name: &'a str,
    pub(super) schema: u16,
    pub(super) open: &'a [u8],
}

impl Place<'_> {
    /// As bytes. Whatever has no fixed length is preceded by it, so that no two places have the same.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(WHAT.len() + 160 + self.open.len());
        let mut with_length = |part: &[u8]| {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        };
        with_length(WHAT);
        with_length(self.aggregate.kind.name().as_bytes());
        with_length(self.aggregate.id.as_bytes());
        with_length(self.commit.uuid().as_bytes());
        with_length(self.key.person.uuid().as_bytes());
        with_length(&self.key.number.to_be_bytes());
        with_length(&(self.index as u64).to_be_bytes());
        with_length(self.event.uuid().as_bytes());
        with_length(self.name.as_bytes());
        with_length(&self.schema.to_be_bytes());
        with_length(self.open);
        bytes
    }
}
