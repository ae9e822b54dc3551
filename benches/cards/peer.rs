//! The peer, in Node.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::{Deserialize, Serialize};

const PACKAGE: &str = "@character-foundry/character-foundry@0.5.0";

/// What the peer says of itself.
#[derive(Serialize, Deserialize)]
pub(crate) struct Report {
    /// For each errand.
    pub(crate) milliseconds: BTreeMap<String, f64>,
    /// Peak memory of the process, beyond what it took to begin.
    pub(crate) peak_kib: u64,
}

pub(crate) fn measure(rounds: usize, files: &[PathBuf]) -> Result<Report, Box<dyn Error>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/cards/peer.mjs");
    let mut node = Command::new("node");
    node.arg(script).arg(installed()?).arg(rounds.to_string()).args(files);
    let output = node.output()?;
    if !output.status.success() {
        return Err(format!("the peer failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The folder where npm has put it, once.
fn installed() -> Result<PathBuf, Box<dyn Error>> {
    let folder = cache().join("character-foundry-0.5.0");
    if folder.join("node_modules/@character-foundry").is_dir() {
        return Ok(folder);
    }
    fs::create_dir_all(&folder)?;
    let npm = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", "."];
    let status = Command::new("npm").args(npm).arg(PACKAGE).current_dir(&folder).status()?;
    if status.success() { Ok(folder) } else { Err("npm could not fetch the peer".into()) }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no configuration to read the folder from")]
fn cache() -> PathBuf {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from);
    folder("INNKEEPER_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("innkeeper")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache/innkeeper")))
        .unwrap_or_else(|| env::temp_dir().join("innkeeper-cache"))
}
