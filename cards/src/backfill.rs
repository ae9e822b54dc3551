//! A card under the name of V2 or V3, whatever it was before.
//!
//! The specifications demand fields, and types of fields, that real cards do not have; and older programs read V2 only.
//! So a card is filled up to what its new name promises. Whatever satisfies that already stays as it is, to the letter;
//! what nobody here knows stays where it is; the rest is written as its [`Sheet`] understands it. A V1 card keeps its
//! root, which thereby repeats the fields of `data`, as SillyTavern does.
//!
//! Some things V2 cannot say, and some values nobody can read. Each is a [`Loss`] with its place, so that whoever asked
//! may refuse it. Fields of V3 that V2 does not know are no loss: they stay in the card.

mod book;
mod loss;

use serde_json::{Map, Value, json};

use crate::card::Spec;
use crate::refusal::Refusal;
use crate::sheet::{DepthPrompt, Role, Sheet};
use crate::view;
use crate::warning::{WarningCode, Warnings};
use loss::Losses;
pub use loss::{Loss, LossCode};

/// A card that was filled up.
#[derive(Debug, Clone, PartialEq)]
pub struct Backfilled {
    /// The card's JSON, all of it.
    pub tree: Value,
    /// What it says no longer.
    pub losses: Vec<Loss>,
}

/// The card as V2.
///
/// # Errors
///
/// A [`Refusal`] if this is no card that can be read.
pub fn v2(tree: &Value) -> Result<Backfilled, Refusal> {
    fill(tree, Target::V2)
}

/// The card as V3.
///
/// # Errors
///
/// A [`Refusal`] if this is no card that can be read.
pub fn v3(tree: &Value) -> Result<Backfilled, Refusal> {
    fill(tree, Target::V3)
}

/// A card of V2 that says what a sheet says.
///
/// # Errors
///
/// A [`Refusal`] if its lorebook is larger than those that are read.
pub fn v2_of_sheet(sheet: &Sheet) -> Result<Backfilled, Refusal> {
    Filling { target: Target::V2, sheet, losses: Losses::default() }.fill(Map::new(), Map::new())
}

/// A card of V3 that says what a sheet says.
///
/// # Errors
///
/// A [`Refusal`] if its lorebook is larger than those that are read.
pub fn v3_of_sheet(sheet: &Sheet) -> Result<Backfilled, Refusal> {
    Filling { target: Target::V3, sheet, losses: Losses::default() }.fill(Map::new(), Map::new())
}

/// What the card is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    V2,
    V3,
}

impl Target {
    fn names(self) -> [(&'static str, &'static str); 2] {
        match self {
            Self::V2 => [("spec", "chara_card_v2"), ("spec_version", "2.0")],
            Self::V3 => [("spec", "chara_card_v3"), ("spec_version", "3.0")],
        }
    }
}

/// What moves from the root into `data` where a card has none.
const MOVES: [&str; 22] = [
    "name",
    "description",
    "personality",
    "scenario",
    "first_mes",
    "mes_example",
    "creator_notes",
    "system_prompt",
    "post_history_instructions",
    "alternate_greetings",
    "tags",
    "creator",
    "character_version",
    "extensions",
    "character_book",
    "group_only_greetings",
    "nickname",
    "assets",
    "creator_notes_multilingual",
    "source",
    "creation_date",
    "modification_date",
];

fn fill(tree: &Value, target: Target) -> Result<Backfilled, Refusal> {
    let mut warnings = Warnings::default();
    let (spec, sheet) = view::of(tree, &mut warnings)?;
    let root = tree.as_object().cloned().unwrap_or_default();
    let data = match (spec, root.get("data")) {
        (Spec::V2 | Spec::V3, Some(Value::Object(data))) => data.clone(),
        (Spec::V1 | Spec::V2 | Spec::V3, _) => moved(&root),
        // What these programs call by the same names means something else.
        (Spec::Pygmalion | Spec::TextGen | Spec::Agnai, _) => Map::new(),
    };
    let unread = warnings.into_list().into_iter().filter(|warning| warning.code == WarningCode::WrongType);
    let losses = Losses::of_values(unread.map(|warning| warning.at));
    Filling { target, sheet: &sheet, losses }.fill(root, data)
}

