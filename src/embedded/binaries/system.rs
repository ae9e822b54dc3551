//! Servers that the machine has installed: on the search path, or where distributions put PostgreSQL.
//!
//! Debian keeps the server programs of PostgreSQL off the search path, one folder a major version.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::{Which, tether};
use super::{Found, version_of};

/// Folders that hold one folder a version, and what leads from there to the programs.
const HOMES: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/usr", "bin"), // /usr/pgsql-17/bin
];

/// What is installed, runs and is new enough, the newest first.
pub(super) async fn installed(which: Which, search: &OsStr) -> Vec<Found> {
    let mut all = Vec::new();
    for program in candidates(which, search) {
        if let Some(version) = version_of(&program).await
            && version >= which.least()
        {
            all.push(Found { program, version, root: None });
        }
    }
    all.sort_by_key(|found| std::cmp::Reverse(found.version));
    all
}

fn candidates(which: Which, search: &OsStr) -> Vec<PathBuf> {
    let mut programs: Vec<PathBuf> = tether::all_on_path(which.program(), search).collect();
    if which == Which::Postgres {
        programs.extend(HOMES.iter().flat_map(|(home, rest)| versions(Path::new(home), rest)));
    }
    // A link on the path leads to the folder that has `initdb` beside it.
    let mut real: Vec<PathBuf> = programs.iter().filter_map(|program| program.canonicalize().ok()).collect();
    real.retain(|program| which == Which::Nats || program.with_file_name("initdb").exists());
    real.sort();
    real.dedup();
    real
}

fn versions(home: &Path, rest: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(home) else { return Vec::new() };
    let homes = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let named = homes.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(|first: char| first.is_ascii_digit())
            || name.starts_with("postgresql")
            || name.starts_with("pgsql")
    });
    named.map(|path| path.join(rest).join("postgres")).filter(|program| program.exists()).collect()
}
