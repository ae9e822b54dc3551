//! The chains of the aggregates: each commit names the place of its aggregate's previous one (in a header, which the
//! server has checked, and again in its body) and, since commits are chained, the hash of its body.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Fault, Was};
use crate::Message;

/// How deep a body may be nested.
const MAX_DEPTH: usize = 128;

#[derive(Debug, Default)]
pub(super) struct Chain {
    /// Before this, nothing was read.
    behind: u64,
    last: HashMap<Box<str>, Link>,
    chained: u64,
}

/// The last commit of an aggregate.
#[derive(Debug)]
struct Link {
    sequence: u64,
    digest: [u8; 32],
    is_chained: bool,
}

/// What a commit says of the one before it.
#[derive(Deserialize)]
struct Says {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    prev: Option<String>,
}

impl Chain {
    /// For a log that is read behind this place.
    pub(super) fn behind(behind: u64) -> Self {
        Self { behind, ..Self::default() }
    }

    pub(super) fn aggregates(&self) -> u64 {
        self.last.len() as u64
    }

    pub(super) const fn chained(&self) -> u64 {
        self.chained
    }

    pub(super) fn take(&mut self, message: &Message<'_>) -> Result<(), Fault> {
        let sequence = message.sequence;
        let says = says(&message.body)
            .ok_or(Fault::Unreadable { sequence, why: "its body is cut off or of another form" })?;
        let known = self.last.get(message.subject.as_ref());
        if let Some(was) = self.wrong(known, message, &says) {
            let previous = known.map_or(0, |link| link.sequence);
            return Err(Fault::Broken {
                sequence,
                subject: message.subject.clone().into_owned(),
                previous,
                was,
            });
        }
        self.chained += u64::from(says.prev.is_some());
        let link = Link { sequence, digest: message.digest(), is_chained: says.prev.is_some() };
        match self.last.get_mut(message.subject.as_ref()) {
            Some(known) => *known = link,
            None => drop(self.last.insert(message.subject.as_ref().into(), link)),
        }
        Ok(())
    }

    fn wrong(&self, known: Option<&Link>, message: &Message<'_>, says: &Says) -> Option<Was> {
        let previous = known.map_or(0, |link| link.sequence);
        // The body tells it since commits say what they were decided upon; 0 stands for the first, too.
        let told = [message.expected(), (says.after > 0).then_some(says.after)];
        let is_known = |place: &u64| known.is_some() || *place == 0 || *place > self.behind;
        let other = told.into_iter().flatten().find(|place| is_known(place) && *place != previous);
        if let Some(place) = other {
            return Some(Was::At(place));
        }
        let link = known?;
        match says.prev.as_deref() {
            None => link.is_chained.then_some(Was::Unnamed),
            Some(prev) => {
                let mut named = [0; 32];
                let is_same = hex::decode_to_slice(prev, &mut named).is_ok() && named == link.digest;
                (!is_same).then_some(Was::Rewritten)
            }
        }
    }
}

fn says(body: &[u8]) -> Option<Says> {
    let mut rest = body;
    let mut reader = rmp_serde::Deserializer::new(&mut rest).with_human_readable();
    reader.set_max_depth(MAX_DEPTH);
    let says = Says::deserialize(&mut reader).ok()?;
    rest.is_empty().then_some(says)
}
