//! Proofs: that a message is in a signed tree, and that one tree is the beginning of another (RFC 6962, 2.1.1 and 2.1.2).
//!
//! A proof is a few dozen roots of subtrees, and which ones is known beforehand. So a [`Prover`] reads the log once and
//! keeps just those, and nobody has to store the tree.

use std::{cell::RefCell, collections::HashMap};

use serde::{Deserialize, Serialize};
use tlog_tiles::tlog::{
    self, HashReader, check_record, check_tree, prove_record, prove_tree, stored_hash_index,
};

use crate::{Hash, Node, Range};

/// Why there is no proof, or it proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// What is to be proved is not in the tree.
    #[error("the tree has {size} messages, and this is about one beyond them")]
    Beyond {
        /// How many it has.
        size: u64,
    },
    /// Not all of the log was read.
    #[error("the log was not read up to where the tree ends")]
    Unread,
    /// It is for something else, or forged.
    #[error("the proof does not prove it")]
    Invalid,
}

/// That a message is in a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// The message; the first is 1.
    pub sequence: u64,
    /// How many messages the tree has.
    pub size: u64,
    /// The leaf of the message, in base64.
    pub leaf: String,
    /// The siblings on the way to the root, from the bottom, in base64.
    pub path: Vec<String>,
}

/// That a tree is the beginning of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consistency {
    /// How many messages the older tree has.
    pub from: u64,
    /// How many the newer one has.
    pub to: u64,
    /// The subtrees that both can be made of, in base64.
    pub path: Vec<String>,
}

impl Inclusion {
    /// Whether it proves that the tree of this root has this leaf.
    pub fn check(&self, root: Hash, leaf: Hash) -> Result<(), ProofError> {
        let index = self.sequence.checked_sub(1).ok_or(ProofError::Invalid)?;
        if self.leaf != leaf.to_string() {
            return Err(ProofError::Invalid);
        }
        check_record(&hashes(&self.path)?, self.size, root, index, leaf).map_err(|_| ProofError::Invalid)
    }
}

impl Consistency {
    /// Whether it proves that the older root belongs to the beginning of the newer one's tree.
    pub fn check(&self, older: Hash, newer: Hash) -> Result<(), ProofError> {
        check_tree(&hashes(&self.path)?, self.to, newer, self.from, older).map_err(|_| ProofError::Invalid)
    }
}

fn hashes(texts: &[String]) -> Result<Vec<Hash>, ProofError> {
    // No tree has a longer path: its size is a number of 64 bits.
    if texts.len() > 128 {
        return Err(ProofError::Invalid);
    }
    texts.iter().map(|text| Hash::parse_hash(text).map_err(|_| ProofError::Invalid)).collect()
}

/// Reads a log from its first message and keeps what the proofs need that were asked for.
#[derive(Debug, Default)]
pub struct Prover {
    range: Range,
    size: u64,
    kept: Kept,
}

/// Roots of subtrees by their place: asked for first, then found.
#[derive(Debug, Default)]
struct Kept(RefCell<HashMap<u64, Option<Hash>>>);

impl HashReader for Kept {
    /// What is not there yet is asked for, and stands for itself as zeros.
    fn read_hashes(&self, places: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        let mut kept = self.0.borrow_mut();
        Ok(places.iter().map(|place| kept.entry(*place).or_default().unwrap_or_default()).collect())
    }
}

impl Prover {
    /// For proofs about the tree of so many messages.
    pub fn new(size: u64) -> Self {
        Self { size, ..Self::default() }
    }

    /// Asks, before the log is read, for the proof that this message is in the tree.
    pub fn want_message(&self, sequence: u64) -> Result<(), ProofError> {
        self.want(sequence)?;
        prove_record(self.size, sequence - 1, &self.kept).map_err(|_| ProofError::Invalid)?;
        // Its own leaf, too.
        let own = stored_hash_index(0, sequence - 1);
        self.kept.read_hashes(&[own]).map(drop).map_err(|_| ProofError::Invalid)
    }

    /// Asks, before the log is read, for the proof that the tree of so many messages is the beginning of this one.
    pub fn want_tree(&self, from: u64) -> Result<(), ProofError> {
        self.want(from)?;
        prove_tree(self.size, from, &self.kept).map(drop).map_err(|_| ProofError::Invalid)
    }

    fn want(&self, number: u64) -> Result<(), ProofError> {
        let is_within = (1..=self.size).contains(&number);
        is_within.then_some(()).ok_or(ProofError::Beyond { size: self.size })
    }

    /// Reads the next leaf of the log.
    pub fn read(&mut self, leaf: Hash) {
        let kept = self.kept.0.get_mut();
        self.range.push(leaf, |Node { level, number, hash }| {
            if let Some(wanted) = kept.get_mut(&stored_hash_index(level, number)) {
                *wanted = Some(hash);
            }
        });
    }

    /// The root of what was read.
    pub fn root(&self) -> Hash {
        self.range.root()
    }

    /// The proof that this message is in the tree.
    pub fn message(&self, sequence: u64) -> Result<Inclusion, ProofError> {
        self.want(sequence)?;
        self.complete()?;
        let (size, index) = (self.size, sequence - 1);
        let path = prove_record(size, index, &self.kept).map_err(|_| ProofError::Invalid)?;
        let own = self.kept.read_hashes(&[stored_hash_index(0, index)]).map_err(|_| ProofError::Invalid)?;
        let leaf = own.first().map(ToString::to_string).unwrap_or_default();
        Ok(Inclusion { sequence, size, leaf, path: texts(&path) })
    }

    /// The proof that the tree of so many messages is the beginning of this one.
    pub fn tree(&self, from: u64) -> Result<Consistency, ProofError> {
        self.want(from)?;
        self.complete()?;
        let path = prove_tree(self.size, from, &self.kept).map_err(|_| ProofError::Invalid)?;
        Ok(Consistency { from, to: self.size, path: texts(&path) })
    }

    fn complete(&self) -> Result<(), ProofError> {
        let is_read = self.range.size() == self.size && self.kept.0.borrow().values().all(Option::is_some);
        is_read.then_some(()).ok_or(ProofError::Unread)
    }
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod spec;
