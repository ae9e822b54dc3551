//! `innkeeper cards edit`: some fields of a card changed, and nothing else.

use std::{ffi::OsStr, path::Path};

use cards::{Carrier, Edit};
use serde_json::Value;

use super::{CardsError, convert::target, read, write};

/// Writes the card with these assignments (`path=value`) and without these paths.
pub(super) fn edit(from: &Path, to: &Path, set: &[String], remove: &[String]) -> Result<(), CardsError> {
    let original = read(from)?;
    let card = cards::read(&original)?;
    same_kind(from, to, card.carrier)?;
    let set: Result<Vec<_>, _> = set.iter().map(|assignment| assigned(assignment, card.tree())).collect();
    let edits: Vec<_> = set?.into_iter().chain(remove.iter().map(Edit::remove)).collect();
    write(to, &cards::edit(&original, &edits)?)
}

/// Holds unless the new file's name promises another kind of file than the card comes in. A picture with an archive behind
/// it is called as pictures are, so the old file may be called like that as well.
fn same_kind(from: &Path, to: &Path, carrier: Carrier) -> Result<(), CardsError> {
    let ending = |path: &Path| path.extension().map(OsStr::to_ascii_lowercase);
    match target(to) {
        Ok(target) if target.carrier() != carrier && ending(from) != ending(to) => {
            Err(CardsError::OtherKind(to.display().to_string()))
        }
        Ok(_) | Err(_) => Ok(()),
    }
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
    fn the_name_of_the_new_file_promises_no_other_kind() {
        let kept = |from: &str, to: &str, carrier| same_kind(from.as_ref(), to.as_ref(), carrier).is_ok();

        assert!(kept("a.json", "b.JSON", Carrier::Json) && kept("a.json", "b.txt", Carrier::Json));
        assert!(kept("a.card", "b.png", Carrier::Png) && kept("hybrid.png", "b.PNG", Carrier::Charx));
        assert!(!kept("a.json", "b.png", Carrier::Json) && !kept("a.charx", "b.json", Carrier::Charx));
    }

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
