//! The parts of a snapshot: what is written on each, and how they are put together again.

use async_nats::{HeaderMap, Message};
use domain::{commit::Epoch, user::UserId};

use super::{Sitter, Unusable};

const RULES: &str = "Ink-Rules";
const EPOCH: &str = "Ink-Epoch";
const VERSION: &str = "Ink-Version";
const PARTS: &str = "Ink-Parts";

/// What is written on a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) sitter: Sitter,
    pub(super) whose: UserId,
    pub(super) epoch: Epoch,
    pub(super) version: u64,
}

impl Label {
    pub(super) fn headers(&self, parts: usize) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(RULES, self.sitter.rules);
        headers.insert(EPOCH, self.epoch.to_string());
        headers.insert(VERSION, self.version.to_string());
        headers.insert(PARTS, parts.to_string());
        headers
    }
}

/// Puts parts together that came in any order. Those of an older, longer snapshot may still lie behind them.
pub(super) fn join(
    sitter: Sitter,
    epoch: Epoch,
    messages: Vec<(u64, Message)>,
) -> Result<(Label, Vec<u8>), Unusable> {
    let mut parts: Vec<_> = messages.into_iter().map(|(_, message)| message).collect();
    parts.sort_by_key(|part| place(part).map(|(_, number)| number));
    let Some(first) = parts.first() else { return Err(Unusable::Absent) };
    let (label, count) = read(sitter, epoch, first)?;
    if count == 0 || parts.len() < count {
        return Err(Unusable::Torn);
    }
    let mut sealed = Vec::new();
    for (number, part) in parts.iter().take(count).enumerate() {
        let belongs = place(part) == Some((label.whose, number));
        if !belongs || read(sitter, epoch, part)? != (label.clone(), count) {
            return Err(Unusable::Torn);
        }
        sealed.extend_from_slice(&part.payload);
    }
    Ok((label, sealed))
}

/// What is written on a part, and how many there are.
fn read(sitter: Sitter, epoch: Epoch, part: &Message) -> Result<(Label, usize), Unusable> {
    let header = |name| header(part, name).ok_or(Unusable::Damaged);
    if header(RULES)? != sitter.rules {
        return Err(Unusable::OtherRules);
    }
    if header(EPOCH)? != epoch.to_string() {
        return Err(Unusable::OtherEpoch);
    }
    let (whose, _) = place(part).ok_or(Unusable::Damaged)?;
    let version = header(VERSION)?.parse().map_err(|_| Unusable::Damaged)?;
    let parts = header(PARTS)?.parse().map_err(|_| Unusable::Damaged)?;
    Ok((Label { sitter, whose, epoch, version }, parts))
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
