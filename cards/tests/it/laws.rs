//! What holds for every card, and for everything that is none.

use cards::{Card, Edit, bounds, edit, picture, read, recognise, unpack, write_charx, write_json, write_png};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value};

use crate::forge::{base64, charx, json, mira, png, under_the_name_of_v3};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(start in start(), bytes in vec(any::<u8>(), 0..600)) {
        let bytes = [start, bytes].concat();

        let _ = (everything(&bytes), recognise(&bytes));
    }

    #[test]
    fn no_damage_to_a_card_makes_the_reader_panic(bytes in card_file(), damage in vec(damage(), 1..6)) {
        let bytes = damage.into_iter().fold(bytes, |bytes, damage| damage.done_to(bytes));

        if let Some(card) = everything(&bytes) {
            prop_assert!(card.warnings.len() <= bounds::WARNINGS);
        }
    }

    #[test]
    fn a_card_written_as_json_reads_the_same(tree in card()) {
        let Ok(first) = read(&json(&tree)) else { return Ok(()) };

        let second = read(&write_json(first.tree())).unwrap();

        prop_assert_eq!(second.tree().to_string(), tree.to_string());
        prop_assert_eq!(second, first);
    }

    #[test]
    fn a_card_written_into_a_picture_reads_the_same_under_the_name_of_v3(tree in card()) {
        let Ok(first) = read(&json(&tree)) else { return Ok(()) };
        let bare = png(&[]);

        let written = write_png(&bare, first.tree()).unwrap();
        let second = read(&written).unwrap();

        prop_assert_eq!(second.tree(), &under_the_name_of_v3(first.tree()));
        prop_assert_eq!(&second.sheet, &first.sheet);
        prop_assert_eq!(picture(&written), Some(bare));
        prop_assert_eq!(write_png(&written, second.tree()).unwrap().len(), write_png(&png(&[]), second.tree()).unwrap().len());
    }

    #[test]
    fn a_card_written_into_an_archive_reads_the_same_under_the_name_of_v3(tree in card()) {
        let Ok(first) = read(&json(&tree)) else { return Ok(()) };
        if !tree["data"].is_object() { return Ok(()) }

        let second = read(&write_charx(first.tree(), &first.assets).unwrap()).unwrap();

        prop_assert_eq!(second.tree(), &under_the_name_of_v3(first.tree()));
        prop_assert_eq!(&second.sheet, &first.sheet);
    }

    #[test]
    fn a_card_without_edits_stays_to_the_byte(bytes in card_file(), damage in vec(damage(), 0..3)) {
        let bytes = damage.into_iter().fold(bytes, |bytes, damage| damage.done_to(bytes));
        if read(&bytes).is_ok() {
            prop_assert_eq!(edit(&bytes, &[]).unwrap(), bytes);
        }
    }

    #[test]
    fn an_edit_and_its_reverse_leave_the_card_as_it_was(bytes in card_file()) {
        let there = edit(&bytes, &[Edit::set("data.name", "Aqua"), Edit::set("data.new", 1.5)]).unwrap();
        let back = edit(&there, &[Edit::remove("data.new"), Edit::set("data.name", "Mira")]).unwrap();

        let (before, between, after) = (read(&bytes).unwrap(), read(&there).unwrap(), read(&back).unwrap());
        prop_assert_eq!(between.sheet.name, "Aqua");
        prop_assert_eq!(after, before);
    }

    #[test]
    fn every_sheet_has_a_name_and_no_nul(tree in card()) {
        let Ok(card) = read(&json(&tree)) else { return Ok(()) };

        prop_assert!(!card.sheet.name.trim().is_empty());
        prop_assert!(!serde_json::to_string(&card.sheet).unwrap().contains("\\u0000"));
        prop_assert!((0.0..=1.0).contains(&card.sheet.talkativeness));
        prop_assert!(card.warnings.len() <= bounds::WARNINGS);
    }
}

/// All that can be done with bytes of which nothing is known.
fn everything(bytes: &[u8]) -> Option<Card> {
    let _ = (picture(bytes), write_png(bytes, &mira()), unpack(bytes).map(Iterator::count));
    let _ = edit(
        bytes,
        &[Edit::set("data.name", "Aqua"), Edit::set("data.tags[0]", "x"), Edit::remove("data.creator")],
    );
    let card = read(bytes).ok()?;
    let _ = (card.portrait(), write_charx(card.tree(), &card.assets));
    Some(card)
}

