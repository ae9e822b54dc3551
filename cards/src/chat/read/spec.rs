use serde_json::json;

use super::*;
use crate::chat::{Part, Speaker, Turn, Variant, date};

fn opened(text: &str) -> (Chat, Vec<String>) {
    let Ok(File { mut chats, warnings, .. }) = read(text.as_bytes()) else { panic!("a chat") };
    assert_eq!(chats.len(), 1);
    let warnings = warnings.iter().map(|warning| format!("{} {}", warning.code, warning.at)).collect();
    (chats.remove(0), warnings)
}

/// The only message of a chat that has this one, and its warnings.
fn turn(message: &Value) -> (Turn, Vec<String>) {
    let (mut chat, warnings) = opened(&format!(
        "{{\"user_name\":\"Ann\",\"character_name\":\"Mira\",\"chat_metadata\":{{}}}}\n{message}"
    ));
    (chat.turns.remove(0), warnings)
}

fn texts(turn: &Turn) -> Vec<&str> {
    turn.variants.iter().map(|variant| variant.text.as_str()).collect()
}

/// Who said what, in short.
fn said(chat: &Chat) -> Vec<(Part, &str)> {
    chat.turns.iter().map(|turn| (turn.speaker.part, turn.text())).collect()
}

#[test]
fn a_chat_of_sillytavern_arrives_with_every_field() {
    let (chat, warnings) = opened(concat!(
        r#"{"chat_metadata":{"tainted":true},"user_name":"Ann","character_name":"Mira","create_date":"2026-11-22@07h20m13s286ms","x":1.0}"#,
        "\r\n",
        r#"{"name":"Mira","is_user":false,"send_date":"2026-11-22T07:20:33.061Z","mes":"b","title":"","gen_started":"s","extra":{"model":"m"},"swipes":["a","b"],"swipe_id":1,"swipe_info":[{"send_date":1700000000000,"extra":{"model":"k"},"gen_started":"r"},{"send_date":"2026-11-22T07:20:33.061Z","gen_started":"s","extra":{}}],"original_avatar":"Mira.png"}"#,
        "\n\n",
        r#"{"name":"Ann","is_user":true,"is_system":true,"send_date":"June 19, 2023 2:20pm","mes":"hello"}"#,
    ));

    assert_eq!(warnings, [""; 0]);
    assert_eq!((chat.user.as_str(), chat.character.as_str()), ("Ann", "Mira"));
    assert_eq!(chat.created.map(date::iso).as_deref(), Some("2026-11-22T07:20:13.286Z"));
    assert_eq!((&chat.metadata["tainted"], chat.rest["x"].to_string().as_str()), (&json!(true), "1.0"));
    assert_eq!(chat.avatars(), ["Mira.png"]);

    let [mira, ann] = &chat.turns[..] else { panic!("two messages") };
    assert_eq!(
        mira.speaker,
        Speaker { part: Part::Character, name: "Mira".into(), avatar: Some("Mira.png".into()) }
    );
    assert_eq!((texts(mira), mira.chosen, mira.text(), mira.hidden), (vec!["a", "b"], 1, "b", false));
    assert_eq!(mira.variants[0].at.map(date::iso).as_deref(), Some("2023-11-14T22:13:20.000Z"));
    assert_eq!(mira.variants[0].extra["model"], "k");
    assert_eq!(
        (&mira.variants[1].extra["model"], &mira.variants[1].rest["gen_started"]),
        (&json!("m"), &json!("s"))
    );
    assert_eq!(mira.rest["title"], "");
    assert_eq!((ann.speaker.part, ann.hidden, ann.text()), (Part::User, true, "hello"));
    assert_eq!(ann.at.map(date::iso).as_deref(), Some("2023-06-19T14:20:00.000Z"));
}

