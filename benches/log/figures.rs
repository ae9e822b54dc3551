//! Rates and waits, in words and in JSON.

use std::{env, fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};

/// What one run came to.
#[derive(Default)]
pub(crate) struct Figures {
    waits: Vec<Duration>,
    within: Duration,
}

impl Figures {
    pub(crate) fn new(mut waits: Vec<Duration>, within: Duration) -> Self {
        waits.sort_unstable();
        Self { waits, within }
    }

    /// The same and another run of the same.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::new([self.waits, other.waits].concat(), self.within + other.within)
    }

    pub(crate) fn per_s(&self) -> f64 {
        self.waits.len() as f64 / self.within.as_secs_f64()
    }

    /// The wait that so many in a hundred did not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let last = self.waits.len().saturating_sub(1);
        self.waits.get(last * percent / 100).copied().unwrap_or_default()
    }

    pub(crate) fn p50_ms(&self) -> f64 {
        self.percentile(50).as_secs_f64() * 1000.0
    }

    pub(crate) fn p99_ms(&self) -> f64 {
        self.percentile(99).as_secs_f64() * 1000.0
    }

    pub(crate) fn waits_json(&self) -> Value {
        let [p50, p99] = [50, 99].map(|percent| self.percentile(percent).as_micros() as u64);
        json!({ "p50_us": p50, "p99_us": p99 })
    }
}

/// Writes figures where the issue wants them: `bench/NAME.json` in the target folder.
pub(crate) fn write(name: &str, figures: &Value) {
    let path = target().join("bench").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, serde_json::to_string_pretty(figures).unwrap()).unwrap();
    println!("\n{}", path.display());
}

/// The target folder: this program lies in `release/deps` of it.
fn target() -> PathBuf {
    env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}
