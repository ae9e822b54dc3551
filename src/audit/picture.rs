//! An aggregate of any kind, folded as far as its commits are read, and shown as JSON.

use domain::{
    Aggregate, EventBody, Fold, When,
    audit::Audit,
    character::Character,
    commit::{Kind, Recorded},
    conversation::{Conversation, Transcript},
    lorebook::Lorebook,
    persona::Persona,
    user::User,
};
use serde_json::{Value, json};

/// What an aggregate has become.
#[derive(Debug, Clone)]
pub enum Picture {
    /// A person.
    User(User),
    /// A character.
    Character(Box<Character>),
    /// A conversation: what decisions need of it, and what was said.
    Conversation(Box<(Conversation, Transcript)>),
    /// A lorebook.
    Lorebook(Box<Lorebook>),
    /// A persona.
    Persona(Persona),
    /// What an auditor has read.
    Audit(Audit),
}

impl Picture {
    /// What it is before anything has happened.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::User => Self::User(User::default()),
            Kind::Character => Self::Character(Box::default()),
            Kind::Conversation => Self::Conversation(Box::default()),
            Kind::Lorebook => Self::Lorebook(Box::default()),
            Kind::Persona => Self::Persona(Persona::default()),
            Kind::Audit => Self::Audit(Audit::default()),
        }
    }

    /// Takes its next commit in.
    pub fn take(&mut self, recorded: &Recorded) {
        match self {
            Self::User(user) => fold(user, recorded),
            Self::Character(character) => fold(&mut **character, recorded),
            Self::Conversation(both) => {
                fold(&mut both.0, recorded);
                fold(&mut both.1, recorded);
            }
            Self::Lorebook(lorebook) => fold(&mut **lorebook, recorded),
            Self::Persona(persona) => fold(persona, recorded),
            Self::Audit(audit) => fold(audit, recorded),
        }
    }

    /// As JSON, under the names that its fields have here.
    pub fn to_json(&self) -> Result<Value, serde_json::Error> {
        match self {
            Self::User(user) => serde_json::to_value(user),
            Self::Character(character) => serde_json::to_value(character),
            Self::Conversation(both) => {
                let (conversation, transcript) = &**both;
                Ok(json!({
                    "conversation": serde_json::to_value(conversation)?,
                    "transcript": serde_json::to_value(transcript)?,
                }))
            }
            Self::Lorebook(lorebook) => serde_json::to_value(lorebook),
            Self::Persona(persona) => serde_json::to_value(persona),
            Self::Audit(audit) => serde_json::to_value(audit),
        }
    }
}

/// Folds the events of a commit.
pub fn fold<F: Fold>(state: &mut F, recorded: &Recorded) {
    let when = When { sequence: recorded.position.sequence, at: recorded.commit.at };
    let events = recorded.commit.events.iter();
    events
        .filter_map(|recorded| <F::Of as Aggregate>::Event::of(&recorded.event))
        .for_each(|event| state.fold(event, when));
}
