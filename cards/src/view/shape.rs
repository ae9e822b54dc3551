//! Which specification a tree follows, judged by its shape where its own word is missing or odd.
//!
//! SillyTavern rewrites every card as V3 and other programs invent versions, so the word decides little: V1 keeps its
//! fields at the root, all later ones keep them in `data`. Trees that are clearly something else are refused by name.

use serde_json::{Map, Value};

use super::fields;
use crate::card::Spec;
use crate::recognise::kind::Kind;
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};

/// A tree whose specification is known.
#[derive(Debug)]
pub(super) struct Shape<'a> {
    pub(super) spec: Spec,
    pub(super) root: &'a Map<String, Value>,
    /// Where the fields are, unless they are at the root.
    pub(super) data: Option<&'a Map<String, Value>>,
}

impl<'a> Shape<'a> {
    pub(super) fn of(tree: &'a Value, warnings: &mut Warnings) -> Result<Self, Refusal> {
        Kind::Card.wanted(tree)?;
        let root = tree.as_object().ok_or(Refusal::NotACard)?;
        if let Some(spec) = foreign(root) {
            return Ok(Self { spec, root, data: None });
        }
        let data = root.get("data").and_then(Value::as_object);
        let word = root.get("spec").and_then(Value::as_str);
        let spec = match (word, data) {
            (Some("chara_card_v2"), _) => Spec::V2,
            (Some("chara_card_v3"), _) => Spec::V3,
            (word, Some(_)) => guess(word, root, warnings),
            (_, None) => {
                refuse_strangers(root)?;
                return Ok(Self { spec: Spec::V1, root, data: None });
            }
        };
        check_version(spec, root, warnings);
        if data.is_none() {
            warnings.add(WarningCode::DataMissing, "data", "the card has no data; its root was read instead");
        }
        Ok(Self { spec, root, data })
    }
}

/// Characters from before the specifications have no mark, but no name of a field that V1 demands either.
fn foreign(root: &Map<String, Value>) -> Option<Spec> {
    let has_any = |keys: &[&str]| keys.iter().any(|key| root.contains_key(*key));
    if has_any(&["spec", "data"]) {
        return None;
    }
    if root.contains_key("char_name") && !root.contains_key("name") {
        return Some(Spec::Pygmalion);
    }
    if has_any(&["personality", "first_mes", "mes_example"]) {
        return None;
    }
    if root.get("persona").is_some_and(Value::is_object) || root.contains_key("sampleChat") {
        return Some(Spec::Agnai);
    }
    if has_any(&["description", "scenario"]) {
        return None;
    }
    if has_any(&["char_name", "char_persona", "char_greeting"]) {
        return Some(Spec::Pygmalion);
    }
    has_any(&["greeting", "context", "bot"]).then_some(Spec::TextGen)
}

fn guess(word: Option<&str>, root: &Map<String, Value>, warnings: &mut Warnings) -> Spec {
    let newer = word.is_some_and(|word| word.starts_with("chara_card_v"));
    let spec = if newer || version(root).is_some_and(|version| version >= 3.0) { Spec::V3 } else { Spec::V2 };
    warnings.add(
        WarningCode::SpecGuessed,
        "spec",
        "the specification is missing or unknown; the card's shape decided",
    );
    spec
}

/// V3 says that versions are numbers to compare, and that newer cards are to be read with a notice.
fn check_version(spec: Spec, root: &Map<String, Value>, warnings: &mut Warnings) {
    let Some(version) = version(root) else {
        return warnings.add(
            WarningCode::OddSpecVersion,
            "spec_version",
            "the version is missing or no number",
        );
    };
    match spec {
        Spec::V3 if version > 3.0 => {
            let message = "the card is newer than V3; what V3 does not know is kept but not used";
            warnings.add(WarningCode::NewerSpec, "spec_version", message);
        }
        Spec::V3 if version >= 3.0 => {}
        Spec::V2 if (2.0..3.0).contains(&version) => {}
        Spec::Pygmalion | Spec::TextGen | Spec::Agnai | Spec::V1 | Spec::V2 | Spec::V3 => {
            let message = "the version contradicts the specification, which was believed";
            warnings.add(WarningCode::OddSpecVersion, "spec_version", message);
        }
    }
}

fn version(root: &Map<String, Value>) -> Option<f64> {
    root.get("spec_version").and_then(fields::number)
}

/// V1 has no mark of its own, but something of a character must be there.
fn refuse_strangers(root: &Map<String, Value>) -> Result<(), Refusal> {
    const V1: [&str; 6] = ["name", "description", "personality", "scenario", "first_mes", "mes_example"];
    if V1.iter().any(|key| root.contains_key(*key)) { Ok(()) } else { Err(Refusal::NotACard) }
}
