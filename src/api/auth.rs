//! Who asks: a key in `Authorization: Bearer`, or the session of a browser; checked against the events of the person
//! whom it names.
//!
//! No table is asked, so that people come in while the read side is away, and a revoked key is shut out at once, and with
//! it every session that rests on it. Unknown, malformed and revoked keys are answered alike.
//! A key goes before a session. NextChat sends an access code as `nk-` and the code: who typed a key there shows it, too;
//! and whatever else it sends as a key (of another provider, left from before) says nothing about who asks.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
};
use cookie::Cookie;
use domain::user::{KeyId, User, UserId};
use nats::LoadError;

use super::{origin, problem::Problem};
use crate::{bootstrap, door, execute::Folded, house::House, key};

/// Somebody who showed a key that is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// By which key.
    pub key: KeyId,
}

impl FromRequestParts<House> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Problem> {
        let caller = match shown(&parts.headers) {
            Shown::Key(key) => Self::of_key(house, key).await?,
            Shown::Session(token) => {
                origin::insist(parts)?;
                door::Device::note_request(parts);
                Self::of_session(house, token).await?
            }
            Shown::Nothing => None,
        };
        let caller = caller.ok_or_else(unauthorized)?;
        tracing::Span::current().record("user.id", tracing::field::display(caller.user));
        Ok(caller)
    }
}

impl Caller {
    /// Whose key it is, if it opens the door.
    pub async fn of_key(house: &House, key: &str) -> Result<Option<Self>, LoadError> {
        let Ok(shown) = key::parse(key) else { return Ok(None) };
        let key_in = |user: &Folded<User>| user.state().key_of(&shown.hash);
        let mut key = house.executor.look(shown.user, key_in).await?;
        if key.is_none() {
            // It may have been made elsewhere, a moment ago: who says no asks the leader.
            let last = house.journal().last_of(shown.user.key()).await?;
            key = house.executor.look_after(shown.user, last, key_in).await?;
        }
        Ok(key.map(|key| Self { user: shown.user, key }))
    }

    /// Whose session it is, if the key behind it still opens the door.
    pub async fn of_session(house: &House, token: &str) -> Result<Option<Self>, LoadError> {
        let Some(session) = house.door.recognise(token) else { return Ok(None) };
        let caller = Self { user: session.user, key: session.key };
        Ok(caller.is_welcome(house).await?.then_some(caller))
    }

    /// Whether their key still opens the door.
    pub async fn is_welcome(&self, house: &House) -> Result<bool, LoadError> {
        house.executor.look::<User, _>(self.user, |user| user.state().has_key(self.key)).await
    }

    /// Who is logged in in the browser that sends these headers, if anybody is.
    pub async fn of_browser(house: &House, headers: &HeaderMap) -> Result<Option<Self>, LoadError> {
        match session(headers) {
            Some(token) => Self::of_session(house, token).await,
            None => Ok(None),
        }
    }
}

/// What a request shows.
#[derive(Debug, PartialEq, Eq)]
enum Shown<'a> {
    Key(&'a str),
    Session(&'a str),
    Nothing,
}

fn shown(headers: &HeaderMap) -> Shown<'_> {
    match (bearer(headers), session(headers)) {
        (Some(word), _) if key::looks_like_one(word) => Shown::Key(word),
        (_, Some(token)) => Shown::Session(token),
        (Some(word), None) => Shown::Key(word),
        (None, None) => Shown::Nothing,
    }
}

/// Whoever runs the house: somebody who shows a key of the person whose key lies in this process' data folder.
#[derive(Debug, Clone, Copy)]
pub struct Owner(pub Caller);

impl FromRequestParts<House> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, house).await?;
        if bootstrap::owner_of(&house.config).await != Some(caller.user) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "not-the-owner",
                "only the owner of the house may do this",
            ));
        }
        Ok(Self(caller))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, word) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let word = word.trim();
    scheme.eq_ignore_ascii_case("bearer").then(|| word.strip_prefix("nk-").unwrap_or(word))
}

/// The token of the session that a browser sends along.
pub fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = cookies.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let session = cookies.find(|cookie| cookie.name() == door::COOKIE)?;
    session.value_raw()
}

/// Nobody is known by what was shown.
pub fn unauthorized() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "this needs a key (Authorization: Bearer ink_…), or in a browser a login at /login",
    )
    .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"innkeeper\""))
}

#[cfg(test)]
mod spec {
    use super::*;

    fn headers(authorization: &'static str, cookie: &'static str) -> HeaderMap {
        let headers = [(header::AUTHORIZATION, authorization), (header::COOKIE, cookie)];
        let headers = headers.into_iter().filter(|(_, value)| !value.is_empty());
        headers.map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_scheme_is_read_in_any_case_and_others_are_none() {
        assert_eq!(bearer(&headers("bearer ink_a", "")), Some("ink_a"));
        assert_eq!(bearer(&headers("Bearer nk-ink_a", "")), Some("ink_a"));
        assert_eq!(bearer(&headers("Basic aW5rOg==", "")), None);
        assert_eq!(bearer(&headers("ink_a", "")), None);
    }

    #[test]
    fn a_key_goes_before_a_session_and_keys_of_others_do_not() {
        let cookies = "theme=dark; ink_session=abc; x=y";
        assert_eq!(shown(&headers("", cookies)), Shown::Session("abc"));
        assert_eq!(shown(&headers("Bearer ink_a", cookies)), Shown::Key("ink_a"));
        assert_eq!(shown(&headers("Bearer sk-other", cookies)), Shown::Session("abc"));
        assert_eq!(shown(&headers("Bearer sk-other", "")), Shown::Key("sk-other"));
        assert_eq!(shown(&headers("", "ink_sessions=abc")), Shown::Nothing);
    }
}
