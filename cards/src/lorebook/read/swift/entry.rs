//! One entry, field by field in whatever order they come.
//!
//! The fields have the defaults and meanings that the forgiving reader gives them: null is absent. A value of another type
//! than is written there is odd.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::field::Field;
use super::value::{FAR, coarse, filled, filter, object, percent, picked, place, rounds, whole};
use super::{Format, odd, part, put};
use crate::lorebook::read::sillytavern;
use crate::lorebook::{Entry, Logic, Position};
use crate::sheet::Role;

/// The entry that stands there.
#[derive(Clone, Copy)]
pub(super) struct EntryAt<'k> {
    pub(super) format: Format,
    pub(super) place: Place<'k>,
    /// How deep its own values lie inside of the file.
    pub(super) within: usize,
}

/// Where an entry stands among the others.
#[derive(Clone, Copy)]
pub(super) enum Place<'k> {
    /// Under this key.
    Under(&'k str),
    /// So many come before it.
    Behind(u64),
}

impl<'de> DeserializeSeed<'de> for EntryAt<'_> {
    type Value = Entry;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entry, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EntryAt<'_> {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry of a lorebook")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let Self { format, place, within } = self;
        let called = if format == Format::SillyTavern { Field::of_world } else { Field::of_book };
        let mut draft = Draft::new(format);
        while let Some(key) = map.next_key::<&'de str>()? {
            match called(key) {
                Some(Field::FinerPoints) => {
                    draft.note(Field::FinerPoints)?;
                    map.next_value_seed(FinerPoints { draft: &mut draft, within: within + 1 })?;
                }
                Some(field) => draft.take(field, within, &mut map)?,
                None => put(&mut draft.entry.rest, key, part(map.next_value()?, within)?)?,
            }
        }
        let entry = match place {
            Place::Under(key) => draft.under(key),
            Place::Behind(others) => draft.listed(format, others),
        };
        entry.ok_or_else(|| odd("an entry of another kind or number"))
    }
}

/// What SillyTavern keeps under `extensions`, and whatever else is there.
struct FinerPoints<'d> {
    draft: &'d mut Draft,
    within: usize,
}

impl<'de> DeserializeSeed<'de> for FinerPoints<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for FinerPoints<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the extensions of an entry")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { draft, within } = self;
        while let Some(key) = map.next_key::<&'de str>()? {
            match Field::of_extensions(key) {
                Some(field) => draft.take(field, within, &mut map)?,
                None => put(&mut draft.entry.extensions, key, part(map.next_value()?, within)?)?,
            }
        }
        Ok(())
    }
}

struct Draft {
    entry: Entry,
    uid: Option<u64>,
    position: Option<Position>,
    coarse_position: Option<Position>,
    coarse_case: Option<bool>,
    /// Which fields were there, a bit for each.
    seen: u64,
}

impl Draft {
    fn new(format: Format) -> Self {
        let entry = Entry { selective: format == Format::SillyTavern, ..Entry::default() };
        Self { entry, uid: None, position: None, coarse_position: None, coarse_case: None, seen: 0 }
    }

    /// The entry, if it is SillyTavern's and its number is the key that it stands under.
    fn under(self, key: &str) -> Option<Entry> {
        let number = key.parse().ok().filter(|number: &u64| *number <= FAR && number.to_string() == key)?;
        let is_of_a_card = !self.has(Field::Keys) && self.entry.rest.contains_key("keys");
        let fits = !is_of_a_card && self.uid.is_none_or(|uid| uid == number);
        let position = self.position.unwrap_or_default();
        fits.then_some(Entry { uid: number, position, ..self.entry })
    }

    /// The entry, if it is a card's and has all that its specification demands. Its place is its number, if it has no other.
    fn listed(self, format: Format, others: u64) -> Option<Entry> {
        use Field::{Content, Enabled, FinerPoints, Keys, Order, UseRegex};
        let demanded = [Keys, Content, FinerPoints, Enabled, Order, UseRegex];
        let demanded = if format == Format::V3 { &demanded[..] } else { &demanded[..5] };
        let is_whole = demanded.iter().all(|field| self.has(*field));
        let is_of_others = ["key", "keywords"].iter().any(|key| self.entry.rest.contains_key(*key));
        let uid = Some(self.uid.unwrap_or(others)).filter(|uid| *uid <= FAR)?;
        let position = self.position.or(self.coarse_position).unwrap_or(Position::AfterCharacter);
        let case_sensitive = self.entry.case_sensitive.or(self.coarse_case);
        let mut entry = Entry { uid, position, case_sensitive, ..self.entry };
        sillytavern::set_aside(&mut entry);
        (is_whole && !is_of_others).then_some(entry)
    }

    fn has(&self, field: Field) -> bool {
        self.seen & 1 << field as u32 != 0
    }

    fn note<E: serde::de::Error>(&mut self, field: Field) -> Result<(), E> {
        if self.has(field) {
            return Err(odd("a field that is there twice"));
        }
        self.seen |= 1 << field as u32;
        Ok(())
    }

    fn take<'de, A: MapAccess<'de>>(
        &mut self,
        field: Field,
        within: usize,
        map: &mut A,
    ) -> Result<(), A::Error> {
        self.note(field)?;
        let entry = &mut self.entry;
        match field {
            Field::Uid => self.uid = map.next_value()?,
            Field::Keys => entry.keys = filled(map, Vec::new())?,
            Field::SecondaryKeys => entry.secondary_keys = filled(map, Vec::new())?,
            Field::Comment => entry.comment = filled(map, String::new())?,
            Field::Content => entry.content = filled(map, String::new())?,
            Field::Constant => entry.constant = filled(map, false)?,
            Field::Vectorized => entry.vectorized = filled(map, false)?,
            Field::Selective => entry.selective = filled(map, entry.selective)?,
            Field::Logic => entry.logic = picked(map, &Logic::ALL)?,
            Field::AddMemo => entry.add_memo = filled(map, true)?,
            Field::Order => entry.order = whole(map)?.unwrap_or(Entry::ORDER),
            Field::Position => self.position = place(map.next_value()?)?,
            Field::CoarsePosition => self.coarse_position = coarse(map.next_value()?)?,
            Field::Enabled => entry.enabled = filled(map, true)?,
            Field::Disabled => entry.enabled = !filled(map, false)?,
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
            Field::CoarseCase => self.coarse_case = map.next_value()?,
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
            Field::Extensions => entry.extensions = object(map.next_value()?, within)?,
            Field::FinerPoints => return Err(odd("finer points of finer points")),
        }
        Ok(())
    }
}
