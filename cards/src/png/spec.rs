use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::json;

use super::*;
use crate::warning::WarningCode;

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    chunks::write(*kind, data).unwrap()
}

fn png(inner: &[Vec<u8>]) -> Vec<u8> {
    let (head, end) = (chunk(b"IHDR", b"header"), chunk(b"IEND", b""));
    [&SIGNATURE[..], &head, &inner.concat(), &end].concat()
}

fn deflate(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// What the most trusted card chunk unpacks to, and the warnings' codes.
fn unpack(bytes: &[u8]) -> (Result<Vec<u8>, Refusal>, Vec<WarningCode>) {
    let mut warnings = Warnings::default();
    let texts = card_texts(bytes, &mut warnings).unwrap();
    let outcome = texts[0].unpack(&mut warnings);
    (outcome, warnings.into_list().into_iter().map(|warning| warning.code).collect())
}

#[test]
fn all_three_kinds_of_text_chunk_are_read() {
    let deflated = deflate(b"eyJhIjoxfQ==");
    let kinds = [
        chunk(b"tEXt", b"chara\0eyJhIjoxfQ=="),
        chunk(b"zTXt", &[b"Chara\0\0", &deflated[..]].concat()),
        chunk(b"iTXt", b"CHARA\0\0\0en\0char\0eyJhIjoxfQ=="),
        chunk(b"iTXt", &[b"chara\0\x01\0\0\0", &deflated[..]].concat()),
    ];
    for kind in kinds {
        assert_eq!(unpack(&png(&[kind])), (Ok(br#"{"a":1}"#.to_vec()), vec![]));
    }
}

#[test]
fn ccv3_comes_before_chara_wherever_it_stands() {
    let bytes = png(&[chunk(b"tEXt", b"chara\0eyJhIjoxfQ=="), chunk(b"tEXt", b"CCv3\0eyJhIjozfQ==")]);

    assert_eq!(unpack(&bytes), (Ok(br#"{"a":3}"#.to_vec()), vec![]));
}

#[test]
fn of_two_equal_keywords_the_first_counts_and_the_other_is_reported() {
    let bytes = png(&[chunk(b"tEXt", b"chara\0eyJhIjoxfQ=="), chunk(b"tEXt", b"chara\0eyJhIjozfQ==")]);

    assert_eq!(unpack(&bytes), (Ok(br#"{"a":1}"#.to_vec()), vec![WarningCode::DuplicateChunk]));
}

#[test]
fn a_wrong_checksum_is_only_a_warning() {
    let mut text = chunk(b"tEXt", b"chara\0eyJhIjoxfQ==");
    *text.last_mut().unwrap() ^= 1;

    assert_eq!(unpack(&png(&[text])), (Ok(br#"{"a":1}"#.to_vec()), vec![WarningCode::WrongChecksum]));
}

#[test]
fn a_card_behind_the_end_is_found() {
    let bytes = [png(&[]), chunk(b"tEXt", b"chara\0eyJhIjoxfQ==")].concat();

    assert_eq!(unpack(&bytes), (Ok(br#"{"a":1}"#.to_vec()), vec![WarningCode::AfterEnd]));
}

#[test]
fn base64_is_read_in_every_spelling() {
    let spellings: [(&[u8], &[u8]); 5] = [
        (b"eyJhIjoi8J-YgD8_In0", "{\"a\":\"😀??\"}".as_bytes()),
        (b"eyJh\r\nIjox\r\nfQ==", br#"{"a":1}"#),
        (b"eyJhIjoxfQ", br#"{"a":1}"#),
        (b"eyJhIjoxfQ=", br#"{"a":1}"#),
        (b"eyJhIjoxfR==", br#"{"a":1}"#),
    ];
    for (text, json) in spellings {
        let bytes = png(&[chunk(b"tEXt", &[b"chara\0", text].concat())]);

        assert_eq!(unpack(&bytes), (Ok(json.to_vec()), vec![WarningCode::Base64Repaired]));
    }
}

#[test]
fn plain_json_is_read_as_it_is() {
    let bytes = png(&[chunk(b"tEXt", b"chara\0 {\"a\":1}\0")]);

    assert_eq!(unpack(&bytes), (Ok(br#"{"a":1}"#.to_vec()), vec![WarningCode::PlainJson]));
}

#[test]
fn garbled_payloads_are_refused_by_what_is_wrong() {
    let refusal = |kind: &[u8; 4], data: &[u8]| unpack(&png(&[chunk(kind, data)])).0.unwrap_err();

    assert_eq!(refusal(b"tEXt", b"chara\0e"), Refusal::BadBase64);
    assert_eq!(refusal(b"tEXt", b"chara\0eyJ!"), Refusal::BadBase64);
    assert_eq!(refusal(b"tEXt", b"ccv3\0rcc||rccv1||xx"), Refusal::Encrypted);
    assert_eq!(refusal(b"zTXt", b"chara\0\0nonsense"), Refusal::BadCompression);
    assert_eq!(refusal(b"zTXt", b"chara\0\x07"), Refusal::BadCompression);
    assert_eq!(refusal(b"iTXt", b"chara\0\0"), Refusal::BadCompression);
}

#[test]
fn a_bomb_is_inflated_up_to_its_bound_only() {
    let bomb = deflate(&vec![b'A'; 4 * bounds::INFLATED_BYTES]);
    let bytes = png(&[chunk(b"zTXt", &[b"chara\0\0", &bomb[..]].concat())]);

    assert!(matches!(unpack(&bytes).0, Err(Refusal::TooLarge { limit: bounds::INFLATED_BYTES, .. })));
}

#[test]
fn a_length_that_lies_ends_the_picture() {
    for length in [0x7FFF_FFFF_u32, 0x8000_0000, u32::MAX] {
        let bytes = [&SIGNATURE[..], &length.to_be_bytes(), b"tEXtchara\0eyJhIjoxfQ=="].concat();

        assert_eq!(card_texts(&bytes, &mut Warnings::default()).unwrap_err(), Refusal::DamagedPng);
    }
}

#[test]
fn a_picture_without_a_card_says_so() {
    assert_eq!(card_texts(&png(&[]), &mut Warnings::default()).unwrap_err(), Refusal::NoCard);
}

#[test]
fn a_picture_that_breaks_off_behind_the_card_is_read_with_a_warning() {
    let mut bytes = png(&[chunk(b"tEXt", b"chara\0eyJhIjoxfQ==")]);
    bytes.truncate(bytes.len() - 3);

    assert_eq!(unpack(&bytes), (Ok(br#"{"a":1}"#.to_vec()), vec![WarningCode::DamagedPicture]));
}

#[test]
fn too_many_chunks_are_refused() {
    let many = chunk(b"IDAT", b"").repeat(bounds::PNG_CHUNKS);

    assert_eq!(card_texts(&png(&[many]), &mut Warnings::default()).unwrap_err(), Refusal::TooManyChunks);
}

#[test]
fn the_picture_is_the_file_without_its_card() {
    let (other, pixels) = (chunk(b"tEXt", b"Software\0x"), chunk(b"IDAT", b"pixels"));
    let card = [chunk(b"tEXt", b"Chara\0x"), chunk(b"iTXt", b"ccv3\0x")].concat();
    let with = [png(&[other.clone(), card, pixels.clone()]), b"tail".to_vec()].concat();
    let without = [png(&[other, pixels]), b"tail".to_vec()].concat();

    assert_eq!(picture(&with), Some(without));
    assert_eq!(picture(b"{}"), None);
}

#[test]
fn writing_replaces_the_card_and_touches_nothing_else() {
    let tree = json!({"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Mira"}});
    let mut odd = chunk(b"IDAT", b"pixels");
    *odd.last_mut().unwrap() ^= 1;
    let before = png(&[chunk(b"tEXt", b"chara\0old"), odd.clone(), chunk(b"zTXt", b"ccv3\0old")]);

    let after = write_png(&before, &tree).unwrap();

    assert_eq!(picture(&after), Some(png(&[odd])));
    let mut warnings = Warnings::default();
    let texts = card_texts(&after, &mut warnings).unwrap();
    let json: Vec<_> =
        texts.iter().map(|t| String::from_utf8(t.unpack(&mut warnings).unwrap()).unwrap()).collect();
    assert_eq!(json[0], r#"{"spec":"chara_card_v3","spec_version":"3.0","data":{"name":"Mira"}}"#);
    assert_eq!(json[1], tree.to_string());
    assert_eq!(warnings.into_list(), []);
}

#[test]
fn a_v1_card_is_written_under_its_own_keyword_only() {
    let after = write_png(&png(&[]), &json!({"name": "Mira"})).unwrap();

    assert_eq!(card_texts(&after, &mut Warnings::default()).unwrap().len(), 1);
}

#[test]
fn a_card_is_only_written_into_a_whole_picture() {
    let broken = &png(&[])[..20];

    assert_eq!(write_png(broken, &json!({})), Err(Refusal::DamagedPng));
    assert_eq!(write_png(b"GIF89a", &json!({})), Err(Refusal::UnknownFormat));
}
