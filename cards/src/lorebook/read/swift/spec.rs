use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::entry::keys;
use super::*;

/// What the forgiving reader says, and whether it minded anything.
fn forgiving(bytes: &[u8]) -> Option<(Lorebook, bool)> {
    let mut warnings = Warnings::default();
    let tree = json::parse(bytes, "$", &mut warnings).ok()?;
    let file = super::super::file(tree, warnings).ok()?;
    Some((file.lorebook, file.warnings.is_empty()))
}

/// Both readers on the same bytes. The swift one need not answer; if it does, the other one says the same and minds nothing.
fn agreed(bytes: &[u8]) -> Option<Lorebook> {
    let book = read(bytes)?;
    assert_eq!(forgiving(bytes), Some((book.clone(), true)));
    Some(book)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_readers_agree(text in file()) {
        agreed(text.as_bytes());
    }

    #[test]
    fn what_is_in_order_is_read_swiftly(members in vec(in_order(), 0..60), uid in 0..99_u64) {
        let mut seen = HashSet::new();
        let members: Vec<_> = members.into_iter().filter(|(key, _)| *key != "uid" && seen.insert(*key)).collect();
        let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
        let text = format!("{{\"entries\": {{\"{uid}\": {{{}}}}}, \"mine\": 1.0}}", members.join(", "));
        prop_assert!(agreed(text.as_bytes()).is_some(), "{text}");
    }

    #[test]
    fn a_changed_byte_changes_nothing_about_that(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = WORLD.as_bytes().to_vec();
        *at.get_mut(&mut bytes) = byte;
        agreed(&bytes);
    }
}

const WORLD: &str = r#" {"entries":{"0":{"uid":0,"key":["a","/b/i"],"keysecondary":[],"comment":"c","content":"\"x\"\u00e9",
 "order":100,"position":4,"delayUntilRecursion":2,"probability":50,"role":null,"characterFilter":{"isExclude":true,
 "names":["m"],"tags":[]},"extensions":{"o":{"p":[1.0]}},"unknown":{"n":1e400}},"7":{"key":[]}},"name":"W",
 "extensions":{},"originalData":{"entries":[{"id":1}]}}"#;

