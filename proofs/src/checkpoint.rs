//! Signed checkpoints: "the first N messages of this log have this root", as C2SP's tlog-checkpoint in a signed note.
//!
//! ```text
//! innkeeper/INK_LOG/5f0c2a11          the origin: which log, in which of its lives
//! 1042                                how many messages
//! 7Xh…=                               the root over them, in base64
//! time 2026-11-25T10:30:00Z           when it was signed
//!
//! — innkeeper/INK_LOG/5f0c2a11 …      an Ed25519 signature over all above the empty line
//! ```
//!
//! Any tool for such notes reads them, and witnesses may add signatures of their own below. The key is told as a
//! `vkey`: `<origin>+<hash>+<base64>`.

use std::fmt;

use ed25519_dalek::SigningKey;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};

use crate::{Hash, Range};

/// The longest note that is read.
const LONGEST: usize = 64 * 1024;

/// What a signature vouches for.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Which log, in which of its lives.
    pub origin: String,
    /// How many messages.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// When it was signed, as the signer says.
    pub time: Option<String>,
}

/// Why a note is no checkpoint that can be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It does not read.
    #[error("not a signed checkpoint")]
    Malformed,
    /// The key did not sign it, or something was changed in it.
    #[error("not signed by the key {key}")]
    NotSigned {
        /// The name of the key.
        key: String,
    },
    /// It is of another log.
    #[error("a checkpoint of the log {found}, not of {expected}")]
    OtherLog {
        /// Which log was meant.
        expected: String,
        /// Which log it speaks of.
        found: String,
    },
}

/// The text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key of checkpoints: it looks like innkeeper/INK_LOG/5f0c2a11+1a2b3c4d+AbCd…")]
pub struct KeyError;

/// The public half of a key: opens checkpoints.
#[derive(Clone)]
pub struct Key {
    text: String,
    origin: String,
    verifier: StandardVerifier,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.text)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Key {
    /// Reads a `vkey`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let verifier = StandardVerifier::new(text).map_err(|_| KeyError)?;
        let (origin, _) = text.split_once('+').ok_or(KeyError)?;
        Ok(Self { text: text.to_owned(), origin: origin.to_owned(), verifier })
    }

    /// The log whose checkpoints it opens.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The checkpoint in a note, if this key has signed it.
    pub fn open(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        if note.len() > LONGEST {
            return Err(CheckpointError::Malformed);
        }
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        let known = VerifierList::new(vec![Box::new(self.verifier.clone())]);
        note.verify(&known).map_err(|_| CheckpointError::NotSigned { key: self.text.clone() })?;
        let read = tlog_tiles::Checkpoint::from_bytes(note.text()).map_err(|_| CheckpointError::Malformed)?;
        if read.origin() != self.origin {
            let (expected, found) = (self.origin.clone(), read.origin().to_owned());
            return Err(CheckpointError::OtherLog { expected, found });
        }
        let time = read.extension().lines().find_map(|line| line.strip_prefix("time ")).map(str::to_owned);
        Ok(Checkpoint { origin: read.origin().to_owned(), size: read.size(), root: *read.hash(), time })
    }
}

/// The private half: signs checkpoints of one log.
pub struct Signer {
    key: Key,
    signer: StandardSigner,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Signer {
    /// A signer for this log, from the 32 bytes of an Ed25519 key.
    pub fn new(origin: &str, secret: &[u8; 32]) -> Result<Self, KeyError> {
        let vkey =
            signed_note::new_ed25519_verifier_key(origin, &SigningKey::from_bytes(secret).verifying_key());
        let key = Key::parse(&vkey)?;
        let id = vkey.split('+').nth(1).ok_or(KeyError)?;
        let secret = [[1].as_slice(), secret].concat();
        let signer = StandardSigner::new(&format!("PRIVATE+KEY+{origin}+{id}+{}", base64(&secret)));
        Ok(Self { key, signer: signer.map_err(|_| KeyError)? })
    }

    /// The public half.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The signed note about a tree.
    pub fn sign(&self, tree: &Range, time: &str) -> Result<String, CheckpointError> {
        let malformed = CheckpointError::Malformed;
        let text = format!("{}\n{}\n{}\ntime {time}\n", self.key.origin, tree.size(), tree.root());
        let mut note = Note::new(text.as_bytes(), &[]).map_err(|_| malformed.clone())?;
        note.add_sigs(&[&self.signer]).map_err(|_| malformed.clone())?;
        String::from_utf8(note.to_bytes()).map_err(|_| malformed)
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}

/// The notes of a file that holds one behind the other, with an empty line between them.
///
/// A note has an empty line of its own, so it ends where an empty line follows a signature.
pub fn notes(file: &str) -> Vec<String> {
    let (mut all, mut note, mut is_signed) = (vec![], String::new(), false);
    for line in file.lines() {
        if line.is_empty() && (is_signed || note.is_empty()) {
            all.extend((!note.is_empty()).then(|| std::mem::take(&mut note)));
            is_signed = false;
            continue;
        }
        is_signed = line.starts_with('\u{2014}');
        note.push_str(line);
        note.push('\n');
    }
    all.extend((!note.is_empty()).then_some(note));
    all
}

#[cfg(test)]
mod spec {
    use super::*;

    const ORIGIN: &str = "innkeeper/INK_LOG/5f0c2a11";

    fn signer() -> Signer {
        Signer::new(ORIGIN, &[7; 32]).unwrap()
    }

    fn tree(size: u64) -> Range {
        let mut range = Range::default();
        (0..size).for_each(|number| range.push(Hash([u8::try_from(number).unwrap(); 32]), |_| {}));
        range
    }

    #[test]
    fn what_was_signed_is_opened_by_its_key() {
        let note = signer().sign(&tree(3), "2026-11-25T10:30:00Z").unwrap();
        let read = Key::parse(&signer().key().to_string()).unwrap().open(&note).unwrap();
        let (origin, time) = (ORIGIN.to_owned(), Some("2026-11-25T10:30:00Z".to_owned()));
        assert_eq!(read, Checkpoint { origin, size: 3, root: tree(3).root(), time });
    }

    #[test]
    fn what_was_changed_or_signed_by_another_is_not_believed() {
        let note = signer().sign(&tree(3), "2026-11-25T10:30:00Z").unwrap();
        let key = signer().key().clone();
        let other = Signer::new(ORIGIN, &[8; 32]).unwrap().sign(&tree(3), "now").unwrap();
        for wrong in [note.replace("\n3\n", "\n4\n"), note.replace("10:30", "10:31"), other] {
            assert!(matches!(key.open(&wrong), Err(CheckpointError::NotSigned { .. })), "{wrong}");
        }
        for wrong in ["", "\n\n", "innkeeper", &note[..note.len() / 2], &"x".repeat(LONGEST + 1)] {
            assert!(key.open(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_holds_many() {
        let sign = |size| signer().sign(&tree(size), "now").unwrap();
        let file = format!("{}\n{}\n", sign(1), sign(2));
        assert_eq!(notes(&file), [sign(1), sign(2)]);
        assert_eq!(notes(&sign(3)), [sign(3)]);
        assert_eq!(notes("\n\n"), Vec::<String>::new());
    }
}
