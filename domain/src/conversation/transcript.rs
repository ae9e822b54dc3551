//! The transcript: everything that was said, with its words, folded from the same events as the conversation.
//!
//! Decisions do not need it; prompts and branches do. It follows from the log alone, so that the transcript behind any
//! reply can be had again.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    AdoptedMessage, Conversation, ConversationEvent, Fate, ImpersonationRequested, Manuscript, MessageId,
    Persona, ReplyId, ReplyRequested, Request, Speaker,
};
use crate::{Fold, Private, When, character::CharacterId, user::UserId};

/// Everything that was said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// Whose conversation it is.
    pub owner: Option<UserId>,
    /// Who takes part, in the order in which they speak.
    pub characters: Vec<CharacterId>,
    /// What it is called.
    pub title: Option<String>,
    /// As whom the owner takes part.
    pub persona: Option<Persona>,
    /// What it was read from, if it was said elsewhere.
    pub manuscript: Option<Manuscript>,
    /// The messages in order, deleted ones included.
    pub lines: Vec<Line>,
    /// The replies of characters that were asked for.
    pub replies: BTreeMap<ReplyId, ReplyRequested>,
    /// What was last proposed to the person, the oldest first.
    pub proposals: VecDeque<Proposal>,
}

/// So many proposals are remembered, because a client may send them back.
const PROPOSALS: usize = 16;

/// What was proposed that the person could say: no part of the story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The reply that says it.
    pub reply: ReplyId,
    /// The message behind which it would be said; none before anybody spoke.
    pub turn: Option<MessageId>,
    /// Which variant of it counted then, from 0.
    pub variant: usize,
    /// The words, as soon as it has ended.
    pub text: String,
}

/// A message with its words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its id.
    pub message: MessageId,
    /// Who says it.
    pub speaker: Speaker,
    /// What, in all its variants.
    pub variants: Vec<Variant>,
    /// Which of them counts, from 0.
    pub chosen: usize,
    /// Whether it is part of the story.
    pub fate: Fate,
    /// When it was first said.
    pub at: OffsetDateTime,
    /// Under which name, where it is not the speaker's own.
    pub name: Option<String>,
    /// Whether the model is told it.
    pub heard: Heard,
}

/// Whether the model is told a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Heard {
    /// It is.
    ByAll,
    /// Only the person sees it.
    ByThePerson,
}

/// One wording of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// The words.
    pub text: String,
    /// The reply that brought them, if one did.
    pub reply: Option<ReplyId>,
    /// Whether the reply came to its end; a cancelled or failed one did not.
    pub finished: bool,
}

impl Line {
    /// The words that count.
    pub fn text(&self) -> &str {
        self.variants.get(self.chosen).or(self.variants.first()).map_or("", |variant| &variant.text)
    }

    fn new(message: MessageId, speaker: Speaker, variants: Vec<Variant>, at: OffsetDateTime) -> Self {
        Self {
            message,
            speaker,
            variants,
            chosen: 0,
            fate: Fate::Standing,
            at,
            name: None,
            heard: Heard::ByAll,
        }
    }

    fn adopted(message: &AdoptedMessage) -> Self {
        let variants = message.variants.iter().map(Variant::plain).collect();
        Self {
            chosen: usize::try_from(message.chosen).unwrap_or(0),
            name: message.name.as_ref().and_then(Private::known).cloned(),
            heard: if message.hidden { Heard::ByThePerson } else { Heard::ByAll },
            ..Self::new(message.message, message.speaker, variants, message.at)
        }
    }
}

impl Variant {
    fn plain(text: &Private<String>) -> Self {
        Self { text: text.or_default(), reply: None, finished: true }
    }
}

impl Transcript {
    /// The lines that are part of the story.
    pub fn story(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter().filter(|line| line.fate == Fate::Standing)
    }

    /// What a reply has to answer: the story before the message that the reply is a variant of, or, for a new
    /// message and for what the person could say, up to its turn, with what others have already replied to that turn.
    /// What is hidden from the model is left out.
    pub fn before(&self, request: &Request) -> Vec<&Line> {
        let end = self
            .lines
            .iter()
            .position(|line| Some(line.message) == request.message())
            .or_else(|| self.after_turn(request.turn?))
            .unwrap_or(self.lines.len());
        let told = |line: &&Line| line.fate == Fate::Standing && line.heard == Heard::ByAll;
        self.lines[..end].iter().filter(told).collect()
    }

    /// Where the turn ends: behind its message and the replies to it, wherever they stand; a person's later message
    /// belongs to the next turn.
    fn after_turn(&self, turn: MessageId) -> Option<usize> {
        let at = self.lines.iter().position(|line| line.message == turn)?;
        let next = self.lines[at + 1..].iter().position(|line| matches!(line.speaker, Speaker::User(_)));
        Some(next.map_or(self.lines.len(), |offset| at + 1 + offset))
    }

