//! Things that are kept under their owner's name and replaced as a whole: what has no place in the log, because it is
//! somebody's own copy of something, and goes when they go.

use bytes::Bytes;
use domain::user::UserId;

use super::{MAX_OBJECT, ObjectError, Objects, belonging};

/// How often a thing is read again that is replaced while it is read.
const ATTEMPTS: usize = 3;

impl Objects {
    /// Keeps these bytes for their owner, sealed, instead of what was kept before. What it is called is in clear.
    pub async fn keep(&self, what: &'static str, owner: UserId, bytes: Vec<u8>) -> Result<(), ObjectError> {
        if bytes.len() > MAX_OBJECT {
            return Err(ObjectError::TooLarge { size: bytes.len() });
        }
        let key = self.keys.current(owner).await.map_err(ObjectError::Keys)?;
        self.store(key, belonging(owner, what), bytes).await
    }

    /// What is kept for this owner.
    pub async fn kept(&self, what: &'static str, owner: UserId) -> Result<Option<Bytes>, ObjectError> {
        let name = belonging(owner, what);
        for _ in 1..ATTEMPTS {
            if let Ok(kept) = self.fetch(owner, &name).await {
                return Ok(kept);
            }
        }
        self.fetch(owner, &name).await
    }
}
