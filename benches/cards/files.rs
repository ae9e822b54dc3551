//! The files: like those that people have, and the same in every run.

use cards::Refusal;
use serde_json::{Map, Value, json};

/// A picture of half a megabyte with a card of some kilobytes. The picture's bytes are noise, as compressed ones are.
pub(crate) fn picture() -> Result<Vec<u8>, Refusal> {
    let drawn = cards::drawn_portrait("Mira");
    let noise: Vec<u8> = noise(470_000).collect();
    // A private chunk before the picture's end, for painters keep such things.
    let end = drawn.len() - 12;
    let picture = [&drawn[..end], &chunk(*b"prVt", &noise), &drawn[end..]].concat();
    cards::write_png(&picture, &card())
}

/// A lorebook of two megabytes in SillyTavern's shape.
pub(crate) fn book() -> Vec<u8> {
    let entries: Map<_, _> = (0..2_600).map(|uid| (uid.to_string(), entry(uid))).collect();
    json!({ "entries": entries }).to_string().into_bytes()
}

/// That lorebook as a list of entries in a file of its own, as it lies inside of cards.
pub(crate) fn list_book() -> Result<Vec<u8>, Refusal> {
    Ok(of_card()?.to_string().into_bytes())
}

/// A card of V3 with that lorebook in it, as SillyTavern writes one.
pub(crate) fn card_with_book() -> Result<Vec<u8>, Refusal> {
    let mut card = card();
    (card["spec"], card["spec_version"]) = ("chara_card_v3".into(), "3.0".into());
    card["data"]["character_book"] = of_card()?;
    Ok(card.to_string().into_bytes())
}

fn of_card() -> Result<Value, Refusal> {
    let lore = cards::lorebook::read(&book())?.lorebook;
    Ok(cards::lorebook::character_book(&lore))
}

fn card() -> Value {
    json!({"spec": "chara_card_v2", "spec_version": "2.0", "data": {
        "name": "Mira", "description": words(3_000), "personality": words(300), "scenario": words(500),
        "first_mes": words(1_000), "mes_example": words(2_000), "creator_notes": "", "system_prompt": "",
        "post_history_instructions": "", "alternate_greetings": [words(800), words(900)], "tags": ["inn", "night"],
        "creator": "us", "character_version": "1", "extensions": {"talkativeness": "0.5", "fav": false}
    }})
}

fn entry(uid: usize) -> Value {
    json!({
        "uid": uid, "key": [format!("word{uid}"), "rain"], "keysecondary": [], "comment": format!("Entry {uid}"),
        "content": words(350), "constant": false, "vectorized": false, "selective": true, "selectiveLogic": 0,
        "addMemo": true, "order": 100, "position": 0, "disable": false, "excludeRecursion": false,
        "preventRecursion": false, "delayUntilRecursion": false, "probability": 100, "useProbability": true,
        "depth": 4, "group": "", "groupOverride": false, "groupWeight": 100, "scanDepth": null,
        "caseSensitive": null, "matchWholeWords": null, "useGroupScoring": null, "automationId": "", "role": null,
        "sticky": 0, "cooldown": 0, "delay": 0, "displayIndex": uid
    })
}

fn words(bytes: usize) -> String {
    "The rain came in from the sea, and \"she\" waited. ".chars().cycle().take(bytes).collect()
}

/// A generator of Lehmer's: the same noise in every run.
fn noise(bytes: usize) -> impl Iterator<Item = u8> {
    std::iter::successors(Some(1_u64), |number| Some(number * 48_271 % 0x7fff_ffff))
        .map(|number| number.to_le_bytes()[1])
        .take(bytes)
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let content = [&kind, data].concat();
    let length = u32::try_from(data.len()).unwrap_or_default().to_be_bytes();
    [&length[..], &content, &crc32fast::hash(&content).to_be_bytes()].concat()
}
