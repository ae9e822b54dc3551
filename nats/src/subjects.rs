//! Every subject, stream and bucket that we use, in one place.
//!
//! They mirror the types: `ink.log.character.<id>`, `ink.token.<reply>`. All begin with a prefix from the configuration,
//! so that several houses can share one account. Nothing but kinds and ids ever stands in a subject.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE};
use domain::{
    commit::{AggregateKey, Kind},
    user::UserId,
};
use uuid::Uuid;

/// The first token of every subject: 1 to 32 of `a-z`, `0-9`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

/// The text cannot stand in front of subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a prefix: it is 1 to 32 characters out of a-z, 0-9, `_` and `-`")]
pub struct NotAPrefix;

impl Default for Prefix {
    fn default() -> Self {
        Self("ink".to_owned())
    }
}

impl FromStr for Prefix {
    type Err = NotAPrefix;

    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if text.is_empty() || text.len() > 32 || !text.bytes().all(allowed) {
            return Err(NotAPrefix);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The names under one prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects {
    prefix: Prefix,
}

impl Subjects {
    /// The names under this prefix.
    pub const fn new(prefix: Prefix) -> Self {
        Self { prefix }
    }

    /// Where the commits of an aggregate are.
    pub fn log(&self, key: AggregateKey) -> String {
        format!("{}.log.{}.{}", self.prefix, key.kind.name(), key.id)
    }

    /// All commits.
    pub fn all_log(&self) -> String {
        format!("{}.log.>", self.prefix)
    }

    /// All commits of one kind of aggregate.
    pub fn log_of(&self, kind: Kind) -> String {
        format!("{}.log.{}.*", self.prefix, kind.name())
    }

    /// Where the commits of an aggregate of the crate `cqrs-es` are; `None` if its type or id cannot stand in a subject.
    /// No kind of ours is called so.
    #[cfg(feature = "cqrs-es")]
    pub(crate) fn cqrs_log(&self, kind: &str, id: &str) -> Option<String> {
        let stands = |text: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
            !text.is_empty() && text.len() <= 128 && text.bytes().all(allowed)
        };
        (stands(kind) && stands(id)).then(|| format!("{}.log.cqrs-{kind}.{id}", self.prefix))
    }

    /// Whose commits are at this subject; `None` if it is not one of ours, or of a kind that this version does not know.
    pub fn aggregate(&self, subject: &str) -> Option<AggregateKey> {
        let rest = subject.strip_prefix(self.prefix.0.as_str())?.strip_prefix(".log.")?;
        let (kind, id) = rest.split_once('.')?;
        Some(AggregateKey { kind: Kind::named(kind)?, id: id.parse().ok()? })
    }

    /// Where a part of a snapshot is: of which fold of which aggregate, with whose words.
    pub fn snapshot(&self, fold: &str, id: Uuid, whose: UserId, part: usize) -> String {
        format!("{}.snapshot.{fold}.{id}.{whose}.{part}", self.prefix)
    }

    /// All parts of the snapshot of a fold of an aggregate.
    pub fn snapshots_of(&self, fold: &str, id: Uuid) -> String {
        format!("{}.snapshot.{fold}.{id}.>", self.prefix)
    }

    /// All snapshots with words of this person.
    pub fn snapshots_for(&self, whose: UserId) -> String {
        format!("{}.snapshot.*.*.{whose}.*", self.prefix)
    }

    /// All snapshots.
    pub fn all_snapshots(&self) -> String {
        format!("{}.snapshot.>", self.prefix)
    }

    /// The stream of snapshots.
    pub fn snapshot_stream(&self) -> String {
        format!("{}_SNAPSHOTS", self.prefix.0.to_ascii_uppercase())
    }

    /// Where the tokens of a reply pass by.
    pub fn token(&self, reply: Uuid) -> String {
        format!("{}.token.{reply}", self.prefix)
    }

    /// Where the text of a reply so far can be asked for.
    pub fn text(&self, reply: Uuid) -> String {
        format!("{}.text.{reply}", self.prefix)
    }

    /// Where the texts of all replies are asked for.
    pub fn all_text(&self) -> String {
        format!("{}.text.*", self.prefix)
    }

    /// Which reply's text is asked for at this subject.
    pub fn reply_of_text(&self, subject: &str) -> Option<Uuid> {
        subject.strip_prefix(self.prefix.0.as_str())?.strip_prefix(".text.")?.parse().ok()
    }

    /// The stream that is the log.
    pub fn log_stream(&self) -> String {
        format!("{}_LOG", self.prefix.0.to_ascii_uppercase())
    }

    /// Where signed checkpoints of the log are.
    pub fn checkpoint(&self) -> String {
        format!("{}.checkpoint", self.prefix)
    }

    /// The stream of signed checkpoints.
    pub fn checkpoint_stream(&self) -> String {
        format!("{}_CHECKPOINTS", self.prefix.0.to_ascii_uppercase())
    }

    /// The bucket of objects.
    pub fn object_bucket(&self) -> String {
        format!("{}_OBJECTS", self.prefix.0.to_ascii_uppercase())
    }

    /// The stream behind it, and the subjects in it, as every client of NATS knows them (ADR-20).
    pub fn object_stream(&self) -> String {
        format!("OBJ_{}", self.object_bucket())
    }

    /// Where the bytes of an object are, by the number that its client drew.
    pub(crate) fn object_chunks(&self, nuid: &str) -> String {
        format!("$O.{}.C.{nuid}", self.object_bucket())
    }

    /// Where an object is named.
    pub(crate) fn object_name(&self, name: &str) -> String {
        format!("$O.{}.M.{}", self.object_bucket(), URL_SAFE.encode(name))
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    const KEY: AggregateKey = AggregateKey { kind: Kind::Character, id: Uuid::from_u128(7) };

    #[test]
    fn subjects_mirror_the_types() {
        let subjects = Subjects::new(Prefix::default());
        assert_eq!(subjects.log(KEY), "ink.log.character.00000000-0000-0000-0000-000000000007");
        assert_eq!(subjects.token(KEY.id), "ink.token.00000000-0000-0000-0000-000000000007");
        assert_eq!(subjects.log_stream(), "INK_LOG");
    }

    #[test]
    fn the_subject_of_a_commit_names_its_aggregate() {
        let subjects = Subjects::new(Prefix::default());
        assert_eq!(subjects.aggregate(&subjects.log(KEY)), Some(KEY));
        for strange in
            ["ink.log.character.7", "ink.log.dragon.00000000-0000-0000-0000-000000000007", "", "ink"]
        {
            assert_eq!(subjects.aggregate(strange), None, "{strange}");
        }
    }

    #[test]
    fn a_prefix_that_would_break_a_subject_is_refused() {
        for text in ["", "Ink", "in.k", "ink>", "*", "in k", &"a".repeat(33)] {
            assert_eq!(text.parse::<Prefix>(), Err(NotAPrefix), "{text}");
        }
    }
}
