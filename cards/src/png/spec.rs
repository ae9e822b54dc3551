use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::json;

use super::*;
use crate::warning::WarningCode;

pub(super) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    chunks::write(*kind, data).unwrap()
}

pub(super) fn png(inner: &[Vec<u8>]) -> Vec<u8> {
    let (head, end) = (chunk(b"IHDR", b"header"), chunk(b"IEND", b""));
    [&SIGNATURE[..], &head, &inner.concat(), &end].concat()
}

pub(super) fn deflate(text: &[u8]) -> Vec<u8> {
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

#[test]
fn names_that_single_programs_invented_are_read_behind_the_usual_ones() {
    for name in ["chara_card_v3", "CCV2", "card", "Character"] {
        let text = chunk(b"tEXt", format!("{name}\0eyJhIjoxfQ==").as_bytes());
        assert_eq!(unpack(&png(std::slice::from_ref(&text))), (Ok(br#"{"a":1}"#.to_vec()), vec![]), "{name}");

        let usual = chunk(b"tEXt", b"chara\0eyJhIjozfQ==");
        let expected = if name == "chara_card_v3" { br#"{"a":1}"# } else { br#"{"a":3}"# };
        assert_eq!(unpack(&png(&[text, usual])).0, Ok(expected.to_vec()), "{name}");
    }
}

#[test]
fn a_painters_chunk_of_such_a_name_is_no_card_and_stays() {
    let note = chunk(b"tEXt", b"character\0a knight, drawn in ink");
    let bytes = png(&[note]);

    assert_eq!(card_texts(&bytes, &mut Warnings::default()).unwrap_err(), Refusal::NoCard);
    assert_eq!(picture(&bytes), Some(bytes));
}

#[test]
fn an_animation_is_a_picture_like_any_other() {
    let frames = [chunk(b"acTL", b"frames!!"), chunk(b"fcTL", b"one"), chunk(b"fdAT", b"two")].concat();
    let bytes = png(&[frames.clone(), chunk(b"tEXt", b"chara\0eyJhIjoxfQ==")]);

    assert_eq!(unpack(&bytes), (Ok(br#"{"a":1}"#.to_vec()), vec![]));
    assert_eq!(picture(&bytes), Some(png(&[frames])));
}

#[test]
fn a_card_in_the_exif_of_a_picture_is_read_and_its_portrait_has_none() {
    let comment = b"ASCII\0\0\0{\"name\":\"Mira\",\"first_mes\":\"Hi\"}";
    let field =
        [&b"\x92\x86\0\x07\0\0\0"[..], &[u8::try_from(comment.len()).unwrap()], b"\0\0\0\x1a"].concat();
    let exif = [&b"MM\0*\0\0\0\x08\0\x01"[..], &field, &[0; 4], comment].concat();
    let bytes = png(&[chunk(b"eXIf", &exif)]);

    let card = crate::read(&bytes).unwrap();

    assert_eq!((card.carrier, card.sheet.name.as_str()), (crate::Carrier::Png, "Mira"));
    assert_eq!(card.portrait().unwrap(), png(&[]));
    let holiday = png(&[chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0")]);
    assert_eq!(picture(&holiday), Some(holiday.clone()));
}

#[test]
fn a_text_of_any_kind_is_packed_as_it_was() {
    let deflated = deflate(b"eyJhIjoxfQ==");
    let kinds = [
        (chunk(b"tEXt", b"Chara\0eyJhIjoxfQ=="), &b"Chara\0"[..]),
        (chunk(b"tEXt", b"chara\0{\"a\":1}"), b"chara\0{"),
        (chunk(b"zTXt", &[b"ccv3\0\0", &deflated[..]].concat()), b"ccv3\0\0"),
        (chunk(b"iTXt", b"chara\0\0\0en\0char\0eyJhIjoxfQ=="), b"chara\0\0\0en\0char\0"),
        (chunk(b"iTXt", &[b"chara\0\x01\0en\0c\0", &deflated[..]].concat()), b"chara\0\x01\0en\0c\0"),
    ];
    for (text, start) in kinds {
        let packed = with_cards(&png(&[text]), |_| Some(br#"{"b":2}"#.to_vec())).unwrap();

        let layout = Layout::of(&packed).unwrap();
        assert!(layout.chunks[1].data.starts_with(start) && layout.chunks[1].is_sound());
        assert_eq!(unpack(&packed).0, Ok(br#"{"b":2}"#.to_vec()));
    }
}
