//! Things that are kept under their owner's name and replaced as a whole: what has no place in the log, because it is
//! somebody's own copy of something, and goes when they go.

use std::io::Cursor;

use async_nats::jetstream::object_store::{DeleteErrorKind, GetErrorKind};
use bytes::Bytes;
use tokio::{io::AsyncReadExt, time::timeout};
use uuid::Uuid;

use super::{MAX_OBJECT, ObjectError, Objects, READING, unavailable};

/// How often a thing is read again that is replaced while it is read.
const ATTEMPTS: usize = 3;

impl Objects {
    /// Keeps these bytes for their owner, instead of what was kept before.
    pub async fn keep(&self, what: &'static str, owner: Uuid, bytes: &[u8]) -> Result<(), ObjectError> {
        if bytes.len() > MAX_OBJECT {
            return Err(ObjectError::TooLarge { size: bytes.len() });
        }
        let put = self.bucket.put(name(what, owner).as_str(), &mut Cursor::new(bytes)).await;
        put.map(drop).map_err(unavailable)
    }

    /// What is kept for this owner.
    pub async fn kept(&self, what: &'static str, owner: Uuid) -> Result<Option<Bytes>, ObjectError> {
        let name = name(what, owner);
        for _ in 1..ATTEMPTS {
            if let Ok(kept) = self.read_kept(&name).await {
                return Ok(kept);
            }
        }
        self.read_kept(&name).await
    }

    /// Keeps nothing for this owner any more.
    pub async fn forget(&self, what: &'static str, owner: Uuid) -> Result<(), ObjectError> {
        match self.bucket.delete(name(what, owner)).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == DeleteErrorKind::NotFound => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn read_kept(&self, name: &str) -> Result<Option<Bytes>, ObjectError> {
        let Some(size) = self.size_of(name).await? else { return Ok(None) };
        let object = match self.bucket.get(name).await {
            Ok(object) => object,
            Err(error) if error.kind() == GetErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        let mut bytes = Vec::with_capacity(size.min(MAX_OBJECT));
        let mut object = object.take(MAX_OBJECT as u64);
        timeout(READING, object.read_to_end(&mut bytes)).await.map_err(unavailable)?.map_err(unavailable)?;
        Ok(Some(bytes.into()))
    }
}

/// No digest has a full stop in it.
fn name(what: &str, owner: Uuid) -> String {
    format!("{what}.{owner}")
}
