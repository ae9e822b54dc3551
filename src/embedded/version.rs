//! Which version of a server this is, and which one made a data folder.
//!
//! A data folder remembers the newest server that opened it, in `made_by.json` beside the data, and is never opened by
//! an older one: servers read what their elders wrote, not the other way round.
//! PostgreSQL reads only what its own major version wrote.

use std::path::Path;
use std::{fmt, fs, io};

use serde::{Deserialize, Serialize};

use super::{Error, Which, files};

/// A version as the servers print it: `2.15.1`, or `18.6` for PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Version {
    pub(crate) major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    pub(crate) const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// The first thing in this text that looks like a version: `nats-server: v2.15.1`, `postgres (PostgreSQL) 18.6`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::of_word)
    }

    fn of_word(word: &str) -> Option<Self> {
        let word = word.trim_start_matches('v');
        let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
        let mut numbers = word[..end].split('.').filter(|part| !part.is_empty()).map(str::parse);
        let major = numbers.next()?.ok()?;
        let minor = numbers.next().and_then(Result::ok).unwrap_or(0);
        let patch = numbers.next().and_then(Result::ok).unwrap_or(0);
        Some(Self { major, minor, patch })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // PostgreSQL's versions have two numbers.
        write!(formatter, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 { write!(formatter, ".{}", self.patch) } else { Ok(()) }
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no version"))
    }
}

#[derive(Serialize, Deserialize)]
struct MadeBy {
    server: String,
    version: Version,
}

/// The version that made the data in this folder; none where nothing remembers.
pub(crate) fn remembered(folder: &Path) -> Result<Option<Version>, Error> {
    let file = folder.join("made_by.json");
    let text = match fs::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::folder("read", &file)(error)),
    };
    let made_by: MadeBy =
        serde_json::from_slice(&text).map_err(|error| Error::folder("read", &file)(error.into()))?;
    Ok(Some(made_by.version))
}

/// Let this server open the folder, and remember it; refuse an older server, and another major version of PostgreSQL.
pub(crate) fn admit(which: Which, folder: &Path, have: Version) -> Result<(), Error> {
    let made_by = remembered(folder)?;
    if let Some(made_by) = made_by {
        refuse_unfit(which, folder, made_by, have)?;
    }
    if made_by == Some(have) {
        return Ok(());
    }
    // Before the server starts: one that opened the data and crashed at once has opened it all the same.
    let file = folder.join("made_by.json");
    let text = serde_json::json!(MadeBy { server: which.program().to_owned(), version: have }).to_string();
    files::write_private(&file, text.as_bytes()).map_err(Error::folder("write", &file))
}

fn refuse_unfit(which: Which, folder: &Path, made_by: Version, have: Version) -> Result<(), Error> {
    let folder = folder.to_owned();
    if which == Which::Postgres && have.major != made_by.major {
        return Err(Error::OtherMajor { folder, made_by, have });
    }
    if have < made_by {
        return Err(Error::OlderServer { which, folder, made_by, have });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_servers_print_them() {
        assert_eq!(Version::parse("nats-server: v2.15.1\n"), Some(Version::new(2, 15, 1)));
        assert_eq!(
            Version::parse("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)"),
            Some(Version::new(15, 13, 0))
        );
        assert_eq!(Version::parse("postgres (PostgreSQL) 19beta1"), Some(Version::new(19, 0, 0)));
        assert_eq!(Version::parse("no such thing"), None);
    }

    #[test]
    fn a_folder_is_never_opened_by_an_older_server() {
        let folder = files::scratch("older");
        admit(Which::Nats, &folder, Version::new(2, 14, 0)).unwrap();
        admit(Which::Nats, &folder, Version::new(2, 15, 1)).unwrap();

        let refused = admit(Which::Nats, &folder, Version::new(2, 15, 0));

        assert!(matches!(refused, Err(Error::OlderServer { .. })));
        assert_eq!(remembered(&folder).unwrap(), Some(Version::new(2, 15, 1)));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn postgres_opens_only_what_its_own_major_version_made() {
        let folder = files::scratch("major");
        admit(Which::Postgres, &folder, Version::new(17, 2, 0)).unwrap();

        let refused = admit(Which::Postgres, &folder, Version::new(18, 6, 0));

        assert!(matches!(refused, Err(Error::OtherMajor { .. })));
        fs::remove_dir_all(folder).unwrap();
    }
}
