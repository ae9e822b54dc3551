//! `innkeeper cards inspect`: what a file is, and what is odd about it.

use std::path::Path;

use cards::{Card, Found, Warning};
use serde::Serialize;
use serde_json::Value;

use super::{CardsError, read};

/// What is said of one file.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    file: String,
    ok: bool,
    format: Option<Value>,
    spec: Option<Value>,
    name: Option<String>,
    description: Option<String>,
    first_mes: Option<String>,
    alternate_greetings: usize,
    lorebook_entries: usize,
    assets: usize,
    warnings: Vec<Warning>,
    error: Option<Trouble>,
}

#[derive(Debug, Serialize)]
struct Trouble {
    code: &'static str,
    message: String,
}

/// Looks at a file.
pub(super) fn inspect(path: &Path) -> Report {
    let file = path.display().to_string();
    let found = read(path).and_then(|bytes| Ok((cards::recognise(&bytes)?, carrier(&bytes))));
    match found {
        Ok((found, carrier)) => Report { file, ok: true, ..Report::of(found, carrier) },
        Err(error) => Report { file, error: Some(Trouble::of(&error)), ..Report::default() },
    }
}

/// What carries something that is no card: JSON, but for the lorebooks of NovelAI, which may be pictures.
fn carrier(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"\x89PNG") { "png" } else { "json" }
}

impl Trouble {
    fn of(error: &CardsError) -> Self {
        Self { code: error.code(), message: error.to_string() }
    }
}

impl Report {
    /// Whether it could be read.
    pub(super) fn is_ok(&self) -> bool {
        self.ok
    }

    fn of(found: Found, carrier: &str) -> Self {
        match found {
            Found::Card(card) => Self::of_card(*card),
            Found::Lorebook(file) => Self {
                name: Some(file.lorebook.name),
                description: Some(file.lorebook.description),
                lorebook_entries: file.lorebook.entries.len(),
                warnings: file.warnings,
                ..Self::carried(carrier, "lorebook")
            },
            Found::Chats(file) => Self {
                name: file.chats.into_iter().next().map(|chat| chat.character),
                warnings: file.warnings,
                ..Self::carried(carrier, "chat")
            },
            Found::Group(file) => Self {
                name: Some(file.group.name),
                warnings: file.warnings,
                ..Self::carried(carrier, "group")
            },
            Found::Personas(file) => Self { warnings: file.warnings, ..Self::carried(carrier, "personas") },
            _ => Self::carried(carrier, "other"),
        }
    }

    fn carried(carrier: &str, spec: &str) -> Self {
        Self { format: Some(carrier.into()), spec: Some(spec.into()), ..Self::default() }
    }

    fn of_card(card: Card) -> Self {
        let entries = card.sheet.lorebook.as_ref().and_then(|book| book.get("entries")?.as_array());
        Self {
            format: serde_json::to_value(card.carrier).ok(),
            spec: serde_json::to_value(card.spec).ok(),
            lorebook_entries: entries.map_or(0, Vec::len),
            name: Some(card.sheet.name),
            description: Some(card.sheet.description),
            first_mes: Some(card.sheet.first_message),
            alternate_greetings: card.sheet.alternate_greetings.len(),
            assets: card.assets.len(),
            warnings: card.warnings,
            ..Self::default()
        }
    }

    /// The report as one line for programs.
    pub(super) fn line(&self) -> String {
        // A report has texts as keys and no number that JSON lacks: it always has a line.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// The report for people.
    pub(super) fn text(&self) -> String {
        let Self { file, name, format, spec, .. } = self;
        if let Some(Trouble { message, .. }) = &self.error {
            return format!("{file}\n  refused: {message}\n");
        }
        let word = |word: &Option<Value>| word.as_ref().and_then(Value::as_str).unwrap_or("?").to_owned();
        let mut text = format!(
            "{file}\n  {} ({}, {}): {} more greetings, {} lorebook entries, {} assets\n",
            name.as_deref().unwrap_or_default(),
            word(format),
            word(spec),
            self.alternate_greetings,
            self.lorebook_entries,
            self.assets,
        );
        text.extend(self.warnings.iter().map(told));
        text
    }
}

fn told(warning: &Warning) -> String {
    format!("  {} at {}: {}\n", warning.code, warning.at, warning.message)
}
