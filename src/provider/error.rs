//! Why there is no reply, in terms that a program, an operator and a user can each act on.
//!
//! The upstream's own text is never carried along: it may quote the prompt, and it explains the wrong thing to the
//! wrong person. `Display` is for logs, [`ProviderError::sentence`] is for the person who waits for an answer,
//! [`ProviderError::slug`] is stored in events and metrics and therefore never changes.

use std::time::Duration;

/// Who did not answer: the proxy in front of the model, or the model's own server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    SillyTavern,
    Model,
}

/// What we were waiting for when time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Connect,
    FirstToken,
    BetweenTokens,
    WholeReply,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    #[error("{0:?} cannot be reached")]
    Unreachable(Whom),
    #[error("the model's server refused the key")]
    Unauthorized,
    #[error("SillyTavern refused the login")]
    LoginRefused,
    #[error("too many requests")]
    RateLimited { retry_after: Option<Duration> },
    #[error("the model's server is overloaded ({status})")]
    Overloaded { status: u16, retry_after: Option<Duration> },
    #[error("the model's server failed ({status})")]
    Server { status: u16 },
    #[error("the model's server did not accept the request ({status})")]
    BadRequest { status: u16 },
    #[error("the quota is used up")]
    QuotaExhausted,
    #[error("time ran out ({0:?})")]
    TimedOut(Phase),
    #[error("the answer broke off")]
    Cut,
    #[error("the answer was neither events nor JSON")]
    Nonsense,
    #[error("the answer was empty")]
    Empty,
    #[error("the answer was withheld by a content filter")]
    Filtered,
    #[error("the circuit breaker is open")]
    CircuitOpen { retry_after: Duration },
}

