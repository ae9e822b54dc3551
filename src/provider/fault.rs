//! What an upstream's refusal means.
//!
//! Servers disagree about where they put it: in the status, in an `error` object of a 200, in an event of a stream, as
//! a text, a number or `true`. SillyTavern in front of them translates once more (facts: a 401 becomes a 400 with the
//! reason phrase "Unauthorized", an error inside a 200 keeps only the reason phrase as its message). All of that is
//! read here, and only here; the texts are looked at and dropped.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::error::{Phase, ProviderError, Whom};

/// Longer waits than a day are somebody's mistake.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// The meaning of a status other than success, with what the body says.
pub(super) fn of_status(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let meaning = named(&body).unwrap_or_else(|| from_code(status.as_u16(), retry_after(headers)));
    tracing::info!(status = status.as_u16(), code = identifier(&body), error = meaning.slug(), "refused");
    meaning
}

/// The meaning of a body that carries an `error` although its status promised success.
pub(super) fn of_body(body: &Value) -> Option<ProviderError> {
    let error = body.get("error").filter(|error| !error.is_null() && **error != Value::Bool(false))?;
    if let Some(named) = named(body) {
        return Some(named);
    }
    let status =
        ["code", "status"].iter().find_map(|key| as_status(error.get(key)?)).or_else(|| phrase(error));
    Some(status.map_or(ProviderError::Server { status: 200 }, |status| from_code(status, None)))
}

/// The meaning of a request that never got an answer. Its cause, which holds no words, is for the operator.
pub(super) fn of_transport(error: reqwest::Error, whom: Whom) -> ProviderError {
    let error = error.without_url();
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
    let cause = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    tracing::info!(?whom, %cause, "no answer");
    if error.is_timeout() {
        ProviderError::TimedOut(Phase::Connect)
    } else {
        ProviderError::Unreachable(whom)
    }
}

fn from_code(status: u16, retry_after: Option<Duration>) -> ProviderError {
    match status {
        401 | 403 => ProviderError::Unauthorized,
        402 => ProviderError::QuotaExhausted,
        408 | 504 => ProviderError::TimedOut(Phase::FirstToken),
        429 => ProviderError::RateLimited { retry_after },
        // 529 is what Anthropic and some proxies say when they are full.
        503 | 529 => ProviderError::Overloaded { status, retry_after },
        400..=499 => ProviderError::BadRequest { status },
        300..=399 => ProviderError::Nonsense,
        _ => ProviderError::Server { status },
    }
}

/// Faults that a body names better than a status does.
fn named(body: &Value) -> Option<ProviderError> {
    if body.get("quota_error") == Some(&Value::Bool(true)) {
        return Some(ProviderError::QuotaExhausted);
    }
    let error = body.get("error")?;
    ["code", "type", "status"].iter().filter_map(|key| error.get(key)?.as_str()).find_map(by_name)
}

fn by_name(name: &str) -> Option<ProviderError> {
    Some(match name {
        "insufficient_quota" | "billing_hard_limit_reached" | "billing_not_active" => {
            ProviderError::QuotaExhausted
        }
        "invalid_api_key"
        | "authentication_error"
        | "permission_error"
        | "UNAUTHENTICATED"
        | "PERMISSION_DENIED" => ProviderError::Unauthorized,
        "rate_limit_exceeded" | "rate_limit_error" | "RESOURCE_EXHAUSTED" => {
            ProviderError::RateLimited { retry_after: None }
        }
        "overloaded_error" | "UNAVAILABLE" => ProviderError::Overloaded { status: 503, retry_after: None },
        "content_filter" | "content_policy_violation" => ProviderError::Filtered,
        // How node's `fetch`, and so SillyTavern, names a model's server that it cannot reach.
        "ECONNREFUSED" | "ENOTFOUND" | "EHOSTUNREACH" | "ENETUNREACH" | "ECONNRESET" | "EAI_AGAIN" => {
            ProviderError::Unreachable(Whom::Model)
        }
        "ETIMEDOUT" => ProviderError::TimedOut(Phase::Connect),
        _ => return None,
    })
}

