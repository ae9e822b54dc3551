//! Somebody's words, which can be forgotten, and cannot be printed or compared by accident.
//!
//! An event says in its type which of its fields are private. Whoever stores it finds them by the name under which they
//! serialise ([`NAME`]), and seals them for the person whom they are about; every other format sees through them. When
//! that person's key is destroyed they read back as [`Private::Forgotten`], so everything that folds or shows an event
//! has to say what it does without the words.
//!
//! What is `None` in a format is what was forgotten, so nothing whose own form is `None` may be private. Where there may
//! have been nothing, `Option<Private<_>>` is left out if there was nothing ([`present`]): whether there was is open.

mod part;

use std::fmt;

pub use part::{Seam, part};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of the newtype as which private values serialise.
pub const NAME: &str = "domain::Private";

/// Something that belongs to a person.
#[derive(Clone)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub enum Private<T> {
    /// It is known.
    Known(T),
    /// It was forgotten, and nobody can bring it back.
    Forgotten,
}

impl<T> Private<T> {
    /// What it is, unless it was forgotten.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Forgotten => None,
        }
    }

    /// The same, taken out.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Forgotten => None,
        }
    }
}

impl<T: Clone + Default> Private<T> {
    /// What it is; what is there when there is nothing, if it was forgotten.
    pub fn or_default(&self) -> T {
        self.known().cloned().unwrap_or_default()
    }
}

impl Private<String> {
    /// The words; none, if they were forgotten.
    pub fn words(&self) -> &str {
        self.known().map_or("", String::as_str)
    }

    /// The words, if there are any: silence needs no secret.
    pub fn spoken(words: String) -> Option<Self> {
        (!words.is_empty()).then_some(Self::Known(words))
    }
}

impl<T> From<T> for Private<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl From<&str> for Private<String> {
    fn from(words: &str) -> Self {
        Self::Known(words.to_owned())
    }
}

impl<T: Default> Default for Private<T> {
    fn default() -> Self {
        Self::Known(T::default())
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T: Serialize> Serialize for Private<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => serializer.serialize_newtype_struct(NAME, value),
            Self::Forgotten => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Private<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::deserialize(deserializer)?;
        Ok(value.map_or(Self::Forgotten, Self::Known))
    }
}

/// Reads an `Option<Private<_>>` that is left out when there is nothing: what is there was there, forgotten or not.
///
/// `#[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]`
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<Private<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Private::deserialize(deserializer).map(Some)
}

/// An event as it reads when its words are forgotten.
#[cfg(any(test, feature = "spec"))]
#[expect(clippy::expect_used, reason = "only for specs: what is written here was read before")]
pub fn forgotten(event: &crate::Event) -> crate::Event {
    struct Body<'a>(&'a crate::Event);
    impl Serialize for Body<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.serialize_body(serializer)
        }
    }
    struct Nowhere;
    impl Seam for Nowhere {
        type Error = std::convert::Infallible;
        fn take<T: Serialize + ?Sized>(&self, _value: &T) -> Result<(), Self::Error> {
            Ok(())
        }
    }
    let open = part(&Body(event), serde_json::value::Serializer, &Nowhere).expect("an event has a form");
    crate::Event::deserialize_body(event.name(), event.schema(), open)
        .expect("an event is read without words")
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn words_are_never_printed() {
        let words = Private::<String>::from("hunter2");
        assert_eq!(format!("{words:?} {:?}", Private::<String>::Forgotten), "*** ***");
    }

    #[test]
    fn formats_see_through_it_and_nothing_is_what_was_forgotten() {
        let all = [Private::<String>::from("Hi"), Private::Forgotten];
        let json = serde_json::to_string(&all).unwrap();
        assert_eq!(json, r#"["Hi",null]"#);
        assert_eq!(serde_json::from_str::<[Private<String>; 2]>(&json).unwrap(), all);
    }

    #[test]
    fn whether_there_was_something_is_not_forgotten() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Titled {
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
            title: Option<Private<String>>,
        }
        for (title, form) in [
            (None, "{}"),
            (Some(Private::Forgotten), r#"{"title":null}"#),
            (Some("a".into()), r#"{"title":"a"}"#),
        ] {
            let titled = Titled { title };
            assert_eq!(serde_json::to_string(&titled).unwrap(), form);
            assert_eq!(serde_json::from_str::<Titled>(form).unwrap(), titled);
        }
    }

    #[test]
    fn what_was_forgotten_says_nothing_and_silence_is_no_secret() {
        assert_eq!((Private::<String>::from("Hi").words(), Private::Forgotten.words()), ("Hi", ""));
        assert_eq!(Private::<Vec<u8>>::Forgotten.or_default(), Vec::<u8>::new());
        assert_eq!(Private::spoken(String::new()), None);
        assert_eq!(Private::spoken("Hi".into()), Some("Hi".into()));
    }
}
