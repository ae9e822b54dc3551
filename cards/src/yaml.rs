//! YAML as TextGen keeps its characters: from bytes to the same tree that JSON grows.
//!
//! YAML can say in a hundred bytes what takes gigabytes to hold: an alias repeats what its anchor names, and that may hold
//! aliases in turn. So the tree is built here, event by event, and everything that is put into it, repeated or not, is
//! paid for from one purse. What is no text, number, truth or null in the core schema of YAML 1.2 is a text: `yes` and
//! `on` are words in a story before they are anything else.

mod build;

use granit_parser::{ErrorKind, Event, Marker, Parser};
use serde_json::Value;

use crate::bounds;
use crate::json;
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};
use build::Builder;

/// How far into a file one looks for its first line.
const GLANCE: usize = 4 << 10;

/// The tree of a YAML text. `at` names the text in warnings.
pub(crate) fn parse(bytes: &[u8], at: &str, warnings: &mut Warnings) -> Result<Value, Refusal> {
    bounds::hold("character's YAML", bytes.len(), bounds::JSON_BYTES)?;
    let text = json::decode(bytes, at, warnings);
    let broken = match first_object(&text, at, warnings) {
        Err(refusal @ Refusal::BadYaml { .. }) => refusal,
        other => return other,
    };
    let Some(mended) = without_tabs(&text) else { return Err(broken) };
    let tree = first_object(&mended, at, warnings).map_err(|_| broken)?;
    warnings.add(
        WarningCode::TabsReplaced,
        at,
        "the YAML is indented with tabs; each was read as four blanks",
    );
    Ok(tree)
}

/// Whether the first line that says anything is a key. A text that is no YAML seldom begins so.
pub(crate) fn begins_like(bytes: &[u8]) -> bool {
    let start = bytes.get(..GLANCE).unwrap_or(bytes);
    let text = json::decode(start, "$", &mut Warnings::default());
    let mut lines = text.lines().map(str::trim_end);
    let says_something = |line: &&str| !(line.is_empty() || line.starts_with(['#', '%']) || *line == "---");
    lines.find(says_something).is_some_and(is_key)
}

fn is_key(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else { return false };
    let key = key.trim_matches(['"', '\'']);
    let of_a_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    !key.is_empty() && key.chars().all(of_a_word) && (value.is_empty() || value.starts_with([' ', '\t']))
}

/// The first document that is an object; where none is, the first one.
fn first_object(text: &str, at: &str, warnings: &mut Warnings) -> Result<Value, Refusal> {
    let mut builder = Builder::default();
    let mut found = None::<Value>;
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let settled = found.as_ref().is_some_and(Value::is_object);
        let (event, span) = match event {
            Ok(event) => event,
            // Whatever follows the character is none of our business, broken or not.
            Err(_) if settled => break,
            Err(error) if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) => {
                return Err(Refusal::TooDeep);
            }
            Err(error) => return Err(bad(error.marker())),
        };
        documents += usize::from(matches!(event, Event::DocumentStart(..)));
        if settled && matches!(event, Event::DocumentStart(..)) {
            break;
        }
        let document = builder.take(event, &span.start)?;
        found = document.filter(|document| found.is_none() || document.is_object()).or(found);
    }
    if documents > 1 {
        let message = "the YAML holds several documents; the first one that is an object was read";
        warnings.add(WarningCode::MoreDocuments, at, message);
    }
    if builder.repeated_keys {
        let message = "an object names the same key twice; the last one was kept";
        warnings.add(WarningCode::DuplicateKey, at, message);
    }
    Ok(found.unwrap_or_default())
}

fn bad(at: &Marker) -> Refusal {
    Refusal::BadYaml { line: at.line(), column: at.col() + 1 }
}

/// The text with four blanks for each tab that indents a line, if there is any.
fn without_tabs(text: &str) -> Option<String> {
    let is_indented = |line: &str| line.trim_start_matches(' ').starts_with('\t');
    if !text.lines().any(is_indented) {
        return None;
    }
    let mend = |line: &str| {
        let words = line.trim_start_matches([' ', '\t']);
        let indent = line.get(..line.len() - words.len()).unwrap_or_default();
        format!("{}{words}", indent.replace('\t', "    "))
    };
    Some(text.split_inclusive('\n').map(mend).collect())
}

#[cfg(test)]
mod spec;
