//! Files by the SHA-256 of their bytes, in a bucket of NATS.
//!
//! The log holds digests, never files. Content that is addressed by its digest cannot change, so putting the same file
//! twice is once, and whoever gets one knows that it is the right one, because it is checked.

mod kept;

use std::{
    io::{Cursor, ErrorKind},
    time::Duration,
};

use async_nats::jetstream::object_store::{GetErrorKind, InfoErrorKind, ObjectStore};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::{io::AsyncReadExt, time::timeout};

use crate::{Cause, Nats};

/// The largest file.
pub const MAX_OBJECT: usize = 64 * 1024 * 1024;

/// How long reading one may take.
const READING: Duration = Duration::from_secs(60);

/// Why a file could not be put or got.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// It is too large.
    #[error("{size} bytes are too large for an object: at most {MAX_OBJECT}")]
    TooLarge {
        /// How large it is.
        size: usize,
    },
    /// What is stored under this digest is something else.
    #[error("the object {digest} is damaged")]
    Damaged {
        /// The digest that was asked for.
        digest: String,
    },
    /// The bucket cannot be reached.
    #[error("the objects cannot be reached")]
    Unavailable(#[source] Cause),
}

/// The files, cheap to clone.
#[derive(Clone)]
pub struct Objects {
    bucket: ObjectStore,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}

impl Objects {
    /// Opens the bucket that [`ensure`](crate::ensure) has made.
    pub async fn open(nats: &Nats) -> Result<Self, ObjectError> {
        let bucket = nats.jetstream.get_object_store(nats.subjects.object_bucket()).await;
        Ok(Self { bucket: bucket.map_err(unavailable)? })
    }

    /// Stores the bytes, unless they are there already, and answers their digest.
    pub async fn put(&self, bytes: &[u8]) -> Result<String, ObjectError> {
        if bytes.len() > MAX_OBJECT {
            return Err(ObjectError::TooLarge { size: bytes.len() });
        }
        let digest = digest_of(bytes);
        if self.size_of(&digest).await? == Some(bytes.len()) {
            return Ok(digest);
        }
        self.bucket.put(digest.as_str(), &mut Cursor::new(bytes)).await.map_err(unavailable)?;
        Ok(digest)
    }

    /// The bytes of this digest, if they are there.
    pub async fn get(&self, digest: &str) -> Result<Option<Bytes>, ObjectError> {
        if !is_digest(digest) {
            return Ok(None);
        }
        let Some(size) = self.size_of(digest).await? else { return Ok(None) };
        if size > MAX_OBJECT {
            return Err(ObjectError::TooLarge { size });
        }
        let object = match self.bucket.get(digest).await {
            Ok(object) => object,
            Err(error) if error.kind() == GetErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        let mut bytes = Vec::with_capacity(size);
        let mut object = object.take(MAX_OBJECT as u64 + 1);
        match timeout(READING, object.read_to_end(&mut bytes)).await.map_err(unavailable)? {
            Ok(_) if digest_of(&bytes) == digest => Ok(Some(bytes.into())),
            Err(error) if error.kind() != ErrorKind::InvalidData => Err(unavailable(error)),
            Ok(_) | Err(_) => Err(ObjectError::Damaged { digest: digest.to_owned() }),
        }
    }

    async fn size_of(&self, digest: &str) -> Result<Option<usize>, ObjectError> {
        match self.bucket.info(digest).await {
            Ok(info) if info.deleted => Ok(None),
            Ok(info) => Ok(Some(info.size)),
            Err(error) if error.kind() == InfoErrorKind::NotFound => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }
}

fn unavailable(cause: impl Into<Cause>) -> ObjectError {
    ObjectError::Unavailable(cause.into())
}

fn digest_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
