//! What the finer points of an entry are called: by SillyTavern in its own files, and inside of a card's book.
//!
//! SillyTavern says the same things twice: in its own files beside the content, in a card under `extensions` and, but
//! for two, in snake case. One table for reading and writing both keeps them the same things.

use serde_json::Value;

use super::entry::{CharacterFilter, Entry, Logic, Matches, Position};
use super::write::Plain;
use crate::coerce;
use crate::sheet::Role;
use crate::taking::Taking;
use crate::warning::WarningCode;

/// The names of one of the two.
#[derive(Debug)]
pub(super) struct Names {
    logic: &'static str,
    case_sensitive: &'static str,
    match_whole_words: &'static str,
    scan_depth: &'static str,
    matches: [&'static str; 6],
    use_probability: &'static str,
    outlet: &'static str,
    ignore_budget: &'static str,
    exclude_recursion: &'static str,
    prevent_recursion: &'static str,
    delay_until_recursion: &'static str,
    group_override: &'static str,
    group_weight: &'static str,
    use_group_scoring: &'static str,
    automation_id: &'static str,
    display_index: &'static str,
    character_filter: &'static str,
}

/// Beside the content, in SillyTavern's own files.
pub(super) const WORLD: Names = Names {
    logic: "selectiveLogic",
    case_sensitive: "caseSensitive",
    match_whole_words: "matchWholeWords",
    scan_depth: "scanDepth",
    matches: [
        "matchPersonaDescription",
        "matchCharacterDescription",
        "matchCharacterPersonality",
        "matchCharacterDepthPrompt",
        "matchScenario",
        "matchCreatorNotes",
    ],
    use_probability: "useProbability",
    outlet: "outletName",
    ignore_budget: "ignoreBudget",
    exclude_recursion: "excludeRecursion",
    prevent_recursion: "preventRecursion",
    delay_until_recursion: "delayUntilRecursion",
    group_override: "groupOverride",
    group_weight: "groupWeight",
    use_group_scoring: "useGroupScoring",
    automation_id: "automationId",
    display_index: "displayIndex",
    character_filter: "characterFilter",
};

/// Under `extensions`, in a card's book.
pub(super) const EXTENSIONS: Names = Names {
    logic: "selectiveLogic",
    case_sensitive: "case_sensitive",
    match_whole_words: "match_whole_words",
    scan_depth: "scan_depth",
    matches: [
        "match_persona_description",
        "match_character_description",
        "match_character_personality",
        "match_character_depth_prompt",
        "match_scenario",
        "match_creator_notes",
    ],
    use_probability: "useProbability",
    outlet: "outlet_name",
    ignore_budget: "ignore_budget",
    exclude_recursion: "exclude_recursion",
    prevent_recursion: "prevent_recursion",
    delay_until_recursion: "delay_until_recursion",
    group_override: "group_override",
    group_weight: "group_weight",
    use_group_scoring: "use_group_scoring",
    automation_id: "automation_id",
    display_index: "display_index",
    character_filter: "character_filter",
};

impl Names {
    /// Takes the finer points of an entry from where they are called so.
    pub(super) fn take(&self, from: &mut Taking<'_>, entry: &mut Entry) {
        entry.logic = from.pick(self.logic, &Logic::ALL).unwrap_or_default();
        entry.case_sensitive = from.truth_if_any(self.case_sensitive);
        entry.match_whole_words = from.truth_if_any(self.match_whole_words);
        entry.scan_depth = from.count(self.scan_depth);
        entry.matches = Matches::from(self.matches.map(|key| from.truth(key, false)));
        entry.vectorized = from.truth("vectorized", false);
        entry.probability = probability(from);
        entry.use_probability = from.truth(self.use_probability, true);
        entry.depth = from.count("depth").unwrap_or(Entry::DEPTH);
        entry.role = role(from);
        entry.outlet = from.text(self.outlet);
        entry.ignore_budget = from.truth(self.ignore_budget, false);
        entry.exclude_recursion = from.truth(self.exclude_recursion, false);
        entry.prevent_recursion = from.truth(self.prevent_recursion, false);
        entry.delay_until_recursion = rounds(from, self.delay_until_recursion);
        entry.group = from.text("group");
        entry.group_override = from.truth(self.group_override, false);
        entry.group_weight = from.count(self.group_weight).unwrap_or(Entry::GROUP_WEIGHT);
        entry.use_group_scoring = from.truth_if_any(self.use_group_scoring);
        entry.sticky = from.count("sticky");
        entry.cooldown = from.count("cooldown");
        entry.delay = from.count("delay");
        entry.triggers = from.texts("triggers");
        entry.character_filter = character_filter(from, self.character_filter);
        entry.automation_id = from.text(self.automation_id);
        entry.display_index = from.whole(self.display_index);
    }

