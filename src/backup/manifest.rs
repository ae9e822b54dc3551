//! What an archive says of itself: at its beginning which part of which log it holds, at its end what that came to.

use domain::commit::Epoch;
use proofs::Range;
use serde::{Deserialize, Serialize};

use super::BackupError;

/// What the form of an archive is called; another form is another text.
pub const FORM: &str = "innkeeper/backup/1";

/// The beginning of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Always [`FORM`].
    pub form: String,
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// In which life of the log.
    pub epoch: String,
    /// The subjects of the log begin with this.
    pub prefix: String,
    /// It holds the commits after this one; 0 is the whole log.
    pub after: u64,
    /// Up to this one.
    pub until: u64,
    /// The tree of the commits before, as its frontier in hexadecimal digits.
    pub before: String,
}

/// The end of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How many files it holds.
    pub files: u64,
    /// The root of the tree up to its last commit.
    pub root: String,
    /// The signed checkpoint of that tree.
    pub checkpoint: String,
    /// The public key that opens it.
    pub key: String,
}

impl Head {
    /// The life of the log.
    pub fn epoch(&self) -> Result<Epoch, BackupError> {
        self.epoch.parse().map_err(|_| BackupError::malformed("its epoch is none"))
    }

    /// The tree of the commits before.
    pub fn tree(&self) -> Result<Range, BackupError> {
        let bytes = hex::decode(&self.before).map_err(|_| BackupError::malformed("its tree is none"))?;
        Range::from_bytes(self.after, &bytes).map_err(|_| BackupError::malformed("its tree is none"))
    }

    /// Refuses what this version does not know, and numbers that make no sense.
    pub fn check(self) -> Result<Self, BackupError> {
        if self.form != FORM {
            return Err(BackupError::OtherForm { form: self.form });
        }
        if self.until < self.after {
            return Err(BackupError::malformed("it ends before it begins"));
        }
        Ok(self)
    }
}
