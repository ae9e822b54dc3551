//! Who gets to the page: whoever is logged in; and to its scripts and pictures, which are the same for everybody and of
//! which browsers fetch some without cookies, everybody.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, Method, StatusCode, Uri, header, request::Parts, uri::PathAndQuery},
    response::{IntoResponse, Redirect, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    api::{auth::Caller, negotiation::wants_pages, problem::Problem},
    house::House,
};

/// What is ours alone: nobody else is asked for what we do not know there.
const OURS: [&str; 5] = ["/api/v1/", "/api/openai/", "/v1/", "/problems/", "/api/docs/"];
/// What may stand in an address that is told in another one.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a request does not get to the page.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A person is asked for their key first.
    Login(String),
    /// Everybody else is told.
    Problem(Problem),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Login(address) => {
                let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
                (no_store, Redirect::to(&address)).into_response()
            }
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

/// Lets a request through, or says why not.
pub(super) async fn pass(house: &House, parts: &mut Parts) -> Result<(), Refusal> {
    if OURS.iter().any(|ours| parts.uri.path().starts_with(ours)) {
        return Err(Refusal::Problem(Problem::not_found("not-found", "there is nothing here")));
    }
    if is_for_everybody(&parts.method, parts.uri.path()) {
        return Ok(());
    }
    match Caller::from_request_parts(parts, house).await {
        Ok(_) => Ok(()),
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED && wants_page(parts) => {
            Err(Refusal::Login(login(&parts.uri)))
        }
        Err(problem) => Err(Refusal::Problem(problem)),
    }
}

/// Whether it is a file of the page: read, not of an interface, and with a name that ends as those of files do.
fn is_for_everybody(method: &Method, path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    matches!(*method, Method::GET | Method::HEAD) && !path.starts_with("/api/") && file.contains('.')
}

fn wants_page(parts: &Parts) -> bool {
    matches!(parts.method, Method::GET | Method::HEAD) && wants_pages(&parts.headers)
}

/// Where somebody logs in who wants to go there.
fn login(uri: &Uri) -> String {
    match uri.path_and_query().map(PathAndQuery::as_str) {
        None | Some("/") => "/login".to_owned(),
        Some(place) => format!("/login?next={}", utf8_percent_encode(place, PLAIN)),
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn files_of_the_page_are_for_everybody_and_nothing_else_is() {
        for (method, path) in
            [(Method::GET, "/_next/static/chunks/app.js"), (Method::HEAD, "/site.webmanifest")]
        {
            assert!(is_for_everybody(&method, path), "{path}");
        }
        for (method, path) in [
            (Method::GET, "/"),
            (Method::POST, "/x.js"),
            (Method::GET, "/api/proxy/v1.json"),
            (Method::GET, "/_next/image"),
        ] {
            assert!(!is_for_everybody(&method, path), "{path}");
        }
    }

    #[test]
    fn who_logs_in_goes_on_where_they_wanted_to() {
        let login = |text: &'static str| login(&Uri::from_static(text));
        assert_eq!(login("/"), "/login");
        assert_eq!(login("/a?b=c&d=/e"), "/login?next=/a%3Fb%3Dc%26d%3D/e");
    }
}
