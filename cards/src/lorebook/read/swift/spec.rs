use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::field::Field;
use super::value::FAR;
use super::*;
use crate::lorebook::read::File;

/// Both readers on the same bytes. The swift one need not answer; if it does, the other one says the same and minds nothing.
fn agreed(bytes: &[u8]) -> Option<Lorebook> {
    let (format, lorebook) = read(str::from_utf8(bytes).ok()?)?;
    let mut warnings = Warnings::default();
    let tree = json::parse(bytes, "$", &mut warnings).unwrap();
    let swift = File { format, lorebook: lorebook.clone(), warnings: vec![] };
    assert_eq!(super::super::file(tree, warnings), Ok(swift));
    Some(lorebook)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_readers_agree(text in file()) {
        agreed(text.as_bytes());
    }

    #[test]
    fn what_is_in_order_is_read_swiftly(members in vec(in_order(), 0..60), uid in 0..99_u64) {
        let members = self::members(&once(members.into_iter().filter(|(key, _)| *key != "uid")));
        let text = format!("{{\"entries\": {{\"{uid}\": {{{members}}}}}, \"mine\": 1.0}}");
        prop_assert!(agreed(text.as_bytes()).is_some(), "{text}");
    }

    #[test]
    fn a_list_that_is_in_order_is_read_swiftly(
        fields in vec(in_a_list(), 0..20), finer in vec(finer(), 0..40), is_v3 in any::<bool>()
    ) {
        let demanded = [("keys", "[]"), ("content", "\"\""), ("enabled", "true"), ("insertion_order", "1"), ("use_regex", "false")];
        let demanded = demanded.map(|(key, value)| (key, value.to_owned()));
        let fields = members(&once(fields.into_iter().chain(demanded)));
        let entry = format!("{{{fields}, \"extensions\": {{{}}}}}", members(&once(finer)));
        let book = format!("{{\"entries\": [{entry}], \"mine\": 1.0}}");
        let text = if is_v3 { format!("{{\"spec\": \"lorebook_v3\", \"data\": {book}, \"x\": 1.0}}") } else { book };
        prop_assert!(agreed(text.as_bytes()).is_some(), "{text}");
    }

    #[test]
    fn a_changed_byte_changes_nothing_about_that(
        file in select(&[WORLD, BOOK, V3][..]), at in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = file.as_bytes().to_vec();
        *at.get_mut(&mut bytes) = byte;
        agreed(&bytes);
    }
}

const BOOK: &str = r#"{"name":"W","entries":[{"id":7,"keys":["a"],"secondary_keys":["b"],"content":"x","insertion_order":3,
 "enabled":false,"position":"before_char","case_sensitive":true,"comment":"c","use_regex":true,"order":"mine","unknown":[1.0],
 "extensions":{"position":4,"depth":1,"role":2,"exclude_recursion":true,"case_sensitive":null,"other":{"n":1e400}}},
 {"keys":[],"content":"","insertion_order":0,"enabled":true,"extensions":null}],"scan_depth":4,"extensions":{}}"#;
