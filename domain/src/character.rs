//! A character: somebody invented, whom people talk with.
//!
//! ```text
//!            ImportCharacter                        RetireCharacter
//! Unknown ── CreateCharacter ──► Known (active) ───────────────────► Known (retired)
//!                                  │    ▲   ◄───────────────────────
//!                                  └────┘      RestoreCharacter
//!                 ReviseCharacter, RepaintCharacter, AddExpression, RemoveExpression, ChooseCharacterProvider
//! ```
//!
//! Invariants: a character has one owner for ever and only they change it; a retired one is changed only by being
//! restored; every text and list of its profile is bounded. Nothing is decided when the same card is imported again,
//! a part is revised to what it is, a picture is the one it has, what is removed is not there, a retired one is retired
//! again, or an active one restored.

mod add_expression;
mod choose_provider;
mod create;
mod events;
mod import;
mod profile;
mod rejection;
mod remove_expression;
mod repaint;
mod restore;
mod retire;
mod revise;
#[cfg(test)]
pub(crate) mod spec;

pub use add_expression::AddExpression;
pub use choose_provider::ChooseCharacterProvider;
pub use create::CreateCharacter;
pub use events::{
    AppearanceRevised, CharacterCreated, CharacterEvent, CharacterImported, CharacterProviderChosen,
    CharacterRestored, CharacterRetired, DescriptionRevised, GreetingsRevised, InstructionsRevised,
    PersonalityRevised, VoiceRevised,
};
pub use import::ImportCharacter;
pub use profile::{
    Appearance, AssetRef, BehaviorRule, DepthPrompt, Description, EmotionalResponse, Greetings, Instructions,
    Original, Personality, PersonalityProfile, Picture, Profile, Role, Voice,
};
pub use rejection::{ChangeRejected, NewRejected};
pub use remove_expression::RemoveExpression;
pub use repaint::RepaintCharacter;
pub use restore::RestoreCharacter;
pub use retire::RetireCharacter;
pub use revise::ReviseCharacter;

use serde::{Deserialize, Serialize};

use crate::{Aggregate, Id, Private, commit::Kind, provider::ProviderChoice, user::UserId};

/// The id of a character.
pub type CharacterId = Id<Character>;

/// A character, as decisions and prompts need to know them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Character {
    /// Nobody is known under this id.
    #[default]
    Unknown,
    /// Somebody is.
    Known(Box<Sheet>),
}

/// A character that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// Whose it is.
    pub owner: UserId,
    /// Whether it may speak.
    pub standing: Standing,
    /// Who it is.
    pub profile: Profile,
    /// The card that it came from.
    pub original: Option<Original>,
    /// Which model speaks for it, where that was chosen.
    pub provider: ProviderChoice,
}

/// Whether a character may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It may.
    Active,
    /// It was retired.
    Retired,
}

impl Character {
    /// The sheet, if the character is known.
    pub fn sheet(&self) -> Option<&Sheet> {
        match self {
            Self::Unknown => None,
            Self::Known(sheet) => Some(sheet),
        }
    }

    /// The sheet, if this user owns it.
    fn owned_by(&self, user: UserId) -> Result<&Sheet, ChangeRejected> {
        self.sheet().filter(|sheet| sheet.owner == user).ok_or(ChangeRejected::UnknownCharacter)
    }

    /// The sheet, if this user owns it and it is active.
    fn active_of(&self, user: UserId) -> Result<&Sheet, ChangeRejected> {
        let sheet = self.owned_by(user)?;
        match sheet.standing {
            Standing::Active => Ok(sheet),
            Standing::Retired => Err(ChangeRejected::Retired),
        }
    }
}

impl Aggregate for Character {
    type Event = CharacterEvent;

    const KIND: Kind = Kind::Character;

    fn whose(&self, _id: CharacterId) -> Option<UserId> {
        self.sheet().map(|sheet| sheet.owner)
    }

    fn evolve(&mut self, event: &CharacterEvent) {
        match (&mut *self, event) {
            (Self::Unknown, CharacterEvent::CharacterImported(event)) => {
                *self = Self::known(event.owner, &event.profile, event.original.known());
            }
            (Self::Unknown, CharacterEvent::CharacterCreated(event)) => {
                *self = Self::known(event.owner, &event.profile, None);
            }
            (Self::Known(sheet), event) => sheet.evolve(event),
            (Self::Unknown, _) => {}
        }
    }
}

impl Character {
    fn known(owner: UserId, profile: &Private<Box<Profile>>, original: Option<&Original>) -> Self {
        Self::Known(Box::new(Sheet {
            owner,
            standing: Standing::Active,
            profile: *profile.or_default(),
            original: original.cloned(),
            provider: ProviderChoice::default(),
        }))
    }
}

impl Sheet {
    fn evolve(&mut self, event: &CharacterEvent) {
        match event {
            CharacterEvent::CharacterImported(_) | CharacterEvent::CharacterCreated(_) => {}
            CharacterEvent::DescriptionRevised(event) => {
                self.profile.description = event.description.or_default();
            }
            CharacterEvent::PersonalityRevised(event) => {
                self.profile.personality = event.personality.or_default();
            }
            CharacterEvent::GreetingsRevised(event) => self.profile.greetings = event.greetings.or_default(),
            CharacterEvent::InstructionsRevised(event) => {
                self.profile.instructions = event.instructions.or_default();
            }
            CharacterEvent::AppearanceRevised(event) => {
                self.profile.appearance = event.appearance.or_default();
            }
            CharacterEvent::VoiceRevised(event) => self.profile.voice = event.voice.or_default(),
            CharacterEvent::CharacterRetired(_) => self.standing = Standing::Retired,
            CharacterEvent::CharacterRestored(_) => self.standing = Standing::Active,
            CharacterEvent::CharacterProviderChosen(event) => self.provider = event.provider.or_default(),
        }
    }
}
