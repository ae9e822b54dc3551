//! A circuit breaker: an endpoint that keeps failing is left in peace for a while.
//!
//! ```text
//!            enough faults in a row            rest is over
//!   Closed ───────────────────────► Open ─────────────────────► Probing
//!      ▲                              ▲                             │
//!      │            it worked         │        it failed            │
//!      └──────────────────────────────┼─────────────────────────────┤
//!                                     └─────────────────────────────┘
//! ```
//!
//! All who use an endpoint share one breaker, so that each learns from the others. While probing, one request goes
//! through and the rest are answered at once. A request that is cancelled says nothing about the endpoint: its permit
//! gives the probe back. The clock is an argument, so that the specs own it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::ProviderError;

#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// So many faults in a row open the circuit.
    pub faults: u32,
    /// So long an open circuit rests.
    pub rest: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self { faults: 5, rest: Duration::from_secs(15) }
    }
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed { faults: u32 },
    Open { until: Instant },
    Probing,
}

#[derive(Debug)]
pub struct Breaker {
    rules: Rules,
    state: Mutex<State>,
}

/// Leave to ask the endpoint once, to be answered with how it went.
#[derive(Debug)]
pub struct Permit {
    breaker: Arc<Breaker>,
    asked_at: Instant,
    is_probe: bool,
}

impl Breaker {
    pub fn new(rules: Rules) -> Arc<Self> {
        Arc::new(Self { rules, state: Mutex::new(State::Closed { faults: 0 }) })
    }

    /// Leave to ask, or how long to wait for it.
    pub fn permit(self: &Arc<Self>, now: Instant) -> Result<Permit, ProviderError> {
        let mut state = self.state();
        let is_probe = match *state {
            State::Closed { .. } => false,
            State::Open { until } if until <= now => true,
            State::Open { until } => return Err(ProviderError::CircuitOpen { retry_after: until - now }),
            State::Probing => return Err(ProviderError::CircuitOpen { retry_after: Duration::from_secs(1) }),
        };
        if is_probe {
            *state = State::Probing;
        }
        Ok(Permit { breaker: Arc::clone(self), asked_at: now, is_probe })
    }

    /// No holder of this lock can leave the state half-written, so a poisoned one is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The endpoint is well: it answered, be it with a refusal.
    pub fn worked(mut self) {
        let mut state = self.breaker.state();
        if self.is_probe || matches!(*state, State::Closed { .. }) {
            *state = State::Closed { faults: 0 };
        }
        drop(state);
        self.is_probe = false;
    }

    /// The endpoint is ill. Tells whether that opened the circuit.
    pub fn failed(mut self, now: Instant) -> Verdict {
        let rules = &self.breaker.rules;
        let mut state = self.breaker.state();
        let faults = match *state {
            _ if self.is_probe => rules.faults,
            State::Closed { faults } => faults + 1,
            // Requests that began before the circuit opened come back late; it is open already.
            State::Open { .. } | State::Probing => return Verdict::Unchanged,
        };
        let opens = faults >= rules.faults;
        *state = if opens { State::Open { until: now + rules.rest } } else { State::Closed { faults } };
        drop(state);
        self.is_probe = false;
        if opens { Verdict::Opened } else { Verdict::Unchanged }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Opened,
    Unchanged,
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.is_probe {
            *self.breaker.state() = State::Open { until: self.asked_at };
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    const REST: Duration = Duration::from_secs(10);

    fn breaker() -> (Arc<Breaker>, Instant) {
        (Breaker::new(Rules { faults: 3, rest: REST }), Instant::now())
    }

    fn fail(breaker: &Arc<Breaker>, now: Instant) -> Verdict {
        breaker.permit(now).unwrap().failed(now)
    }

    fn opened() -> (Arc<Breaker>, Instant) {
        let (breaker, now) = breaker();
        assert_eq!(
            [(); 3].map(|()| fail(&breaker, now)),
            [Verdict::Unchanged, Verdict::Unchanged, Verdict::Opened]
        );
        (breaker, now)
    }

    fn wait(breaker: &Arc<Breaker>, now: Instant) -> Option<Duration> {
        breaker.permit(now).err().and_then(|error| error.retry_after())
    }

    #[test]
    fn faults_in_a_row_open_it_and_it_says_how_long() {
        let (breaker, now) = opened();

        assert_eq!(wait(&breaker, now + Duration::from_secs(4)), Some(Duration::from_secs(6)));
    }

    #[test]
    fn a_success_in_between_starts_the_count_anew() {
        let (breaker, now) = breaker();
        fail(&breaker, now);
        fail(&breaker, now);
        breaker.permit(now).unwrap().worked();
        fail(&breaker, now);
        fail(&breaker, now);

        assert_eq!(wait(&breaker, now), None);
    }

    #[test]
    fn after_the_rest_one_probe_goes_through_and_its_success_closes_it() {
        let (breaker, now) = opened();
        let later = now + REST;

        let probe = breaker.permit(later).unwrap();
        assert!(wait(&breaker, later).is_some(), "only one probe");
        probe.worked();

        assert_eq!(wait(&breaker, later), None);
    }

    #[test]
    fn a_failed_probe_means_another_rest() {
        let (breaker, now) = opened();
        let later = now + REST;

        assert_eq!(fail(&breaker, later), Verdict::Opened);

        assert_eq!(wait(&breaker, later), Some(REST));
    }

    #[test]
    fn a_cancelled_probe_lets_the_next_one_try() {
        let (breaker, now) = opened();
        let later = now + REST;

        drop(breaker.permit(later).unwrap());

        assert_eq!(wait(&breaker, later), None);
    }

    #[test]
    fn a_late_success_does_not_close_a_circuit_that_has_opened_since() {
        let (breaker, now) = breaker();
        let slow = breaker.permit(now).unwrap();
        for _ in 0..3 {
            fail(&breaker, now);
        }

        slow.worked();

        assert!(wait(&breaker, now).is_some());
    }
}
