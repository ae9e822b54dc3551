//! Who asks: a key in `Authorization: Bearer`, checked against the events of the person whom it names.
//!
//! No table is asked, so that people come in while the read side is away, and a revoked key is shut out at once.
//! Unknown, malformed and revoked keys are answered alike.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
};
use domain::user::{KeyId, User, UserId};

use super::problem::Problem;
use crate::{bootstrap, house::House, key};

/// Somebody who showed a key that is theirs.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// By which key.
    pub key: KeyId,
}

impl FromRequestParts<House> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Problem> {
        let shown = bearer(&parts.headers).and_then(|key| key::parse(key).ok()).ok_or_else(unauthorized)?;
        let key = house.executor.look::<User, _>(shown.user, |user| user.state().key_of(&shown.hash)).await?;
        let key = key.ok_or_else(unauthorized)?;
        tracing::Span::current().record("user.id", tracing::field::display(shown.user));
        Ok(Self { user: shown.user, key })
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
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

fn unauthorized() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "this needs a key: Authorization: Bearer ink_…")
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"innkeeper\""))
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case_and_others_are_none() {
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))])
        };
        assert_eq!(bearer(&headers("bearer ink_a")), Some("ink_a"));
        assert_eq!(bearer(&headers("Basic aW5rOg==")), None);
        assert_eq!(bearer(&headers("ink_a")), None);
    }
}
