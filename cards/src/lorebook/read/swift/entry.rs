//! One entry, field by field in whatever order they come.
//!
//! The fields are SillyTavern's, with the defaults and meanings that the forgiving reader gives them: null is absent.
//! A value of another type than SillyTavern writes is odd.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{odd, part, put};
use crate::lorebook::{CharacterFilter, Entry, Logic, Position};
use crate::sheet::Role;

/// How deep an entry's own values lie inside of the file: in the root, the entries and the entry.
const WITHIN: usize = 3;
/// A number that JavaScript can count with.
const FAR: u64 = 9_007_199_254_740_991;

macro_rules! fields {
    ($($field:ident = $key:literal),* $(,)?) => {
        /// The fields of an entry, in the order in which SillyTavern writes them.
        #[derive(Clone, Copy)]
        enum Field {
            $($field),*
        }

        impl Field {
            #[cfg(test)]
            pub(super) const KEYS: &[&str] = &[$($key),*];

            fn of(key: &str) -> Option<Self> {
                match key {
                    $($key => Some(Self::$field),)*
                    _ => None,
                }
            }
        }
    };
}

fields! {
    Uid = "uid",
    Key = "key",
    SecondaryKeys = "keysecondary",
    Comment = "comment",
    Content = "content",
    Constant = "constant",
    Vectorized = "vectorized",
    Selective = "selective",
    Logic = "selectiveLogic",
    AddMemo = "addMemo",
    Order = "order",
    Position = "position",
    Disable = "disable",
    IgnoreBudget = "ignoreBudget",
    ExcludeRecursion = "excludeRecursion",
    PreventRecursion = "preventRecursion",
    PersonaDescription = "matchPersonaDescription",
    CharacterDescription = "matchCharacterDescription",
    CharacterPersonality = "matchCharacterPersonality",
    CharacterDepthPrompt = "matchCharacterDepthPrompt",
    Scenario = "matchScenario",
    CreatorNotes = "matchCreatorNotes",
    DelayUntilRecursion = "delayUntilRecursion",
    Probability = "probability",
    UseProbability = "useProbability",
    Depth = "depth",
    Outlet = "outletName",
    Group = "group",
    GroupOverride = "groupOverride",
    GroupWeight = "groupWeight",
    ScanDepth = "scanDepth",
    CaseSensitive = "caseSensitive",
    MatchWholeWords = "matchWholeWords",
    UseGroupScoring = "useGroupScoring",
    AutomationId = "automationId",
    Role = "role",
    Sticky = "sticky",
    Cooldown = "cooldown",
    Delay = "delay",
    Triggers = "triggers",
    DisplayIndex = "displayIndex",
    CharacterFilter = "characterFilter",
    Id = "id",
    Name = "name",
    UseRegex = "use_regex",
    Priority = "priority",
    Extensions = "extensions",
}

/// The entry that stands under this key.
pub(super) struct EntryUnder<'k> {
    pub(super) key: &'k str,
}

impl<'de> DeserializeSeed<'de> for EntryUnder<'_> {
    type Value = Entry;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entry, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EntryUnder<'_> {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry of a lorebook")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let mut draft = Draft { entry: Entry::default(), uid: None, seen: 0 };
        while let Some(key) = map.next_key::<&'de str>()? {
            match Field::of(key) {
                Some(field) => draft.take(field, &mut map)?,
                None => put(&mut draft.entry.rest, key, part(map.next_value()?, WITHIN)?)?,
            }
        }
        draft.under(self.key).ok_or_else(|| odd("an entry of another kind or number"))
    }
}

struct Draft {
    entry: Entry,
    uid: Option<u64>,
    /// Which fields were there, a bit for each.
    seen: u64,
}

impl Draft {
    /// The entry, if it is SillyTavern's and its number is the key that it stands under.
    fn under(self, key: &str) -> Option<Entry> {
        let number = key.parse().ok().filter(|number: &u64| *number <= FAR && number.to_string() == key)?;
        let is_of_a_card = !self.has(Field::Key) && self.entry.rest.contains_key("keys");
        let fits = !is_of_a_card && self.uid.is_none_or(|uid| uid == number);
        fits.then_some(Entry { uid: number, ..self.entry })
    }

    fn has(&self, field: Field) -> bool {
        self.seen & 1 << field as u32 != 0
    }