#[test]
fn names_that_the_header_leaves_out_are_those_of_the_messages() {
    let (chat, _) = opened(concat!(
        r#"{"chat_metadata":{},"user_name":"unused","character_name":"unused"}"#,
        "\n",
        r#"{"name":"Mira","mes":"hi"}"#,
        "\n",
        r#"{"name":"Ann","is_user":true,"mes":"ho"}"#
    ));

    assert_eq!((chat.user.as_str(), chat.character.as_str()), ("Ann", "Mira"));
}

#[test]
fn broken_lines_are_left_out_and_named() {
    let (chat, warnings) = opened(concat!(
        "\u{feff}{\"name\":\"Mira\",\"mes\":\"hi\"}\n[1]\n{\"user_name\":\"late\"}\n{\"name\":\"Ann\",\"mes\":\"ho\"}\n",
        "{\"name\":\"Mira\",\"mes\":\"cut of"
    ));

    assert_eq!(said(&chat), [(Part::Character, "hi"), (Part::Character, "ho")]);
    assert_eq!(
        warnings,
        [
            "byte-order-mark $",
            "line-left-out line 2",
            "line-left-out line 3",
            "line-left-out line 5",
            "header-missing line 1"
        ]
    );
}

#[test]
fn a_chat_whose_first_line_is_broken_is_read() {
    let (chat, warnings) = opened("{\"chat_metadata\n{\"name\":\"Mira\",\"mes\":\"hi\"}");

    assert_eq!(said(&chat), [(Part::Character, "hi")]);
    assert_eq!(warnings, ["line-left-out line 1", "header-missing line 1"]);
}

#[test]
fn the_version_shown_is_the_one_chosen() {
    let chosen = |message: Value| {
        let (turn, warnings) = turn(&message);
        (texts(&turn).join("|"), turn.chosen, warnings.len())
    };

    assert_eq!(chosen(json!({"mes": "b", "swipes": ["a", "b"], "swipe_id": 1})), ("a|b".into(), 1, 0));
    assert_eq!(chosen(json!({"mes": "a", "swipes": ["a", "b"], "swipe_id": 1})), ("a|b".into(), 0, 1));
    assert_eq!(chosen(json!({"mes": "b", "swipes": ["a", "b"], "swipe_id": 9})), ("a|b".into(), 1, 1));
    assert_eq!(chosen(json!({"mes": "b", "swipes": ["a", "b"]})), ("a|b".into(), 1, 1));
    assert_eq!(chosen(json!({"mes": "c", "swipes": ["a", "b"], "swipe_id": 0})), ("a|b|c".into(), 2, 1));
    assert_eq!(chosen(json!({"swipes": ["a", "b"], "swipe_id": 0})), ("a|b".into(), 0, 0));
    assert_eq!(chosen(json!({"mes": null, "swipes": ["a", "b"], "swipe_id": 7})), ("a|b".into(), 1, 0));
    assert_eq!(chosen(json!({"mes": "a", "swipes": []})), ("a".into(), 0, 0));
    assert_eq!(chosen(json!({"mes": "a", "swipes": [null, "a"], "swipe_id": 1})), ("|a".into(), 1, 1));
    assert_eq!(chosen(json!({"mes": 5, "swipes": "none"})), ("5".into(), 0, 2));
}

#[test]
fn what_chub_wraps_is_unwrapped() {
    let (turn, warnings) =
        turn(&json!({"mes": {"message": "a"}, "swipes": [{"message": "a"}, "b"], "swipe_id": 0}));

    assert_eq!((texts(&turn), turn.chosen, warnings.len()), (vec!["a", "b"], 0, 0));
}

#[test]
fn a_time_that_nobody_knows_is_kept_as_it_is() {
    let (turn, warnings) = turn(&json!({"mes": "a", "send_date": "yesterday"}));

    assert_eq!((turn.at, &turn.rest["send_date"]), (None, &json!("yesterday")));
    assert_eq!(warnings, ["odd-time line 2.send_date"]);
    assert_eq!(self::turn(&json!({"mes": "a", "send_date": ""})).1, [""; 0]);
}

