//! Whether anything is left of a person.
//!
//! Every word of theirs in the log is tried with whatever key there still is. Then their ids are looked for in every row of
//! every table, and in every name in the streams beside the log: their own id, and those of all that held their words, which
//! the log tells. So a table or a bucket that nobody thought of is searched as well.
//!
//! The log itself keeps ids for ever, and nothing that they lead to. What remains elsewhere on purpose are the notes that
//! somebody was erased ([`tables::NOTES`]).

pub mod tables;

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use domain::user::UserId;
use futures_util::{StreamExt, TryStreamExt};
use nats::Stored;
use serde::Serialize;
use uuid::Uuid;

use super::{AuditError, of_replay};
use crate::house::House;

/// How often progress is told, in commits.
const STEP: u64 = 256;

/// What was found of a person.
#[derive(Debug, Serialize)]
pub struct Remains {
    /// Who it is about.
    pub user: UserId,
    /// How many commits hold, or held, words of theirs.
    pub commits: u64,
    /// How many events in them have words, sealed.
    pub sealed: u64,
    /// How many of these still open.
    pub opened: u64,
    /// How many keys of theirs there are.
    pub keys: u64,
    /// How many ids were looked for: their own, and those of what held their words.
    pub ids: u64,
    /// The tables.
    pub tables: Vec<Searched>,
    /// The streams beside the log.
    pub streams: Vec<Searched>,
}

/// A place that was searched.
#[derive(Debug, Serialize)]
pub struct Searched {
    /// What it is called.
    pub name: String,
    /// How many rows or names were looked at.
    pub seen: u64,
    /// How many of them name the person, or something of theirs.
    pub left: u64,
}

impl Remains {
    /// Whether they are forgotten.
    pub fn is_nothing(&self) -> bool {
        let places = self.tables.iter().chain(&self.streams);
        self.opened == 0 && self.keys == 0 && places.map(|place| place.left).sum::<u64>() == 0
    }
}

/// Looks for whatever is left of this person.
pub async fn search(house: &House, user: UserId, progress: impl Fn(u64, u64)) -> Result<Remains, AuditError> {
    let mut remains = Remains {
        user,
        commits: 0,
        sealed: 0,
        opened: 0,
        keys: house.keys.left_of(user).await.map_err(AuditError::Table)?,
        ids: 0,
        tables: vec![],
        streams: vec![],
    };
    let ids = remains.try_words(house, progress).await?;
    remains.ids = ids.len() as u64;
    let needles = needles(&ids)?;
    remains.tables = tables::search(&house.pool, &needles).await.map_err(AuditError::Table)?;
    for names in house.nats.names().await.map_err(AuditError::Names)? {
        remains.streams.push(among(names, &needles).await?);
    }
    Ok(remains)
}

impl Remains {
    /// Tries every word of theirs, and answers the ids that lead to them.
    async fn try_words(
        &mut self,
        house: &House,
        progress: impl Fn(u64, u64),
    ) -> Result<BTreeSet<Uuid>, AuditError> {
        let last = house.journal().last().await?.sequence;
        let mut ids = BTreeSet::from([self.user.uuid()]);
        let mut messages = house.journal().replay(0, last);
        while let Some(stored) = messages.next().await {
            let stored = stored.map_err(|error| of_replay(error, last))?;
            self.try_commit(house, &stored, &mut ids).await?;
            if stored.sequence % STEP == 0 {
                progress(stored.sequence, last);
            }
        }
        Ok(ids)
    }

    async fn try_commit(
        &mut self,
        house: &House,
        stored: &Stored,
        ids: &mut BTreeSet<Uuid>,
    ) -> Result<(), AuditError> {
        let tried = house.journal().left_of(self.user, stored).await;
        let left = tried.map_err(|source| AuditError::Untried { sequence: stored.sequence, source })?;
        let Some(left) = left else { return Ok(()) };
        self.commits += 1;
        self.sealed += left.sealed as u64;
        self.opened += left.opened as u64;
        ids.extend(stored.subject.rsplit('.').next().and_then(|id| Uuid::parse_str(id).ok()));
        Ok(())
    }
}

/// Finds any of these ids in a text, with its dashes or without.
fn needles(ids: &BTreeSet<Uuid>) -> Result<AhoCorasick, AuditError> {
    let texts = ids.iter().flat_map(|id| [id.hyphenated().to_string(), id.simple().to_string()]);
    AhoCorasick::builder().ascii_case_insensitive(true).build(texts).map_err(AuditError::Needles)
}

async fn among(mut names: nats::Names, needles: &AhoCorasick) -> Result<Searched, AuditError> {
    let mut searched = Searched { name: names.stream, seen: 0, left: 0 };
    while let Some(name) = names.names.try_next().await.map_err(AuditError::Names)? {
        searched.seen += 1;
        searched.left += u64::from(needles.is_match(&name));
    }
    Ok(searched)
}
