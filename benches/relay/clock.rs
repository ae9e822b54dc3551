//! One clock for all processes of a run.

use std::time::SystemTime;

/// It starts over after so many microseconds: longer than any token is under way, and shorter to write than the time
/// since 1970, which a tokenizer would count at every turn.
const ROUND: u64 = 1_000_000_000;

/// Microseconds, for [`since`].
pub(crate) fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_micros() % u128::from(ROUND)).unwrap_or_default()
}

/// The microseconds from one time to another. A clock that was set back a little counts as no time, not as a round.
pub(crate) fn since(then: u64, now: u64) -> u64 {
    let passed = (ROUND + now - then % ROUND) % ROUND;
    if passed > ROUND / 2 { 0 } else { passed }
}
