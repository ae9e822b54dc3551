//! Agnai's characters.
//!
//! Agnai keeps a persona as words under headings and says in which notation they go into a prompt. A sheet has one text
//! for them, so the persona is written out in its notation, as Agnai does when it exports to others. Its `description` is
//! what people read before they choose a character, which a sheet calls the creator's notes.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::{book, depth, named};
use crate::refusal::Refusal;
use crate::sheet::Sheet;
use crate::warning::WarningCode;

pub(super) fn sheet(fields: &mut Fields<'_>) -> Result<Sheet, Refusal> {
    let name = named(&fields.text("name"))?;
    Ok(Sheet {
        description: persona(fields, &name),
        name,
        scenario: fields.text("scenario"),
        first_message: fields.text("greeting"),
        example_messages: fields.text("sampleChat"),
        creator_notes: fields.text("description"),
        system_prompt: fields.text("systemPrompt"),
        post_history_instructions: fields.text("postHistoryInstructions"),
        alternate_greetings: fields.texts("alternateGreetings"),
        tags: fields.tags("tags"),
        creator: fields.text("creator"),
        character_version: fields.text("characterVersion"),
        depth_prompt: depth::insert(fields),
        lorebook: book::of(fields, "characterBook"),
        ..Sheet::default()
    })
}

/// The persona in its notation; a bare text is taken as it is.
fn persona(fields: &mut Fields<'_>, name: &str) -> String {
    let Some((at, value)) = fields.find("persona") else { return String::new() };
    let Value::Object(persona) = value else { return fields.coerced(&at, value).unwrap_or_default() };
    let none = Map::new();
    let attributes = persona.get("attributes").and_then(Value::as_object).unwrap_or(&none);
    // Headings are the author's words, so their places are told by number.
    let attributes = attributes.iter().enumerate().map(|(nth, (heading, words))| {
        let at = format!("{at}.attributes[{nth}]");
        (heading.as_str(), words_of(fields, &at, words))
    });
    let attributes: Vec<_> = attributes.collect();
    match persona.get("kind").and_then(Value::as_str) {
        Some("wpp") => w_plus_plus(name, &attributes),
        Some("sbf") => square_brackets(name, &attributes),
        Some("boostyle") => boostyle(name, &attributes),
        Some("text") => attributes.into_iter().flat_map(|(_, words)| words).collect::<Vec<_>>().join("\n"),
        kind => {
            if kind != Some("attributes") {
                fields.warn(
                    WarningCode::WrongType,
                    format!("{at}.kind"),
                    "this notation is unknown; the persona was read as headings and words",
                );
            }
            headings(name, &attributes)
        }
    }
}

type Attribute<'a> = (&'a str, Vec<String>);

fn words_of(fields: &mut Fields<'_>, at: &str, words: &Value) -> Vec<String> {
    match words {
        Value::Array(list) => list.iter().filter_map(|word| fields.coerced(at, word)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            fields.coerced(at, words).into_iter().collect()
        }
    }
}

fn w_plus_plus(name: &str, attributes: &[Attribute<'_>]) -> String {
    let lines = attributes.iter().map(|(heading, words)| format!("{heading}({})\n", quoted(words, " + ")));
    format!("[character(\"{name}\") {{\n{}}}]", lines.collect::<String>())
}

fn square_brackets(name: &str, attributes: &[Attribute<'_>]) -> String {
    let parts = attributes.iter().map(|(heading, words)| format!("; {heading}: {}", quoted(words, ", ")));
    format!("[ character: \"{name}\"{} ]", parts.collect::<String>())
}

fn boostyle(name: &str, attributes: &[Attribute<'_>]) -> String {
    let words = attributes.iter().flat_map(|(_, words)| words).map(|word| format!(" + {word}"));
    format!("{name}{}", words.collect::<String>())
}

fn headings(name: &str, attributes: &[Attribute<'_>]) -> String {
    let lines = attributes.iter().map(|(heading, words)| format!("\n{heading}: {}", words.join(", ")));
    format!("Name: {name}{}", lines.collect::<String>())
}

fn quoted(words: &[String], between: &str) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;
    use crate::card::Spec;
    use crate::sheet::{DepthPrompt, Role};
    use crate::view::of;
    use crate::warning::Warnings;

    fn description(persona: &Value) -> String {
        let tree = json!({"kind": "character", "name": "Mira", "persona": persona, "sampleChat": ""});
        of(&tree, &mut Warnings::default()).unwrap().1.description
    }

    #[test]
    fn an_agnai_character_fills_a_sheet() {
        let tree = json!({
            "kind": "character", "name": "Mira", "description": "For rainy nights.", "greeting": "Come in!",
            "scenario": "s", "sampleChat": "x", "persona": {"kind": "text", "attributes": {"text": ["Keeps the inn."]}},
            "alternateGreetings": ["You again!"], "insert": {"depth": 3, "prompt": "be kind"},
            "characterBook": {"kind": "memory", "entries": [{"name": "rain"}]}, "tags": ["inn"], "creator": "us"
        });
        let mut warnings = Warnings::default();

        let (spec, sheet) = of(&tree, &mut warnings).unwrap();

        assert_eq!((spec, warnings.into_list()), (Spec::Agnai, vec![]));
        assert_eq!(
            sheet,
            Sheet {
                name: "Mira".into(),
                description: "Keeps the inn.".into(),
                creator_notes: "For rainy nights.".into(),
                first_message: "Come in!".into(),
                scenario: "s".into(),
                example_messages: "x".into(),
                alternate_greetings: vec!["You again!".into()],
                depth_prompt: Some(DepthPrompt { prompt: "be kind".into(), depth: 3, role: Role::System }),
                lorebook: Some(json!({"kind": "memory", "entries": [{"name": "rain"}]}).into()),
                tags: vec!["inn".into()],
                creator: "us".into(),
                ..Sheet::default()
            }
        );
    }

    #[test]
    fn a_persona_is_written_out_in_its_notation() {
        let of_kind = |kind: &str| {
            description(&json!({"kind": kind, "attributes": {"mind": ["kind", "sly"], "age": 30}}))
        };

        assert_eq!(of_kind("wpp"), "[character(\"Mira\") {\nmind(\"kind\" + \"sly\")\nage(\"30\")\n}]");
        assert_eq!(of_kind("sbf"), "[ character: \"Mira\"; mind: \"kind\", \"sly\"; age: \"30\" ]");
        assert_eq!(of_kind("boostyle"), "Mira + kind + sly + 30");
        assert_eq!(of_kind("attributes"), "Name: Mira\nmind: kind, sly\nage: 30");
        assert_eq!(of_kind("of tomorrow"), of_kind("attributes"));
    }

    #[test]
    fn a_persona_of_any_shape_is_a_text() {
        assert_eq!(description(&json!("Keeps the inn.")), "Keeps the inn.");
        assert_eq!(description(&json!(null)), "");
        assert_eq!(description(&json!({"kind": "text"})), "");
    }
}
