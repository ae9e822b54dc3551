//! The parts of a snapshot: what is written on each, and how they are put together again.
//!
//! Each part is sealed by itself, bound to all that is written on it: to its snapshot, which has a name of its own, to its
//! number, and to what it is a snapshot of. So neither parts nor labels can be exchanged.

use async_nats::{HeaderMap, Message};
use domain::{commit::Epoch, user::UserId};

use super::{Sitter, Unusable};
use crate::{
    codec::{self, EncodeError},
    keys::{DataKey, KeyName},
};

/// How much of a snapshot is in a part. Sealed, it is a little more.
const PART: usize = 384 * 1024;

const RULES: &str = "Ink-Rules";
const EPOCH: &str = "Ink-Epoch";
const VERSION: &str = "Ink-Version";
const NAME: &str = "Ink-Snapshot";
const PARTS: &str = "Ink-Parts";
const KEY: &str = "Ink-Key";

/// What is written on a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) sitter: Sitter,
    pub(super) epoch: Epoch,
    /// The sequence of the commit at which it stands.
    pub(super) version: u64,
    /// What no other snapshot is called.
    pub(super) name: String,
    /// Under whose key it is sealed, and which of theirs.
    pub(super) key: KeyName,
    /// How many parts it has.
    pub(super) parts: usize,
}

impl Label {
    /// A name for a new snapshot.
    pub(super) fn fresh_name() -> String {
        hex::encode(codec::by_chance())
    }

    /// Cuts a snapshot into parts, and seals each. Its label says then how many there are.
    pub(super) fn seal(&mut self, key: &DataKey, body: &[u8]) -> Result<Vec<Vec<u8>>, EncodeError> {
        let pieces: Vec<_> = body.chunks(PART).collect();
        self.parts = pieces.len();
        let sealed = pieces.iter().enumerate();
        sealed
            .map(|(number, piece)| codec::seal(key, codec::by_chance(), &self.place(number), piece))
            .collect()
    }

    /// Opens the parts, and puts them together.
    pub(super) fn open(&self, key: &DataKey, parts: &[Message]) -> Result<Vec<u8>, Unusable> {
        let mut body = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let opened = codec::open(key, &self.place(number), &part.payload);
            body.extend(opened.map_err(|_| Unusable::Damaged)?);
        }
        Ok(body)
    }

    /// Where the sealed words belong. No field of it can hold what stands between them.
    fn place(&self, number: usize) -> Vec<u8> {
        let Self { sitter: Sitter { fold, id, rules }, epoch, version, name, key, parts } = self;
        let KeyName { person, number: key } = key;
        format!(
            "innkeeper: part {number} of {parts} of snapshot {name} of {fold} {id} at {epoch}-{version}, \
             folded by {rules}, under key {key} of {person}"
        )
        .into_bytes()
    }

    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(RULES, self.sitter.rules);
        headers.insert(EPOCH, self.epoch.to_string());
        headers.insert(VERSION, self.version.to_string());
        headers.insert(NAME, self.name.as_str());
        headers.insert(PARTS, self.parts.to_string());
        headers.insert(KEY, self.key.number.to_string());
        headers
    }
}

/// The parts of one snapshot, in order, and what is written on all of them. Those of an older, longer one may still lie
/// behind them.
pub(super) fn sort(
    sitter: Sitter,
    epoch: Epoch,
    messages: Vec<(u64, Message)>,
) -> Result<(Label, Vec<Message>), Unusable> {
    let mut parts: Vec<_> = messages.into_iter().map(|(_, message)| message).collect();
    parts.sort_by_key(|part| place(part).map(|(_, number)| number));
    let Some(first) = parts.first() else { return Err(Unusable::Absent) };
    let label = read(sitter, epoch, first)?;
    if label.parts == 0 || parts.len() < label.parts {
        return Err(Unusable::Torn);
    }
    parts.truncate(label.parts);
    for (number, part) in parts.iter().enumerate() {
        let belongs = place(part) == Some((label.key.person, number));
        if !belongs || read(sitter, epoch, part)? != label {
            return Err(Unusable::Torn);
        }
    }
    Ok((label, parts))
}

/// What is written on a part.
fn read(sitter: Sitter, epoch: Epoch, part: &Message) -> Result<Label, Unusable> {
    let header = |name| header(part, name).ok_or(Unusable::Damaged);
    if header(RULES)? != sitter.rules {
        return Err(Unusable::OtherRules);
    }
    if header(EPOCH)? != epoch.to_string() {
        return Err(Unusable::OtherEpoch);
    }
    let (person, _) = place(part).ok_or(Unusable::Damaged)?;
    let number = header(KEY)?.parse().map_err(|_| Unusable::Damaged)?;
    Ok(Label {
        sitter,
        epoch,
        version: header(VERSION)?.parse().map_err(|_| Unusable::Damaged)?,
        name: header(NAME)?.to_owned(),
        key: KeyName { person, number },
        parts: header(PARTS)?.parse().map_err(|_| Unusable::Damaged)?,
    })
}

/// With whose words, and which part: the end of the subject at which it is stored.
fn place(part: &Message) -> Option<(UserId, usize)> {
    let (rest, number) = header(part, "Nats-Subject")?.rsplit_once('.')?;
    let (_, whose) = rest.rsplit_once('.')?;
    Some((whose.parse().ok()?, number.parse().ok()?))
}

fn header<'a>(part: &'a Message, name: &str) -> Option<&'a str> {
    Some(part.headers.as_ref()?.get(name)?.as_str())
}
