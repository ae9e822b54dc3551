//! Which picture the caller knows: `If-Match` with the `ETag` that the picture was answered with.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
};
use domain::character::CharacterId;

use crate::{
    api::{characters::owned, order::Order, problem::Problem},
    execute::{Envelope, Expected},
    house::House,
};

/// A command about a picture, by somebody who may say which picture they know.
#[derive(Debug)]
pub struct Knowing {
    /// The command's surroundings.
    pub order: Order,
    /// The digest of the picture that they know.
    picture: Option<String>,
}

impl FromRequestParts<House> for Knowing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Problem> {
        let etag = parts.headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
        let picture = etag.and_then(digest_in);
        if picture.is_some() {
            parts.headers.remove(header::IF_MATCH);
        }
        Ok(Self { order: Order::from_request_parts(parts, house).await?, picture })
    }
}

fn digest_in(etag: &str) -> Option<String> {
    let digest = etag.trim().strip_prefix('"')?.strip_suffix('"')?;
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| digest.to_owned())
}

impl Knowing {
    /// The envelope of the command. If they know a picture, it holds only as long as the character has that one.
    pub async fn envelope(&self, house: &House, id: CharacterId, body: &str) -> Result<Envelope, Problem> {
        let envelope = self.order.envelope_of(body);
        let Some(known) = &self.picture else { return Ok(envelope) };
        let seen = house.executor.look(id, |character| {
            let sheet = owned(character, self.order.user)?;
            let has_it = sheet.profile.appearance.avatar.as_ref().is_some_and(|it| it.digest == *known);
            // Who repeats a command knows the picture that it replaced.
            let has_it = has_it || character.carried_out(envelope.command).is_some();
            Ok::<_, Problem>(has_it.then(|| character.version()))
        });
        let version = seen.await??.ok_or_else(another)?;
        Ok(Envelope { expected: Expected::Version(version), ..envelope })
    }
}

fn another() -> Problem {
    let title = "the character has another picture by now; get it, and decide again";
    Problem::new(StatusCode::PRECONDITION_FAILED, "stale-version", title)
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_digest_is_told_from_a_version() {
        let digest = "ab".repeat(32);
        assert_eq!(digest_in(&format!("\"{digest}\"")), Some(digest));
        for other in ["\"42\"", "*", "", &"a".repeat(66)] {
            assert_eq!(digest_in(other), None, "{other}");
        }
    }
}
