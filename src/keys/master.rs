//! The master key, under which the keys of people are wrapped. It is never in a database.
//!
//! It comes from the environment, from the output of a command (such as a client of a vault), or from a file in the data
//! folder that only its owner may read, which is made once.

use std::{fmt, process::Stdio, time::Duration};

use domain::user::UserId;
use nats::keys::{KEY_LENGTH, KeyName};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};
use tokio::{process::Command, time::timeout};
use zeroize::Zeroizing;

use crate::{secret::Secret, stamp};

/// How long the command may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many digits of the digest tell master keys apart.
const TELLING: usize = 16;

/// The master key.
pub struct Master {
    key: LessSafeKey,
    id: String,
}

/// Why there is no master key, or it does not fit.
#[derive(Debug, thiserror::Error)]
pub enum MasterError {
    /// What there is is no key.
    #[error("the master key is not 64 hexadecimal digits")]
    NotAKey,
    /// The command does not tell it.
    #[error("INNKEEPER_MASTER_KEY_COMMAND does not tell the master key: {why}")]
    Command {
        /// What went wrong.
        why: String,
    },
    /// A key was wrapped under another one.
    #[error(
        "the keys are wrapped under the master key {wanted}…, and this is {have}…: was master.key replaced?"
    )]
    Another {
        /// The one that it was.
        wanted: String,
        /// The one that is here.
        have: String,
    },
    /// A wrapped key does not open.
    #[error("a wrapped key does not open: it was changed, or belongs to somebody else")]
    DoesNotOpen,
}

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Master({}, ***)", self.id)
    }
}

impl Master {
    /// The master key of these bytes.
    pub fn new(key: &[u8; KEY_LENGTH]) -> Result<Self, MasterError> {
        let digest = Sha256::new().chain_update(b"innkeeper: which master key").chain_update(key).finalize();
        let mut id = hex::encode(digest);
        id.truncate(TELLING);
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| MasterError::NotAKey)?;
        Ok(Self { key: LessSafeKey::new(key), id })
    }

    /// The master key from 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, MasterError> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        hex::decode_to_slice(text.trim(), key.as_mut_slice()).map_err(|_| MasterError::NotAKey)?;
        Self::new(&key)
    }

    /// The master key that a command prints.
    pub async fn told_by(command: &Secret) -> Result<Self, MasterError> {
        let wrong = |why: String| MasterError::Command { why };
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(command.expose())
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        let output = timeout(PATIENCE, shell.output()).await;
        let output = output.map_err(|_elapsed| wrong("it takes too long".to_owned()))?;
        let output = output.map_err(|error| wrong(error.to_string()))?;
        if !output.status.success() {
            return Err(wrong(output.status.to_string()));
        }
        let text = Zeroizing::new(output.stdout);
        Self::parse(std::str::from_utf8(&text).map_err(|_| MasterError::NotAKey)?)
    }

    /// By which it is told from others, without telling it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Wraps a key of a person.
    pub fn wrap(&self, name: KeyName, key: &[u8; KEY_LENGTH]) -> Result<Vec<u8>, MasterError> {
        let nonce: [u8; NONCE_LEN] = stamp::secret();
        let mut wrapped = key.to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(name), &mut wrapped)
            .map_err(|_| MasterError::DoesNotOpen)?;
        Ok([nonce.as_slice(), &wrapped].concat())
    }

    /// Unwraps it.
    pub fn unwrap(
        &self,
        name: KeyName,
        wrapped: &[u8],
        under: &str,
    ) -> Result<Zeroizing<[u8; KEY_LENGTH]>, MasterError> {
        if under != self.id {
            return Err(MasterError::Another { wanted: under.to_owned(), have: self.id.clone() });
        }
        let (nonce, rest) = wrapped.split_first_chunk::<NONCE_LEN>().ok_or(MasterError::DoesNotOpen)?;
        let mut inside = Zeroizing::new(rest.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.key.open_in_place(nonce, bound_to(name), &mut inside);
        let opened = opened.map_err(|_| MasterError::DoesNotOpen)?;
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        if opened.len() != KEY_LENGTH {
            return Err(MasterError::DoesNotOpen);
        }
        key.copy_from_slice(opened);
        Ok(key)
    }
}

/// A wrapped key opens for nobody else, and under no other number.
fn bound_to(KeyName { person, number }: KeyName) -> Aad<[u8; 20]> {
    let mut bytes = [0; 20];
    bytes[..16].copy_from_slice(UserId::uuid(person).as_bytes());
    bytes[16..].copy_from_slice(&number.to_be_bytes());
    Aad::from(bytes)
}

#[cfg(test)]
mod spec {
    use super::*;

    fn name(number: u32) -> KeyName {
        KeyName { person: stamp::id(), number }
    }

    #[test]
    fn a_key_comes_out_as_it_was_wrapped_and_only_under_its_name() {
        let master = Master::new(&stamp::secret()).unwrap();
        let (name, key) = (name(1), stamp::secret());
        let wrapped = master.wrap(name, &key).unwrap();
        assert!(!wrapped.windows(8).any(|window| window == &key[..8]));
        assert_eq!(*master.unwrap(name, &wrapped, master.id()).unwrap(), key);
        let other = KeyName { number: 2, ..name };
        assert!(matches!(master.unwrap(other, &wrapped, master.id()), Err(MasterError::DoesNotOpen)));
        let mut changed = wrapped;
        changed[20] ^= 1;
        assert!(matches!(master.unwrap(name, &changed, master.id()), Err(MasterError::DoesNotOpen)));
    }

    #[test]
    fn another_master_key_is_named_and_neither_is_told() {
        let (one, two) = ([1; KEY_LENGTH], [2; KEY_LENGTH]);
        let (here, there) = (Master::new(&one).unwrap(), Master::new(&two).unwrap());
        let wrapped = here.wrap(name(1), &stamp::secret()).unwrap();
        let error = there.unwrap(name(1), &wrapped, here.id()).unwrap_err();
        assert!(matches!(&error, MasterError::Another { wanted, .. } if wanted == here.id()), "{error}");
        assert!(!format!("{here:?} {error} {error:?}").contains(&hex::encode(one)[..8]));
    }

    #[tokio::test]
    async fn a_command_tells_it_and_one_that_fails_is_named() {
        let told = |command: &str| {
            let command = Secret::new(command);
            async move { Master::told_by(&command).await }
        };
        let text = hex::encode([3; KEY_LENGTH]);
        assert_eq!(told(&format!("echo {text}")).await.unwrap().id(), Master::parse(&text).unwrap().id());
        assert!(matches!(told("exit 3").await, Err(MasterError::Command { .. })));
        assert!(matches!(told("echo no").await, Err(MasterError::NotAKey)));
    }
}
