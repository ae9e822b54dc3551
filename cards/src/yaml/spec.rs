use proptest::prelude::*;
use serde_json::json;

use super::*;

fn parse_with_codes(text: &str) -> (Value, Vec<WarningCode>) {
    let mut warnings = Warnings::default();
    let tree = parse(text.as_bytes(), "$", &mut warnings).unwrap();
    (tree, warnings.into_list().into_iter().map(|warning| warning.code).collect())
}

fn refusal(text: &str) -> &'static str {
    parse(text.as_bytes(), "$", &mut Warnings::default()).unwrap_err().code()
}

#[test]
fn yaml_grows_the_tree_that_json_would() {
    let text = "name: Mira # the keeper\ngreeting: |-\n  Come in!\n  Sit.\nage: 1.0\nbig: 12345678901234567890123\n\
                on: yes\nnone: ~\ntags: [a, 'true', true]\n";

    let (tree, codes) = parse_with_codes(text);

    let expected = r#"{"name":"Mira","greeting":"Come in!\nSit.","age":1.0,"big":12345678901234567890123,"on":"yes","none":null,"tags":["a","true",true]}"#;
    assert_eq!((tree.to_string().as_str(), codes), (expected, vec![]));
}

#[test]
fn aliases_repeat_what_their_anchors_name() {
    let (tree, _) = parse_with_codes("a: &x {b: 1}\nc: *x\nd: [*x]\n");

    assert_eq!(tree, json!({"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}]}));
}

#[test]
fn the_first_object_among_the_documents_counts() {
    assert_eq!(
        parse_with_codes("---\n- 1\n---\nname: Mira\n---\nname: Noa\n"),
        (json!({"name": "Mira"}), vec![WarningCode::MoreDocuments])
    );
    assert_eq!(
        parse_with_codes("name: Mira\n---\n]broken"),
        (json!({"name": "Mira"}), vec![WarningCode::MoreDocuments])
    );
}

#[test]
fn a_repeated_key_is_reported_and_the_last_one_counts() {
    assert_eq!(parse_with_codes("a: 1\na: 2"), (json!({"a": 2}), vec![WarningCode::DuplicateKey]));
}

#[test]
fn tabs_that_indent_are_read_as_blanks() {
    let text = "name: Mira\nnested:\n\ta: 1\n\tb:\n\t\t- 2\n";

    assert_eq!(
        parse_with_codes(text),
        (json!({"name": "Mira", "nested": {"a": 1, "b": [2]}}), vec![WarningCode::TabsReplaced])
    );
}

#[test]
fn a_break_is_told_by_its_place_in_what_was_brought() {
    let parse = |text: &str| parse(text.as_bytes(), "$", &mut Warnings::default()).unwrap_err();

    assert_eq!(parse("name: Mira\ngreeting: *hello"), Refusal::BadYaml { line: 2, column: 11 });
    assert_eq!(parse("a:\n\tb: ]"), Refusal::BadYaml { line: 2, column: 2 });
}

#[test]
fn an_alias_of_what_holds_it_is_refused() {
    assert_eq!(refusal("a: &x [*x]"), "bad-yaml");
}

#[test]
fn bombs_are_refused() {
    let bomb = (1..12).fold("a0: &a0 [lol, lol, lol]\n".to_owned(), |text, n| {
        let alias = format!("*a{}, ", n - 1);
        format!("{text}a{n}: &a{n} [{}]\n", alias.repeat(9))
    });
    let texts = format!("a: &a {}\nb: [{}]", "x".repeat(1 << 20), "*a, ".repeat(1_000));
    let anchors =
        format!("a: {}{}", (0..126).map(|n| format!("&a{n} [")).collect::<String>(), "0,".repeat(20_000));

    assert_eq!(refusal(&bomb), "too-many-values");
    assert_eq!(refusal(&texts), "too-large");
    assert_eq!(refusal(&format!("{anchors}{}", "]".repeat(126))), "too-many-values");
    assert_eq!(refusal(&format!("a: [{}]", "0,".repeat(bounds::VALUES))), "too-many-values");
}

#[test]
fn depth_is_refused_however_it_comes_about() {
    let flow = |depth| format!("a: {}{}", "[".repeat(depth), "]".repeat(depth));
    let half = format!("a: &a {}{}\nb: ", "[".repeat(70), "]".repeat(70));

    assert!(parse(flow(bounds::NESTING - 1).as_bytes(), "$", &mut Warnings::default()).is_ok());
    assert_eq!(refusal(&flow(bounds::NESTING)), "too-deep");
    assert_eq!(refusal(&format!("{half}{}*a{}", "[".repeat(70), "]".repeat(70))), "too-deep");
    assert_eq!(refusal(&format!("a:\n{}", "- ".repeat(5_000))), "too-deep");
    assert_eq!(refusal(&flow(5_000)), "too-deep");
}

#[test]
fn a_file_is_taken_for_yaml_by_its_first_key() {
    for text in ["name: x", "# by me\n---\n\nname:\n  x", "\"name\": x", "\u{feff}name: x"] {
        assert!(begins_like(text.as_bytes()), "{text}");
    }
    for text in ["hello", "see http://x.y", "Once upon: a time", "", "a:b", ": x", "---"] {
        assert!(!begins_like(text.as_bytes()), "{text}");
    }
}

proptest! {
    #[test]
    fn json_is_yaml(tree in tree()) {
        let text = json!({"a": tree}).to_string();

        prop_assert_eq!(parse_with_codes(&text).0.to_string(), text);
    }

    #[test]
    fn no_text_makes_the_builder_panic(text in "(name: |[-?:] |&[ab] |\\*[ab] ?|[\\[\\]{},\"'|>!%#\t]|\\n {0,3}|---\\n|\\PC){0,40}") {
        let _ = parse(text.as_bytes(), "$", &mut Warnings::default());
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z\"\\\\:#\n\t&*\u{e9}\u{1f600}]{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[a-z:# \"]{0,6}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
