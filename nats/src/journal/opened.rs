//! Opens commits as they came out of the log: for many at once the keys that are not at hand are fetched together, so that
//! a reader waits for them once and not once a commit.

use std::collections::{HashMap, HashSet};

use domain::commit::{AggregateKey, Digest, Recorded};
use sha2::{Digest as _, Sha256};

use super::Journal;
use crate::{
    codec::{DecodeError, Letter},
    keys::{Held, KeyError, KeyName},
};

/// A commit as it lies in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shut<'b> {
    pub(crate) aggregate: AggregateKey,
    pub(crate) sequence: u64,
    pub(crate) body: &'b [u8],
}

/// What a stored form is known by.
pub(super) fn digest(body: &[u8]) -> Digest {
    Digest::new(Sha256::digest(body).into())
}

impl Journal {
    /// Opens these commits. What is wrong with one does not concern the others.
    pub(crate) async fn opened(
        &self,
        commits: &[Shut<'_>],
    ) -> Result<Vec<Result<Recorded, DecodeError>>, KeyError> {
        let letters: Vec<_> = commits.iter().map(|shut| Letter::read(shut.body)).collect();
        let names = letters.iter().flatten().filter_map(Letter::key).collect();
        let held = self.held(names).await?;
        let opened = commits.iter().zip(letters).map(|(shut, letter)| {
            let letter = letter?;
            let held = letter.key().and_then(|name| held.get(&name));
            let commit = letter.open(shut.aggregate, held)?;
            let position = self.at(shut.sequence);
            Ok(Recorded { position, aggregate: shut.aggregate, commit, digest: digest(shut.body) })
        });
        Ok(opened.collect())
    }

    /// What is held of these keys.
    async fn held(&self, names: HashSet<KeyName>) -> Result<HashMap<KeyName, Held>, KeyError> {
        let (mut held, mut missing) = (HashMap::with_capacity(names.len()), vec![]);
        for name in names {
            match self.keys.at_hand(name) {
                Some(key) => drop(held.insert(name, key)),
                None => missing.push(name),
            }
        }
        if !missing.is_empty() {
            held.extend(self.keys.find(&missing).await?);
        }
        Ok(held)
    }
}