#[test]
fn a_narrator_is_told_apart() {
    let (turn, _) = turn(&json!({"name": "System", "mes": "It rains.", "extra": {"type": "narrator"}}));

    assert_eq!(turn.speaker.part, Part::Narrator);
}

#[test]
fn a_nul_is_shown_as_a_replacement_character() {
    let (turn, warnings) = turn(&json!({"mes": "a\0", "x\0": 1}));

    assert_eq!((turn.text(), turn.rest.contains_key("x\u{fffd}")), ("a\u{fffd}", true));
    assert_eq!(warnings, ["nul-character line 2"]);
}

#[test]
fn what_is_no_chat_is_refused() {
    let refusal = |text: &str| read(text.as_bytes()).map(|_| ()).map_err(|refusal| refusal.code());

    assert_eq!(refusal("{\"name\":\"Mira\"}"), Err("not-a-chat"));
    assert_eq!(refusal("[]"), Err("not-a-chat"));
    assert_eq!(refusal("hello"), Err("bad-json"));
    // SillyTavern leaves such files behind when it is interrupted.
    assert_eq!((refusal(""), refusal(" \r\n")), (Err("empty"), Err("empty")));
    assert_eq!(refusal(&format!("{{\"mes\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000))), Err("too-deep"));
    let swipes = json!({"mes": "a", "swipes": vec!["a"; bounds::SWIPES + 1]});
    assert_eq!(refusal(&swipes.to_string()), Err("too-many"));
    assert_eq!(refusal(&"{\"mes\":\"\"}\n".repeat(bounds::TURNS + 1)), Err("too-many"));
    assert_eq!(refusal(&format!("{{\"mes\":\"\"}}\n{}", "{\n".repeat(bounds::CHAT_LINES))), Err("too-many"));
    let many = format!("{{\"mes\":\"\",\"x\":[{}0]}}\n", "0,".repeat(300_000));
    assert_eq!(refusal(&many.repeat(8)), Err("too-many-values"));
}

#[test]
fn a_chat_that_the_server_hands_out_is_read() {
    let (chat, warnings) = opened(
        r#"[{"chat_metadata":{},"user_name":"Ann","character_name":"Mira"},{"name":"Mira","mes":"hi"}]"#,
    );

    assert_eq!((chat.user.as_str(), said(&chat), warnings), ("Ann", vec![(Part::Character, "hi")], vec![]));
}

#[test]
fn numbers_keep_their_spelling_and_halves_of_pairs_are_mended() {
    let (chat, warnings) = opened(r#"{"mes":"a\ud83d","extra":{"n":1.0,"big":12345678901234567890123}}"#);

    assert_eq!(chat.turns[0].text(), "a\u{fffd}");
    assert_eq!(
        serde_json::to_string(&chat.turns[0].variants[0].extra).unwrap(),
        r#"{"n":1.0,"big":12345678901234567890123}"#
    );
    assert_eq!(warnings, ["lone-surrogate line 1", "header-missing line 1"]);
}

#[test]
fn other_files_are_refused_by_what_they_are() {
    let told = |text: &str| read(text.as_bytes()).unwrap_err();

    assert_eq!(
        told(r#"{"name":"Mira","first_mes":""}"#),
        Refusal::OtherKind { found: "a character card", wanted: "a chat" }
    );
    assert_eq!(told(r#"{"entries":{}}"#), Refusal::OtherKind { found: "a lorebook", wanted: "a chat" });
}

#[test]
fn a_chat_that_is_spread_over_very_many_lines_is_read() {
    let spread =
        format!("{{\"visible\":[[\"\",\"hi\"]],{}\"x\":1}}", "\"y\":\n1,\n".repeat(bounds::CHAT_LINES / 2));

    assert_eq!(opened(&spread).0.turns.len(), 1);
}

#[test]
fn a_message_without_versions_says_nothing() {
    assert_eq!(Turn::default().text(), "");
    assert_eq!(Turn { variants: vec![Variant::default()], chosen: 7, ..Turn::default() }.text(), "");
}
