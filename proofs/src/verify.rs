//! Reads a log, message by message, and says the first thing that is wrong with it.
//!
//! Three nets, none of which trusts the store: every sequence has its message; every commit names its aggregate's
//! previous one, by its place and by the hash of its body; and at every signed checkpoint the root over all messages is
//! the signed one. The first two say which message it is, the third which stretch.
//!
//! It keeps the last place and hash of each aggregate, so its memory grows with their number, not with the log.

mod chain;
mod fault;

use std::collections::BTreeMap;

use chain::Chain;
pub use fault::{Fault, Was};

use crate::{Checkpoint, Message, Range};

/// What was found to be right.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// The first message that was read.
    pub from: u64,
    /// The last one.
    pub to: u64,
    /// How many were read.
    pub commits: u64,
    /// To how many aggregates they belong.
    pub aggregates: u64,
    /// How many of them name the hash of their aggregate's previous commit.
    pub chained: u64,
    /// How many signed checkpoints agree.
    pub checkpoints: u64,
    /// Up to where a checkpoint vouches for the log.
    pub vouched: u64,
    /// The root over all messages up to the last one, in base64.
    pub root: String,
}

/// Verifies a log.
#[derive(Debug)]
pub struct Verifier {
    from: u64,
    range: Range,
    chain: Chain,
    /// What is still to be met, by size.
    ahead: BTreeMap<u64, Checkpoint>,
    checkpoints: u64,
    vouched: u64,
}

impl Verifier {
    /// For a log that is read from its first message.
    pub fn new(checkpoints: Vec<Checkpoint>) -> Result<Self, Fault> {
        Self::after(Range::default(), checkpoints)
    }

    /// For a log that is read behind a tree that is known: its root is held against the checkpoint of its size, so at
    /// least that one has to be among them.
    pub fn after(known: Range, checkpoints: Vec<Checkpoint>) -> Result<Self, Fault> {
        let (behind, mut ahead) = (known.size(), sorted(checkpoints)?);
        // Those before are not met any more: whoever kept the known tree has met them.
        ahead = ahead.split_off(&behind);
        if behind > 0 && !ahead.contains_key(&behind) {
            return Err(Fault::Root { from: 1, to: behind });
        }
        let chain = Chain::behind(behind);
        let mut verifier = Self { from: behind + 1, chain, range: known, ahead, checkpoints: 0, vouched: 0 };
        verifier.meet()?;
        Ok(verifier)
    }

    /// How many messages the log is known to have, by its largest checkpoint.
    pub fn promised(&self) -> u64 {
        self.ahead.last_key_value().map_or(self.vouched, |(size, _)| *size)
    }

    /// How many messages are in the tree by now.
    pub const fn read(&self) -> u64 {
        self.range.size()
    }

    /// The tree over all that was read.
    pub fn into_tree(self) -> Range {
        self.range
    }

    /// Takes the next message.
    pub fn take(&mut self, message: &Message<'_>) -> Result<(), Fault> {
        let expected = self.range.size() + 1;
        if message.sequence != expected {
            return Err(Fault::Missing { sequence: expected, found: Some(message.sequence) });
        }
        self.chain.take(message)?;
        self.range.push(message.leaf(), |_| {});
        self.meet()
    }

    /// Holds the tree against the checkpoint of its size, if there is one.
    fn meet(&mut self) -> Result<(), Fault> {
        let size = self.range.size();
        let Some(checkpoint) = self.ahead.remove(&size) else { return Ok(()) };
        if checkpoint.root != self.range.root() {
            return Err(Fault::Root { from: self.vouched + 1, to: size });
        }
        (self.vouched, self.checkpoints) = (size, self.checkpoints + 1);
        Ok(())
    }

    /// The log ends here.
    pub fn end(self) -> Result<Report, Fault> {
        match self.ahead.first_key_value() {
            Some((promised, _)) => Err(Fault::Shorter { last: self.range.size(), promised: *promised }),
            None => Ok(self.so_far()),
        }
    }

    /// What was found to be right up to here, whatever follows.
    pub fn so_far(&self) -> Report {
        let to = self.range.size();
        Report {
            from: self.from,
            to,
            commits: to + 1 - self.from,
            aggregates: self.chain.aggregates(),
            chained: self.chain.chained(),
            checkpoints: self.checkpoints,
            vouched: self.vouched,
            root: self.range.root().to_string(),
        }
    }
}

/// By size, each once; two of one size that differ are a fork.
fn sorted(checkpoints: Vec<Checkpoint>) -> Result<BTreeMap<u64, Checkpoint>, Fault> {
    let mut sorted = BTreeMap::<u64, Checkpoint>::new();
    for checkpoint in checkpoints {
        let other = sorted.get(&checkpoint.size).filter(|other| other.root != checkpoint.root);
        if other.is_some() {
            return Err(Fault::Forked { size: checkpoint.size });
        }
        sorted.insert(checkpoint.size, checkpoint);
    }
    Ok(sorted)
}

#[cfg(test)]
mod spec;
