use serde_json::json;

use super::*;

fn v2_card(data: &Value) -> Value {
    let mut card = json!({"spec": "chara_card_v2", "spec_version": "2.0", "data": {
        "name": "Mira", "description": "", "personality": "", "scenario": "", "first_mes": "", "mes_example": "",
        "creator_notes": "", "system_prompt": "", "post_history_instructions": "", "alternate_greetings": [], "tags": [],
        "creator": "", "character_version": "", "extensions": {}}});
    for (key, value) in data.as_object().into_iter().flatten() {
        card["data"][key] = value.clone();
    }
    card
}

/// The losses as `code at path`.
fn losses(backfilled: &Backfilled) -> Vec<String> {
    backfilled.losses.iter().map(|loss| format!("{} {}", loss.code, loss.at)).collect()
}

#[test]
fn what_is_as_demanded_stays_as_it_is() {
    let book = json!({"extensions": {}, "entries": [{"keys": ["a"], "content": "x", "extensions": {"y": 1.0}, "enabled": true,
        "insertion_order": 5, "position": "before_char", "id": 7, "unknown": null}]});
    let mut card = v2_card(&json!({"character_book": book, "unknown": [1.0], "name": " Mira "}));
    card["root"] = "extra".into();

    let filled = v2(&card).unwrap();

    assert_eq!((filled.tree.to_string(), filled.losses), (card.to_string(), vec![]));
}

#[test]
fn v2_becomes_v3_by_little() {
    let book = json!({"extensions": {}, "entries": [
        {"keys": ["/a/i"], "content": "@@depth 1\nx", "extensions": {}, "enabled": true, "insertion_order": 5}]});
    let mut card = v2_card(&json!({"character_book": book}));

    let filled = v3(&card).unwrap();

    card["spec"] = "chara_card_v3".into();
    card["spec_version"] = "3.0".into();
    card["data"]["group_only_greetings"] = json!([]);
    card["data"]["character_book"]["entries"][0]["use_regex"] = true.into();
    assert_eq!((filled.tree, filled.losses), (card, vec![]));
}

#[test]
fn v3_becomes_v2_and_says_what_is_lost() {
    let entry = |id: Value, content: &str| {
        json!({"id": id, "keys": [], "content": content, "extensions": {}, "enabled": true,
        "insertion_order": 5, "use_regex": false})
    };
    let book = json!({"extensions": {}, "entries": [entry(json!("one"), "@@depth 1\n@@role user\n\nx"), entry(json!(4), "y")]});
    let mut card = v2_card(
        &json!({"character_book": book, "nickname": "Mi", "assets": [{"type": "icon"}], "creator_notes": "By me."}),
    );
    card["spec"] = "chara_card_v3".into();
    card["spec_version"] = "3.0".into();

    let filled = v2(&card).unwrap();
    let data = &filled.tree["data"];

    assert_eq!(
        losses(&filled),
        [
            "id-replaced data.character_book.entries[0].id",
            "decorators-stripped data.character_book.entries[0].content"
        ]
    );
    assert_eq!(data["character_book"]["entries"][0]["content"], "x");
    assert_eq!(data["character_book"]["entries"][0]["id"], 0);
    assert_eq!(data["character_book"]["entries"][1], entry(json!(4), "y"));
    assert!(data["creator_notes"].as_str().unwrap().starts_with("By me.\n\n(Copied from V3"));
    assert_eq!((&data["nickname"], &data["assets"][0]["type"]), (&json!("Mi"), &json!("icon")));
    assert_eq!(v2(&filled.tree).unwrap(), Backfilled { tree: filled.tree, losses: vec![] });
}

