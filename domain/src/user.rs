//! A user: a person with keys.
//!
//! ```text
//! Unknown ── RegisterUser ──► Registered ──┐ IssueApiKey, RevokeApiKey, ChooseUserProvider,
//!                                │  ▲──────┘ ChooseUserPersona
//!                                └── EraseUser, EraseAgain ──► Erased
//! ```
//!
//! Invariants: only the hash of a key is known here; a revoked key never comes back; a label and a name are bounded; who
//! was erased never comes back.
//! Nothing is decided when the same name is registered again, the same key issued again, a revoked key revoked again,
//! or the same provider or persona chosen again.

mod choose_persona;
mod choose_provider;
mod erase;
mod erase_again;
mod events;
mod issue_key;
mod register;
mod revoke_key;
mod rights;

use std::collections::BTreeMap;

pub use choose_persona::{Choice, ChooseUserPersona, ChooseUserPersonaRejected, Companion};
pub use choose_provider::{ChooseUserProvider, ChooseUserProviderRejected};
pub use erase::{EraseUser, EraseUserRejected};
pub use erase_again::{EraseAgain, EraseAgainRejected};
pub use events::{
    ApiKeyIssued, ApiKeyRevoked, UserErased, UserEvent, UserPersonaChosen, UserProviderChosen, UserRegistered,
};
pub use issue_key::{IssueApiKey, IssueApiKeyRejected};
pub use register::{RegisterUser, RegisterUserRejected};
pub use revoke_key::{RevokeApiKey, RevokeApiKeyRejected};
pub use rights::Rights;

use serde::{Deserialize, Serialize};

use crate::{
    Aggregate, Id, character::CharacterId, commit::Kind, persona::PersonaId, provider::ProviderChoice,
};

/// The id of a user.
pub type UserId = Id<User>;

/// Tags the id of a key.
#[derive(Debug)]
pub enum KeyTag {}
/// The id of a key.
pub type KeyId = Id<KeyTag>;

/// A person, as decisions need to know them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum User {
    /// Nobody was registered under this id.
    #[default]
    Unknown,
    /// Somebody was.
    Registered(Person),
    /// Somebody was, and nothing is known of them any more.
    Erased,
}

/// A registered user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// What they are called.
    pub name: String,
    /// Their keys, revoked ones included.
    pub keys: BTreeMap<KeyId, Key>,
    /// Which model answers them, where they have chosen.
    pub provider: ProviderChoice,
    /// As whom they talk where they do not say.
    pub guises: Guises,
}

/// As whom somebody talks where they do not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guises {
    /// With everybody for whom nothing else is chosen.
    pub usual: Option<PersonaId>,
    /// With these characters.
    pub with: BTreeMap<CharacterId, PersonaId>,
}

/// A key, of which only the hash is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    /// It opens the door.
    Valid {
        /// SHA-256 of the key, in hexadecimal.
        hash: String,
        /// What it may do beside what every key may.
        rights: Rights,
    },
    /// It does not open the door any more.
    Revoked,
}

impl User {
    /// The person, if one is registered.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Unknown | Self::Erased => None,
            Self::Registered(person) => Some(person),
        }
    }

    /// The valid key of this hash.
    pub fn key_of(&self, hash: &str) -> Option<KeyId> {
        let keys = &self.person()?.keys;
        keys.iter()
            .find(|(_, key)| matches!(key, Key::Valid { hash: known, .. } if known == hash))
            .map(|(id, _)| *id)
    }

    /// Whether this key of theirs opens the door.
    pub fn has_key(&self, key: KeyId) -> bool {
        self.person().and_then(|person| person.keys.get(&key)).is_some_and(|key| *key != Key::Revoked)
    }
}

impl User {
    /// What a key may do beside what every key may; nothing, if it is not valid.
    pub fn rights_of(&self, key: KeyId) -> Rights {
        match self.person().and_then(|person| person.keys.get(&key)) {
            Some(Key::Valid { rights, .. }) => *rights,
            Some(Key::Revoked) | None => Rights::default(),
        }
    }
}

impl Aggregate for User {
    type Event = UserEvent;

    const KIND: Kind = Kind::User;

    fn whose(&self, id: UserId) -> Option<UserId> {
        Some(id)
    }

    fn evolve(&mut self, event: &UserEvent) {
        match (&mut *self, event) {
            (_, UserEvent::UserErased(_)) => *self = Self::Erased,
            (Self::Unknown, UserEvent::UserRegistered(event)) => *self = Self::Registered(Person::new(event)),
            (Self::Registered(person), event) => person.evolve(event),
            (Self::Unknown | Self::Erased, _) => {}
        }
    }
}

impl Person {
    fn new(event: &UserRegistered) -> Self {
        Self {
            name: event.name.or_default(),
            keys: BTreeMap::new(),
            provider: ProviderChoice::default(),
            guises: Guises::default(),
        }
    }

    fn evolve(&mut self, event: &UserEvent) {
        match event {
            UserEvent::UserRegistered(event) => self.name = event.name.or_default(),
            UserEvent::ApiKeyIssued(event) => {
                let (hash, rights) = (event.hash.clone(), event.rights);
                self.keys.entry(event.key).or_insert(Key::Valid { hash, rights });
            }
            UserEvent::ApiKeyRevoked(event) => {
                self.keys.insert(event.key, Key::Revoked);
            }
            UserEvent::UserProviderChosen(event) => self.provider = event.provider.or_default(),
            UserEvent::UserPersonaChosen(event) => self.guises.choose(event.with, event.persona),
            UserEvent::UserErased(_) => {}
        }
    }
}

impl Guises {
    /// What is chosen for this character alone, or for everybody else.
    pub fn chosen(&self, with: Option<CharacterId>) -> Option<PersonaId> {
        with.map_or(self.usual, |character| self.with.get(&character).copied())
    }

    /// Those that come into question with these characters, the most fitting first.
    pub fn fitting(&self, company: &[CharacterId]) -> impl Iterator<Item = PersonaId> {
        company.iter().filter_map(|character| self.with.get(character).copied()).chain(self.usual)
    }

    fn choose(&mut self, with: Option<CharacterId>, persona: Option<PersonaId>) {
        match (with, persona) {
            (None, persona) => self.usual = persona,
            (Some(character), Some(persona)) => drop(self.with.insert(character, persona)),
            (Some(character), None) => drop(self.with.remove(&character)),
        }
    }
}
