//! `innkeeper cards edit`: some fields of a card changed, and nothing else.

use std::path::Path;

use cards::Edit;
use serde_json::Value;

use super::{CardsError, read, write};

/// Writes the card with these assignments (`path=value`) and without these paths.
pub(super) fn edit(from: &Path, to: &Path, set: &[String], remove: &[String]) -> Result<(), CardsError> {
    let original = read(from)?;
    let card = cards::read(&original)?;
    let set: Result<Vec<_>, _> = set.iter().map(|assignment| assigned(assignment, card.tree())).collect();
    let edits: Vec<_> = set?.into_iter().chain(remove.iter().map(Edit::remove)).collect();
    write(to, &cards::edit(&original, &edits)?)
}

fn assigned(assignment: &str, tree: &Value) -> Result<Edit, CardsError> {
    let (path, value) =
        assignment.split_once('=').ok_or_else(|| CardsError::NoAssignment(assignment.to_owned()))?;
    let is_text = cards::at(tree, path).is_none_or(Value::is_string);
    Ok(Edit::set(path, meant(value, is_text)))
}

/// What was meant by a value: JSON, or else a text. Where a text stands, or nothing yet, `5` and `null` are texts as well:
/// nobody who renames a robot to 5 wants a number.
fn meant(value: &str, is_text: bool) -> Value {
    match serde_json::from_str(value) {
        Ok(Value::Number(_) | Value::Bool(_) | Value::Null) if is_text => value.into(),
        Ok(json) => json,
        Err(_) => value.into(),
    }
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_json_or_else_a_text() {
        assert_eq!(meant("Mira", true), "Mira");
        assert_eq!(meant("\"Mira\"", true), "Mira");
        assert_eq!(meant("5", true), "5");
        assert_eq!(meant("5", false), json!(5));
        assert_eq!(meant("[\"a\",1]", true), json!(["a", 1]));
        assert_eq!(meant("{broken", false), "{broken");
    }
}
