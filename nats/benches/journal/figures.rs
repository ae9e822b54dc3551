//! Rates and waits, in a table and in JSON.

use std::time::Duration;

use serde_json::{Value, json};

/// What one run came to.
pub(crate) struct Figures {
    waits: Vec<Duration>,
    within: Duration,
}

impl Figures {
    pub(crate) fn new(mut waits: Vec<Duration>, within: Duration) -> Self {
        waits.sort_unstable();
        Self { waits, within }
    }

    pub(crate) fn per_s(&self) -> f64 {
        self.waits.len() as f64 / self.within.as_secs_f64()
    }

    /// The wait that so many in a hundred did not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let last = self.waits.len().saturating_sub(1);
        self.waits.get(last * percent / 100).copied().unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        let [p50, p99] = [50, 99].map(|percent| self.percentile(percent).as_micros() as u64);
        json!({ "per_s": self.per_s().round(), "p50_us": p50, "p99_us": p99 })
    }

    fn text(&self) -> String {
        let [p50, p99] = [50, 99].map(|percent| self.percentile(percent).as_secs_f64() * 1000.0);
        format!("{:>9.0}/s {p50:>8.2} {p99:>8.2} ms", self.per_s())
    }
}

pub(crate) struct Table;

impl Table {
    pub(crate) fn new() -> Self {
        let (raw, append) = ("raw: rate, p50, p99", "append: rate, p50, p99");
        println!("{:<14} {raw:>32} {append:>32} {:>12} {:>8}", "", "rate", "p50");
        Self
    }

    pub(crate) fn row(&mut self, name: &str, raw: &Figures, append: &Figures) {
        let rate = append.per_s() / raw.per_s();
        let wait = append.percentile(50).as_secs_f64() / raw.percentile(50).as_secs_f64();
        println!("{name:<14} {:>32} {:>32} {rate:>11.2}x {wait:>7.2}x", raw.text(), append.text());
    }
}
