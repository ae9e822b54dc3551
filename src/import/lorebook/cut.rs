//! Making a book fit: into the rules where that loses nothing that counts, and into commits.
//!
//! As with characters, a name that is too long is cut and said, and a long text is left to the rules. What other
//! programs keep in a book stays in its file whatever becomes of it here.

use cards::lorebook::{Entry, Lorebook};
use domain::{
    bounds,
    lorebook::{Extras, Settings, weight},
};

use crate::import::CardWarning;

/// How much of entries comes in by one commit: half of what the log takes.
const PART: usize = bounds::ENTRY;

/// SillyTavern's copy of a card's book as it was before it was edited. It says nothing that the entries do not say, and
/// would stand against them after the next edit.
const COPY: &str = "originalData";

/// The settings, the extras and the entries of a book.
pub(super) fn of(
    mut book: Lorebook,
    called: &str,
    warnings: &mut Vec<CardWarning>,
) -> (Settings, Extras, Vec<Entry>) {
    let entries = std::mem::take(&mut book.entries);
    let settings = Settings {
        name: name(&book.name, called, warnings),
        description: std::mem::take(&mut book.description),
        scan_depth: book.scan_depth,
        token_budget: book.token_budget,
        recursive_scanning: book.recursive_scanning,
    };
    (settings, extras(book, warnings), entries)
}

/// The first of the book's own name and the others that says something.
fn name(own: &str, called: &str, warnings: &mut Vec<CardWarning>) -> String {
    let said = [own, called].map(str::trim).into_iter().find(|name| !name.is_empty());
    let name = said.unwrap_or("Lorebook").replace('\0', "\u{FFFD}");
    if name.len() <= bounds::NAME {
        return name;
    }
    warnings.push(warning(
        "cut",
        "name",
        format!("longer than {} bytes; the rest was cut off", bounds::NAME),
    ));
    name[..name.floor_char_boundary(bounds::NAME)].to_owned()
}

fn extras(mut book: Lorebook, warnings: &mut Vec<CardWarning>) -> Extras {
    if book.rest.shift_remove(COPY).is_some() {
        let message = "a copy of the lorebook as it was before it was edited; it stays in the file only";
        warnings.push(warning("left-out", COPY, message.to_owned()));
    }
    let extras = Extras { extensions: book.extensions, rest: book.rest };
    match extras.check() {
        Ok(()) => extras,
        Err(reason) => {
            warnings.push(warning("left-out", "extensions", format!("{reason}; it stays in the file only")));
            Extras::default()
        }
    }
}

fn warning(code: &str, at: &str, message: String) -> CardWarning {
    CardWarning { code: code.to_owned(), at: at.to_owned(), message }
}

/// The entries in parts that fit into a commit.
pub(super) fn parts(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let (mut parts, mut room) = (vec![], 0);
    for entry in entries {
        let weight = weight(&entry);
        match parts.last_mut() {
            Some(part) if weight <= room => Vec::push(part, entry),
            _ => {
                room = PART;
                parts.push(vec![entry]);
            }
        }
        room = room.saturating_sub(weight);
    }
    parts
}

#[cfg(test)]
mod spec {
    use serde_json::{Map, json};

    use super::*;

    fn entry(uid: u64, size: usize) -> Entry {
        Entry { uid, content: "a".repeat(size), ..Entry::default() }
    }

    fn keeping(rest: Map<String, serde_json::Value>) -> (Extras, Vec<String>) {
        let (mut warnings, book) = (vec![], Lorebook { rest, ..Lorebook::default() });
        let (_, extras, _) = of(book, "The sea", &mut warnings);
        (extras, warnings.into_iter().map(|warning| warning.at).collect())
    }

    #[test]
    fn a_name_that_is_too_long_is_cut_and_said() {
        let (mut warnings, book) = (vec![], Lorebook { name: "é".repeat(200), ..Lorebook::default() });
        let (settings, ..) = of(book, "", &mut warnings);
        assert_eq!((settings.name.len(), warnings.len()), (254, 1));
        assert_eq!(settings.check(), Ok(()));
    }

    #[test]
    fn an_old_copy_and_what_is_far_too_much_stay_in_the_file() {
        let kept = || Map::from_iter([("mine".to_owned(), json!([1.0]))]);
        assert_eq!(keeping(kept()), (Extras { rest: kept(), ..Extras::default() }, vec![]));
        let mut copied = kept();
        copied.insert(COPY.to_owned(), json!({"entries": []}));
        assert_eq!(keeping(copied), (Extras { rest: kept(), ..Extras::default() }, vec![COPY.to_owned()]));
        let vast = Map::from_iter([("vast".to_owned(), json!("a".repeat(bounds::EXTRAS)))]);
        assert_eq!(keeping(vast), (Extras::default(), vec!["extensions".to_owned()]));
    }

    #[test]
    fn entries_come_in_parts_that_fit_and_none_is_lost_or_out_of_order() {
        let entries: Vec<_> = (0..300).map(|uid| entry(uid, usize::try_from(uid).unwrap() * 200)).collect();
        let parts = parts(entries.clone());
        assert!(parts.len() > 20 && parts.iter().all(|part| part.iter().map(weight).sum::<usize>() <= PART));
        assert_eq!(parts.concat(), entries);
    }

    #[test]
    fn a_short_book_is_one_part_and_an_empty_one_none() {
        assert_eq!(parts(vec![entry(0, 9), entry(1, 9)]).len(), 1);
        assert_eq!(parts(vec![]), Vec::<Vec<Entry>>::new());
    }
}