/// Beginnings that lead the reader past its first door.
fn start() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(vec![]),
        Just(b"\x89PNG\r\n\x1a\n".to_vec()),
        Just(b"\x89PNG\r\n\x1a\n\0\0\0\x20tEXtchara\0".to_vec()),
        Just(b"\x89PNG\r\n\x1a\n\0\0\0\x20iTXtccv3\0\x01\0".to_vec()),
        Just(b"{\"name\":\"".to_vec()),
        Just(b"PK\x03\x04".to_vec()),
        Just(charx(&mira())),
        Just(b"\xff\xd8\xff\xe1\0\x40Exif\0\0II*\0\x08\0\0\0\x01\0".to_vec()),
        Just(b"RIFF\x20\0\0\0WEBPEXIF\x10\0\0\0MM\0*".to_vec()),
        Just(b"{\"entries\":{\"0\":".to_vec()),
        Just(b"name: ".to_vec()),
        Just(b"name: x\ncontext: &a [".to_vec()),
        Just(b"\xff\xfe".to_vec()),
    ]
}

fn card_file() -> impl Strategy<Value = Vec<u8>> {
    let tree = base64(&mira());
    prop_oneof![
        Just(json(&mira())),
        Just(png(&[("chara", &tree)])),
        Just(charx(&mira())),
        Just([b"\xff\xd8\xff\xe0\0\x04jpg", &charx(&mira())[..]].concat()),
        Just(png(&[("chara", &tree), ("ccv3", &tree), ("ccv3", &json(&mira()))])),
    ]
}

#[derive(Debug, Clone)]
enum Damage {
    Flip(Index, u8),
    Cut(Index),
    Drop(Index),
    Insert(Index, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), 1..=255_u8).prop_map(|(at, by)| Damage::Flip(at, by)),
        any::<Index>().prop_map(Damage::Cut),
        any::<Index>().prop_map(Damage::Drop),
        (any::<Index>(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
    ]
}

impl Damage {
    fn done_to(self, mut bytes: Vec<u8>) -> Vec<u8> {
        if bytes.is_empty() {
            return bytes;
        }
        match self {
            Self::Flip(at, by) => *at.get_mut(&mut bytes) ^= by,
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Drop(at) => drop(bytes.remove(at.index(bytes.len()))),
            Self::Insert(at, new) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, new);
            }
        }
        bytes
    }
}

/// Cards with any value in any known field, and unknown fields beside them.
pub(crate) fn card() -> impl Strategy<Value = Value> {
    const FIELDS: [&str; 19] = [
        "name",
        "nickname",
        "description",
        "personality",
        "scenario",
        "first_mes",
        "mes_example",
        "creator_notes",
        "system_prompt",
        "post_history_instructions",
        "alternate_greetings",
        "group_only_greetings",
        "tags",
        "creator",
        "character_version",
        "extensions",
        "character_book",
        "talkativeness",
        "unknown",
    ];
    let fields = || vec((proptest::sample::select(&FIELDS[..]), value()), 0..8);
    let spec = prop_oneof![Just(None), "chara_card_v[1-4]".prop_map(Some)];
    (spec, value(), fields(), fields(), "[A-Z][a-z\0]{0,5}").prop_map(|(spec, version, data, root, name)| {
        let object = |fields: Vec<(&str, Value)>| -> Map<String, Value> {
            fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
        };
        let mut root = object(root);
        root.insert("name".to_owned(), name.into());
        if let Some(spec) = spec {
            root.insert("spec".to_owned(), spec.into());
            root.insert("spec_version".to_owned(), version);
            root.insert("data".to_owned(), object(data).into());
        }
        Value::Object(root)
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2.0..2.0_f64).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[a-z,\0\u{1f600}]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let key = prop_oneof![
            Just("entries".to_owned()),
            Just("depth_prompt".to_owned()),
            Just("prompt".to_owned()),
            Just("depth".to_owned()),
            Just("role".to_owned()),
            Just("talkativeness".to_owned()),
            "keys?|content|position|id|enabled|extensions|insertion_order",
            "[a-z\0]{0,4}",
        ];
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((key, inner), 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
