//! A server whose guard was killed too, still at work on the data that we are about to open.
//!
//! Two servers on one folder would ruin it, and a process id in a file proves nothing: in a container the same small
//! numbers come back with every start. So a process is taken for the orphan only if its command line names our folder.
//! An orphan is stopped; a stale file is removed, since PostgreSQL refuses to start when it finds another process there.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Error, Which, files, notice};

const PATIENCE: Duration = Duration::from_secs(30);

/// Stop the process that `pid_file` names if `mark` is on its command line, and remove the file.
pub(crate) async fn clear(which: Which, pid_file: &Path, mark: &Path, farewell: Signal) -> Result<(), Error> {
    let Ok(text) = fs::read_to_string(pid_file) else { return Ok(()) };
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).filter(|pid| *pid > 1);
    if let Some(pid) = pid
        && names(pid, mark)
    {
        notice(&format!("{} of an earlier run still works on this folder; stopping it", which.title()));
        stop(pid, mark, farewell).await;
    }
    files::remove_file(pid_file).map_err(Error::folder("remove", pid_file))
}

async fn stop(pid: i32, mark: &Path, farewell: Signal) {
    let since = Instant::now();
    // It may end at any moment by itself, so that no failure of `kill` says more than the look at its command line.
    let _ = kill(Pid::from_raw(pid), farewell);
    while names(pid, mark) {
        if since.elapsed() > PATIENCE {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        if since.elapsed() > 2 * PATIENCE {
            return;
        }
    }
}

/// Whether the command line of this process names our path as one of its arguments.
fn names(pid: i32, mark: &Path) -> bool {
    let mark = mark.as_os_str().as_encoded_bytes();
    match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(line) => line.split(|byte| *byte == 0).any(|argument| argument == mark),
        Err(_) if cfg!(target_os = "linux") => false,
        Err(_) => {
            let listed = Command::new("ps").args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output();
            listed.is_ok_and(|listed| listed.stdout.windows(mark.len()).any(|part| part == mark))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_that_only_has_the_same_number_is_left_alone() {
        let folder = files::scratch("stale");
        let pid_file = folder.join("postmaster.pid");
        let mut stranger = Command::new("sleep").arg("60").spawn().unwrap();
        fs::write(&pid_file, format!("{}\n", stranger.id())).unwrap();

        clear(Which::Postgres, &pid_file, &folder, Signal::SIGINT).await.unwrap();

        assert!(!pid_file.exists());
        assert!(stranger.try_wait().unwrap().is_none());
        stranger.kill().unwrap();
        stranger.wait().unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
}
