//! Entries of NovelAI, Agnai and RisuAI.
//!
//! What SillyTavern makes of them is what they mean here, except where it leaves something behind that it could say:
//! NovelAI's entries that always apply, Agnai's priorities.

use super::entries::Draft;
use crate::lorebook::Entry;
use crate::taking::{Taking, parted};

/// Their entries have no secondary keys to be selective about, and are numbered by their place.
fn plain() -> Entry {
    Entry { selective: false, ..Entry::default() }
}

pub(super) fn novelai(from: &mut Taking<'_>) -> Draft {
    let mut entry = Entry {
        id: from.text("id"),
        comment: from.text("displayName"),
        content: from.text("text"),
        enabled: from.truth("enabled", true),
        keys: from.texts("keys"),
        constant: from.truth("forceActivation", false),
        ..plain()
    };
    let context = from.object("contextConfig");
    let at = from.path("contextConfig");
    let mut context = Taking::new(context, at, from.warnings());
    entry.order = context.whole("budgetPriority").unwrap_or_default();
    let context = context.rest();
    if !context.is_empty() {
        from.put_back("contextConfig", context.into());
    }
    Draft { entry, number: None }
}

pub(super) fn agnai(from: &mut Taking<'_>) -> Draft {
    let entry = Entry {
        comment: from.text("name"),
        content: from.text("entry"),
        enabled: from.truth("enabled", true),
        keys: from.texts("keywords"),
        order: from.whole("weight").unwrap_or_default(),
        priority: from.whole("priority"),
        ..plain()
    };
    Draft { entry, number: None }
}

pub(super) fn risuai(from: &mut Taking<'_>) -> Draft {
    let use_regex = from.truth_if_any("useRegex");
    let keys = |text: String| {
        // A pattern may hold commas.
        if use_regex == Some(true) { vec![text] } else { parted(&text) }
    };
    let primary = from.text("key");
    let secondary = from.text("secondkey");
    let share = from.number("activationPercent");
    let mode = from.peek_text("mode");
    let entry = Entry {
        id: from.text("id"),
        comment: from.text("comment"),
        content: from.text("content"),
        // A folder says nothing; it is kept for the sake of those who know folders.
        enabled: mode.as_deref() != Some("folder"),
        keys: keys(primary),
        secondary_keys: keys(secondary),
        selective: from.truth("selective", false),
        use_regex,
        constant: from.truth("alwaysActive", mode.as_deref() == Some("constant")),
        order: from.whole("insertorder").unwrap_or(Entry::ORDER),
        probability: share.unwrap_or(Entry::PROBABILITY).clamp(0.0, 100.0),
        ..plain()
    };
    Draft { entry, number: None }
}

#[cfg(test)]
mod spec;