impl ProviderError {
    /// A stable name for events, metrics and the `type` of a problem.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Unreachable(Whom::SillyTavern) => "sillytavern-unreachable",
            Self::Unreachable(Whom::Model) => "model-unreachable",
            Self::Unauthorized => "model-unauthorized",
            Self::LoginRefused => "sillytavern-login-refused",
            Self::RateLimited { .. } => "model-rate-limited",
            Self::Overloaded { .. } => "model-overloaded",
            Self::Server { .. } => "model-failed",
            Self::BadRequest { .. } => "model-refused-request",
            Self::QuotaExhausted => "model-quota-exhausted",
            Self::TimedOut(Phase::Connect) => "model-connect-timed-out",
            Self::TimedOut(Phase::FirstToken) => "model-first-token-timed-out",
            Self::TimedOut(Phase::BetweenTokens) => "model-stalled",
            Self::TimedOut(Phase::WholeReply) => "model-reply-timed-out",
            Self::Cut => "model-cut-off",
            Self::Nonsense => "model-answered-nonsense",
            Self::Empty => "model-answered-nothing",
            Self::Filtered => "model-filtered",
            Self::CircuitOpen { .. } => "model-resting",
        }
    }

    /// What happened and what to do about it, for the person who waits for the reply.
    pub fn sentence(&self) -> String {
        let plain = match self {
            Self::Unreachable(Whom::SillyTavern) => {
                "SillyTavern cannot be reached. Check that it is running and that its address in the settings is right."
            }
            Self::Unreachable(Whom::Model) => {
                "The model's server cannot be reached. Check that it is running and that its address is right."
            }
            Self::Unauthorized => {
                "The model's server did not accept the API key. Check the key in the settings."
            }
            Self::LoginRefused => {
                "SillyTavern did not let us in. Check the user name and password, and the account, in the settings."
            }
            Self::RateLimited { retry_after: Some(after) } => {
                return format!(
                    "The model gets too many requests right now. Try again in {}.",
                    in_words(*after)
                );
            }
            Self::RateLimited { retry_after: None } => {
                "The model gets too many requests right now. Wait a minute and try again."
            }
            Self::Overloaded { .. } => "The model is overloaded right now. Wait a minute and try again.",
            Self::Server { .. } => "The model's server had a problem of its own. Try again in a moment.",
            Self::BadRequest { .. } => {
                "The model's server did not accept the request. Check the model's name and the settings, or shorten the conversation."
            }
            Self::QuotaExhausted => {
                "The quota of the model's account is used up. Top it up, or choose another model in the settings."
            }
            Self::TimedOut(Phase::Connect) => {
                "The model's server did not pick up in time. Check its address, or try again in a moment."
            }
            Self::TimedOut(Phase::FirstToken) => {
                "The model did not begin to answer in time. It may be busy or still loading: try again in a moment."
            }
            Self::TimedOut(Phase::BetweenTokens) => {
                "The model stopped in the middle of its answer. Try again."
            }
            Self::TimedOut(Phase::WholeReply) => {
                "The answer took too long and was stopped. Try again, or allow fewer tokens."
            }
            Self::Cut => "The answer broke off before its end. Try again.",
            Self::Nonsense => {
                "The model's server answered with something that is not a reply. Check that its address is that of an OpenAI-compatible API."
            }
            Self::Empty => "The model answered with nothing. Try again, or choose another model.",
            Self::Filtered => {
                "The model's provider withheld the answer because of its content rules. Rephrase, or choose another model."
            }
            Self::CircuitOpen { retry_after } => {
                return format!(
                    "The model failed several times in a row and is given a rest. Try again in {}.",
                    in_words(*retry_after)
                );
            }
        };
        plain.to_owned()
    }

    /// Whether the same request may well succeed later, without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::RateLimited { .. }
            | Self::Overloaded { .. }
            | Self::Server { .. }
            | Self::TimedOut(_)
            | Self::Cut
            | Self::Empty
            | Self::CircuitOpen { .. } => true,
            Self::Unauthorized
            | Self::LoginRefused
            | Self::BadRequest { .. }
            | Self::QuotaExhausted
            | Self::Nonsense
            | Self::Filtered => false,
        }
    }

    /// Whether it tells that the endpoint is ill, so that the circuit breaker should count it.
    ///
    /// A rate limit is not: it belongs to one key, and the others that use the endpoint are well served.
    pub fn is_fault_of_endpoint(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::Overloaded { .. }
                | Self::Server { .. }
                | Self::TimedOut(_)
                | Self::Cut
        )
    }

    /// How long the other side asks us to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Overloaded { retry_after, .. } => *retry_after,
            Self::CircuitOpen { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

fn in_words(wait: Duration) -> String {
    match wait.as_secs() {
        0 | 1 => "a second".into(),
        seconds @ 2..=99 => format!("{seconds} seconds"),
        seconds @ 100..=5_400 => format!("{} minutes", seconds.div_ceil(60)),
        seconds => format!("{} hours", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod spec {
    use std::collections::HashSet;

    use super::*;

    fn every_error() -> Vec<ProviderError> {
        let wait = Duration::from_secs(12);
        vec![
            ProviderError::Unreachable(Whom::SillyTavern),
            ProviderError::Unreachable(Whom::Model),
            ProviderError::Unauthorized,
            ProviderError::LoginRefused,
            ProviderError::RateLimited { retry_after: Some(wait) },
            ProviderError::Overloaded { status: 503, retry_after: None },
            ProviderError::Server { status: 500 },
            ProviderError::BadRequest { status: 400 },
            ProviderError::QuotaExhausted,
            ProviderError::TimedOut(Phase::Connect),
            ProviderError::TimedOut(Phase::FirstToken),
            ProviderError::TimedOut(Phase::BetweenTokens),
            ProviderError::TimedOut(Phase::WholeReply),
            ProviderError::Cut,
            ProviderError::Nonsense,
            ProviderError::Empty,
            ProviderError::Filtered,
            ProviderError::CircuitOpen { retry_after: wait },
        ]
    }

    #[test]
    fn every_error_has_a_slug_of_its_own_and_a_whole_sentence() {
        let errors = every_error();

        let slugs: HashSet<_> = errors.iter().map(ProviderError::slug).collect();

        assert_eq!(slugs.len(), errors.len());
        for error in errors {
            let sentence = error.sentence();
            assert!(sentence.ends_with('.') && sentence.starts_with(char::is_uppercase), "{sentence}");
        }
    }

    #[test]
    fn a_fault_of_the_endpoint_is_always_worth_another_try() {
        assert!(every_error().iter().filter(|e| e.is_fault_of_endpoint()).all(ProviderError::is_transient));
    }

    #[test]
    fn a_wait_is_told_in_the_unit_that_people_use() {
        let told: Vec<_> = [0, 12, 120, 7_200].map(|s| in_words(Duration::from_secs(s))).into();

        assert_eq!(told, ["a second", "12 seconds", "2 minutes", "2 hours"]);
    }
}