const V3: &str = r#"{"beside":1,"data":{"entries":[{"id":0,"keys":["a"],"content":"x","insertion_order":3,"enabled":true,
 "use_regex":false,"extensions":{"deep":[[1]]}}],"spec":"of the data","extensions":{"a":1}},"spec":"lorebook_v3"}"#;

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
fn a_list_of_the_specifications_is_read_swiftly() {
    let book = agreed(BOOK.as_bytes()).unwrap();
    assert_eq!(book.entries.iter().map(|entry| entry.uid).collect::<Vec<_>>(), [7, 1]);
    assert_eq!(book.entries[0].extensions["rest"], json!({"order": "mine"}));
    assert_eq!(agreed(V3.as_bytes()).unwrap().rest["beside"], 1);
    assert_eq!(agreed(br#"{"entries":[]}"#), Some(Lorebook::default()));
    assert_eq!(super::super::of_card(&serde_json::from_str(BOOK).unwrap()), Ok((book, vec![])));
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
        json!({"entries": [{"keys": ["a"]}]}),
        json!({"entries": [], "kind": "memory"}),
        json!({"entries": [], "lorebookVersion": 5}),
        json!({"entries": 5}),
        json!({"spec": "lorebook_v3"}),
        json!({"spec": "lorebook_v3", "data": {"entries": {}}}),
        json!({"spec": "lorebook_v3", "data": {"entries": []}, "entries": []}),
        json!({"data": {"entries": []}}),
        json!({"name": "Mira"}),
    ];
    for tree in odd {
        assert_eq!(read(&tree.to_string()), None, "{tree}");
    }
    let entry =
        json!({"id": 0, "keys": [], "content": "", "insertion_order": 0, "enabled": true, "extensions": {}});
    let odd = [
        ("id", json!("a")),
        ("id", json!(-1)),
        ("id", json!(FAR + 1)),
        ("key", json!([])),
        ("keywords", json!([])),
        ("position", json!("nowhere")),
        ("position", json!(8)),
        ("extensions", json!([])),
        ("extensions", json!({"position": "4"})),
    ];
    for (key, value) in odd {
        let mut odd = entry.clone();
        odd[key] = value;
        assert!(read(&json!({"entries": [entry]}).to_string()).is_some());
        assert_eq!(read(&json!({"entries": [odd]}).to_string()), None, "{odd}");
        assert_eq!(read(&json!({"entries": [entry, entry]}).to_string()), None);
    }
    for text in [
        r#"{"entries":{},"entries":{}}"#,
        r#"{"entries":{"0":{"key":[],"key":[]}}}"#,
        r#"{"entries":{"0":{"mine":1,"mine":1}}}"#,
        r#"{"entries":{"0":{"mine":{"a":1,"a":1}}}}"#,
        r#"{"entries":{"0":{"mine":"\ud800"}}}"#,
        r#"{"entries":{"0":{}}} x"#,
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn bounds_hold_for_both() {
    let nested = |depth: usize| {
        format!("{{\"entries\":{{\"0\":{{\"mine\":{}{}}}}}}}", "[".repeat(depth), "]".repeat(depth))
    };
    assert!(agreed(nested(bounds::NESTING - 3).as_bytes()).is_some());
    assert!(agreed(nested(bounds::NESTING - 2).as_bytes()).is_none());
    let nested = |depth: usize| V3.replace("[[1]]", &format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    assert!(agreed(nested(bounds::NESTING - 5).as_bytes()).is_some());
    assert!(agreed(nested(bounds::NESTING - 4).as_bytes()).is_none());

    let crowd = |count: usize| {
        let entries: Vec<_> = (0..count).map(|uid| format!("\"{uid}\":{{}}")).collect();
        format!("{{\"entries\":{{{}}}}}", entries.join(","))
    };
    assert!(agreed(crowd(bounds::LORE_ENTRIES).as_bytes()).is_some());
    assert!(read(&crowd(bounds::LORE_ENTRIES + 1)).is_none());
    let values = format!("{{\"entries\":{{}},\"mine\":[{}0]}}", "0,".repeat(bounds::VALUES));
    assert!(read(&values).is_none());
}

/// The members of an object, as text.
fn members(members: &[(&str, String)]) -> String {
    members.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect::<Vec<_>>().join(", ")
}

/// The first of each key.
fn once<'k>(members: impl IntoIterator<Item = (&'k str, String)>) -> Vec<(&'k str, String)> {
    let mut seen = HashSet::new();
    members.into_iter().filter(|(key, _)| seen.insert(*key)).collect()
}

/// Files whose texts are made by hand, so that keys may come twice.
fn file() -> impl Strategy<Value = String> {
    prop_oneof![world(), lists()]
}

/// Files with a list of entries, of V3 or as in a card.
fn lists() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        9 => in_a_list(),
        1 => (select(Field::OF_BOOK), value()),
        1 => (select(&["mine", "key", "order", "entry"][..]), value())
    ];
    let finer =
        prop_oneof![9 => finer(), 1 => (select(Field::OF_EXTENSIONS), value()), 1 => (Just("mine"), value())];
    let demanded = [
        ("keys", "[]"),
        ("content", "\"\""),
        ("enabled", "true"),
        ("insertion_order", "1"),
        ("use_regex", "false"),
    ];
    let entry = (vec(field, 0..6), vec(finer, 0..6), 0..9_u8).prop_map(move |(fields, finer, lacks)| {
        let extensions = ("extensions", format!("{{{}}}", members(&finer)));
        let demanded = demanded.iter().map(|(key, value)| (*key, (*value).to_owned()));
        let mut all = once(fields.into_iter().chain(demanded).chain([extensions]));
        // Seldom something is missing, and seldom something is there twice.
        match lacks {
            0 => drop(all.pop()),
            1 => all.extend(all.first().cloned()),
            _ => {}
        }
        format!("{{{}}}", members(&all))
    });
    const ROOT: [&str; 6] = ["name", "scan_depth", "extensions", "mine", "spec", "kind"];
    let fields = vec((select(&ROOT[..]), value()), 0..2);
    (vec(entry, 0..4), fields, any::<bool>()).prop_map(|(entries, fields, is_v3)| {
        let book = format!(
            "{{{}}}",
            members(&[&fields[..], &[("entries", format!("[{}]", entries.join(",")))]].concat())
        );
        if is_v3 { format!("{{\"spec\":\"lorebook_v3\",\"data\":{book},\"name\":1}}") } else { book }
    })
}

