use serde_json::json;

use super::*;
use crate::chat::read;

fn other(tree: &Value) -> (Format, Vec<Chat>) {
    let Ok(file) = read(tree.to_string().as_bytes()) else { panic!("a chat") };
    assert_eq!(file.warnings, []);
    (file.format, file.chats)
}

/// Who said what, in short.
fn said(chat: &Chat) -> Vec<(Part, &str)> {
    chat.turns.iter().map(|turn| (turn.speaker.part, turn.text())).collect()
}

#[test]
fn a_chat_of_textgen_is_read() {
    let visible = json!([["", "Come in!"], ["hello", "Sit."], ["and", ""]]);
    let expected = [
        (Part::Character, "Come in!"),
        (Part::User, "hello"),
        (Part::Character, "Sit."),
        (Part::User, "and"),
    ];

    for tree in [json!({"data": [], "data_visible": visible}), json!({"internal": [], "visible": visible})] {
        let (format, chats) = other(&tree);
        assert_eq!((format, said(&chats[0])), (Format::TextGen, expected.to_vec()));
    }
}

#[test]
fn a_chat_of_agnai_is_read() {
    let (format, chats) = other(&json!({"name": "Night", "messages": [
        {"_id": "1", "characterId": "c", "msg": "Come in!", "createdAt": "2023-06-19T14:20:10.033Z", "retries": ["You!"]},
        {"_id": "2", "userId": "u", "handle": "Ann", "msg": "hello"}]}));

    let chat = &chats[0];
    assert_eq!(
        (format, said(chat)),
        (Format::Agnai, vec![(Part::Character, "Come in!"), (Part::User, "hello")])
    );
    assert_eq!(
        (chat.turns[0].variants.len(), chat.turns[0].variants[1].text.as_str(), chat.user.as_str()),
        (2, "You!", "Ann")
    );
    assert_eq!(chat.turns[0].at.map(date::iso).as_deref(), Some("2023-06-19T14:20:10.033Z"));
    assert_eq!(chat.turns[0].rest["imported"], json!({"_id": "1", "characterId": "c"}));
}

#[test]
fn chats_of_cai_tools_are_read_each_for_itself() {
    let history = json!({"created": "x", "msgs": [
        {"src": {"is_human": false, "name": "Mira"}, "text": "Come in!"}, {"src": {"is_human": true, "name": "Ann"}, "text": "hello"}]});
    for tree in
        [json!({"histories": {"histories": [history, history]}}), json!({"histories": [history, history]})]
    {
        let (format, chats) = other(&tree);
        assert_eq!((format, chats.len(), chats[1].character.as_str()), (Format::CaiTools, 2, "Mira"));
        assert_eq!(said(&chats[1]), [(Part::Character, "Come in!"), (Part::User, "hello")]);
    }
}

#[test]
fn a_chat_of_kobold_lite_is_read() {
    let (format, chats) = other(&json!({
        "savedsettings": {"chatname": "Ann", "chatopponent": "Mira||$||Noa"}, "prompt": "Come in!",
        "actions": ["\n{{[INPUT]}}\nhello {{you}}\n{{[OUTPUT]}}\n", "Sit.", "{{[SYSTEM]}}It rains.{{[SYSTEM_END]}}"]}));

    assert_eq!(
        (format, chats[0].user.as_str(), chats[0].character.as_str()),
        (Format::KoboldLite, "Ann", "Mira")
    );
    assert_eq!(
        said(&chats[0]),
        [
            (Part::Character, "Come in!"),
            (Part::User, "hello {{you}}"),
            (Part::Character, "Sit."),
            (Part::Narrator, "It rains.")
        ]
    );
}

#[test]
fn a_chat_of_risuai_is_read() {
    let (format, chats) = other(&json!({"type": "risuChat", "ver": 2, "data": {"name": "Night", "message": [
        {"role": "user", "data": "hello", "time": 1_687_184_400_123_u64}, {"role": "char", "data": "Sit.", "saying": "id"}]}}));

    assert_eq!(
        (format, said(&chats[0])),
        (Format::RisuAi, vec![(Part::User, "hello"), (Part::Character, "Sit.")])
    );
    assert_eq!(chats[0].turns[0].at.map(date::iso).as_deref(), Some("2023-06-19T14:20:00.123Z"));
}

#[test]
fn a_chat_of_nextchat_is_read() {
    let (format, chats) = other(&json!({"messages": [
        {"role": "system", "content": "It rains."}, {"role": "user", "content": [{"type": "text", "text": "hello"}]},
        {"role": "assistant", "content": "Sit."}]}));

    assert_eq!(format, Format::NextChat);
    assert_eq!(
        said(&chats[0]),
        [(Part::Narrator, "It rains."), (Part::User, "hello"), (Part::Character, "Sit.")]
    );
}

#[test]
fn the_nameless_get_the_names_that_are_known() {
    let (_, mut chats) = other(&json!({"visible": [["hello", "Sit."]]}));

    chats[0].name_the_nameless("Ann", "Mira");

    let names: Vec<_> = chats[0].turns.iter().map(|turn| turn.speaker.name.as_str()).collect();
    assert_eq!((chats[0].user.as_str(), names), ("Ann", vec!["Ann", "Mira"]));
}

#[test]
fn what_sillytavern_writes_for_no_name_is_no_name() {
    let (_, chats) = other(&json!({"type": "risuChat", "data": {"message": [
        {"role": "user", "data": "hello", "name": "unused"}, {"role": "user", "data": "you", "name": "Ann"}]}}));

    assert_eq!(chats[0].user, "Ann");
}
