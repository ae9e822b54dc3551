use serde_json::{Value, json};

use super::*;

/// What a file was found to be, in a word.
fn found(bytes: &[u8]) -> Result<&'static str, Refusal> {
    recognise(bytes).map(|found| match found {
        Found::Card(_) => "card",
        Found::Lorebook(_) => "lorebook",
        Found::Chats(_) => "chats",
        Found::Group(_) => "group",
        Found::Personas(_) => "personas",
    })
}

fn of(tree: &Value) -> Result<&'static str, Refusal> {
    found(tree.to_string().as_bytes())
}

#[test]
fn characters_are_recognised() {
    assert_eq!(
        of(&json!({"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Mira"}})),
        Ok("card")
    );
    assert_eq!(of(&json!({"name": "Mira", "description": "", "first_mes": ""})), Ok("card"));
    assert_eq!(of(&json!({"name": "Mira"})), Ok("card"));
    assert_eq!(of(&json!({"char_name": "Mira"})), Ok("card"));
    assert_eq!(of(&json!({"kind": "character", "name": "Mira", "persona": {}})), Ok("card"));
    assert_eq!(found(b"name: Mira\ncontext: x"), Ok("card"));
}

#[test]
fn lorebooks_are_recognised() {
    assert_eq!(of(&json!({"entries": {}, "name": "World", "description": "x"})), Ok("lorebook"));
    assert_eq!(of(&json!({"spec": "lorebook_v3", "data": {"entries": []}})), Ok("lorebook"));
    assert_eq!(
        of(&json!({"kind": "memory", "name": "World", "description": "", "entries": []})),
        Ok("lorebook")
    );
    assert_eq!(of(&json!({"lorebookVersion": 5, "entries": []})), Ok("lorebook"));
    assert_eq!(of(&json!({"type": "risu", "ver": 1, "data": []})), Ok("lorebook"));
}

#[test]
fn chats_are_recognised() {
    assert_eq!(found(b"{\"chat_metadata\":{},\"user_name\":\"Ann\"}"), Ok("chats"));
    assert_eq!(found(b"{\"chat_metadata\":{}}\n{\"name\":\"Mira\",\"mes\":\"hi\"}"), Ok("chats"));
    assert_eq!(found(b"{\"name\":\"Mira\",\"mes\":\"hi\"}\n{\"name\":\"Mira\",\"mes"), Ok("chats"));
    assert_eq!(of(&json!([{"user_name": "Ann"}, {"mes": "hi"}])), Ok("chats"));
    assert_eq!(of(&json!({"type": "risuChat", "ver": 2, "data": {"message": []}})), Ok("chats"));
    assert_eq!(of(&json!({"histories": {"histories": []}})), Ok("chats"));
}

#[test]
fn groups_are_recognised() {
    assert_eq!(of(&json!({"id": "1", "name": "Inn", "members": [], "chats": []})), Ok("group"));
}

#[test]
fn personas_are_recognised_and_so_are_settings_with_some() {
    let backup = json!({"personas": {"a.png": "Ann"}, "persona_descriptions": {}});
    assert_eq!((of(&backup), of(&json!({"power_user": backup}))), (Ok("personas"), Ok("personas")));
}

#[test]
fn what_lives_beside_them_is_told_by_its_name() {
    let told = |tree: Value| match of(&tree) {
        Err(Refusal::OfNoUse { found }) => found,
        other => panic!("{other:?}"),
    };

    assert_eq!(told(json!({"scriptName": "x", "findRegex": "/a/", "replaceString": ""})), "a regex script");
    assert_eq!(told(json!([{"scriptName": "x", "findRegex": "/a/", "replaceString": ""}])), "a regex script");
    assert_eq!(told(json!({"type": "risuModule", "module": {}})), "a module of RisuAI");
    assert_eq!(told(json!({"name": "x", "modelConfig": {}, "context": []})), "a mask of NextChat");
    assert_eq!(told(json!({"temp": 1, "rep_pen": 1, "top_p": 1})), "a preset for text completions");
    assert_eq!(told(json!({"name": "x", "input_sequence": ""})), "an instruct template");
    assert_eq!(told(json!({"power_user": {}})), "the settings of SillyTavern");
}

#[test]
fn what_is_not_what_was_asked_for_is_told_by_its_name() {
    let told = |tree: Value| crate::read(tree.to_string().as_bytes()).unwrap_err();
    let other = |found| Refusal::OtherKind { found, wanted: "a character card" };

    assert_eq!(told(json!({"entries": {}, "name": "World", "description": "x"})), other("a lorebook"));
    assert_eq!(told(json!({"members": [], "name": "Inn"})), other("a group"));
    assert_eq!(told(json!({"chat_metadata": {}, "user_name": "Ann"})), other("a chat"));
    assert_eq!(told(json!({"findRegex": "", "replaceString": "", "name": "x"})), other("a regex script"));
}

#[test]
fn what_is_nothing_is_refused() {
    let refusal = |bytes: &[u8]| found(bytes).unwrap_err().code();

    assert_eq!(refusal(b""), "empty");
    assert_eq!(refusal(b"hello"), "unknown-format");
    assert_eq!(refusal(b"{}"), "not-a-card");
    assert_eq!(refusal(b"{\n\n"), "bad-json");
    assert_eq!(refusal(b"[1]"), "not-a-card");
}

#[test]
fn a_file_that_says_nothing_is_empty_to_everybody() {
    for bytes in [&b""[..], b" \r\n"] {
        assert_eq!(found(bytes), Err(Refusal::Empty));
        assert_eq!(read::read(bytes).map(drop), Err(Refusal::Empty));
        assert_eq!(lorebook::read(bytes).map(drop), Err(Refusal::Empty));
        assert_eq!(group::read(bytes).map(drop), Err(Refusal::Empty));
    }
}
