//! The inside of a conversation that has begun: who takes part, which messages there are, which replies are under way.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde::{Deserialize, Serialize};

use super::{
    AdoptedMessage, ConversationAdopted, ConversationBranched, ConversationEvent, ConversationRejected,
    ConversationStarted, MessageId, Persona, ReplyId, Request, Speaker,
};
use crate::{Id, Private, bounds, character::CharacterId, user::UserId};

/// A conversation that has begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Room {
    /// Whose it is.
    pub owner: UserId,
    /// Who takes part, in the order in which they speak.
    pub characters: Vec<CharacterId>,
    /// What it is called.
    pub title: Option<String>,
    /// A hash of as whom the owner takes part, to know a repeated command by; none if they take part as nobody in
    /// particular, or that was forgotten.
    persona: Option<u64>,
    /// The messages, in order, deleted ones included.
    pub messages: Vec<Message>,
    /// The replies that were ever asked for.
    pub replies: BTreeMap<ReplyId, Reply>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            owner: Id::new(uuid::Uuid::nil()),
            characters: vec![],
            title: None,
            persona: None,
            messages: vec![],
            replies: BTreeMap::new(),
        }
    }
}

/// A message, without its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Who says it.
    pub speaker: Speaker,
    /// How many variants it has.
    pub variants: usize,
    /// Which of them counts, from 0.
    pub chosen: usize,
    /// Whether it is part of the story.
    pub fate: Fate,
    /// A hash of its text, to know a repeated command by; never in an event, because the hasher may change.
    print: u64,
}

/// Whether a message is part of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It is.
    Standing,
    /// It was deleted.
    Deleted,
}

/// A reply that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The message that it is a variant of, or becomes; none where it is only proposed to the person.
    pub message: Option<MessageId>,
    /// Who replies, or whose model proposes.
    pub character: CharacterId,
    /// The message behind which it is said; none before anybody spoke.
    pub turn: Option<MessageId>,
    /// How far it is.
    pub stage: Stage,
}

/// How far a reply is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Somebody is working on it.
    UnderWay,
    /// It was said.
    Completed,
    /// It could not be said.
    Failed,
    /// The person did not want it any more.
    Cancelled,
}

impl Message {
    fn said(id: MessageId, speaker: Speaker, text: &str) -> Self {
        Self { id, speaker, variants: 1, chosen: 0, fate: Fate::Standing, print: print(text) }
    }

    pub(super) fn adopted(message: &AdoptedMessage) -> Self {
        Self {
            variants: message.variants.len(),
            chosen: usize::try_from(message.chosen).unwrap_or(0),
            ..Self::said(message.message, message.speaker, "")
        }
    }

    /// Whether the message says just this.
    pub(super) fn says(&self, text: &str) -> bool {
        self.print == print(text)
    }
}

