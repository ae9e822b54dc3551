//! One innkeeper a folder.
//!
//! Two locks in `run/`, both the kernel's, so that no crash can leave one behind.
//! `lock` is held by the innkeeper itself and names its process: a second one is refused at once.
//! `servers` is shared with every guard (see `guard`), so it stays held until the last server has stopped: a start right
//! after a `kill -9` waits for that, instead of opening data that another server is still closing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::{Error, notice};

/// Longer than the guards take to end their servers by force.
const PATIENCE: Duration = Duration::from_secs(45);

/// For what ends by itself in a moment.
const BRIEFLY: Duration = Duration::from_secs(5);

const POLL: Duration = Duration::from_millis(20);

/// The right to run servers on a folder, until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _ours: File,
    servers: File,
}

impl Lock {
    /// Take the folder, or say who has it.
    pub(crate) async fn take(folder: &Path) -> Result<Self, Error> {
        let ours = claim(folder).await?;
        let servers = servers_stopped(folder).await?;
        Ok(Self { _ours: ours, servers })
    }

    /// A hold on the folder for a guard: the lock is free only when every copy is closed.
    pub(crate) fn share(&self) -> std::io::Result<File> {
        self.servers.try_clone()
    }
}

async fn claim(folder: &Path) -> Result<File, Error> {
    let path = folder.join("run/lock");
    let mut file = open(&path)?;
    let since = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(Error::folder("lock", &path)(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        // A process killed while it started a child leaves the lock with that child until it has become a guard.
        let holder = fs::read_to_string(&path).unwrap_or_default().trim().to_owned();
        if lives(&holder) || since.elapsed() > BRIEFLY {
            let pid = if holder.is_empty() { "unknown".to_owned() } else { holder };
            return Err(Error::AlreadyRunning { folder: folder.to_owned(), pid });
        }
        tokio::time::sleep(POLL).await;
    }
    let named = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    named.map_err(Error::folder("write", &path))?;
    Ok(file)
}

/// Whether there is a process of this number, ours to signal or not.
fn lives(pid: &str) -> bool {
    pid.parse().is_ok_and(|pid| kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH))
}

async fn servers_stopped(folder: &Path) -> Result<File, Error> {
    let path = folder.join("run/servers");
    let file = open(&path)?;
    let since = Instant::now();
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(Error::folder("lock", &path)(error)),
            Err(TryLockError::WouldBlock) if since.elapsed() > PATIENCE => {
                return Err(Error::StillStopping { folder: folder.to_owned(), waited: PATIENCE });
            }
            Err(TryLockError::WouldBlock) => {}
        }
        if !told {
            notice("the last run ended without a farewell; waiting for its servers to stop");
            told = true;
        }
        tokio::time::sleep(POLL).await;
    }
}

fn open(path: &Path) -> Result<File, Error> {
    let opened =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    opened.map_err(Error::folder("open", path))
}

#[cfg(test)]
mod tests {
    use super::super::files;
    use super::*;

    #[tokio::test]
    async fn a_second_innkeeper_on_a_folder_is_told_who_has_it() {
        let folder = files::scratch("lock");
        files::private_folder(&folder.join("run")).unwrap();
        let first = Lock::take(&folder).await.unwrap();

        let Err(Error::AlreadyRunning { pid, .. }) = Lock::take(&folder).await else {
            panic!("it was let in")
        };

        assert_eq!(pid, std::process::id().to_string());
        drop(first);
        Lock::take(&folder).await.unwrap();
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_start_waits_until_the_last_guard_is_gone() {
        let folder = files::scratch("guards");
        files::private_folder(&folder.join("run")).unwrap();
        let first = Lock::take(&folder).await.unwrap();
        let guard = first.share().unwrap();
        drop(first);

        let mut next = Box::pin(Lock::take(&folder));
        tokio::select! {
            biased;
            _ = &mut next => panic!("it did not wait"),
            () = tokio::task::yield_now() => {}
        }
        drop(guard);

        next.await.unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
}
