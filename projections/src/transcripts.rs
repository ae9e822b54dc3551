//! Transcripts: everything that was said, in order, in all its wordings.
//!
//! The same rules as [`domain::conversation::Transcript`], over rows: a reply that ends with words becomes a message, or a
//! variant of one that is there already, and counts from then on. Whatever says something new also counts it in its
//! conversation. Queries are in `transcripts/list.rs`.

mod list;

use std::collections::BTreeMap;

use domain::{
    Id, Private,
    conversation::{
        AdoptedMessage, CharacterGreeted, ConversationEvent, HistoryAdopted, MessageId, MessageSent, ReplyId,
        Speaker,
    },
    user::UserId,
};
pub use list::{MessageRow, SpeakerKind, SpeakerRow, conversation_of, list};
use sqlx::types::{Uuid, time::OffsetDateTime};

use crate::{
    desk::{Desk, MessageSheet, Sheet, Variant},
    moment::Moment,
    sql,
};

pub(crate) fn fold(event: &ConversationEvent, moment: Moment, desk: &mut Desk) {
    match event {
        ConversationEvent::HistoryAdopted(HistoryAdopted { owner, messages }) => {
            messages.iter().for_each(|message| said(desk, moment, Some(*owner), message));
        }
        ConversationEvent::CharacterGreeted(event) => said(desk, moment, None, &greeting(event, moment.at)),
        ConversationEvent::MessageSent(event) => said(desk, moment, None, &message(event, moment.at)),
        ConversationEvent::ReplyCompleted(event) => {
            landed(desk, moment, event.reply, Some(&event.text), Ended::Finished);
        }
        ConversationEvent::ReplyFailed(event) => {
            landed(desk, moment, event.reply, event.partial.as_ref(), Ended::CutShort);
        }
        ConversationEvent::ReplyCancelled(event) => {
            landed(desk, moment, event.reply, event.partial.as_ref(), Ended::CutShort);
        }
        ConversationEvent::VariantChosen(event) => {
            change(desk, moment, event.message, |message| message.chosen = i64::from(event.variant));
        }
        ConversationEvent::MessageEdited(event) => change(desk, moment, event.message, |message| {
            message.edit(sql::text(event.text.words()).into_owned());
            message.edited_at = Some(moment.at);
        }),
        ConversationEvent::MessageDeleted(event) => deleted(desk, moment, event.message),
        ConversationEvent::ConversationStarted(_)
        | ConversationEvent::ConversationBranched(_)
        | ConversationEvent::ConversationAdopted(_)
        | ConversationEvent::ReplyRequested(_)
        | ConversationEvent::ImpersonationRequested(_)
        | ConversationEvent::ConversationRenamed(_)
        | ConversationEvent::ConversationPersonaChosen(_)
        | ConversationEvent::ConversationClosed(_) => {}
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Finished,
    CutShort,
}

/// A message that is said here and now is its own origin.
fn message(event: &MessageSent, at: OffsetDateTime) -> AdoptedMessage {
    AdoptedMessage {
        message: event.message,
        origin: event.message,
        speaker: Speaker::User(event.author),
        variants: vec![event.text.clone()],
        chosen: 0,
        at,
        name: None,
        hidden: false,
    }
}

fn greeting(event: &CharacterGreeted, at: OffsetDateTime) -> AdoptedMessage {
    AdoptedMessage {
        message: event.message,
        origin: event.message,
        speaker: Speaker::Character(event.character),
        variants: event.variants.clone(),
        chosen: event.chosen,
        at,
        name: None,
        hidden: false,
    }
}

fn kind_of(speaker: Speaker) -> (SpeakerKind, Option<Uuid>) {
    match speaker {
        Speaker::User(user) => (SpeakerKind::User, Some(user.uuid())),
        Speaker::Character(character) => (SpeakerKind::Character, Some(character.uuid())),
        Speaker::Narrator => (SpeakerKind::Narrator, None),
    }
}

/// A whole message with all its wordings, behind the others.
fn said(desk: &mut Desk, moment: Moment, owner: Option<UserId>, said: &AdoptedMessage) {
    let id = said.message.uuid();
    if desk.messages.contains_key(&id) {
        return;
    }
    let variants = said.variants.iter().map(|words| Variant {
        text: sql::text(words.words()).into_owned(),
        reply: None,
        finished: true,
        created_at: said.at,
    });
    let name = said.name.as_ref().and_then(Private::known).map(|name| sql::text(name).into_owned());
    let message = MessageSheet {
        owner: owner.map(UserId::uuid),
        name,
        hidden: said.hidden,
        chosen: i64::from(said.chosen),
        ..next(desk, moment, said.speaker, said.at, variants)
    };
    desk.messages.insert(id, Sheet::new(message));
}

/// The message that comes next, counted.
fn next(
    desk: &mut Desk,
    moment: Moment,
    speaker: Speaker,
    at: OffsetDateTime,
    variants: impl Iterator<Item = Variant>,
) -> MessageSheet {
    let tally = &mut desk.conversations.entry(moment.id).or_default().tally;
    let ordinal = tally.next;
    tally.next += 1;
    tally.messages += 1;
    tally.last = tally.last.max(Some(at));
    let fresh: BTreeMap<i64, Variant> = (0..).zip(variants).collect();
    let (speaker, id) = kind_of(speaker);
    MessageSheet {
        conversation: moment.id,
        owner: None,
        ordinal,
        speaker,
        user: id.filter(|_| speaker == SpeakerKind::User),
        character: id.filter(|_| speaker == SpeakerKind::Character),
        name: None,
        hidden: false,
        chosen: 0,
        deleted_at: None,
        edited_at: None,
        created_at: at,
        version: moment.sequence,
        next: fresh.last_key_value().map_or(0, |(last, _)| last + 1),
        fresh,
        words: BTreeMap::new(),
        edited: None,
    }
}

/// The words of a reply: a new message, or another variant of one that is there, which counts from now on. What is only
/// proposed to the person is neither.
fn landed(desk: &mut Desk, moment: Moment, reply: ReplyId, said: Option<&Private<String>>, ended: Ended) {
    let Some(said) = said else { return };
    let under_way = desk.replies.get(&reply.uuid()).filter(|reply| reply.row.is_under_way_in(moment.id));
    let Some(asked) = under_way else { return };
    let (Some(id), character) = (asked.row.message, asked.row.character) else { return };
    let variant = Variant {
        text: sql::text(said.words()).into_owned(),
        reply: Some(reply.uuid()),
        finished: ended == Ended::Finished,
        created_at: moment.at,
    };
    let number = if let Some(message) = desk.messages.get_mut(&id) {
        let message = message.change();
        message.version = moment.sequence;
        message.say(variant)
    } else {
        let speaker = Speaker::Character(Id::new(character));
        let message = next(desk, moment, speaker, moment.at, std::iter::once(variant));
        desk.messages.insert(id, Sheet::new(message));
        0
    };
    if let Some(reply) = desk.replies.get_mut(&reply.uuid()) {
        reply.change().variant = Some(number);
    }
}

/// Changes a message of this conversation.
fn change(desk: &mut Desk, moment: Moment, message: MessageId, change: impl FnOnce(&mut MessageSheet)) {
    let sheet = desk.messages.get_mut(&message.uuid());
    if let Some(sheet) = sheet.filter(|sheet| sheet.row.conversation == moment.id) {
        let message = sheet.change();
        message.version = moment.sequence;
        change(message);
    }
}

fn deleted(desk: &mut Desk, moment: Moment, message: MessageId) {
    let mut gone = 0;
    change(desk, moment, message, |message| {
        if message.deleted_at.is_none() {
            message.deleted_at = Some(moment.at);
            gone = 1;
        }
    });
    desk.conversations.entry(moment.id).or_default().tally.messages -= gone;
}
