//! All events of the house in one enum, and the names under which they are stored.
//!
//! The names and fields are for ever (law 8): a change is a new field with a default, or a new type. A type that this
//! version does not know is carried as [`Event::Unknown`], so that a reader that does not need it goes on.

use schemars::{Schema, SchemaGenerator};
use serde::{Deserializer, Serializer};

use crate::{
    audit::AuditEvent, character::CharacterEvent, conversation::ConversationEvent, lorebook::LorebookEvent,
    persona::PersonaEvent, user::UserEvent,
};

/// The events of one aggregate: what an event needs so that it can be stored under a name and read back.
pub trait EventBody: Clone + std::fmt::Debug + Into<Event> + Send + Sync + 'static {
    /// Every name, in the order of the enum.
    const NAMES: &'static [&'static str];

    /// The name under which it is stored.
    fn name(&self) -> &'static str;

    /// The version of its fields.
    fn schema(&self) -> u16;

    /// Its fields, without its name.
    fn serialize_body<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads the fields of the event of this name; `None` if no event is called so here, or none of a schema so new.
    fn deserialize_body<'de, D: Deserializer<'de>>(
        name: &str,
        schema: u16,
        deserializer: D,
    ) -> Result<Option<Self>, D::Error>;

    /// The event, if it is one of this aggregate's.
    fn of(event: &Event) -> Option<&Self>;

    /// Every event, as its type describes it.
    fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, u16, Schema)>;
}

/// Anything that can happen in the house.
#[derive(Debug, Clone)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub enum Event {
    /// To a user.
    User(UserEvent),
    /// To a character.
    Character(CharacterEvent),
    /// In a conversation.
    Conversation(ConversationEvent),
    /// To a lorebook.
    Lorebook(LorebookEvent),
    /// To a persona.
    Persona(PersonaEvent),
    /// In an audit.
    Audit(AuditEvent),
    /// Written by a newer version of the house.
    Unknown(Unknown),
}

/// An event that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Its stored name.
    pub name: String,
    /// The version of its fields.
    pub schema: u16,
}

impl Event {
    /// The name under which it is stored.
    pub fn name(&self) -> &str {
        match self {
            Self::User(event) => event.name(),
            Self::Character(event) => event.name(),
            Self::Conversation(event) => event.name(),
            Self::Lorebook(event) => event.name(),
            Self::Persona(event) => event.name(),
            Self::Audit(event) => event.name(),
            Self::Unknown(unknown) => &unknown.name,
        }
    }

    /// The version of its fields.
    pub fn schema(&self) -> u16 {
        match self {
            Self::User(event) => event.schema(),
            Self::Character(event) => event.schema(),
            Self::Conversation(event) => event.schema(),
            Self::Lorebook(event) => event.schema(),
            Self::Persona(event) => event.schema(),
            Self::Audit(event) => event.schema(),
            Self::Unknown(unknown) => unknown.schema,
        }
    }

    /// Its fields, without its name.
    pub fn serialize_body<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::User(event) => event.serialize_body(serializer),
            Self::Character(event) => event.serialize_body(serializer),
            Self::Conversation(event) => event.serialize_body(serializer),
            Self::Lorebook(event) => event.serialize_body(serializer),
            Self::Persona(event) => event.serialize_body(serializer),
            Self::Audit(event) => event.serialize_body(serializer),
            Self::Unknown(unknown) => Err(serde::ser::Error::custom(format_args!(
                "an unknown event cannot be written again: {}",
                unknown.name
            ))),
        }
    }

    /// Reads the fields of the event of this name, whichever aggregate it belongs to.
    pub fn deserialize_body<'de, D: Deserializer<'de>>(
        name: &str,
        schema: u16,
        deserializer: D,
    ) -> Result<Self, D::Error> {
        if UserEvent::NAMES.contains(&name) {
            return UserEvent::deserialize_body(name, schema, deserializer).map(or_unknown(name, schema));
        }
        if CharacterEvent::NAMES.contains(&name) {
            return CharacterEvent::deserialize_body(name, schema, deserializer)
                .map(or_unknown(name, schema));
        }
        if ConversationEvent::NAMES.contains(&name) {
            return ConversationEvent::deserialize_body(name, schema, deserializer)
                .map(or_unknown(name, schema));
        }
        if LorebookEvent::NAMES.contains(&name) {
            return LorebookEvent::deserialize_body(name, schema, deserializer).map(or_unknown(name, schema));
        }
        if PersonaEvent::NAMES.contains(&name) {
            return PersonaEvent::deserialize_body(name, schema, deserializer).map(or_unknown(name, schema));
        }
        if AuditEvent::NAMES.contains(&name) {
            return AuditEvent::deserialize_body(name, schema, deserializer).map(or_unknown(name, schema));
        }
        <serde::de::IgnoredAny as serde::Deserialize>::deserialize(deserializer)?;
        Ok(Self::Unknown(Unknown { name: name.to_owned(), schema }))
    }
}

fn or_unknown<E: EventBody>(name: &str, schema: u16) -> impl FnOnce(Option<E>) -> Event {
    move |event| event.map_or_else(|| Event::Unknown(Unknown { name: name.to_owned(), schema }), Into::into)
}

/// Declares the events of an aggregate: the enum over the structs, each with its stored name (the struct's) and its
/// schema version.
macro_rules! events {
    ($(#[$doc:meta])* $enum:ident in $variant:ident { $($event:ident @ $schema:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        #[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
        #[expect(missing_docs, reason = "each variant is documented at its struct")]
        pub enum $enum { $($event($event)),+ }

        $(impl From<$event> for $enum {
            fn from(event: $event) -> Self { Self::$event(event) }
        })+

        impl From<$enum> for $crate::Event {
            fn from(event: $enum) -> Self { Self::$variant(event) }
        }

        impl $crate::EventBody for $enum {
            const NAMES: &'static [&'static str] = &[$(stringify!($event)),+];

            fn name(&self) -> &'static str {
                match self { $(Self::$event(_) => stringify!($event)),+ }
            }

            fn schema(&self) -> u16 {
                match self { $(Self::$event(_) => $schema),+ }
            }

            fn serialize_body<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$event(event) => serde::Serialize::serialize(event, serializer)),+ }
            }

            fn deserialize_body<'de, D: serde::Deserializer<'de>>(
                name: &str, schema: u16, deserializer: D,
            ) -> Result<Option<Self>, D::Error> {
                match name {
                    $(stringify!($event) if schema <= $schema => <$event as serde::Deserialize>::deserialize(deserializer)
                        .map(|event| Some(Self::$event(event))),)+
                    _ => <serde::de::IgnoredAny as serde::Deserialize>::deserialize(deserializer).map(|_| None),
                }
            }

            fn of(event: &$crate::Event) -> Option<&Self> {
                match event { $crate::Event::$variant(event) => Some(event), _ => None }
            }

            fn schemas(
                generator: &mut schemars::SchemaGenerator,
            ) -> Vec<(&'static str, u16, schemars::Schema)> {
                vec![$((stringify!($event), $schema, generator.root_schema_for::<$event>())),+]
            }
        }
    };
}
pub(crate) use events;
