//! A bar of how many commits were gone through: on stderr, and on a terminal only, as indicatif draws.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that nothing has moved yet. Its message stands behind it.
pub(crate) fn new() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:30} {pos}/{len} commits, {per_sec}, {eta} left {msg}")
    {
        bar.set_style(style);
    }
    bar
}

/// So many of so many are done.
pub(crate) fn tick(bar: &ProgressBar, at: u64, of: u64) {
    bar.set_length(of);
    bar.set_position(at);
}
