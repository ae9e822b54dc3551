//! What survives the way to MessagePack and back, and what is refused.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Json::from),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_comes_back_as_it_went(value in json()) {
        let text = serde_json::to_vec(&value).unwrap();
        let back = to_json(&to_msgpack(&text).unwrap()).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Json>(&back).unwrap(), value);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        drop(to_json(&bytes));
        drop(to_msgpack(&bytes));
    }
}

#[test]
fn numbers_are_numbers_in_messagepack() {
    assert_eq!(
        to_msgpack(b"[1,-1,1.5,null]").unwrap(),
        [0x94, 1, 0xff, 0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0]
    );
    assert_eq!(to_json(&[0x81, 0xa1, b'a', 7]).unwrap(), json!({"a": 7}).to_string().into_bytes());
}

#[test]
fn what_json_cannot_say_is_refused() {
    let nested = [vec![0x91; 200], vec![0xc0]].concat();
    let promised = [0xdd, 0xff, 0xff, 0xff, 0xff];
    let nan = [vec![0xcb], f64::NAN.to_be_bytes().to_vec()].concat();
    let binary = [0xc4, 1, 0];
    let extension = [0xd4, 1, 0];
    let number_as_key = [0x81, 1, 1];
    let not_utf8 = [0xa1, 0xff];
    let two = [1, 2];
    for bytes in [&[][..], &nested, &promised, &nan, &binary, &extension, &number_as_key, &not_utf8, &two] {
        assert_eq!(to_json(bytes), Err(Unreadable::Msgpack), "{bytes:x?}");
    }
}
