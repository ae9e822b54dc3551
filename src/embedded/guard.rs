//! A guard stands beside each server and sees to it that the server ends when the innkeeper does, however that happens.
//!
//! A process that is killed with `kill -9` cannot tidy up after itself, so somebody else must.
//! The guard is our own executable, started anew with [`GUARD`] as its first argument, in a process group of its own (a
//! Ctrl-C in the terminal does not reach it). Its three standard streams are all that it needs:
//!
//! - stdin is a pipe that nobody writes to. When the innkeeper ends in any way, the kernel closes the other end, and the
//!   guard asks its server to stop, waits, and insists (the `--end` steps, then SIGKILL).
//! - stdout is a copy of the folder's lock (see `lock`), held until the server is gone. Nothing is written to it.
//! - stderr is the server's log.
//!
//! Should the guard itself be killed, the kernel tells the server to stop, where `setpriv` can arrange that (see
//! `tether`); elsewhere the next start finds the orphan (see `orphan`).
//! The guard does not restart a server: the innkeeper hears of the death (`Guarded::exited`) and ends with a clear word.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdin, Command};
use tokio::signal::unix::{SignalKind, signal};

use super::files;

/// The first argument that makes this executable a guard; `main` hands such a call to [`guard_main`] before all else.
pub const GUARD: &str = "__guard";

/// One way to end a server, and how long to wait before the next, harsher one.
pub(crate) type Step = (Signal, Duration);

/// What to run under guard.
pub(crate) struct Watch<'a> {
    /// Our own executable.
    pub(crate) guard: &'a Path,
    /// A copy of the folder's lock.
    pub(crate) hold: File,
    pub(crate) log: &'a Path,
    pub(crate) end: &'a [Step],
    /// The account to run as, where that is not our own.
    pub(crate) account: Option<(u32, u32)>,
    pub(crate) command: Vec<OsString>,
}

/// A server with its guard, from the innkeeper's side. Dropping it ends the server; `stop` also waits for that.
#[derive(Debug)]
pub(crate) struct Guarded {
    child: Child,
    lifeline: Option<ChildStdin>,
    log: PathBuf,
    log_start: u64,
}

impl Guarded {
    pub(crate) fn start(watch: Watch<'_>) -> io::Result<Self> {
        let log = files::open_log(watch.log)?;
        let log_start = log.metadata()?.len();
        let mut command = Command::new(watch.guard);
        command.arg(GUARD);
        for (signal, patience) in watch.end {
            command.arg("--end").arg(format!("{}:{}", signal.as_str(), patience.as_secs()));
        }
        if let Some((uid, gid)) = watch.account {
            command.arg("--account").arg(format!("{uid}:{gid}"));
        }
        command.arg("--").args(watch.command);
        command.stdin(Stdio::piped()).stdout(watch.hold).stderr(log).process_group(0);
        let mut child = command.spawn()?;
        let lifeline = child.stdin.take();
        Ok(Self { child, lifeline, log: watch.log.to_owned(), log_start })
    }

    /// Wait until the server has ended, by itself or because it was told to.
    pub(crate) async fn exited(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ask the server to stop, and wait until it has.
    pub(crate) async fn stop(mut self) -> io::Result<ExitStatus> {
        drop(self.lifeline.take());
        self.child.wait().await
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// The last lines that the server wrote since this start.
    pub(crate) fn last_words(&self) -> String {
        files::tail(&self.log, self.log_start, 6)
    }
}

/// Be a guard: run the server that these arguments describe (those after [`GUARD`]), until it or the innkeeper ends.
pub fn guard_main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(order) = Order::parse(arguments) else {
        return complain("this is how innkeeper watches its servers; it is not for calling by hand");
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(order.carry_out())) {
        Ok(status) => ExitCode::from(code(status)),
        Err(error) => complain(&format!("{}: {error}", order.program().display())),
    }
}

struct Order {
    end: Vec<Step>,
    account: Option<(u32, u32)>,
    command: Vec<OsString>,
}

impl Order {
    fn parse(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let mut order = Self { end: Vec::new(), account: None, command: Vec::new() };
        loop {
            match arguments.next()?.to_str()? {
                "--end" => order.end.push(step(arguments.next()?.to_str()?)?),
                "--account" => order.account = Some(account(arguments.next()?.to_str()?)?),
                "--" => break,
                _ => return None,
            }
        }
        order.command = arguments.collect();
        (!order.command.is_empty()).then_some(order)
    }

    fn program(&self) -> &OsStr {
        &self.command[0]
    }

    async fn carry_out(&self) -> io::Result<ExitStatus> {
        // Listen before there is anything to lose.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let lifeline = pipe::Receiver::from_owned_fd(io::stdin().as_fd().try_clone_to_owned()?)?;
        let mut server = self.start()?;
        tokio::select! {
            status = server.wait() => return status,
            () = cut(&lifeline) => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
        self.end(&mut server).await
    }

    fn start(&self) -> io::Result<Child> {
        let log = || io::stderr().as_fd().try_clone_to_owned().map(Stdio::from);
        let mut command = Command::new(self.program());
        command.args(&self.command[1..]).stdin(Stdio::null()).stdout(log()?).stderr(log()?);
        if let Some((uid, gid)) = self.account {
            command.uid(uid).gid(gid).current_dir("/");
        }
        command.spawn()
    }

    async fn end(&self, server: &mut Child) -> io::Result<ExitStatus> {
        let pid = server.id().and_then(|pid| i32::try_from(pid).ok()).map(Pid::from_raw);
        for (signal, patience) in &self.end {
            if let Some(pid) = pid {
                // It may have ended just now; the wait below tells.
                let _ = kill(pid, *signal);
            }
            if let Ok(status) = tokio::time::timeout(*patience, server.wait()).await {
                return status;
            }
        }
        server.start_kill()?;
        server.wait().await
    }
}

/// Wait until the other end of the pipe is closed. Nobody writes to it, so whatever is read means nothing.
async fn cut(lifeline: &pipe::Receiver) {
    let mut byte = [0; 16];
    loop {
        match lifeline.readable().await.and_then(|()| lifeline.try_read(&mut byte)) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

fn step(text: &str) -> Option<Step> {
    let (signal, seconds) = text.split_once(':')?;
    Some((signal.parse().ok()?, Duration::from_secs(seconds.parse().ok()?)))
}

fn account(text: &str) -> Option<(u32, u32)> {
    let (uid, gid) = text.split_once(':')?;
    Some((uid.parse().ok()?, gid.parse().ok()?))
}

fn code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

fn complain(what: &str) -> ExitCode {
    eprintln!("innkeeper's guard: {what}");
    ExitCode::from(127)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Order> {
        Order::parse(line.split(' ').map(OsString::from))
    }

    #[test]
    fn an_order_says_how_to_end_and_what_to_run() {
        let order = parsed("--end SIGINT:20 --end SIGQUIT:5 --account 7:8 -- postgres -D --end").unwrap();

        assert_eq!(
            order.end,
            [(Signal::SIGINT, Duration::from_secs(20)), (Signal::SIGQUIT, Duration::from_secs(5))]
        );
        assert_eq!(order.account, Some((7, 8)));
        assert_eq!(order.command, ["postgres", "-D", "--end"]);
    }

    #[test]
    fn a_call_by_hand_is_turned_away() {
        for line in
            ["", "--", "--help", "--end SIGINT -- true", "--end 9:9 -- true", "--account root -- true"]
        {
            assert!(parsed(line).is_none(), "{line}");
        }
    }
}
