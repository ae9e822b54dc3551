//! To whom archives are locked: an age recipient that is configured, or the house's own backup key, made once.
//!
//! Whoever makes backups need not be able to read them: the recipient's identity may be somewhere else.

use std::{fs, io::ErrorKind, path::Path, str::FromStr};

use age::{
    Identity, Recipient,
    secrecy::ExposeSecret,
    x25519::{Identity as Own, Recipient as Named},
};
use zeroize::Zeroizing;

use super::BackupError;
use crate::start::write_private;

/// The longest file of identities that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Those who will be able to open an archive.
pub struct Lock(Vec<Named>);

/// Those with whom an archive may open.
pub struct Unlock(Vec<Own>);

impl std::fmt::Debug for Unlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unlock(***)")
    }
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Lock").field(&self.0.len()).finish()
    }
}

impl Lock {
    /// To these recipients (`age1…`).
    pub fn to(recipients: &[String]) -> Result<Self, BackupError> {
        let parsed = recipients.iter().map(|text| {
            Named::from_str(text.trim()).map_err(|_| BackupError::Recipient { text: text.clone() })
        });
        Ok(Self(parsed.collect::<Result<_, _>>()?))
    }

    /// To the backup key in this file, which is made if it is not there. Answers whether it was made now.
    pub fn to_own(path: &Path) -> Result<(Self, bool), BackupError> {
        match fs::symlink_metadata(path) {
            Ok(_) => {
                let unlock = Unlock::with(path)?;
                Ok((Self(unlock.0.iter().map(Own::to_public).collect()), false))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let own = Own::generate();
                let text =
                    format!("# public key: {}\n{}\n", own.to_public(), own.to_string().expose_secret());
                let text = Zeroizing::new(text);
                write_private(path, text.as_bytes()).map_err(|error| BackupError::OwnKey(error.into()))?;
                Ok((Self(vec![own.to_public()]), true))
            }
            Err(source) => Err(BackupError::file(path, source)),
        }
    }

    pub(super) fn recipients(&self) -> impl Iterator<Item = &dyn Recipient> {
        self.0.iter().map(|recipient| recipient as &dyn Recipient)
    }
}

impl Unlock {
    /// With the identities in this file, in the form of age's own tool.
    pub fn with(path: &Path) -> Result<Self, BackupError> {
        let size = fs::metadata(path).map_err(|source| BackupError::file(path, source))?.len();
        if size > LONGEST {
            return Err(BackupError::Identity { path: path.to_owned() });
        }
        let text =
            Zeroizing::new(fs::read_to_string(path).map_err(|source| BackupError::file(path, source))?);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let identities: Vec<_> = lines.map(Own::from_str).collect::<Result<_, _>>().unwrap_or_default();
        if identities.is_empty() {
            return Err(BackupError::Identity { path: path.to_owned() });
        }
        Ok(Self(identities))
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &dyn Identity> {
        self.0.iter().map(|identity| identity as &dyn Identity)
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn the_backup_key_is_made_once_and_shown_to_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup.key");
        let (_, was_made) = Lock::to_own(&path).unwrap();
        let (_, was_made_again) = Lock::to_own(&path).unwrap();
        assert!(was_made && !was_made_again);
        assert_eq!(format!("{:?}", Unlock::with(&path).unwrap()), "Unlock(***)");
    }

    #[test]
    fn what_is_no_recipient_and_no_identity_is_refused() {
        assert!(matches!(Lock::to(&["me".to_owned()]), Err(BackupError::Recipient { .. })));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty");
        fs::write(&path, "# nothing\n").unwrap();
        assert!(matches!(Unlock::with(&path), Err(BackupError::Identity { .. })));
    }
}