#[test]
fn a_world_is_read_swiftly() {
    assert_eq!(agreed(WORLD.as_bytes()).unwrap().entries.len(), 2);
    assert_eq!(agreed(br#"{"entries":{}}"#), Some(Lorebook::default()));
}

#[test]
fn what_is_odd_is_left_to_the_forgiving_reader() {
    let odd = [
        json!({"entries": {"0": {"key": "a, b"}}}),
        json!({"entries": {"0": {"keys": ["a"]}}}),
        json!({"entries": {"0": {"uid": 1}}}),
        json!({"entries": {"00": {}}}),
        json!({"entries": {"x": {}}}),
        json!({"entries": {"0": {"content": "\0"}}}),
        json!({"entries": {"0": {"characterFilter": [true, ["a"], []]}}}),
        json!({"entries": {"0": {"position": 8}}}),
        json!({"entries": {"0": {"probability": 101}}}),
        json!({"entries": {}, "first_mes": ""}),
        json!({"entries": {}, "scan_depth": "many"}),
        json!({"entries": []}),
        json!({"name": "Mira"}),
    ];
    for tree in odd {
        assert_eq!(read(tree.to_string().as_bytes()), None, "{tree}");
    }
    for text in [
        r#"{"entries":{},"entries":{}}"#,
        r#"{"entries":{"0":{"key":[],"key":[]}}}"#,
        r#"{"entries":{"0":{"mine":1,"mine":1}}}"#,
        r#"{"entries":{"0":{"mine":{"a":1,"a":1}}}}"#,
        r#"{"entries":{"0":{"mine":"\ud800"}}}"#,
        r#"{"entries":{"0":{}}} x"#,
    ] {
        assert_eq!(read(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn bounds_hold_for_both() {
    let nested = |depth: usize| {
        format!("{{\"entries\":{{\"0\":{{\"mine\":{}{}}}}}}}", "[".repeat(depth), "]".repeat(depth))
    };
    assert!(agreed(nested(bounds::NESTING - 3).as_bytes()).is_some());
    assert!(agreed(nested(bounds::NESTING - 2).as_bytes()).is_none());

    let crowd = |count: usize| {
        let entries: Vec<_> = (0..count).map(|uid| format!("\"{uid}\":{{}}")).collect();
        format!("{{\"entries\":{{{}}}}}", entries.join(","))
    };
    assert!(agreed(crowd(bounds::LORE_ENTRIES).as_bytes()).is_some());
    assert!(read(crowd(bounds::LORE_ENTRIES + 1).as_bytes()).is_none());
    let values = format!("{{\"entries\":{{}},\"mine\":[{}0]}}", "0,".repeat(bounds::VALUES));
    assert!(read(values.as_bytes()).is_none());
}

/// Files whose texts are made by hand, so that keys may come twice.
fn file() -> impl Strategy<Value = String> {
    let number = prop_oneof![8 => "[0-9]{1,2}", 1 => "[a-z]?"];
    let entries = vec((number, entry()), 0..4).prop_map(|entries| {
        let entries: Vec<_> = entries.iter().map(|(key, entry)| format!("\"{key}\":{entry}")).collect();
        entries.join(",")
    });
    const ROOT: [&str; 8] =
        ["name", "scan_depth", "extensions", "mine", "spec", "members", "persona", "originalData"];
    (entries, vec((select(&ROOT[..]), value()), 0..2)).prop_map(|(entries, fields)| {
        let fields: String = fields.iter().map(|(key, value)| format!(",\"{key}\":{value}")).collect();
        format!("{{\"entries\":{{{entries}}}{fields}}}")
    })
}

fn entry() -> impl Strategy<Value = String> {
    let field = prop_oneof![6 => in_order(), 1 => (select(keys()), value()), 1 => (select(&["mine", "keys"][..]), value())];
    vec(field, 0..6).prop_map(|fields| {
        let fields: Vec<_> = fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    })
}

/// A field with a value as SillyTavern might write it.
fn in_order() -> impl Strategy<Value = (&'static str, String)> {
    select(keys()).prop_flat_map(|key| {
        let value = match key {
            "uid" => "[0-9]{1,2}",
            "key" | "keysecondary" | "triggers" => r#"null|\[("[a-z,]{0,3}"(,"/x/i")?)?\]"#,
            "comment" | "content" | "outletName" | "group" | "automationId" | "id" | "name" => {
                r#"null|"([a-zé]|\\n|\\"|\\u00e9){0,5}""#
            }
            "selectiveLogic" => "null|[0-3]",
            "position" => "null|[0-7]",
            "role" => "null|[0-2]",
            "order" | "displayIndex" | "priority" => "null|-?[1-9][0-9]{0,5}",
            "depth" | "groupWeight" | "scanDepth" | "sticky" | "cooldown" | "delay" | "probability" => {
                "null|0|[1-9][0-9]?"
            }
            "delayUntilRecursion" => "null|true|false|[0-9]",
            "characterFilter" => r#"null|\{("isExclude": ?(true|null),)?"names":\[("m")?\]\}"#,
            "extensions" => r#"null|\{("a":(1\.0|\[null\]))?\}"#,
            _ => "null|true|false",
        };
        (Just(key), value)
    })
}

fn value() -> impl Strategy<Value = String> {
    let odd = r#"null|true|-?[0-9]{1,3}(\.[05])?|1e3|-0|"[a-z,0-9]{0,3}"|\[(1|"a"|null)?\]|\{("a":1(,"a":2)?)?\}|[0-9]{20}"#;
    odd.prop_map(|value| value)
}
