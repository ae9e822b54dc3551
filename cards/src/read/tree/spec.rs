use proptest::prelude::*;

use super::*;
use crate::asset::Stock;
use crate::card::{Card, Carrier};
use crate::read::{read_json, tell};
use crate::recognise::{Found, recognise};

const CARD: &str = r#"{"spec":"chara_card_v3","spec_version":"3.0", "name": "root", "data" : {"name":"Mira","first_mes":"\u0041\/",
 "character_book": {"name":"W", "entries":[{"id":7,"keys":["a\/\u00e9"],"content":"x\n\"y\"","insertion_order":3,"enabled":false,
 "unknown":[1.0,1E5],"extensions":{"position":4,"other":{"n":1e400}}}, {"keys":[],"content":"","insertion_order":0,"enabled":true,
 "extensions":null}],"mine":{"a":[{}]}},
 "extensions":{"character_book":[1.50], "talkativeness":"0.1"},"tags":"a, b"}, "character_book": {"entries": 5}, "z": -0}"#;

/// The card, with the whole tree grown at once.
fn grown(bytes: &[u8]) -> Result<Card, Refusal> {
    let mut warnings = Warnings::default();
    let tree = json::parse(bytes, "$", &mut warnings)?;
    let text = tell(tree.into(), &mut warnings)?;
    Ok(text.into_card(Carrier::Json, Stock::default(), None, warnings))
}

fn is_apart(text: &str) -> bool {
    parse(text.as_bytes(), "$", &mut Warnings::default()).is_ok_and(|tree| tree.book().is_some())
}

/// Both ways tell the same of a card, also of its book.
fn agreed(bytes: &[u8]) {
    let (ours, grown) = (read_json(bytes), grown(bytes));
    if let (Ok(ours), Ok(grown)) = (&ours, &grown) {
        let (our_book, grown_book) = (ours.sheet.lorebook.as_ref(), grown.sheet.lorebook.as_ref());
        assert_eq!(our_book.map(Book::read), grown_book.map(Book::read));
        assert_eq!(our_book.map(Book::to_string), grown_book.map(Book::to_string));
        assert_eq!(serde_json::to_string(&ours.sheet).unwrap(), serde_json::to_string(&grown.sheet).unwrap());
        assert_eq!(ours.tree().to_string(), grown.tree().to_string());
        assert_eq!(ours.clone().into_tree(), grown.clone().into_tree());
    }
    assert_eq!(ours, grown);
}

#[test]
fn a_book_in_order_is_told_apart_and_comes_back() {
    assert!(is_apart(CARD));
    agreed(CARD.as_bytes());
    agreed(&[b"\xef\xbb\xbf", CARD.as_bytes(), b"\0\n"].concat());
    agreed(CARD.replacen("x\\n", "\\ud800", 1).as_bytes());
    let found = recognise(CARD.as_bytes()).unwrap();
    assert_eq!(found, Found::Card(Box::new(grown(CARD.as_bytes()).unwrap())));
}

#[test]
fn what_is_odd_is_grown_whole() {
    let changes = [
        ("\"tags\":", "\"name\":"),
        ("\"z\":", "\"data\":"),
        ("\"z\":", "\"spec\":"),
        ("\"tags\":", "\"character_book\":"),
        ("\"talkativeness\":", "\"character_book\":"),
        ("\"id\":7", "\"id\":7,\"id\":7"),
        ("\"mine\":", "\"name\":"),
        ("\"x\\n", "\"\\u0000"),
        ("\"entries\":[", "\"kind\":\"memory\",\"entries\":["),
        ("{\"name\":\"W\",", "{\"name\":7,"),
        ("-0}", "-0"),
        ("-0}", "-0} x"),
    ];
    for (from, to) in changes {
        let text = CARD.replacen(from, to, 1);
        assert_ne!(text, CARD);
        assert!(!is_apart(&text), "{from} {to}");
        agreed(text.as_bytes());
    }
}

#[test]
fn bounds_hold_for_both() {
    let nested = |depth: usize| CARD.replace("[{}]", &format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    let deepest = crate::bounds::NESTING - 4;
    assert!(is_apart(&nested(deepest)) && read_json(nested(deepest).as_bytes()).is_ok());
    assert_eq!(read_json(nested(deepest + 1).as_bytes()), Err(Refusal::TooDeep));
    agreed(nested(deepest).as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_byte_changes_nothing_about_that(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = CARD.as_bytes().to_vec();
        *at.get_mut(&mut bytes) = byte;
        agreed(&bytes);
    }

    #[test]
    fn nor_does_a_key_that_moved(from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let keys: Vec<&str> = CARD.split('"').skip(1).step_by(2).collect();
        let (from, to) = (format!("\"{}\"", from.get(&keys)), format!("\"{}\"", to.get(&keys)));
        agreed(CARD.replacen(&from, &to, 1).as_bytes());
    }
}
