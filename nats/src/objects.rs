//! Files by the SHA-256 of their bytes, in a bucket of NATS, each sealed under a key of the person whose it is.
//!
//! The log holds digests, never files. Content that is addressed by its digest cannot change, so putting the same file
//! twice is once, and whoever gets one knows that it is the right one, because it is checked. Two people who have the same
//! file have it twice: so each can be forgotten without the other.

mod kept;

use std::{
    io::{Cursor, ErrorKind},
    sync::Arc,
    time::Duration,
};

use async_nats::jetstream::object_store::{GetErrorKind, InfoErrorKind, ObjectStore};
use bytes::Bytes;
use domain::user::UserId;
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::{io::AsyncReadExt, task::spawn_blocking, time::timeout};

use crate::{
    Cause, Nats,
    codec::{self, sealed_file},
    keys::{Held, KeyError, KeyName, KeyRing},
};

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
    /// Its key is away, or was destroyed.
    #[error("the object cannot be sealed or opened")]
    Keys(#[source] KeyError),
    /// The bucket cannot be reached.
    #[error("the objects cannot be reached")]
    Unavailable(#[source] Cause),
}

/// The files, cheap to clone.
#[derive(Clone)]
pub struct Objects {
    bucket: ObjectStore,
    keys: Arc<dyn KeyRing>,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}

impl Objects {
    /// Opens the bucket that [`ensure`](crate::ensure) has made, with the keys of those whose files are in it.
    pub async fn open(nats: &Nats, keys: Arc<dyn KeyRing>) -> Result<Self, ObjectError> {
        let bucket = nats.jetstream.get_object_store(nats.subjects.object_bucket()).await;
        Ok(Self { bucket: bucket.map_err(unavailable)?, keys })
    }

    /// Stores the bytes for a person, unless they are there already, and answers their digest.
    pub async fn put(&self, owner: UserId, bytes: &[u8]) -> Result<String, ObjectError> {
        if bytes.len() > MAX_OBJECT {
            return Err(ObjectError::TooLarge { size: bytes.len() });
        }
        let digest = digest_of(bytes);
        let name = name(owner, &digest);
        if self.size_of(&name).await? == Some(bytes.len() + sealed_file::LONGER) {
            return Ok(digest);
        }
        let key = self.keys.current(owner).await.map_err(ObjectError::Keys)?;
        let (place, inside) = (name.clone().into_bytes(), bytes.to_vec());
        let sealed = spawn_blocking(move || sealed_file::seal(&key, codec::by_chance(), &place, inside));
        let sealed = sealed.await.map_err(unavailable)?.map_err(unavailable)?;
        self.bucket.put(name.as_str(), &mut Cursor::new(sealed)).await.map_err(unavailable)?;
        Ok(digest)
    }

    /// The bytes of this digest, if this person has them. What was forgotten is not there.
    pub async fn get(&self, owner: UserId, digest: &str) -> Result<Option<Bytes>, ObjectError> {
        if !is_digest(digest) {
            return Ok(None);
        }
        let name = name(owner, digest);
        let Some(sealed) = self.stored(&name, digest).await? else { return Ok(None) };
        let damaged = || ObjectError::Damaged { digest: digest.to_owned() };
        let number = sealed_file::key_number(&sealed).ok_or_else(damaged)?;
        let key = match self.held(KeyName { person: owner, number }).await? {
            Some(Held::Key(key)) => key,
            Some(Held::Destroyed) => return Ok(None),
            None => return Err(damaged()),
        };
        let place = name.into_bytes();
        let opened = spawn_blocking(move || sealed_file::open(&key, &place, &sealed)).await;
        let bytes = opened.map_err(unavailable)?.ok_or_else(damaged)?;
        if digest_of(&bytes) == digest { Ok(Some(bytes.into())) } else { Err(damaged()) }
    }

    /// Removes all files of a person, and answers how many there were. This looks at every name in the bucket.
    pub async fn remove_all(&self, owner: UserId) -> Result<usize, ObjectError> {
        let prefix = name(owner, "");
        let mut all = self.bucket.list().await.map_err(unavailable)?;
        let mut theirs = vec![];
        while let Some(object) = all.try_next().await.map_err(unavailable)? {
            if object.name.starts_with(&prefix) {
                theirs.push(object.name);
            }
        }
        for name in &theirs {
            self.bucket.delete(name).await.map_err(unavailable)?;
        }
        Ok(theirs.len())
    }

    async fn held(&self, name: KeyName) -> Result<Option<Held>, ObjectError> {
        match self.keys.at_hand(name) {
            Some(held) => Ok(Some(held)),
            None => Ok(self.keys.find(&[name]).await.map_err(ObjectError::Keys)?.remove(&name)),
        }
    }

    /// What is stored under this name, still sealed.
    async fn stored(&self, name: &str, digest: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        const MOST: usize = MAX_OBJECT + sealed_file::LONGER;
        let Some(size) = self.size_of(name).await? else { return Ok(None) };
        if size > MOST {
            return Err(ObjectError::TooLarge { size });
        }
        let object = match self.bucket.get(name).await {
            Ok(object) => object,
            Err(error) if error.kind() == GetErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        let mut bytes = Vec::with_capacity(size);
        let mut object = object.take(MOST as u64 + 1);
        match timeout(READING, object.read_to_end(&mut bytes)).await.map_err(unavailable)? {
            Ok(_) => Ok(Some(bytes)),
            Err(error) if error.kind() != ErrorKind::InvalidData => Err(unavailable(error)),
            Err(_) => Err(ObjectError::Damaged { digest: digest.to_owned() }),
        }
    }

    async fn size_of(&self, name: &str) -> Result<Option<usize>, ObjectError> {
        match self.bucket.info(name).await {
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

fn name(owner: UserId, digest: &str) -> String {
    format!("{owner}/{digest}")
}

fn digest_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
