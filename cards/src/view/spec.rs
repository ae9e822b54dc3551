use serde_json::json;

use super::*;
use crate::sheet::{DepthPrompt, Role};
use crate::warning::Warning;

fn view(tree: &Value) -> (Spec, Sheet, Vec<Warning>) {
    let mut warnings = Warnings::default();
    let (spec, sheet) = of(tree, &mut warnings).unwrap();
    (spec, sheet, warnings.into_list())
}

fn refusal(tree: &Value) -> &'static str {
    of(tree, &mut Warnings::default()).unwrap_err().code()
}

/// A flawless V3 card whose `data` has these fields on top.
fn card(fields: Value) -> Value {
    let mut card = json!({
        "spec": "chara_card_v3", "spec_version": "3.0",
        "data": {
            "name": "Mira", "description": "", "personality": "", "scenario": "", "first_mes": "", "mes_example": "",
            "creator_notes": "", "system_prompt": "", "post_history_instructions": "", "alternate_greetings": [],
            "group_only_greetings": [], "tags": [], "creator": "", "character_version": "", "extensions": {}
        }
    });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    card["data"].as_object_mut().unwrap().extend(fields);
    card
}

/// The sheet of such a card, and its warnings as `code at path`.
fn sheet(fields: Value) -> (Sheet, Vec<String>) {
    let (_, sheet, warnings) = view(&card(fields));
    (sheet, warnings.iter().map(|warning| format!("{} {}", warning.code, warning.at)).collect())
}

#[test]
fn every_field_of_a_flawless_card_arrives_without_a_warning() {
    let (sheet, warnings) = sheet(json!({
        "name": " Mira ", "nickname": "Mi", "description": "d", "personality": "p", "scenario": "s", "first_mes": "f",
        "mes_example": "m", "creator_notes": "n", "system_prompt": "sp", "post_history_instructions": "ph",
        "alternate_greetings": ["a", "b"], "group_only_greetings": ["g"], "tags": ["t", " u "], "creator": "c",
        "character_version": "v", "character_book": {"entries": [{"id": 1.0}], "extensions": {}},
        "extensions": {"talkativeness": "0.7", "depth_prompt": {"prompt": "dp", "depth": 2, "role": "user"}}
    }));

    assert_eq!(warnings, [""; 0]);
    assert_eq!(
        sheet,
        Sheet {
            name: "Mira".into(),
            nickname: Some("Mi".into()),
            description: "d".into(),
            personality: "p".into(),
            scenario: "s".into(),
            first_message: "f".into(),
            example_messages: "m".into(),
            creator_notes: "n".into(),
            system_prompt: "sp".into(),
            post_history_instructions: "ph".into(),
            alternate_greetings: vec!["a".into(), "b".into()],
            group_only_greetings: vec!["g".into()],
            tags: vec!["t".into(), "u".into()],
            creator: "c".into(),
            character_version: "v".into(),
            depth_prompt: Some(DepthPrompt { prompt: "dp".into(), depth: 2, role: Role::User }),
            talkativeness: 0.7,
            lorebook: Some(json!({"entries": [{"id": 1.0}], "extensions": {}}).into()),
        }
    );
}

#[test]
fn a_v1_card_is_read_from_its_root() {
    let (spec, sheet, warnings) = view(&json!({
        "name": "Mira", "description": "d", "personality": "p", "scenario": "s", "first_mes": "f", "mes_example": "m",
        "creatorcomment": "n", "talkativeness": "0.25"
    }));

    assert_eq!((spec, warnings), (Spec::V1, vec![]));
    assert_eq!((sheet.first_message.as_str(), sheet.creator_notes.as_str()), ("f", "n"));
    assert_eq!(sheet.talkativeness, 0.25);
}

#[test]
fn missing_fields_are_empty_and_named() {
    let (spec, sheet, warnings) =
        view(&json!({"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Mira"}}));

    assert_eq!(sheet, Sheet { name: "Mira".into(), ..Sheet::default() });
    assert_eq!(spec, Spec::V2);
    assert_eq!(warnings.len(), 13);
    assert!(warnings.iter().all(|warning| warning.code == WarningCode::MissingField));
}

#[test]
fn a_field_that_data_lacks_is_taken_from_the_root() {
    let mut tree = card(json!({"name": "", "first_mes": null}));
    tree["name"] = "Mira".into();
    tree["first_mes"] = "Hello".into();

    let (_, sheet, _) = view(&tree);

    assert_eq!((sheet.name.as_str(), sheet.first_message.as_str()), ("Mira", "Hello"));
}

#[test]
fn what_should_be_a_text_is_read_as_one() {
    let (sheet, warnings) = sheet(json!({
        "character_version": 1.10, "creator": true, "description": ["a", "b"], "scenario": {"x": 1}, "personality": null
    }));

    assert_eq!((sheet.character_version.as_str(), sheet.creator.as_str()), ("1.1", "true"));
    assert_eq!((sheet.description.as_str(), sheet.scenario.as_str()), ("a\nb", ""));
    assert_eq!(
        warnings,
        [
            "null-field data.personality",
            "turned-into-text data.description",
            "wrong-type data.scenario",
            "turned-into-text data.creator",
            "turned-into-text data.character_version",
        ]
    );
}

#[test]
fn what_should_be_a_list_is_read_as_one() {
    let (sheet, warnings) =
        sheet(json!({"alternate_greetings": "Hi", "tags": "inn, night,,", "group_only_greetings": ""}));

    assert_eq!(
        (sheet.alternate_greetings, sheet.tags),
        (vec!["Hi".to_owned()], vec!["inn".into(), "night".into()])
    );
    assert_eq!(sheet.group_only_greetings, [""; 0]);
    assert_eq!(warnings, ["turned-into-list data.alternate_greetings", "turned-into-list data.tags"]);
}

