//! What holds for every chat, and for everything that is none.

use cards::chat::{Chat, Part, Speaker, Turn, Variant, read, write_jsonl};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(start in "(\\{\"mes\":\"\",)?", bytes in vec(any::<u8>(), 0..400)) {
        let _ = read(&[start.as_bytes(), &bytes].concat());
    }

    #[test]
    fn a_chat_written_for_sillytavern_reads_the_same(bytes in chat()) {
        let Ok(first) = read(&bytes) else { return Ok(()) };

        for chat in first.chats {
            let written = write_jsonl(&chat);
            let second = read(&written).unwrap();

            prop_assert_eq!(&second.chats[..], std::slice::from_ref(&chat));
            prop_assert_eq!(write_jsonl(&second.chats[0]), written);
        }
    }

    #[test]
    fn every_message_has_a_version_that_counts_and_no_nul(bytes in chat()) {
        let Ok(file) = read(&bytes) else { return Ok(()) };

        for chat in file.chats {
            prop_assert!(chat.turns.iter().all(|turn| turn.chosen < turn.variants.len()));
            prop_assert!(!serde_json::to_string(&chat).unwrap().contains("\\u0000"));
        }
    }

    #[test]
    fn a_chat_survives_storage(bytes in chat()) {
        let Ok(file) = read(&bytes) else { return Ok(()) };

        for chat in file.chats {
            let mut stored = Vec::new();
            let mut serializer = rmp_serde::Serializer::new(&mut stored).with_struct_map().with_human_readable();
            chat.serialize(&mut serializer).unwrap();
            let mut deserializer = rmp_serde::Deserializer::from_read_ref(&stored).with_human_readable();

            prop_assert_eq!(Chat::deserialize(&mut deserializer).unwrap(), chat);
        }
    }
}

#[test]
fn lines_are_what_sillytavern_writes() {
    let speaker = |part, name: &str, avatar: Option<&str>| Speaker {
        part,
        name: name.into(),
        avatar: avatar.map(Into::into),
    };
    let variant = |text: &str| Variant { text: text.into(), ..Variant::default() };
    let chat = Chat {
        user: "Ann".into(),
        turns: vec![
            Turn {
                speaker: speaker(Part::User, "Ann", None),
                variants: vec![variant("hello")],
                ..Turn::default()
            },
            Turn {
                speaker: speaker(Part::Character, "Mira", Some("Mira.png")),
                variants: vec![variant("a"), variant("b")],
                chosen: 1,
                ..Turn::default()
            },
            Turn {
                speaker: speaker(Part::Narrator, "", None),
                variants: vec![variant("It rains.")],
                ..Turn::default()
            },
        ],
        ..Chat::default()
    };

    let written = String::from_utf8(write_jsonl(&chat)).unwrap();
    let lines: Vec<Value> = written.split('\n').map(|line| serde_json::from_str(line).unwrap()).collect();

    assert_eq!(
        lines,
        [
            json!({"user_name": "Ann", "character_name": "unused", "chat_metadata": {}}),
            json!({"name": "Ann", "is_user": true, "is_system": false, "mes": "hello", "extra": {}}),
            json!({"name": "Mira", "is_user": false, "is_system": false, "mes": "b", "extra": {}, "original_avatar": "Mira.png",
                   "swipes": ["a", "b"], "swipe_id": 1, "swipe_info": [{"extra": {}}, {"extra": {}}]}),
            json!({"name": "", "is_user": false, "is_system": false, "mes": "It rains.", "extra": {"type": "narrator"}}),
        ]
    );
}

#[test]
fn a_chat_of_an_older_day_gets_defaults_for_what_it_lacks() {
    let chat: Chat =
        serde_json::from_value(json!({"turns": [{"variants": [{"text": "a"}], "later": 1}]})).unwrap();

    assert_eq!((chat.turns[0].text(), chat.turns[0].speaker.part), ("a", Part::Character));
}

/// Lines of SillyTavern with anything in any field, broken lines between them, and files of the other shapes.
fn chat() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![4 => message(), 1 => header(), 1 => "\\PC{0,9}"];
    let lines = vec(line, 0..6).prop_map(|lines| lines.join("\n").into_bytes());
    let visible = vec(vec(value(), 0..3), 0..4).prop_map(|pairs| json!({"visible": pairs, "name": "x"}));
    let messages =
        vec(object(&["msg", "userId", "handle", "createdAt", "retries", "role", "content", "mes"]), 0..4)
            .prop_map(|messages| json!({"messages": messages, "user_name": "y"}));
    let risu = vec(object(&["role", "data", "time", "name", "swipes"]), 0..4)
        .prop_map(|messages| json!({"type": "risuChat", "data": {"message": messages, "chat_metadata": 1}}));
    let kobold = ("(\\{\\{\\[(INPUT|OUTPUT|SYSTEM|IN)(_END)?\\]\\}\\}|[a-z\0 ]){0,9}", value())
        .prop_map(|(story, name)| json!({"savedsettings": {"chatname": name}, "prompt": story}));
    let others = prop_oneof![visible, messages, risu, kobold].prop_map(|tree| tree.to_string().into_bytes());
    prop_oneof![3 => lines, 1 => others]
}

fn message() -> impl Strategy<Value = String> {
    const FIELDS: [&str; 12] = [
        "name",
        "is_user",
        "is_system",
        "send_date",
        "swipes",
        "swipe_id",
        "swipe_info",
        "extra",
        "original_avatar",
        "gen_started",
        "title",
        "variables",
    ];
    (value(), object(&FIELDS)).prop_map(|(mes, mut message)| {
        message["mes"] = mes;
        message.to_string()
    })
}

fn header() -> impl Strategy<Value = String> {
    object(&["user_name", "character_name", "create_date", "chat_metadata", "x"])
        .prop_map(|header| header.to_string())
}

fn object(fields: &'static [&'static str]) -> impl Strategy<Value = Value> {
    vec((proptest::sample::select(fields), value()), 0..7).prop_map(|fields| {
        Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1..4_i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just("unused".into()),
        Just("narrator".into()),
        Just("2024-6-5 @14h 56m 50s 682ms".into()),
        "[ab\0]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let key = proptest::sample::select(
            &["send_date", "extra", "type", "message", "gen_started", "a", "\0"][..],
        );
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key, inner), 0..4).prop_map(|members| Value::Object(
                members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}
