use serde_json::json;

use super::*;

fn parse_with_codes(text: &[u8]) -> (Value, Vec<WarningCode>) {
    let mut warnings = Warnings::default();
    let tree = parse(text, "$", &mut warnings).unwrap();
    (tree, warnings.into_list().into_iter().map(|warning| warning.code).collect())
}

fn refusal(text: &[u8]) -> Refusal {
    parse(text, "$", &mut Warnings::default()).unwrap_err()
}

#[test]
fn order_and_number_spelling_survive() {
    let text = r#"{"z":1.0,"a":12345678901234567890123,"m":-0,"e":1E+3}"#;

    let (tree, codes) = parse_with_codes(text.as_bytes());

    assert_eq!(tree.to_string(), text.replace("1E+3", "1e+3"));
    assert_eq!(codes, []);
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(parse_with_codes(b"\xef\xbb\xbf{}"), (json!({}), vec![WarningCode::ByteOrderMark]));
}

#[test]
fn utf_16_is_read() {
    let text: Vec<u8> = "\u{feff}{\"a\":\"ö\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();

    assert_eq!(parse_with_codes(&text), (json!({"a": "ö"}), vec![WarningCode::TextEncoding]));
}

#[test]
fn bytes_that_are_not_utf_8_become_replacement_characters() {
    assert_eq!(
        parse_with_codes(b"{\"a\":\"caf\xe9\"}"),
        (json!({"a": "caf\u{fffd}"}), vec![WarningCode::TextEncoding])
    );
}

#[test]
fn half_a_surrogate_pair_becomes_a_replacement_character() {
    let (tree, codes) = parse_with_codes(br#"{"a":"x\ud800y","b":"\ud83d\ude00"}"#);

    assert_eq!(tree, json!({"a": "x\u{fffd}y", "b": "😀"}));
    assert_eq!(codes, [WarningCode::LoneSurrogate]);
}

#[test]
fn a_repeated_key_is_reported_and_the_last_one_counts() {
    assert_eq!(parse_with_codes(br#"{"a":1,"a":2}"#), (json!({"a": 2}), vec![WarningCode::DuplicateKey]));
}

#[test]
fn nesting_is_read_up_to_its_bound() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();

    assert!(parse(&nested(bounds::NESTING), "$", &mut Warnings::default()).is_ok());
    assert_eq!(refusal(&nested(bounds::NESTING + 1)), Refusal::TooDeep);
    assert_eq!(refusal(&nested(1_000_000)), Refusal::TooDeep);
}

#[test]
fn more_values_than_the_bound_are_refused() {
    assert_eq!(refusal(format!("[{}0]", "0,".repeat(bounds::VALUES)).as_bytes()), Refusal::TooManyValues);
}

#[test]
fn more_bytes_than_the_bound_are_refused() {
    assert!(matches!(refusal(&vec![b' '; bounds::JSON_BYTES + 1]), Refusal::TooLarge { .. }));
}

#[test]
fn a_break_is_told_by_its_place() {
    assert_eq!(refusal(b"{\n  \"a\": nonsense\n}"), Refusal::BadJson { line: 2, column: 9 });
}

#[test]
fn the_name_of_v3_takes_the_place_of_the_old_one() {
    let swapped = as_v3(&json!({"x": 1, "spec": "chara_card_v2", "data": {}})).unwrap();

    assert_eq!(swapped.to_string(), r#"{"spec_version":"3.0","x":1,"spec":"chara_card_v3","data":{}}"#);
    assert_eq!(as_v3(&json!({"name": "Mira"})), None);
}

#[test]
fn a_name_that_the_parser_keeps_for_itself_is_refused() {
    for text in [
        r#"{"a":{"$serde_json::private::RawValue":"[0,0,0]"}}"#,
        r#"{"a":{"\u0024serde_json::private::Number":"7"}}"#,
    ] {
        assert_eq!(refusal(text.as_bytes()), Refusal::ReservedName);
    }
}
