//! Rows as they lie on the desk: what the rules need to know of them, and whether they have to be written back.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sqlx::types::{Uuid, time::OffsetDateTime};

use crate::transcripts::SpeakerKind;

/// A row, and what has become of it on the desk.
#[derive(Debug)]
pub(crate) struct Sheet<Row> {
    pub(crate) row: Row,
    pub(crate) mark: Mark,
}

/// What has become of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It is in its table as it is here.
    Kept,
    /// It is in its table, and says something else now.
    Changed,
    /// It is in no table yet.
    New,
}

impl<Row> Sheet<Row> {
    pub(crate) fn new(row: Row) -> Self {
        Self { row, mark: Mark::New }
    }

    pub(crate) fn kept(row: Row) -> Self {
        Self { row, mark: Mark::Kept }
    }

    /// The row, to be changed.
    pub(crate) fn change(&mut self) -> &mut Row {
        if self.mark == Mark::Kept {
            self.mark = Mark::Changed;
        }
        &mut self.row
    }
}

/// A conversation, begun or not.
#[derive(Debug, Default)]
pub(crate) struct ConversationSheet {
    /// Its row; none until it has begun.
    pub(crate) room: Option<Sheet<Room>>,
    /// What is said in it.
    pub(crate) tally: Tally,
}

/// What is said in a conversation, counted.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// The place of the next message.
    pub(crate) next: i64,
    /// How many messages its story has.
    pub(crate) messages: i64,
    /// When the last was said.
    pub(crate) last: Option<OffsetDateTime>,
}

/// The row of a conversation. What never changes is only here while it is new.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) user: Uuid,
    pub(crate) title: Option<String>,
    pub(crate) characters: Vec<Uuid>,
    pub(crate) persona: Option<Value>,
    /// Whether the persona is another one than in the table; else it is only here while the row is new.
    pub(crate) recast: bool,
    pub(crate) is_open: bool,
    pub(crate) branched_from: Option<Value>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) updated_at: OffsetDateTime,
    pub(crate) version: i64,
    pub(crate) began: i64,
}

/// The row of a message, and its wordings as far as they matter.
#[derive(Debug)]
pub(crate) struct MessageSheet {
    pub(crate) conversation: Uuid,
    /// Whose it is, where it comes in before its conversation begins; only here while it is new.
    pub(crate) owner: Option<Uuid>,
    pub(crate) ordinal: i64,
    pub(crate) speaker: SpeakerKind,
    pub(crate) user: Option<Uuid>,
    pub(crate) character: Option<Uuid>,
    pub(crate) name: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) chosen: i64,
    pub(crate) deleted_at: Option<OffsetDateTime>,
    pub(crate) edited_at: Option<OffsetDateTime>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) version: i64,
    /// The number of its next wording.
    pub(crate) next: i64,
    /// Wordings that are in no table yet.
    pub(crate) fresh: BTreeMap<i64, Variant>,
    /// The words of those that are, where somebody may be asked about them.
    pub(crate) words: BTreeMap<i64, String>,
    /// The words that took the place of all that were in the table.
    pub(crate) edited: Option<String>,
}

/// A wording.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) text: String,
    pub(crate) reply: Option<Uuid>,
    pub(crate) finished: bool,
    pub(crate) created_at: OffsetDateTime,
}

impl MessageSheet {
    /// The words that count; where the chosen ones are not there, the first.
    pub(crate) fn text(&self) -> Option<&str> {
        let of = |number: &i64| {
            let fresh = self.fresh.get(number).map(|variant| variant.text.as_str());
            fresh.or_else(|| self.words.get(number).map(String::as_str))
        };
        let first = || self.fresh.keys().chain(self.words.keys()).min().and_then(of);
        of(&self.chosen).or_else(first)
    }

    /// Another wording comes in, and counts.
    pub(crate) fn say(&mut self, variant: Variant) -> i64 {
        let number = self.next;
        self.fresh.insert(number, variant);
        (self.next, self.chosen) = (number + 1, number);
        number
    }

    /// These words take the place of all others.
    pub(crate) fn edit(&mut self, text: String) {
        (self.next, self.chosen) = (1, 0);
        self.fresh.retain(|number, _| *number == 0);
        match self.fresh.get_mut(&0) {
            Some(variant) => variant.text = text,
            None => {
                self.words = BTreeMap::from([(0, text.clone())]);
                self.edited = Some(text);
            }
        }
    }
}

/// The row of a reply. What never changes is only here while it is new.
#[derive(Debug)]
pub(crate) struct ReplySheet {
    pub(crate) conversation: Uuid,
    pub(crate) user: Uuid,
    pub(crate) character: Uuid,
    /// The message that it becomes; none where it is only proposed to the person.
    pub(crate) message: Option<Uuid>,
    pub(crate) turn: Option<Uuid>,
    pub(crate) requested_at: OffsetDateTime,
    /// Which wording it brought, if it brought one.
    pub(crate) variant: Option<i64>,
    /// How it ended; none while it is under way.
    pub(crate) end: Option<Ended>,
}

impl ReplySheet {
    /// Whether it is asked for in this conversation and has not ended.
    pub(crate) fn is_under_way_in(&self, conversation: Uuid) -> bool {
        self.conversation == conversation && self.end.is_none()
    }
}

/// How a reply ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) stage: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) sentence: Option<String>,
    /// What it proposed to the person, if that is what it was for.
    pub(crate) proposal: Option<String>,
    pub(crate) attempt: Option<i64>,
    pub(crate) run: Option<i64>,
    pub(crate) at: OffsetDateTime,
    pub(crate) sequence: i64,
}

/// The row of an interaction: a whole one, or what is to be added to one that is in the table.
#[derive(Debug, Default)]
pub(crate) struct InteractionSheet {
    pub(crate) row: Option<NewInteraction>,
    pub(crate) response: Option<String>,
    pub(crate) context: Map<String, Value>,
    /// Whether an answer is in it already.
    pub(crate) answered: bool,
}

/// What an interaction begins with.
#[derive(Debug)]
pub(crate) struct NewInteraction {
    pub(crate) character: Uuid,
    pub(crate) user: Uuid,
    pub(crate) message: Option<String>,
    pub(crate) kind: &'static str,
    pub(crate) created_at: OffsetDateTime,
}