/// The upstream's code for what happened, if it looks like one: a message would not, and may quote the prompt.
fn identifier(body: &Value) -> Option<&str> {
    let error = body.get("error")?;
    let code = ["code", "type", "status"].iter().find_map(|key| error.get(key)?.as_str())?;
    let is_code = code.len() <= 48 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_code.then_some(code)
}

fn as_status(value: &Value) -> Option<u16> {
    let code = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(code).ok().filter(|code| (400..600).contains(code))
}

/// A reason phrase in place of a message: all that SillyTavern keeps of an upstream's status.
fn phrase(error: &Value) -> Option<u16> {
    let message = error.get("message").or(Some(error))?.as_str()?;
    (400..600).find(|code| {
        StatusCode::from_u16(*code).ok().and_then(|status| status.canonical_reason()) == Some(message)
    })
}

/// `Retry-After` in both of its forms. A date is compared with the answer's own `Date`, so that clocks may differ.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok().map(|wait| wait.min(LONGEST_WAIT));
    }
    let now = OffsetDateTime::parse(headers.get(DATE)?.to_str().ok()?, &Rfc2822).ok()?;
    let then = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    Some(Duration::try_from(then - now).unwrap_or_default().min(LONGEST_WAIT))
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;

    fn status(code: u16, body: &str) -> ProviderError {
        of_status(StatusCode::from_u16(code).unwrap(), &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn a_status_means_what_it_says_unless_the_body_knows_better() {
        assert_eq!(status(401, ""), ProviderError::Unauthorized);
        assert_eq!(status(500, "<html>"), ProviderError::Server { status: 500 });
        assert_eq!(status(404, "{}"), ProviderError::BadRequest { status: 404 });
        assert_eq!(status(429, r#"{"error":{"type":"insufficient_quota"}}"#), ProviderError::QuotaExhausted);
        assert_eq!(status(400, r#"{"error":{"code":"content_filter"}}"#), ProviderError::Filtered);
        assert_eq!(
            status(502, r#"{"error":{"message":"Connection refused: x","code":"ECONNREFUSED"}}"#),
            ProviderError::Unreachable(Whom::Model)
        );
    }

    #[test]
    fn an_error_inside_a_success_is_found_in_each_of_its_shapes() {
        let shapes = [
            (
                json!({"error": {"message": "Unauthorized"}, "quota_error": false}),
                ProviderError::Unauthorized,
            ),
            (
                json!({"error": {"message": "Too Many Requests"}}),
                ProviderError::RateLimited { retry_after: None },
            ),
            (json!({"error": {"message": "x"}, "quota_error": true}), ProviderError::QuotaExhausted),
            (json!({"error": {"code": 503}}), ProviderError::Overloaded { status: 503, retry_after: None }),
            (json!({"error": {"code": "500"}}), ProviderError::Server { status: 500 }),
            (json!({"error": "Internal Server Error"}), ProviderError::Server { status: 500 }),
            (json!({"error": true}), ProviderError::Server { status: 200 }),
        ];
        for (body, meaning) in shapes {
            assert_eq!(of_body(&body), Some(meaning), "{body}");
        }
    }

    #[test]
    fn a_body_without_an_error_is_not_one() {
        for body in [json!({}), json!({"error": null}), json!({"error": false}), json!([1]), json!("error")] {
            assert_eq!(of_body(&body), None, "{body}");
        }
    }

    #[test]
    fn of_an_upstreams_text_only_its_code_is_logged() {
        assert_eq!(
            identifier(&json!({"error": {"message": "words", "code": "model_not_found"}})),
            Some("model_not_found")
        );
        assert_eq!(identifier(&json!({"error": {"type": "You said: I love Ida"}})), None);
    }

    #[test]
    fn a_wait_is_read_as_seconds_or_as_a_date() {
        let wait = |after: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, "Sun, 22 Nov 2026 10:00:00 GMT".parse().unwrap());
            headers.insert(RETRY_AFTER, after.parse().unwrap());
            retry_after(&headers).map(|wait| wait.as_secs())
        };

        assert_eq!(wait("7"), Some(7));
        assert_eq!(wait("Sun, 22 Nov 2026 10:01:30 GMT"), Some(90));
        assert_eq!(wait("Sun, 22 Nov 2026 09:00:00 GMT"), Some(0));
        assert_eq!(wait("9999999999"), Some(86_400));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-3"), None);
    }
}
