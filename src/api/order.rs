//! What surrounds a command over HTTP: who gives it, under which id, on which version, in which trace.

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::request::Parts,
};
use domain::{Id, commit::CommandId, user::UserId};

use super::{auth::Caller, idempotency, precondition, problem::Problem, trace::Traced};
use crate::{
    execute::{Envelope, Expected},
    house::House,
    stamp,
};

/// A command's surroundings.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who gives it.
    pub user: UserId,
    command: CommandId,
    repeatable: Repeatable,
    expected: Expected,
    trace: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeatable {
    ByItsKey,
    Never,
}

impl Order {
    /// The command's id.
    pub fn command(&self) -> CommandId {
        self.command
    }

    /// An id of something that this command brings about: the same when it is repeated.
    pub fn id<Kind>(&self, name: &str) -> Id<Kind> {
        self.command.derive(name)
    }

    /// The envelope of a command without a body.
    pub fn envelope(&self) -> Envelope {
        Envelope {
            command: self.command,
            correlation: self.trace.clone(),
            expected: self.expected,
            ..Envelope::from_user(self.user)
        }
    }

    /// The envelope of a command with a body, of which this is the digest.
    pub fn envelope_of(&self, digest: &str) -> Envelope {
        let fingerprint = (self.repeatable == Repeatable::ByItsKey).then(|| digest.to_owned());
        Envelope { fingerprint, ..self.envelope() }
    }

    /// The envelope of a part of what this command does, where one commit does not hold it all.
    pub fn part(&self, name: &str) -> Envelope {
        Envelope { command: self.id(name), expected: Expected::Any, ..self.envelope() }
    }
}

impl FromRequestParts<House> for Order {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Problem> {
        let Caller { user, .. } = Caller::from_request_parts(parts, house).await?;
        let key = idempotency::key(&parts.headers)?;
        let path = parts.extensions.get::<OriginalUri>().map_or(parts.uri.path(), |uri| uri.path());
        let command = key.map(|key| idempotency::command(user, &parts.method, path, key));
        Ok(Self {
            user,
            command: command.unwrap_or_else(stamp::id),
            repeatable: if command.is_some() { Repeatable::ByItsKey } else { Repeatable::Never },
            expected: precondition::expected(&parts.headers)?,
            trace: parts.extensions.get::<Traced>().map(Traced::parent),
        })
    }
}