    fn line(&mut self, message: MessageId) -> Option<&mut Line> {
        self.lines.iter_mut().rev().find(|line| line.message == message)
    }

    fn propose(&mut self, event: &ImpersonationRequested) {
        let (reply, turn, text) = (event.reply, event.turn, String::new());
        let variant = turn.and_then(|turn| self.line(turn)).map_or(0, |line| line.chosen);
        self.proposals.push_back(Proposal { reply, turn, variant, text });
        if self.proposals.len() > PROPOSALS {
            self.proposals.pop_front();
        }
    }

    fn land(&mut self, reply: ReplyId, said: Option<&Private<String>>, finished: bool, at: OffsetDateTime) {
        let Some(said) = said else { return };
        if let Some(proposal) = self.proposals.iter_mut().find(|proposal| proposal.reply == reply) {
            proposal.text = said.or_default();
        }
        let Some(asked) = self.replies.get(&reply) else { return };
        let (message, speaker) = (asked.message, Speaker::Character(asked.character));
        let variant = Variant { text: said.or_default(), reply: Some(reply), finished };
        match self.line(message) {
            Some(line) => {
                line.chosen = line.variants.len();
                line.variants.push(variant);
            }
            None => self.lines.push(Line::new(message, speaker, vec![variant], at)),
        }
    }
}

impl Fold for Transcript {
    type Of = Conversation;

    fn fold(&mut self, event: &ConversationEvent, When { at, .. }: When) {
        match event {
            ConversationEvent::ConversationStarted(event) => {
                self.owner = Some(event.owner);
                self.characters.clone_from(&event.characters);
                self.title = event.title.as_ref().and_then(Private::known).cloned();
                self.persona = event.persona.as_ref().and_then(Private::known).cloned();
            }
            ConversationEvent::ConversationBranched(event) => {
                self.owner = Some(event.owner);
                self.characters.clone_from(&event.characters);
                self.title = event.title.as_ref().and_then(Private::known).cloned();
                self.persona = event.persona.as_ref().and_then(Private::known).cloned();
            }
            ConversationEvent::ConversationAdopted(event) => {
                self.owner = Some(event.owner);
                self.characters.clone_from(&event.characters);
                self.title = event.title.as_ref().and_then(Private::known).cloned();
                self.persona = event.persona.as_ref().and_then(Private::known).cloned();
                self.manuscript = event.manuscript.known().cloned();
            }
            ConversationEvent::HistoryAdopted(event) => {
                self.lines.extend(event.messages.iter().map(Line::adopted));
            }
            ConversationEvent::CharacterGreeted(event) => {
                let variants = event.variants.iter().map(Variant::plain).collect();
                let mut line = Line::new(event.message, Speaker::Character(event.character), variants, at);
                line.chosen = usize::try_from(event.chosen).unwrap_or(0);
                self.lines.push(line);
            }
            ConversationEvent::MessageSent(event) => {
                let variants = vec![Variant::plain(&event.text)];
                self.lines.push(Line::new(event.message, Speaker::User(event.author), variants, at));
            }
            ConversationEvent::ReplyRequested(event) => {
                self.replies.insert(event.reply, event.clone());
            }
            ConversationEvent::ImpersonationRequested(event) => self.propose(event),
            ConversationEvent::ReplyCompleted(event) => {
                self.land(event.reply, Some(&event.text), true, at);
            }
            ConversationEvent::ReplyFailed(event) => {
                self.land(event.reply, event.partial.as_ref(), false, at);
            }
            ConversationEvent::ReplyCancelled(event) => {
                self.land(event.reply, event.partial.as_ref(), false, at);
            }
            ConversationEvent::VariantChosen(event) => {
                if let Some(line) = self.line(event.message) {
                    line.chosen = usize::try_from(event.variant).unwrap_or(0);
                }
            }
            ConversationEvent::MessageEdited(event) => {
                if let Some(line) = self.line(event.message) {
                    line.variants = vec![Variant::plain(&event.text)];
                    line.chosen = 0;
                }
            }
            ConversationEvent::MessageDeleted(event) => {
                if let Some(line) = self.line(event.message) {
                    line.fate = Fate::Deleted;
                }
            }
            ConversationEvent::ConversationPersonaChosen(event) => {
                self.persona = event.persona.as_ref().and_then(Private::known).cloned();
            }
            ConversationEvent::ConversationRenamed(event) => {
                self.title = event.title.as_ref().and_then(Private::known).cloned();
            }
            ConversationEvent::ConversationClosed(_) => {}
        }
    }
}

#[cfg(test)]
mod spec;
