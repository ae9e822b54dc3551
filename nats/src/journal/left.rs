//! What is left of somebody's words in the log.

use domain::user::UserId;

use super::{Journal, Stored};
use crate::{Cause, codec::Letter, keys::Held};

/// Words of somebody in a stored commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// How many of its events hold words, sealed.
    pub sealed: usize,
    /// How many of those still open.
    pub opened: usize,
}

impl Journal {
    /// Tries every word of this person in a stored commit; none if the commit is not theirs.
    pub async fn left_of(&self, person: UserId, stored: &Stored) -> Result<Option<Left>, Cause> {
        let letter = Letter::read(&stored.body)?;
        if letter.whose() != Some(person) {
            return Ok(None);
        }
        let held = match letter.key() {
            Some(name) => self.keys.find(&[name]).await?.remove(&name),
            None => None,
        };
        let Some(Held::Key(key)) = held else { return Ok(Some(Left { sealed: letter.sealed(), opened: 0 })) };
        let aggregate = self.nats.subjects.aggregate(&stored.subject).ok_or("of no aggregate known here")?;
        Ok(Some(Left { sealed: letter.sealed(), opened: letter.opened(aggregate, &key) }))
    }
}
