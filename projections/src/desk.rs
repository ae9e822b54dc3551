//! The desk: what many commits do to conversations is worked out in memory, and written at once.
//!
//! ```text
//! commits ── which rows do they speak of ──► load (a statement a table) ── fold, event by event ──► write (two a table)
//! ```
//!
//! A statement for each event would be the whole cost of projecting. So a batch takes the rows that it needs to the desk,
//! the rules of each table change them there (`fold` in `conversations`, `transcripts`, `replies` and
//! `character_interactions`), and whatever is new or changed goes back in sets. A commit that is in the rows already
//! (its conversation's version says so) changes nothing.
//!
//! Words are taken to the desk only where a rule copies them from one row into another.

mod load;
mod sheets;
mod write;

use std::collections::{HashMap, HashSet};

use domain::{
    commit::Recorded,
    conversation::{Conversation, ConversationEvent},
};
pub(crate) use sheets::{
    ConversationSheet, Ended, InteractionSheet, MessageSheet, NewInteraction, ReplySheet, Room, Sheet, Tally,
    Variant,
};
use sqlx::{PgConnection, types::Uuid};

use crate::{character_interactions, conversations, moment::Moment, replies, transcripts};

/// The rows on the desk, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) conversations: HashMap<Uuid, ConversationSheet>,
    pub(crate) messages: HashMap<Uuid, Sheet<MessageSheet>>,
    pub(crate) replies: HashMap<Uuid, Sheet<ReplySheet>>,
    pub(crate) interactions: HashMap<Uuid, InteractionSheet>,
    /// Messages for which a character was asked before.
    pub(crate) asked: HashSet<Uuid>,
}

/// Applies commits of conversations to all of their tables.
pub(crate) async fn apply(commits: &[&Recorded], tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut desk = load::desk(commits, tx).await?;
    for recorded in commits {
        desk.take(recorded)?;
    }
    write::write(desk, tx).await
}

impl Desk {
    pub(crate) fn take(&mut self, recorded: &Recorded) -> Result<(), sqlx::Error> {
        let moment = Moment::from(recorded);
        let room = self.conversations.entry(moment.id).or_default().room.as_ref();
        if room.is_some_and(|room| room.row.version >= moment.sequence) {
            return Ok(());
        }
        for event in recorded.events::<Conversation>() {
            self.fold(event, moment)?;
        }
        conversations::touched(self, moment);
        Ok(())
    }

    /// In this order: a later table may read what an earlier one has just learnt, never the other way round.
    fn fold(&mut self, event: &ConversationEvent, moment: Moment) -> Result<(), sqlx::Error> {
        conversations::fold(event, moment, self)?;
        transcripts::fold(event, moment, self);
        replies::fold(event, moment, self);
        character_interactions::fold(event, moment, self)
    }
}
