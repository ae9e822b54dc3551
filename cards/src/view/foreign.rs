//! Characters that are older than any specification: Pygmalion's and TextGen's.
//!
//! What SillyTavern makes of them is what they mean here, with three fields more that it leaves behind: TextGen's example
//! dialogue, the name that TextGen once called `bot`, and the name that some Pygmalion files only have as `name`.

use super::fields::Fields;
use super::named;
use crate::refusal::Refusal;
use crate::sheet::Sheet;

pub(super) fn pygmalion(fields: &mut Fields<'_>) -> Result<Sheet, Refusal> {
    Ok(Sheet {
        name: named(&first(fields, &["char_name", "name"]))?,
        description: fields.text("char_persona"),
        scenario: fields.text("world_scenario"),
        first_message: fields.text("char_greeting"),
        example_messages: fields.text("example_dialogue"),
        ..Sheet::default()
    })
}

pub(super) fn textgen(fields: &mut Fields<'_>) -> Result<Sheet, Refusal> {
    Ok(Sheet {
        name: named(&first(fields, &["name", "bot"]))?,
        description: fields.text("context"),
        first_message: fields.text("greeting"),
        example_messages: fields.text("example_dialogue"),
        ..Sheet::default()
    })
}

/// The first of these fields that says something.
fn first(fields: &mut Fields<'_>, keys: &[&str]) -> String {
    let mut texts = keys.iter().map(|key| fields.text(key));
    texts.find(|text| !text.trim().is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;
    use crate::card::Spec;
    use crate::view::of;
    use crate::warning::{WarningCode, Warnings};

    #[test]
    fn a_pygmalion_character_fills_a_sheet() {
        let tree = json!({
            "char_name": " Mira", "char_persona": "Keeps the inn.", "char_greeting": "Come in!",
            "world_scenario": "A rainy night.", "example_dialogue": "{{char}}: Sit.", "metadata": {"version": 1}
        });
        let mut warnings = Warnings::default();

        let (spec, sheet) = of(&tree, &mut warnings).unwrap();

        assert_eq!((spec, warnings.into_list()), (Spec::Pygmalion, vec![]));
        assert_eq!(
            sheet,
            Sheet {
                name: "Mira".into(),
                description: "Keeps the inn.".into(),
                first_message: "Come in!".into(),
                scenario: "A rainy night.".into(),
                example_messages: "{{char}}: Sit.".into(),
                ..Sheet::default()
            }
        );
    }

    #[test]
    fn a_textgen_character_fills_a_sheet() {
        let tree = json!({"name": "Mira", "greeting": "Come in!", "context": ["Keeps", "the inn."], "turn_template": "x"});
        let mut warnings = Warnings::default();

        let (spec, sheet) = of(&tree, &mut warnings).unwrap();

        assert_eq!(spec, Spec::TextGen);
        assert_eq!(
            (sheet.description.as_str(), sheet.first_message.as_str()),
            ("Keeps\nthe inn.", "Come in!")
        );
        assert_eq!(
            warnings.into_list().iter().map(|warning| warning.code).collect::<Vec<_>>(),
            [WarningCode::TurnedIntoText]
        );
    }

    #[test]
    fn names_are_found_where_old_files_keep_them() {
        let name = |tree| of(&tree, &mut Warnings::default()).map(|(_, sheet)| sheet.name);

        assert_eq!(name(json!({"bot": "Mira", "context": "x"})), Ok("Mira".into()));
        assert_eq!(name(json!({"name": "Mira", "char_persona": "x"})), Ok("Mira".into()));
        assert_eq!(name(json!({"greeting": "x"})), Err(Refusal::NoName));
    }

    #[test]
    fn a_v1_card_with_fields_of_others_stays_a_v1_card() {
        let tree =
            json!({"name": "Mira", "description": "d", "first_mes": "f", "char_name": "x", "context": "y"});

        let (spec, sheet) = of(&tree, &mut Warnings::default()).unwrap();

        assert_eq!((spec, sheet.description.as_str()), (Spec::V1, "d"));
    }
}