/// A field of an entry in a list with a value as it should be.
fn in_a_list() -> impl Strategy<Value = (&'static str, String)> {
    select(Field::OF_BOOK).prop_filter("made by hand", |key| *key != "extensions").prop_flat_map(|key| {
        let value = match key {
            "id" => "null|0|[1-9][0-9]?",
            "keys" | "secondary_keys" => r#"null|\[("[a-z,]{0,3}"(,"/x/i")?)?\]"#,
            "comment" | "content" | "name" => r#"null|"([a-zé]|\\n|\\"|\\u00e9){0,5}""#,
            "insertion_order" | "priority" => "null|-?[1-9][0-9]{0,5}",
            "position" => r#"null|[0-7]|"before_char"|"after_char""#,
            _ => "null|true|false",
        };
        (Just(key), value)
    })
}

/// A finer point with a value as SillyTavern might write it.
fn finer() -> impl Strategy<Value = (&'static str, String)> {
    select(Field::OF_EXTENSIONS).prop_flat_map(|key| {
        let value = match key {
            "triggers" => r#"null|\[("[a-z,]{0,3}")?\]"#,
            "outlet_name" | "group" | "automation_id" => r#"null|"[a-z]{0,5}""#,
            "selectiveLogic" => "null|[0-3]",
            "position" => "null|[0-7]",
            "role" => "null|[0-2]",
            "depth" | "group_weight" | "scan_depth" | "sticky" | "cooldown" | "delay" | "probability"
            | "display_index" => "null|0|[1-9][0-9]?",
            "delay_until_recursion" => "null|true|false|[0-9]",
            "character_filter" => r#"null|\{("isExclude": ?(true|null),)?"names":\[("m")?\]\}"#,
            _ => "null|true|false",
        };
        (Just(key), value)
    })
}

fn world() -> impl Strategy<Value = String> {
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
    let field = prop_oneof![6 => in_order(), 1 => (select(Field::OF_WORLD), value()), 1 => (select(&["mine", "keys"][..]), value())];
    vec(field, 0..6).prop_map(|fields| {
        let fields: Vec<_> = fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    })
}

/// A field with a value as SillyTavern might write it.
fn in_order() -> impl Strategy<Value = (&'static str, String)> {
    select(Field::OF_WORLD).prop_flat_map(|key| {
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
