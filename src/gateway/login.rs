//! `/login`: somebody shows a key, or follows a link that opens once, and from then on their browser is known.
//!
//! The cookie is the session's token and not the key; scripts cannot read it, and other sites' pages do not send it.
//! A form that another site sends here is refused, too: it would log somebody in as somebody else.
//! Only the browser knows the part of an address behind `#`, in which NextChat says which chat is meant. It carries it
//! through redirects, so the form goes to the very address of its page, which has it.

use std::net::IpAddr;

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::{
    address::From,
    sheet::{escape, sheet},
};
use crate::{
    api::{auth::Caller, origin, problem::Problem},
    door::{self, TooMany},
    house::House,
};

const FORM: &str = include_str!("login.html");
/// How long an address may be to which somebody goes on.
const LONGEST: usize = 1024;

/// What an address asks of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wish {
    /// The word of a link that opens once.
    once: Option<String>,
    /// Where to go on.
    next: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Shown {
    key: String,
    #[serde(default)]
    next: String,
}

/// The page that asks for a key; whoever is logged in goes on at once.
pub(super) async fn show(
    State(house): State<House>,
    From(from): From,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let next = local(wish.next.as_deref().unwrap_or_default());
    if let Some(word) = &wish.once {
        return Ok(match follow(&house, word, from).await? {
            Ok(caller) => enter(&house, caller, &headers, next),
            Err(refusal) => refusal.page(next),
        });
    }
    match Caller::of_browser(&house, &headers).await? {
        Some(_) => Ok(Redirect::to(next).into_response()),
        None => Ok(form(StatusCode::OK, None, next)),
    }
}

/// Takes a key from the form.
pub(super) async fn come_in(
    State(house): State<House>,
    From(from): From,
    uri: Uri,
    headers: HeaderMap,
    Form(shown): Form<Shown>,
) -> Response {
    let next = local(&shown.next);
    if !origin::is_ours(&headers, &uri) {
        return Refusal::Foreign.page(next);
    }
    match check(&house, shown.key.trim(), from).await {
        Ok(Ok(caller)) => enter(&house, caller, &headers, next),
        Ok(Err(refusal)) => refusal.page(next),
        Err(_) => Refusal::Away.page(next),
    }
}

/// Whose key it is, if one from there is looked at now.
async fn check(house: &House, key: &str, from: IpAddr) -> Result<Result<Caller, Refusal>, nats::LoadError> {
    if let Err(too_many) = house.door.may_try(from) {
        return Ok(Err(Refusal::TooMany(too_many)));
    }
    let Some(caller) = Caller::of_key(house, key).await? else { return Ok(Err(Refusal::Unknown)) };
    house.door.was_right(from);
    Ok(Ok(caller))
}

/// Whom a link lets in: only while the key behind it holds.
async fn follow(house: &House, word: &str, from: IpAddr) -> Result<Result<Caller, Refusal>, nats::LoadError> {
    if let Err(too_many) = house.door.may_try(from) {
        return Ok(Err(Refusal::TooMany(too_many)));
    }
    let Some((user, key)) = house.door.follow(word) else { return Ok(Err(Refusal::Spent)) };
    house.door.was_right(from);
    let caller = Caller::of_session(house, house.door.welcome(user, key).expose()).await?;
    Ok(caller.ok_or(Refusal::Spent))
}

/// Gives a browser its cookie and sends it on.
fn enter(house: &House, caller: Caller, headers: &HeaderMap, next: &str) -> Response {
    let token = house.door.welcome(caller.user, caller.key);
    let lasts = cookie::time::Duration::try_from(house.door.lasts()).unwrap_or(cookie::time::Duration::MAX);
    let cookie = cookie(token.expose(), headers).max_age(lasts).build();
    with_cookie(Redirect::to(next).into_response(), &cookie)
}

/// The cookie of a session: for us only, and over TLS only where we are reached by it.
pub(super) fn cookie<'a>(token: &'a str, headers: &HeaderMap) -> cookie::CookieBuilder<'a> {
    let secure = is_secure(headers);
    Cookie::build((door::COOKIE, token)).path("/").http_only(true).same_site(SameSite::Lax).secure(secure)
}

pub(super) fn with_cookie(mut response: Response, cookie: &Cookie<'_>) -> Response {
    if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether the browser came over TLS, which ends at a proxy before us.
fn is_secure(headers: &HeaderMap) -> bool {
    let says = |name: &str, start: &str| {
        headers.get(name).is_some_and(|value| value.as_bytes().starts_with(start.as_bytes()))
    };
    says("x-forwarded-proto", "https") || says("origin", "https://")
}

/// A path of this house, or its first page: nobody is sent elsewhere from here.
fn local(next: &str) -> &str {
    let elsewhere =
        next.starts_with("//") || next.contains(|char: char| char == '\\' || !char.is_ascii_graphic());
    if next.starts_with('/') && !elsewhere && next.len() <= LONGEST { next } else { "/" }
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Unknown,
    Spent,
    Foreign,
    TooMany(TooMany),
    Away,
}

impl Refusal {
    fn page(self, next: &str) -> Response {
        let (status, sentence) = match self {
            Self::Unknown => {
                (StatusCode::UNAUTHORIZED, "This key does not open the door. It may be mistyped or revoked.")
            }
            Self::Spent => (
                StatusCode::UNAUTHORIZED,
                "This link has been used, or is too old. Show your key instead, or start the house anew for another link.",
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "The form came from another site. Show your key here, if you trust this page.",
            ),
            Self::TooMany(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "Too many wrong keys. Wait a little, then try once more.")
            }
            Self::Away => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The house cannot look at keys right now. Try again in a moment.",
            ),
        };
        let mut response = form(status, Some(sentence), next);
        if let Self::TooMany(TooMany { again_in }) = self {
            response.headers_mut().insert(header::RETRY_AFTER, (again_in.as_secs() + 1).into());
        }
        response
    }
}

fn form(status: StatusCode, said: Option<&str>, next: &str) -> Response {
    let (said, invalid) = match said {
        Some(said) => (
            format!("<p class=\"bad\" id=\"said\" role=\"alert\">{}</p>", escape(said)),
            "aria-invalid=\"true\"",
        ),
        None => (String::new(), ""),
    };
    let body =
        FORM.replace("{{said}}", &said).replace("{{invalid}}", invalid).replace("{{next}}", &escape(next));
    sheet(status, "Log in", &body)
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn one_goes_on_within_the_house_only() {
        for local_path in ["/", "/api/docs", "/#/chat", "/x?y=//z"] {
            assert_eq!(local(local_path), local_path);
        }
        for elsewhere in
            ["", "x", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/a b"]
        {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
    }
}
