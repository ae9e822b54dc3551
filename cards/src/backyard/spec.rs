use serde_json::{Value, json};

use crate::archive::forge::{Forged, stored, zip};
use crate::{AssetContent, Card, Carrier, Spec, read};

fn manifest() -> Value {
    json!({
        "schemaVersion": 1, "createdAt": "2025-01-01T00:00:00Z", "author": {"name": "us", "backyardURL": "https://example.org"},
        "characters": ["characters/m/character.json"], "scenarios": ["scenarios/1.json", "scenarios/2.json"]
    })
}

fn character() -> Value {
    json!({
        "schemaVersion": 1, "id": "m", "name": "Mira", "displayName": "Mira of the Inn", "isNSFW": true,
        "persona": "{character} keeps the inn of {user}.", "createdAt": "2025-01-01T00:00:00Z",
        "loreItems": [{"key": "rain, storm", "value": "It rains on {user}."}, {"key": "sun", "value": ""}],
        "images": [{"path": "images/a.png", "label": "first"}, {"path": "images/b.png", "label": "angry"}]
    })
}

fn scenario(greeting: &str, text: &str) -> Value {
    json!({
        "schemaVersion": 1, "title": "T", "narrative": "{user} comes in.", "formattingInstructions": "Be {character}.",
        "temperature": 0.70, "firstMessages": [{"characterID": "m", "text": greeting}],
        "exampleMessages": [{"characterID": "m", "text": "#{user}: Hi"}, {"characterID": "m", "text": "Ho"}],
        "messages": [{"type": "human", "text": text}], "backgroundImage": "scenarios/bg.png"
    })
}

fn entries() -> Vec<Forged> {
    let document = |name: &str, tree: Value| stored(name, tree.to_string().as_bytes());
    vec![
        document("manifest.json", manifest()),
        document("characters/m/character.json", character()),
        document("scenarios/1.json", scenario("Hello {user}.", "one")),
        document("scenarios/2.json", scenario("Again.", "two")),
        stored("characters/m/images/a.png", b"\x89PNG\r\n\x1a\na"),
        stored("characters/m/images/b.png", b"\x89PNG\r\n\x1a\nb"),
        stored("scenarios/bg.png", b"bg"),
    ]
}

fn codes(card: &Card) -> Vec<&'static str> {
    card.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

#[test]
fn an_archive_of_backyard_is_read_as_a_card() {
    let card = read(&zip(&entries())).unwrap();

    let sheet = &card.sheet;
    assert_eq!((card.carrier, card.spec), (Carrier::Byaf, Spec::V3));
    assert_eq!(codes(&card), Vec::<&str>::new());
    assert_eq!(sheet.name, "Mira");
    assert_eq!(sheet.description, "{{char}} keeps the inn of {{user}}.");
    assert_eq!(sheet.scenario, "{{user}} comes in.");
    assert_eq!(sheet.first_message, "Hello {{user}}.");
    assert_eq!(sheet.alternate_greetings, ["Again."]);
    assert_eq!(sheet.example_messages, "<START>\n{{user}}: Hi\n{{char}}: Ho");
    assert_eq!(sheet.system_prompt, "Be {{char}}.");
    assert_eq!((sheet.creator.as_str(), sheet.creator_notes.as_str()), ("us", "https://example.org"));
    assert_eq!(sheet.tags, ["nsfw"]);
    let entry = &sheet.lorebook.as_ref().unwrap()["entries"][0];
    assert_eq!(
        (&entry["keys"], &entry["content"]),
        (&json!(["rain", "storm"]), &json!("It rains on {{user}}."))
    );
}

#[test]
fn its_pictures_are_assets_and_the_first_one_is_the_portrait() {
    let card = read(&zip(&entries())).unwrap();

    let names: Vec<_> =
        card.assets.iter().map(|a| (a.kind.as_str(), a.name.as_str(), a.ext.as_str())).collect();
    assert_eq!(
        names,
        [
            ("icon", "main", "png"),
            ("icon", "angry", "png"),
            ("background", "main", "png"),
            ("background", "", "png")
        ]
    );
    assert_eq!(card.portrait().unwrap(), &b"\x89PNG\r\n\x1a\na"[..]);
    assert!(card.assets.iter().all(|asset| matches!(asset.content, AssetContent::Embedded(_))));
}