#[test]
fn v1_moves_into_data_and_keeps_its_root() {
    let card = json!({"name": "Mira", "description": "d", "personality": "p", "scenario": "s", "first_mes": "f", "mes_example": "m",
        "creatorcomment": "n", "talkativeness": "0.25", "tags": "inn, night", "fav": false});

    let filled = v2(&card).unwrap();

    assert_eq!(filled.losses, []);
    assert_eq!(
        filled.tree["data"],
        json!({"name": "Mira", "description": "d", "personality": "p", "scenario": "s", "first_mes": "f", "mes_example": "m",
            "tags": ["inn", "night"], "creator_notes": "n", "system_prompt": "", "post_history_instructions": "", "creator": "",
            "character_version": "", "alternate_greetings": [], "extensions": {"talkativeness": 0.25}})
    );
    for (key, value) in card.as_object().unwrap() {
        assert_eq!(&filled.tree[key], value);
    }
    assert!(filled.tree.to_string().starts_with(r#"{"spec":"chara_card_v2","spec_version":"2.0","name""#));
}

#[test]
fn characters_of_other_programs_become_cards() {
    let pygmalion = json!({"char_name": "Mira", "char_persona": "Keeps the inn.", "description": 5, "metadata": {"version": 1}});
    let agnai = json!({"name": "Mira", "persona": {"kind": "text", "attributes": {"text": ["Keeps the inn."]}}, "description": "blurb",
        "sampleChat": "x", "insert": {"prompt": "be kind", "depth": 2},
        "characterBook": {"kind": "memory", "entries": [{"name": "n", "entry": "x", "keywords": ["a"], "weight": 3}]}});

    let pygmalion = v3(&pygmalion).unwrap().tree;
    assert_eq!(
        (&pygmalion["data"]["description"], &pygmalion["metadata"]["version"]),
        (&json!("Keeps the inn."), &json!(1))
    );
    let agnai = v2(&agnai).unwrap().tree;
    assert_eq!(
        (&agnai["data"]["description"], &agnai["data"]["creator_notes"]),
        (&json!("Keeps the inn."), &json!("blurb"))
    );
    assert_eq!(
        agnai["data"]["extensions"]["depth_prompt"],
        json!({"prompt": "be kind", "depth": 2, "role": "system"})
    );
    assert_eq!(agnai["data"]["character_book"]["entries"][0]["keys"], json!(["a"]));
    assert_eq!(agnai["data"]["character_book"]["entries"][0]["insertion_order"], 3);
}

#[test]
fn what_cannot_be_read_is_a_loss_and_what_can_is_none() {
    let card = v2_card(
        &json!({"description": {"x": 1}, "creator": 5, "alternate_greetings": ["a", {}], "tags": null,
        "extensions": "none", "character_book": "none"}),
    );

    let filled = v2(&card).unwrap();

    assert_eq!(
        losses(&filled),
        [
            "value-dropped data.description",
            "value-dropped data.alternate_greetings",
            "value-dropped data.extensions",
            "value-dropped data.character_book"
        ]
    );
    assert_eq!((&filled.tree["data"]["creator"], &filled.tree["data"]["tags"]), (&json!("5"), &json!([])));
}

#[test]
fn a_book_is_filled_up_entry_by_entry() {
    let book = json!({"name": null, "entries": [
        {"keys": "a, b", "position": 4, "case_sensitive": null, "id": "7", "insertion_order": "12", "unknown": 1}, "junk"]});
    let filled = v2(&v2_card(&json!({"character_book": book}))).unwrap();

    assert_eq!(losses(&filled), ["entry-dropped data.character_book.entries[1]"]);
    assert_eq!(
        filled.tree["data"]["character_book"],
        json!({"entries": [{"keys": ["a", "b"], "position": "after_char", "id": 7, "insertion_order": 12, "unknown": 1,
            "content": "", "extensions": {"position": 4}, "enabled": true}], "extensions": {}})
    );
}

#[test]
fn a_sheet_alone_is_enough() {
    let sheet = Sheet {
        name: "Mira".into(),
        nickname: Some("Mi".into()),
        first_message: "Come in!".into(),
        group_only_greetings: vec!["All of you!".into()],
        talkativeness: 0.1,
        depth_prompt: Some(DepthPrompt { prompt: "be kind".into(), depth: 1, role: Role::User }),
        lorebook: Some(
            json!({"entries": [{"keys": ["a"], "content": "x", "extensions": {}, "enabled": true, "insertion_order": 1}]})
                .into(),
        ),
        ..Sheet::default()
    };

    for filled in [v2_of_sheet(&sheet).unwrap(), v3_of_sheet(&sheet).unwrap()] {
        let (_, read) = view::of(&filled.tree, &mut Warnings::default()).unwrap();
        assert_eq!(Sheet { lorebook: None, ..read }, Sheet { lorebook: None, ..sheet.clone() });
        assert_eq!(filled.losses, []);
        assert_eq!(filled.tree["data"]["character_book"]["entries"][0]["keys"], json!(["a"]));
        assert_eq!(filled.tree["data"]["extensions"]["talkativeness"].to_string(), "0.1");
    }
}

#[test]
fn what_is_no_card_is_refused() {
    assert_eq!(v2(&json!({"data": {}})).unwrap_err(), Refusal::NoName);
    let crowd = json!({"entries": vec![json!({}); crate::bounds::LORE_ENTRIES + 1]});
    assert_eq!(v2(&v2_card(&json!({"character_book": crowd}))).unwrap_err().code(), "too-many");
}
