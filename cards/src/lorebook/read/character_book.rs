//! Entries as they lie inside of cards of V2 and V3, with SillyTavern's finer points under `extensions`.

use serde_json::Value;

use super::Format;
use super::entries::Draft;
use crate::lorebook::names::{self, EXTENSIONS};
use crate::lorebook::{Entry, Position};
use crate::taking::Taking;
use crate::warning::WarningCode;

/// What V2 demands of an entry, and what V3 adds.
const DEMANDED: [&str; 6] = ["keys", "content", "extensions", "enabled", "insertion_order", "use_regex"];

pub(super) fn entry(from: &mut Taking<'_>, format: Format) -> Draft {
    let demanded = if format == Format::V3 { &DEMANDED[..] } else { &DEMANDED[..5] };
    for key in demanded.iter().filter(|key| !from.has(key)).collect::<Vec<_>>() {
        from.warn(WarningCode::MissingField, key, "the field is missing; its default was taken");
    }
    let number = from.take("id");
    let extensions = from.object("extensions");
    let beside = names::position(from);
    let case_sensitive = from.truth_if_any("case_sensitive");
    let mut entry = Entry {
        id: name_of(from, number.as_ref()),
        name: from.text("name"),
        comment: from.text("comment"),
        content: from.text("content"),
        enabled: from.truth("enabled", true),
        keys: from.texts("keys"),
        secondary_keys: from.texts("secondary_keys"),
        selective: from.truth("selective", false),
        use_regex: from.truth_if_any("use_regex"),
        constant: from.truth("constant", false),
        order: from.whole("insertion_order").unwrap_or(Entry::ORDER),
        priority: from.whole("priority"),
        ..Entry::default()
    };

    let at = from.path("extensions");
    let mut extensions = Taking::new(extensions, at, from.warnings());
    EXTENSIONS.take(&mut extensions, &mut entry);
    // SillyTavern's positions are finer; whatever is neither is after the character to it.
    entry.position = names::position(&mut extensions).or(beside).unwrap_or(Position::AfterCharacter);
    entry.case_sensitive = entry.case_sensitive.or(case_sensitive);
    entry.extensions = extensions.rest();
    Draft { entry, number }
}

/// An id that is no number is a name.
fn name_of(from: &mut Taking<'_>, id: Option<&Value>) -> String {
    match id {
        Some(Value::String(id)) if id.parse::<u64>().is_err() => id.clone(),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            from.warn(WarningCode::WrongType, "id", "this is no id; another was given");
            String::new()
        }
        _ => String::new(),
    }
}
