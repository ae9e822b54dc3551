//! A persona: somebody as whom a person talks, with the words that tell models who that is.
//!
//! ```text
//!                              RetirePersona
//! Unknown ── CreatePersona ──► active ─────────────► retired
//!                              │  ▲ ◄──────────────
//!                              └──┘   RestorePersona, CreatePersona from the same source
//!                 RevisePersona, RepaintPersona
//! ```
//!
//! As whom a person talks where they do not say is chosen in the user's own history, because there can be only one; as
//! whom they talk in a conversation stands in that one's.
//!
//! Invariants: a persona has one owner for ever and only they change it; a retired one is changed only by being restored;
//! every text and value in it is bounded. Nothing is decided when the same one is brought again, something is revised to
//! what it is, the same picture is given again, a retired one is retired again, or an active one restored.

mod create;
mod events;
mod profile;
mod rejection;
mod repaint;
mod restore;
mod retire;
mod revise;
#[cfg(test)]
pub(crate) mod spec;

pub use create::CreatePersona;
pub use events::{
    PersonaCreated, PersonaEvent, PersonaRepainted, PersonaRestored, PersonaRetired, PersonaRevised,
};
pub use profile::{Placement, Position, Profile, Source};
pub use rejection::PersonaRejected;
pub use repaint::RepaintPersona;
pub use restore::RestorePersona;
pub use retire::RetirePersona;
pub use revise::RevisePersona;

use serde::{Deserialize, Serialize};

use crate::{Aggregate, Id, Private, character::Picture, commit::Kind, conversation, user::UserId};

/// The id of a persona.
pub type PersonaId = Id<Persona>;

/// A persona, as decisions and prompts need to know it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Persona {
    /// Nothing is known under this id.
    #[default]
    Unknown,
    /// Somebody is.
    Known(Box<Guise>),
}

/// A persona that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guise {
    /// Whose it is.
    pub owner: UserId,
    /// Whether it may be chosen.
    pub standing: Standing,
    /// Who it is.
    pub profile: Profile,
    /// What it looks like.
    pub picture: Option<Picture>,
    /// Where it was brought from.
    pub source: Option<Source>,
}

/// Whether a persona may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It may.
    Active,
    /// It was retired. Conversations that are held as it go on.
    Retired,
}

impl Persona {
    /// The guise, if it is known.
    pub fn guise(&self) -> Option<&Guise> {
        match self {
            Self::Unknown => None,
            Self::Known(guise) => Some(guise),
        }
    }

    /// The guise, if this user owns it; a stranger's is as good as none.
    pub fn owned_by(&self, user: UserId) -> Result<&Guise, PersonaRejected> {
        self.guise().filter(|guise| guise.owner == user).ok_or(PersonaRejected::UnknownPersona)
    }

    /// The guise, if this user owns it and it may be chosen.
    pub fn active_of(&self, user: UserId) -> Result<&Guise, PersonaRejected> {
        let guise = self.owned_by(user)?;
        match guise.standing {
            Standing::Active => Ok(guise),
            Standing::Retired => Err(PersonaRejected::Retired),
        }
    }
}

impl Guise {
    /// As whom somebody takes part in a conversation who is it.
    pub fn taken_on(&self, id: PersonaId) -> conversation::Persona {
        let Profile { name, description, placement, .. } = self.profile.clone();
        conversation::Persona { name, description, placement, id: Some(id) }
    }

    fn new(event: &PersonaCreated) -> Self {
        Self {
            owner: event.owner,
            standing: Standing::Active,
            profile: *event.profile.or_default(),
            picture: None,
            source: event.source.as_ref().and_then(Private::known).cloned(),
        }
    }

    fn evolve(&mut self, event: &PersonaEvent) {
        match event {
            PersonaEvent::PersonaCreated(_) => {}
            PersonaEvent::PersonaRevised(event) => self.profile = *event.profile.or_default(),
            PersonaEvent::PersonaRepainted(event) => {
                self.picture = event.picture.as_ref().and_then(Private::known).cloned();
            }
            PersonaEvent::PersonaRetired(_) => self.standing = Standing::Retired,
            PersonaEvent::PersonaRestored(_) => self.standing = Standing::Active,
        }
    }
}

impl Aggregate for Persona {
    type Event = PersonaEvent;

    const KIND: Kind = Kind::Persona;

    fn whose(&self, _id: PersonaId) -> Option<UserId> {
        self.guise().map(|guise| guise.owner)
    }

    fn evolve(&mut self, event: &PersonaEvent) {
        match (&mut *self, event) {
            (Self::Unknown, PersonaEvent::PersonaCreated(event)) => {
                *self = Self::Known(Box::new(Guise::new(event)));
            }
            (Self::Known(guise), event) => guise.evolve(event),
            (Self::Unknown, _) => {}
        }
    }
}
