//! Whether those who were in a batch come back at once with more, as they do who write one commit behind the other.
//!
//! A batch has a price of its own, which is the same for few and for many, so it is worth a moment to have them all. But
//! where they do not come back, a moment is a moment lost: then nobody is waited for any more, until it is tried again.

use std::time::Duration;

/// The part of a batch's time that is spent on waiting for the next.
const PART: u32 = 8;
/// The longest moment.
const LONGEST: Duration = Duration::from_micros(600);
/// After how many batches it is tried again.
const AGAIN: u32 = 32;

/// What they have done so far.
#[derive(Debug, Default)]
pub(super) struct Habit {
    /// For how many batches nobody is waited for.
    left_alone: u32,
}

impl Habit {
    /// How long they are waited for, behind a batch that took so long.
    pub(super) fn moment(&self, took: Duration) -> Duration {
        if self.left_alone > 0 { Duration::ZERO } else { (took / PART).min(LONGEST) }
    }

    /// So many of those who had heard have come back.
    pub(super) fn saw(&mut self, back: usize, heard: usize) {
        self.left_alone = match self.left_alone {
            0 if back * 2 < heard => AGAIN,
            left => left.saturating_sub(1),
        };
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    const BATCH: Duration = Duration::from_millis(4);

    #[test]
    fn who_comes_back_is_waited_for() {
        let mut habit = Habit::default();
        for _ in 0..100 {
            assert_eq!(habit.moment(BATCH), BATCH / PART);
            habit.saw(40, 64);
        }
    }

    #[test]
    fn who_does_not_come_back_is_waited_for_once_in_a_while() {
        let mut habit = Habit::default();
        let moments: Vec<_> = (0..100)
            .map(|_| {
                let moment = habit.moment(BATCH);
                habit.saw(3, 64);
                moment
            })
            .collect();
        assert_eq!(moments.iter().filter(|moment| !moment.is_zero()).count(), 4);
    }

    #[test]
    fn a_moment_has_an_end_however_slow_the_disk_is() {
        assert_eq!(Habit::default().moment(Duration::from_secs(5)), LONGEST);
    }
}