#[test]
fn what_is_no_text_in_a_list_is_left_out_with_its_place() {
    let (sheet, warnings) = sheet(json!({"alternate_greetings": ["Hi", null, 3, {}]}));

    assert_eq!(sheet.alternate_greetings, ["Hi", "3"]);
    assert_eq!(
        warnings,
        [
            "null-field data.alternate_greetings[1]",
            "turned-into-text data.alternate_greetings[2]",
            "wrong-type data.alternate_greetings[3]",
        ]
    );
}

#[test]
fn a_nul_is_shown_as_a_replacement_character_everywhere() {
    let (sheet, warnings) = sheet(json!({
        "name": "Mi\0ra", "tags": ["a\0"], "character_book": {"na\0me": 1, "entries": [{"content": "x\0"}]}
    }));

    assert_eq!((sheet.name.as_str(), sheet.tags[0].as_str()), ("Mi\u{fffd}ra", "a\u{fffd}"));
    assert_eq!(
        sheet.lorebook,
        Some(json!({"na\u{fffd}me": 1, "entries": [{"content": "x\u{fffd}"}]}).into())
    );
    assert_eq!(
        warnings,
        ["nul-character data.name", "nul-character data.tags[0]", "nul-character data.character_book"]
    );
}

#[test]
fn a_lorebook_is_handed_on_with_its_entries_as_a_list() {
    let (sheet, warnings) =
        sheet(json!({"character_book": {"name": "b", "entries": {"0": {"id": 0}, "7": {"id": 7}}}}));

    assert_eq!(sheet.lorebook, Some(json!({"name": "b", "entries": [{"id": 0}, {"id": 7}]}).into()));
    assert_eq!(warnings, ["entries-as-map data.character_book.entries"]);
}

#[test]
fn a_lorebook_that_is_none_is_left_out() {
    assert_eq!(sheet(json!({"character_book": null})).1, ["null-field data.character_book"]);
    assert_eq!(sheet(json!({"character_book": "x"})).1, ["wrong-type data.character_book"]);
    assert_eq!(sheet(json!({"character_book": [{}]})).0.lorebook, Some(json!({"entries": [{}]}).into()));
}

#[test]
fn a_depth_prompt_has_the_defaults_of_sillytavern() {
    let prompt = |value| sheet(json!({"extensions": {"depth_prompt": value}})).0.depth_prompt;

    assert_eq!(prompt(json!({"prompt": "", "depth": 4, "role": "system"})), None);
    assert_eq!(
        prompt(json!({"prompt": "x"})),
        Some(DepthPrompt { prompt: "x".into(), depth: 4, role: Role::System })
    );
    assert_eq!(
        prompt(json!({"prompt": "x", "depth": "0", "role": 2})),
        Some(DepthPrompt { prompt: "x".into(), depth: 0, role: Role::Assistant })
    );
    assert_eq!(
        prompt(json!({"prompt": "x", "depth": -1, "role": "bard"})),
        Some(DepthPrompt { prompt: "x".into(), depth: 0, role: Role::System })
    );
}

#[test]
fn talkativeness_is_a_share() {
    let share = |value| sheet(json!({"extensions": {"talkativeness": value}})).0.talkativeness;

    assert_eq!(
        [share(json!(0.1)), share(json!("1")), share(json!(7)), share(json!("much"))],
        [0.1, 1.0, 1.0, 0.5]
    );
}

#[test]
fn versions_are_compared_as_numbers() {
    let codes = |spec: &str, version: Value| {
        let mut tree = card(json!({}));
        tree["spec"] = spec.into();
        tree["spec_version"] = version;
        let (spec, _, warnings) = view(&tree);
        (spec, warnings.first().map(|warning| warning.code.as_str()))
    };

    assert_eq!(codes("chara_card_v3", json!(3)), (Spec::V3, None));
    assert_eq!(codes("chara_card_v3", json!("3.10")), (Spec::V3, Some("newer-spec")));
    assert_eq!(codes("chara_card_v3", json!("2.0")), (Spec::V3, Some("odd-spec-version")));
    assert_eq!(codes("chara_card_v2", json!("3.0")), (Spec::V2, Some("odd-spec-version")));
    assert_eq!(codes("chara_card_v2", json!(null)), (Spec::V2, Some("odd-spec-version")));
    assert_eq!(codes("chara_card_v4", json!("4.0")), (Spec::V3, Some("spec-guessed")));
    assert_eq!(codes("my_card", json!("2.0")), (Spec::V2, Some("spec-guessed")));
}

#[test]
fn a_card_without_its_data_is_read_from_the_root() {
    let (spec, sheet, warnings) =
        view(&json!({"spec": "chara_card_v2", "spec_version": "2.0", "name": "Mira", "data": null}));

    assert_eq!((spec, sheet.name.as_str()), (Spec::V2, "Mira"));
    assert_eq!(warnings[0].code, WarningCode::DataMissing);
}

#[test]
fn a_card_without_a_name_is_refused() {
    assert_eq!(refusal(&card(json!({"name": " \n"}))), "no-name");
    assert_eq!(refusal(&card(json!({"name": null}))), "no-name");
    assert_eq!(refusal(&json!({"description": "nobody"})), "no-name");
}

#[test]
fn what_is_no_card_is_refused_by_its_name() {
    assert_eq!(refusal(&json!([1])), "not-a-card");
    assert_eq!(refusal(&json!({"a": 1})), "not-a-card");
    assert_eq!(refusal(&json!({"spec": "lorebook_v3", "data": {"name": "x"}})), "other-kind");
    assert_eq!(refusal(&json!({"entries": {}, "name": "x"})), "other-kind");
    assert_eq!(refusal(&json!({"instruction_template": "x"})), "other-kind");
}
