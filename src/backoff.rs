//! Waiting longer and longer, with jitter, before something is tried again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// From 100 ms to 5 s, for ever.
pub fn patient() -> impl Iterator<Item = Duration> + Send {
    ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .without_max_times()
        .build()
}