fn moved(root: &Map<String, Value>) -> Map<String, Value> {
    let known = MOVES.iter().filter_map(|key| Some(((*key).to_owned(), root.get(*key)?.clone())));
    known.collect()
}

/// A card while it is filled up.
struct Filling<'a> {
    target: Target,
    sheet: &'a Sheet,
    losses: Losses,
}

impl Filling<'_> {
    fn fill(mut self, root: Map<String, Value>, mut data: Map<String, Value>) -> Result<Backfilled, Refusal> {
        self.texts(&mut data);
        self.lists(&mut data);
        self.extensions(&mut data);
        self.optional(&mut data);
        book::fill(&mut self, &mut data)?;

        let mut filled = Map::new();
        let names = self.target.names();
        // The two come first where they are new; where they were, `insert` below keeps their place.
        filled.extend(
            names
                .iter()
                .filter(|(key, _)| !root.contains_key(*key))
                .map(|(key, _)| ((*key).to_owned(), Value::Null)),
        );
        filled.extend(root);
        filled.extend(names.map(|(key, name)| (key.to_owned(), name.into())));
        filled.insert("data".to_owned(), data.into());
        Ok(Backfilled { tree: filled.into(), losses: self.losses.into_list() })
    }

    fn texts(&mut self, data: &mut Map<String, Value>) {
        let sheet = self.sheet;
        let texts = [
            ("name", &sheet.name),
            ("description", &sheet.description),
            ("personality", &sheet.personality),
            ("scenario", &sheet.scenario),
            ("first_mes", &sheet.first_message),
            ("mes_example", &sheet.example_messages),
            ("creator_notes", &sheet.creator_notes),
            ("system_prompt", &sheet.system_prompt),
            ("post_history_instructions", &sheet.post_history_instructions),
            ("creator", &sheet.creator),
            ("character_version", &sheet.character_version),
        ];
        for (key, text) in texts {
            let says =
                |value: &Value| value.as_str().is_some_and(|said| !said.trim().is_empty() || text.is_empty());
            self.keep(data, key, says, || text.as_str().into());
        }
    }

    fn lists(&mut self, data: &mut Map<String, Value>) {
        let sheet = self.sheet;
        let is_list = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
        self.keep(data, "alternate_greetings", is_list, || sheet.alternate_greetings.clone().into());
        self.keep(data, "tags", is_list, || sheet.tags.clone().into());
        if self.target == Target::V3 || !sheet.group_only_greetings.is_empty() {
            self.keep(data, "group_only_greetings", is_list, || sheet.group_only_greetings.clone().into());
        }
    }

    /// Only what cannot be read from elsewhere in the card is added: another program's fields are not to be shadowed.
    fn extensions(&mut self, data: &mut Map<String, Value>) {
        let sheet = self.sheet;
        self.keep(data, "extensions", Value::is_object, || json!({}));
        let Some(Value::Object(extensions)) = data.get_mut("extensions") else { return };
        if let Some(prompt) = &sheet.depth_prompt {
            extensions.entry("depth_prompt").or_insert_with(|| depth_prompt(prompt));
        }
        if (sheet.talkativeness - Sheet::TALKATIVENESS).abs() > f32::EPSILON {
            extensions.entry("talkativeness").or_insert_with(|| share(sheet.talkativeness));
        }
    }

    fn optional(&mut self, data: &mut Map<String, Value>) {
        if let Some(nickname) = &self.sheet.nickname {
            self.keep(data, "nickname", Value::is_string, || nickname.as_str().into());
        }
    }

    /// Keeps a field as it is if it is as demanded, and else writes what it was understood as.
    fn keep(
        &mut self,
        data: &mut Map<String, Value>,
        key: &str,
        is_as_demanded: impl Fn(&Value) -> bool,
        understood: impl FnOnce() -> Value,
    ) {
        if data.get(key).is_some_and(is_as_demanded) {
            return;
        }
        if data.insert(key.to_owned(), understood()).is_some() {
            self.losses.value_at(key);
        }
    }
}

fn depth_prompt(prompt: &DepthPrompt) -> Value {
    let role = match prompt.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    json!({"prompt": prompt.prompt, "depth": prompt.depth, "role": role})
}

/// A share of so few digits as it was meant, not as binary spells it.
fn share(share: f32) -> Value {
    share.to_string().parse().map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod spec;
