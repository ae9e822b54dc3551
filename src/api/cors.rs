//! Pages of other origins: which of them may ask (CORS).
//!
//! A NextChat that somebody else serves, or one that runs elsewhere, asks from the browser with the key of its user; it
//! may do so if the operator names its origin. Cookies are not for such pages: no answer allows credentials, and what
//! rests on a session comes from our own pages ([`origin`](super::origin)). Without a setting nobody is allowed.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, header};
use reqwest::Url;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

/// How long a browser remembers what it may ask.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// All origins.
const ANY: &str = "*";

/// Something else than origins is to be allowed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "http.origins is a list of origins with blanks between them, as browsers write them (https://chat.example, \
     http://localhost:3000), or * for all; this is none: {0}"
)]
pub struct NotAnOrigin(String);

/// The layer that lets pages of these origins ask; the list has blanks between them.
pub fn layer(origins: &str) -> Result<CorsLayer, NotAnOrigin> {
    let told = ["ink-position", "ink-outcome", "ink-trace", "traceparent"].map(HeaderName::from_static);
    let told = told.into_iter().chain([header::ETAG, header::LOCATION, header::RETRY_AFTER]);
    Ok(CorsLayer::new()
        .allow_origin(allowed(origins)?)
        .allow_methods(AllowMethods::mirror_request())
        // A wildcard would leave `Authorization` out.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(told.collect::<Vec<_>>())
        .max_age(REMEMBERED))
}

fn allowed(origins: &str) -> Result<AllowOrigin, NotAnOrigin> {
    if origins.trim() == ANY {
        return Ok(AllowOrigin::any());
    }
    let origins = origins.split_whitespace().map(origin).collect::<Result<Vec<_>, _>>()?;
    Ok(AllowOrigin::list(origins))
}

/// An origin as a browser sends it: anything else would never match.
fn origin(text: &str) -> Result<HeaderValue, NotAnOrigin> {
    let refused = || NotAnOrigin(text.to_owned());
    let url = Url::parse(text).map_err(|_| refused())?;
    // A comma may stand in a host's name, and hardly ever does: somebody put it between two origins.
    if url.origin().ascii_serialization() != text || text.contains(',') {
        return Err(refused());
    }
    HeaderValue::try_from(text).map_err(|_| refused())
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for fine in ["", "*", "https://chat.example", " http://localhost:3000  https://a.example "] {
            assert!(layer(fine).is_ok(), "{fine}");
        }
        for strange in [
            "https://chat.example/",
            "https://Chat.example",
            "https://chat.example:443",
            "chat.example",
            "https://a.example, https://b.example",
            "https://a.example *",
            "null",
            "file:///tmp",
        ] {
            assert!(layer(strange).is_err(), "{strange}");
        }
    }
}
