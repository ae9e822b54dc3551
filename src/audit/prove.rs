//! Proves that a commit is in the tree of the last signed checkpoint, and that this tree continues an older one.

use futures_util::StreamExt;
use proofs::{Consistency, Fault, Inclusion, Prover};
use serde::Serialize;

use super::{AuditError, message, of_replay};
use crate::house::House;

/// A proof that stands on its own, beside the commit and the public key.
#[derive(Debug, Serialize)]
pub struct Proof {
    /// That the commit is in the tree.
    pub inclusion: Inclusion,
    /// The signed checkpoint of the tree.
    pub checkpoint: String,
    /// That this tree continues the first one that vouched for the commit.
    pub consistency: Option<Consistency>,
    /// The checkpoint of that first one.
    pub first: Option<String>,
    /// The key that signed both.
    pub key: String,
}

/// Proves that this commit is in what was signed. The log is read once.
pub async fn prove(house: &House, sequence: u64, progress: impl Fn(u64, u64)) -> Result<Proof, AuditError> {
    let last = house.notary.last_within(u64::MAX).await?.ok_or(AuditError::NothingSigned)?;
    let size = last.tree.size();
    let first = house.notary.first_from(sequence).await?.filter(|first| first.tree.size() < size);
    let mut prover = Prover::new(size);
    prover.want_message(sequence)?;
    first.iter().try_for_each(|first| prover.want_tree(first.tree.size()))?;
    let mut messages = house.journal().replay(0, size);
    while let Some(stored) = messages.next().await {
        let stored = stored.map_err(|error| of_replay(error, size))?;
        prover.read(message(&stored).leaf());
        if stored.sequence % 256 == 0 {
            progress(stored.sequence, size);
        }
    }
    if prover.root() != last.tree.root() {
        return Err(Fault::Root { from: 1, to: size }.into());
    }
    let consistency = first.as_ref().map(|first| prover.tree(first.tree.size())).transpose()?;
    Ok(Proof {
        inclusion: prover.message(sequence)?,
        checkpoint: last.note,
        consistency,
        first: first.map(|first| first.note),
        key: house.notary.key().to_string(),
    })
}