#[test]
fn its_conversations_are_kept_as_they_came() {
    let card = read(&zip(&entries())).unwrap();

    assert_eq!(card.scenes(), [scenario("Hello {user}.", "one"), scenario("Again.", "two")]);
}

#[test]
fn what_a_card_has_no_place_for_is_kept_in_its_extensions() {
    let mut entries = entries();
    let spelt = scenario("Hello.", "one").to_string().replace("0.7", "0.70");
    entries[2] = stored("scenarios/1.json", spelt.as_bytes());

    let card = read(&zip(&entries)).unwrap();

    let kept = &card.tree()["data"]["extensions"]["backyard"];
    assert_eq!(kept["character"]["displayName"], "Mira of the Inn");
    assert_eq!(kept["scenarios"][0]["temperature"].to_string(), "0.70");
    assert_eq!(kept["scenarios"][1]["narrative"], "{user} comes in.");
    assert_eq!(kept["scenarios"][0].get("messages"), None);
}

#[test]
fn a_scenario_or_picture_that_is_gone_is_a_warning() {
    let mut entries = entries();
    entries.retain(|entry| entry.name != b"scenarios/2.json" && entry.name != b"characters/m/images/b.png");

    assert_eq!(codes(&read(&zip(&entries)).unwrap()), ["entry-unreadable", "asset-missing"]);
}

#[test]
fn an_archive_without_a_character_is_refused() {
    let refusal =
        |manifest: &str| read(&zip(&[stored("manifest.json", manifest.as_bytes())])).unwrap_err().code();

    assert_eq!(refusal(r#"{"name": "an extension"}"#), "no-card-in-archive");
    assert_eq!(refusal(r#"{"characters": ["../x.json"]}"#), "no-card-in-archive");
    assert_eq!(refusal(r#"{"characters": ["manifest.json"]}"#), "no-name");
    assert_eq!(refusal("[]"), "not-a-card");
    assert_eq!(refusal("{"), "bad-json");
}

#[test]
fn documents_share_one_budget() {
    let mut entries = entries();
    let long = scenario("Again.", &"x".repeat(7 << 20)).to_string();
    entries[2] = stored("scenarios/1.json", long.as_bytes());
    entries[3] = stored("scenarios/2.json", long.as_bytes());
    let mut manifest = manifest();
    manifest["scenarios"] = json!(["scenarios/1.json", "scenarios/2.json", "scenarios/1.json"]);
    entries[0] = stored("manifest.json", manifest.to_string().as_bytes());

    let card = read(&zip(&entries)).unwrap();

    assert_eq!((card.scenes().len(), codes(&card)), (2, vec!["entry-unreadable"]));
}

#[test]
fn a_character_without_scenarios_is_a_card() {
    let mut entries = entries();
    entries[0] = stored("manifest.json", br#"{"characters": ["characters/m/character.json"]}"#);

    let card = read(&zip(&entries)).unwrap();

    assert_eq!((card.sheet.first_message.as_str(), card.scenes().len()), ("", 0));
}

pub(crate) fn export() -> Value {
    json!({"version": 4, "character": {
        "id": "x", "aiName": "Mira", "aiDisplayName": "Mira of the Inn", "aiPersona": "{character}!", "scenario": "S",
        "basePrompt": "B", "firstMessage": null, "customDialogue": "#{user}: Hi", "isNSFW": false, "topK": 30,
        "loreItems": [{"id": "1", "key": "rain", "order": "0", "value": "wet"}], "Chat": [{"ChatItems": []}]
    }})
}

#[test]
fn the_json_of_its_pictures_is_read_as_a_card() {
    let card = read(export().to_string().as_bytes()).unwrap();

    assert_eq!((card.carrier, card.spec, card.sheet.name.as_str()), (Carrier::Json, Spec::V3, "Mira"));
    assert_eq!(card.sheet.description, "{{char}}!");
    assert_eq!(card.sheet.example_messages, "{{user}}: Hi");
    assert_eq!(card.sheet.lorebook.as_ref().unwrap()["entries"][0]["keys"], json!(["rain"]));
    assert_eq!(card.tree()["data"]["extensions"]["backyard"]["character"]["topK"], 30);
    assert_eq!(card.scenes(), [json!({"ChatItems": []})]);
    assert_eq!(codes(&card), Vec::<&str>::new());
}