    /// Puts the finer points of an entry to where they are called so, all but the seldom ones.
    pub(super) fn put<'a>(&self, entry: &'a Entry, put: &mut impl FnMut(&'static str, Plain<'a>)) {
        put("position", place(&Position::ALL, &entry.position));
        put(self.logic, place(&Logic::ALL, &entry.logic));
        put(self.case_sensitive, entry.case_sensitive.into());
        put(self.match_whole_words, entry.match_whole_words.into());
        put(self.scan_depth, entry.scan_depth.into());
        for (key, truth) in self.matches.iter().zip(entry.matches.in_order()) {
            put(key, truth.into());
        }
        put("vectorized", entry.vectorized.into());
        put("probability", whole_if_it_is(entry.probability));
        put(self.use_probability, entry.use_probability.into());
        put("depth", entry.depth.into());
        put("role", place(&Role::ALL, &entry.role));
        put(self.outlet, entry.outlet.as_str().into());
        put(self.ignore_budget, entry.ignore_budget.into());
        put(self.exclude_recursion, entry.exclude_recursion.into());
        put(self.prevent_recursion, entry.prevent_recursion.into());
        put(self.delay_until_recursion, round(entry.delay_until_recursion));
        put("group", entry.group.as_str().into());
        put(self.group_override, entry.group_override.into());
        put(self.group_weight, entry.group_weight.into());
        put(self.use_group_scoring, entry.use_group_scoring.into());
        put("sticky", entry.sticky.into());
        put("cooldown", entry.cooldown.into());
        put("delay", entry.delay.into());
        put("triggers", entry.triggers.as_slice().into());
        put(self.automation_id, entry.automation_id.as_str().into());
    }

    /// Puts those that many entries lack, and each has for itself.
    pub(super) fn put_seldom<'a>(&self, entry: &'a Entry, put: &mut impl FnMut(&'static str, Plain<'a>)) {
        if let Some(index) = entry.display_index {
            put(self.display_index, index.into());
        }
        if let Some(filter) = &entry.character_filter {
            put(self.character_filter, Plain::Filter(filter));
        }
    }
}

impl Role {
    /// In the order of SillyTavern's numbers.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::User, Self::Assistant];
}

impl From<[bool; 6]> for Matches {
    fn from([persona, description, personality, depth_prompt, scenario, notes]: [bool; 6]) -> Self {
        Self {
            persona_description: persona,
            character_description: description,
            character_personality: personality,
            character_depth_prompt: depth_prompt,
            scenario,
            creator_notes: notes,
        }
    }
}

impl Matches {
    fn in_order(self) -> [bool; 6] {
        [
            self.persona_description,
            self.character_description,
            self.character_personality,
            self.character_depth_prompt,
            self.scenario,
            self.creator_notes,
        ]
    }
}

/// Where a variant stands among SillyTavern's numbers.
fn place<'a, T: PartialEq>(all: &[T], one: &T) -> Plain<'a> {
    let place = all.iter().zip(0_u32..).find(|(other, _)| *other == one);
    place.map_or(0, |(_, place)| place).into()
}

/// A position by SillyTavern's number.
pub(super) fn position(from: &mut Taking<'_>) -> Option<Position> {
    let value = from.take("position")?;
    let word = value.as_str().map(|word| word.trim().to_ascii_lowercase());
    let found = match (word.as_deref(), coerce::number(&value)) {
        (Some("before_char"), _) => return Some(Position::BeforeCharacter),
        (Some("after_char"), _) => return Some(Position::AfterCharacter),
        (_, Some(number)) => Position::ALL.into_iter().zip(0_u8..).find(|(_, n)| f64::from(*n) == number),
        (Some(word), None) if word.starts_with("before") => Some((Position::BeforeCharacter, 0)),
        (Some(word), None) if word.starts_with("after") => Some((Position::AfterCharacter, 1)),
        _ => None,
    };
    if found.is_none() || word.is_some() {
        from.warn(
            WarningCode::OddPosition,
            "position",
            "the position is spelt oddly; the likeliest was taken",
        );
    }
    found.map(|(position, _)| position)
}

fn probability(from: &mut Taking<'_>) -> f64 {
    let Some(percent) = from.number("probability") else { return Entry::PROBABILITY };
    if !(0.0..=100.0).contains(&percent) {
        from.warn(
            WarningCode::OutOfRange,
            "probability",
            "this is not between 0 and 100; the nearer end was taken",
        );
    }
    percent.clamp(0.0, 100.0)
}

fn role(from: &mut Taking<'_>) -> Role {
    let Some(value) = from.take("role") else { return Role::default() };
    let role = Role::of(&value);
    if role.is_none() {
        from.warn(WarningCode::WrongType, "role", "this is no role; system was taken");
    }
    role.unwrap_or_default()
}

/// SillyTavern once had a truth here and now has a number.
fn rounds(from: &mut Taking<'_>, key: &str) -> u32 {
    match from.take(key) {
        None => 0,
        Some(Value::Bool(truth)) => u32::from(truth),
        Some(value) => from.count_in(key, &value).unwrap_or_default(),
    }
}

/// As SillyTavern writes them itself: no round is a truth to it.
fn round<'a>(round: u32) -> Plain<'a> {
    if round == 0 { false.into() } else { round.into() }
}

fn character_filter(from: &mut Taking<'_>, key: &str) -> Option<CharacterFilter> {
    let map = from.object(key);
    let at = from.path(key);
    let mut filter = Taking::new(map, at, from.warnings());
    let filter = CharacterFilter {
        is_exclude: filter.truth("isExclude", false),
        names: filter.texts("names"),
        tags: filter.texts("tags"),
    };
    // One that names nobody filters nobody.
    (!filter.names.is_empty() || !filter.tags.is_empty()).then_some(filter)
}

/// JavaScript writes whole numbers without a point, and some readers of JSON insist on it.
fn whole_if_it_is<'a>(number: f64) -> Plain<'a> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
    let whole = number as u32;
    if f64::from(whole) == number { whole.into() } else { Plain::Share(number) }
}