fn print(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The same for a persona, whoever's state it is in.
fn face(persona: &Persona) -> u64 {
    print(&format!("{persona:?}"))
}

impl Room {
    pub(super) fn started(event: &ConversationStarted) -> Self {
        Self {
            owner: event.owner,
            characters: event.characters.clone(),
            title: event.title.as_ref().and_then(Private::known).cloned(),
            persona: event.persona.as_ref().and_then(Private::known).map(face),
            ..Self::default()
        }
    }

    pub(super) fn branched(event: &ConversationBranched, messages: Vec<Message>) -> Self {
        Self {
            owner: event.owner,
            characters: event.characters.clone(),
            title: event.title.as_ref().and_then(Private::known).cloned(),
            persona: event.persona.as_ref().and_then(Private::known).map(face),
            messages,
            ..Self::default()
        }
    }

    pub(super) fn adopted(event: &ConversationAdopted, messages: Vec<Message>) -> Self {
        Self {
            owner: event.owner,
            characters: event.characters.clone(),
            title: event.title.as_ref().and_then(Private::known).cloned(),
            persona: event.persona.as_ref().and_then(Private::known).map(face),
            messages,
            ..Self::default()
        }
    }

    /// Whether its owner takes part as just this one.
    pub(super) fn is_held_as(&self, persona: Option<&Persona>) -> bool {
        self.persona == persona.map(face)
    }

    /// The message of this id, deleted or not.
    pub fn any_message(&self, id: MessageId) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.id == id)
    }

    /// The message of this id, if it is part of the story.
    pub fn message(&self, id: MessageId) -> Result<&Message, ConversationRejected> {
        self.any_message(id)
            .filter(|message| message.fate == Fate::Standing)
            .ok_or(ConversationRejected::UnknownMessage)
    }

    /// The reply of this id.
    pub fn reply(&self, id: ReplyId) -> Result<&Reply, ConversationRejected> {
        self.replies.get(&id).ok_or(ConversationRejected::UnknownReply)
    }

    /// The last message of the story.
    pub fn last_message(&self) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.fate == Fate::Standing)
    }

    /// The character to whom the person would speak next: whoever spoke last, or the first.
    pub fn listener(&self) -> Option<CharacterId> {
        let standing = self.messages.iter().rev().filter(|message| message.fate == Fate::Standing);
        let spoke = standing.filter_map(|message| match message.speaker {
            Speaker::Character(character) => Some(character),
            Speaker::User(_) | Speaker::Narrator => None,
        });
        let mut present = spoke.filter(|character| self.characters.contains(character));
        present.next().or_else(|| self.characters.first().copied())
    }

    /// The replies that are under way, among those that the filter lets through.
    pub fn under_way(&self, filter: impl Fn(&Reply) -> bool) -> Vec<ReplyId> {
        let under_way =
            self.replies.iter().filter(|(_, reply)| reply.stage == Stage::UnderWay && filter(reply));
        under_way.map(|(id, _)| *id).collect()
    }

    /// Whether the id of this message was given to a reply, which becomes it or still may.
    pub(super) fn is_promised(&self, message: MessageId) -> bool {
        self.replies.values().any(|reply| reply.message == Some(message))
    }

    /// Holds if the character may begin a reply that becomes a variant of `message` and answers `turn`.
    pub(super) fn may_reply(
        &self,
        character: CharacterId,
        message: MessageId,
        turn: Option<MessageId>,
    ) -> Result<(), ConversationRejected> {
        let same = |reply: &Reply| {
            let answers = || reply.character == character && reply.turn == turn;
            reply.message.is_some_and(|becomes| becomes == message || answers())
        };
        if !self.under_way(same).is_empty() {
            return Err(ConversationRejected::ReplyUnderWay);
        }
        let variants = self.any_message(message).map_or(0, |message| message.variants);
        Ok(bounds::count("variants of a message", variants + 1, bounds::VARIANTS)?)
    }

    /// Holds if there is room for this many messages more.
    pub(super) fn has_room_for(&self, more: usize) -> Result<(), ConversationRejected> {
        Ok(bounds::count("messages in a conversation", self.messages.len() + more, bounds::MESSAGES)?)
    }

    pub(super) fn evolve(&mut self, event: &ConversationEvent) {
        match event {
            ConversationEvent::ConversationStarted(_)
            | ConversationEvent::ConversationBranched(_)
            | ConversationEvent::ConversationAdopted(_)
            | ConversationEvent::ConversationClosed(_) => {}
            ConversationEvent::HistoryAdopted(event) => {
                self.messages.extend(event.messages.iter().map(Message::adopted));
            }
            ConversationEvent::CharacterGreeted(event) => self.messages.push(Message {
                variants: event.variants.len(),
                chosen: usize::try_from(event.chosen).unwrap_or(0),
                ..Message::said(event.message, Speaker::Character(event.character), "")
            }),
            ConversationEvent::MessageSent(event) => {
                self.messages.push(Message::said(
                    event.message,
                    Speaker::User(event.author),
                    event.text.words(),
                ));
            }
            ConversationEvent::ReplyRequested(event) => self.begin(&event.into()),
            ConversationEvent::ImpersonationRequested(event) => self.begin(&event.into()),
            ConversationEvent::ReplyCompleted(event) => {
                self.end(event.reply, Stage::Completed, Some(&event.text));
            }
            ConversationEvent::ReplyFailed(event) => {
                self.end(event.reply, Stage::Failed, event.partial.as_ref());
            }
            ConversationEvent::ReplyCancelled(event) => {
                self.end(event.reply, Stage::Cancelled, event.partial.as_ref());
            }
            ConversationEvent::VariantChosen(event) => self.with(event.message, |message| {
                message.chosen = usize::try_from(event.variant).unwrap_or(0);
            }),
            ConversationEvent::MessageEdited(event) => {
                self.with(event.message, |message| {
                    let fate = message.fate;
                    *message =
                        Message { fate, ..Message::said(message.id, message.speaker, event.text.words()) };
                });
            }
            ConversationEvent::MessageDeleted(event) => {
                self.with(event.message, |message| message.fate = Fate::Deleted);
            }
            ConversationEvent::ConversationPersonaChosen(event) => {
                self.persona = event.persona.as_ref().and_then(Private::known).map(face);
            }
            ConversationEvent::ConversationRenamed(event) => {
                self.title = event.title.as_ref().and_then(Private::known).cloned();
            }
        }
    }

    fn begin(&mut self, request: &Request) {
        self.replies.entry(request.reply).or_insert(Reply {
            message: request.message(),
            character: request.character,
            turn: request.turn,
            stage: Stage::UnderWay,
        });
    }

    /// A reply ends; what a character said, if anything, becomes a message or a variant of one, also where it was
    /// forgotten.
    fn end(&mut self, id: ReplyId, stage: Stage, said: Option<&Private<String>>) {
        let Some(reply) = self.replies.get_mut(&id) else { return };
        reply.stage = stage;
        let (Some(message), Some(said)) = (reply.message, said) else { return };
        let speaker = Speaker::Character(reply.character);
        if self.any_message(message).is_none() {
            self.messages.push(Message::said(message, speaker, said.words()));
            return;
        }
        self.with(message, |message| {
            message.chosen = message.variants;
            message.variants += 1;
        });
    }

    fn with(&mut self, id: MessageId, change: impl FnOnce(&mut Message)) {
        if let Some(message) = self.messages.iter_mut().rev().find(|message| message.id == id) {
            change(message);
        }
    }
}
