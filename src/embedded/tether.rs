//! Programs of the system that change how a server is run, tried before they are relied on.
//!
//! Unsafe code is forbidden here, and with it what lies between fork and exec; `unshare` and `setpriv` of util-linux do the
//! same from outside. They replace themselves by the server, so that its process id is still the guard's child.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;

/// The first program of this name on this search path.
pub(crate) fn on_path(name: &str, search: &OsStr) -> Option<PathBuf> {
    all_on_path(name, search).next()
}

/// Every program of this name on this search path, in its order.
pub(crate) fn all_on_path(name: &str, search: &OsStr) -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(search)
        .filter(|folder| folder.is_absolute())
        .map(move |folder| folder.join(name))
        .filter(|program| {
            use std::os::unix::fs::PermissionsExt;
            program.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        })
}

/// What to put before a command so that the kernel sends it this signal when its guard is killed; empty where
/// that is not to be had.
pub(crate) fn tether(signal: Signal, search: &OsStr) -> Vec<OsString> {
    let Some(setpriv) = on_path("setpriv", search) else { return Vec::new() };
    let short = signal.as_str().trim_start_matches("SIG");
    working(vec![setpriv.into(), "--pdeathsig".into(), short.into(), "--".into()]).unwrap_or_default()
}

/// What to put before a command so that it believes to be this ordinary user, while it acts with our own rights.
pub(crate) fn mapped_to(uid: u32, search: &OsStr) -> Option<Vec<OsString>> {
    let unshare = on_path("unshare", search)?;
    working(vec![unshare.into(), "--user".into(), format!("--map-user={uid}").into(), "--".into()])
}

/// This prefix, if a command runs behind it.
fn working(prefix: Vec<OsString>) -> Option<Vec<OsString>> {
    let mut trial = Command::new(&prefix[0]);
    trial.args(&prefix[1..]).arg(shell()).args(["-c", ":"]);
    trial.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    trial.status().is_ok_and(|status| status.success()).then_some(prefix)
}

fn shell() -> &'static Path {
    Path::new("/bin/sh")
}