    fn take<'de, A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        if self.has(field) {
            return Err(odd("a field that is there twice"));
        }
        self.seen |= 1 << field as u32;
        let entry = &mut self.entry;
        match field {
            Field::Uid => self.uid = map.next_value()?,
            Field::Key => entry.keys = filled(map, Vec::new())?,
            Field::SecondaryKeys => entry.secondary_keys = filled(map, Vec::new())?,
            Field::Comment => entry.comment = filled(map, String::new())?,
            Field::Content => entry.content = filled(map, String::new())?,
            Field::Constant => entry.constant = filled(map, false)?,
            Field::Vectorized => entry.vectorized = filled(map, false)?,
            Field::Selective => entry.selective = filled(map, true)?,
            Field::Logic => entry.logic = picked(map, &Logic::ALL)?,
            Field::AddMemo => entry.add_memo = filled(map, true)?,
            Field::Order => entry.order = whole(map)?.unwrap_or(Entry::ORDER),
            Field::Position => entry.position = picked(map, &Position::ALL)?,
            Field::Disable => entry.enabled = !filled(map, false)?,
            Field::IgnoreBudget => entry.ignore_budget = filled(map, false)?,
            Field::ExcludeRecursion => entry.exclude_recursion = filled(map, false)?,
            Field::PreventRecursion => entry.prevent_recursion = filled(map, false)?,
            Field::PersonaDescription => entry.matches.persona_description = filled(map, false)?,
            Field::CharacterDescription => entry.matches.character_description = filled(map, false)?,
            Field::CharacterPersonality => entry.matches.character_personality = filled(map, false)?,
            Field::CharacterDepthPrompt => entry.matches.character_depth_prompt = filled(map, false)?,
            Field::Scenario => entry.matches.scenario = filled(map, false)?,
            Field::CreatorNotes => entry.matches.creator_notes = filled(map, false)?,
            Field::DelayUntilRecursion => entry.delay_until_recursion = rounds(map.next_value()?)?,
            Field::Probability => entry.probability = percent(map)?,
            Field::UseProbability => entry.use_probability = filled(map, true)?,
            Field::Depth => entry.depth = filled(map, Entry::DEPTH)?,
            Field::Outlet => entry.outlet = filled(map, String::new())?,
            Field::Group => entry.group = filled(map, String::new())?,
            Field::GroupOverride => entry.group_override = filled(map, false)?,
            Field::GroupWeight => entry.group_weight = filled(map, Entry::GROUP_WEIGHT)?,
            Field::ScanDepth => entry.scan_depth = map.next_value()?,
            Field::CaseSensitive => entry.case_sensitive = map.next_value()?,
            Field::MatchWholeWords => entry.match_whole_words = map.next_value()?,
            Field::UseGroupScoring => entry.use_group_scoring = map.next_value()?,
            Field::AutomationId => entry.automation_id = filled(map, String::new())?,
            Field::Role => entry.role = picked(map, &Role::ALL)?,
            Field::Sticky => entry.sticky = map.next_value()?,
            Field::Cooldown => entry.cooldown = map.next_value()?,
            Field::Delay => entry.delay = map.next_value()?,
            Field::Triggers => entry.triggers = filled(map, Vec::new())?,
            Field::DisplayIndex => entry.display_index = whole(map)?,
            Field::CharacterFilter => entry.character_filter = filter(map.next_value()?)?,
            Field::Id => entry.id = filled(map, String::new())?,
            Field::Name => entry.name = filled(map, String::new())?,
            Field::UseRegex => entry.use_regex = map.next_value()?,
            Field::Priority => entry.priority = whole(map)?,
            Field::Extensions => entry.extensions = object(map.next_value()?)?,
        }
        Ok(())
    }
}

fn filled<'de, T: Deserialize<'de>, A: MapAccess<'de>>(map: &mut A, otherwise: T) -> Result<T, A::Error> {
    Ok(map.next_value::<Option<T>>()?.unwrap_or(otherwise))
}

/// What stands at the number that is there, or the first.
fn picked<'de, T: Copy + Default, A: MapAccess<'de>>(map: &mut A, all: &[T]) -> Result<T, A::Error> {
    let Some(number) = map.next_value::<Option<u8>>()? else { return Ok(T::default()) };
    all.get(usize::from(number)).copied().ok_or_else(|| odd("a number of nothing"))
}

fn whole<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<i64>, A::Error> {
    match map.next_value::<Option<i64>>()? {
        Some(number) if number.unsigned_abs() > FAR => Err(odd("a number beyond JavaScript's")),
        number => Ok(number),
    }
}

fn percent<'de, A: MapAccess<'de>>(map: &mut A) -> Result<f64, A::Error> {
    match map.next_value::<Option<u8>>()? {
        None => Ok(Entry::PROBABILITY),
        Some(percent) if percent <= 100 => Ok(percent.into()),
        Some(_) => Err(odd("more than a hundred percent")),
    }
}

/// SillyTavern once had a truth here and now has a number.
fn rounds<E: serde::de::Error>(raw: &RawValue) -> Result<u32, E> {
    match raw.get() {
        "null" | "false" => Ok(0),
        "true" => Ok(1),
        number => serde_json::from_str(number).map_err(|_| odd("odd rounds")),
    }
}

fn filter<E: serde::de::Error>(raw: &RawValue) -> Result<Option<CharacterFilter>, E> {
    /// All that SillyTavern writes there; more of it is odd.
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Filter {
        is_exclude: Option<bool>,
        names: Option<Vec<String>>,
        tags: Option<Vec<String>>,
    }
    let filter: Option<Filter> = match raw.get() {
        "null" => None,
        // `serde` would take a list for one as well.
        object if object.starts_with('{') => {
            serde_json::from_str(object).map_err(|_| odd("an odd filter"))?
        }
        _ => return Err(odd("no filter")),
    };
    let Filter { is_exclude, names, tags } = filter.unwrap_or_default();
    let (is_exclude, names, tags) =
        (is_exclude.unwrap_or_default(), names.unwrap_or_default(), tags.unwrap_or_default());
    let filters = !names.is_empty() || !tags.is_empty();
    Ok(filters.then_some(CharacterFilter { is_exclude, names, tags }))
}

fn object<E: serde::de::Error>(raw: &RawValue) -> Result<Map<String, Value>, E> {
    match part(raw, WITHIN)? {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Err(odd("no object")),
    }
}

#[cfg(test)]
pub(super) fn keys() -> &'static [&'static str] {
    Field::KEYS
}
