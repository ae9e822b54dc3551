//! How long to wait before trying again: a little, then more, never in step with others.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// Waits for ever-repeated attempts: 50 ms doubling to two seconds, with jitter.
pub(crate) fn patient() -> impl Iterator<Item = Duration> + Send + Sync + 'static {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(2))
        .without_max_times()
        .with_jitter()
        .build()
}
