//! Files by the SHA-256 of their bytes, in a bucket of NATS, each sealed under a key of the person whose it is.
//!
//! The log holds digests, never files. Content that is addressed by its digest cannot change, so putting the same file
//! twice is once, and whoever gets one knows that it is the right one, because it is checked. Two people who have the same
//! file have it twice: so each can be forgotten without the other.
//!
//! Names in a bucket are in clear, and many people have the same card: so a file is not stored under its digest but under
//! an HMAC of it under a key of its owner, and who is forgotten leaves nothing that tells what they had.

mod all;
mod kept;
mod moved;

use std::{
    io::{Cursor, ErrorKind},
    sync::Arc,
    time::Duration,
};

use async_nats::jetstream::object_store::{GetErrorKind, InfoErrorKind, ObjectInfo, ObjectStore};
use bytes::Bytes;
use domain::user::UserId;
use sha2::{Digest, Sha256};
use tokio::{io::AsyncReadExt, task::spawn_blocking, time::timeout};

use crate::{
    Cause, Nats,
    codec::{self, sealed_file},
    keys::{self, DataKey, Held, KeyError, KeyName, KeyRing},
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
    /// What is stored under this name is something else.
    #[error("the object {name} is damaged")]
    Damaged {
        /// Under which name it is stored.
        name: String,
    },
    /// Its key is away, or was destroyed.
    #[error("the object cannot be sealed or opened")]
    Keys(#[source] KeyError),
    /// The bucket cannot be reached.
    #[error("the objects cannot be reached")]
    Unavailable(#[source] Cause),
}

/// What the names of files are made for.
const NAMES: &str = "names of files, 1";

/// The files, cheap to clone.
#[derive(Clone)]
pub struct Objects {
    nats: Nats,
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
        Ok(Self { nats: nats.clone(), bucket: bucket.map_err(unavailable)?, keys })
    }

    /// Stores the bytes for a person, unless they are there already, and answers their digest.
    pub async fn put(&self, owner: UserId, bytes: &[u8]) -> Result<String, ObjectError> {
        if bytes.len() > MAX_OBJECT {
            return Err(ObjectError::TooLarge { size: bytes.len() });
        }
        let digest = digest_of(bytes);
        let key = self.keys.current(owner).await.map_err(ObjectError::Keys)?;
        let name = self.name(owner, &digest).await.map_err(ObjectError::Keys)?;
        if self.size_of(&name).await? == Some(bytes.len() + sealed_file::LONGER) {
            return Ok(digest);
        }
        self.store(key, name, bytes.to_vec()).await?;
        Ok(digest)
    }

    /// The bytes of this digest, if this person has them. What was forgotten is not there.
    pub async fn get(&self, owner: UserId, digest: &str) -> Result<Option<Bytes>, ObjectError> {
        if !is_digest(digest) {
            return Ok(None);
        }
        let name = match self.name(owner, digest).await {
            Ok(name) => name,
            Err(KeyError::Destroyed) => return Ok(None),
            Err(error) => return Err(ObjectError::Keys(error)),
        };
        let Some(bytes) = self.fetch(owner, &name).await? else { return Ok(None) };
        if digest_of(&bytes) == digest { Ok(Some(bytes)) } else { Err(damaged(&name)) }
    }

    /// Removes everything of a person, and answers how much there was. This looks at every name in the bucket.
    pub async fn remove_all(&self, owner: UserId) -> Result<usize, ObjectError> {
        let prefix = belonging(owner, "");
        let theirs = self.all(|object| object.name.starts_with(&prefix)).await?;
        for object in &theirs {
            self.remove(object).await?;
        }
        Ok(theirs.len())
    }

    /// Removes an object without a trace: what NATS calls deleting leaves its name. The name goes last, so that removing
    /// can be taken up again.
    async fn remove(&self, object: &ObjectInfo) -> Result<(), ObjectError> {
        let subjects = &self.nats.subjects;
        let stream = self.nats.jetstream.get_stream_no_info(subjects.object_stream()).await;
        let stream = stream.map_err(unavailable)?;
        for subject in [subjects.object_chunks(&object.nuid), subjects.object_name(&object.name)] {
            stream.purge().filter(subject).await.map_err(unavailable)?;
        }
        Ok(())
    }

    /// Under which name a file of this person is stored.
    async fn name(&self, owner: UserId, digest: &str) -> Result<String, KeyError> {
        let key = keys::marking(&*self.keys, owner).await?;
        Ok(belonging(owner, &key.mark(NAMES, digest)))
    }

    /// Seals bytes and stores them under this name.
    async fn store(&self, key: Arc<DataKey>, name: String, bytes: Vec<u8>) -> Result<(), ObjectError> {
        let place = name.clone().into_bytes();
        let sealed = spawn_blocking(move || sealed_file::seal(&key, codec::by_chance(), &place, bytes));
        let sealed = sealed.await.map_err(unavailable)?.map_err(unavailable)?;
        self.bucket.put(name.as_str(), &mut Cursor::new(sealed)).await.map_err(unavailable)?;
        Ok(())
    }

    /// What is stored for its owner under this name, opened.
    async fn fetch(&self, owner: UserId, name: &str) -> Result<Option<Bytes>, ObjectError> {
        let Some(sealed) = self.stored(name).await? else { return Ok(None) };
        let number = sealed_file::key_number(&sealed).ok_or_else(|| damaged(name))?;
        let key = match self.held(KeyName { person: owner, number }).await? {
            Some(Held::Key(key)) => key,
            Some(Held::Destroyed) => return Ok(None),
            None => return Err(damaged(name)),
        };
        let place = name.as_bytes().to_vec();
        let opened = spawn_blocking(move || sealed_file::open(&key, &place, &sealed)).await;
        let bytes = opened.map_err(unavailable)?.ok_or_else(|| damaged(name))?;
        Ok(Some(bytes.into()))
    }

    async fn held(&self, name: KeyName) -> Result<Option<Held>, ObjectError> {
        match self.keys.at_hand(name) {
            Some(held) => Ok(Some(held)),
            None => Ok(self.keys.find(&[name]).await.map_err(ObjectError::Keys)?.remove(&name)),
        }
    }

    /// What is stored under this name, still sealed.
    async fn stored(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectError> {
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
            Err(_) => Err(damaged(name)),
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

fn damaged(name: &str) -> ObjectError {
    ObjectError::Damaged { name: name.to_owned() }
}

/// All that is a person's begins with their id.
fn belonging(owner: UserId, what: &str) -> String {
    format!("{owner}/{what}")
}

fn digest_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
