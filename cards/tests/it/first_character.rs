//! The first character of the house: the picture and the JSON beside it are the same card.

use cards::{Spec, picture, read};

const JSON: &[u8] = include_bytes!("../../../assets/first-character.json");
const PNG: &[u8] = include_bytes!("../../../assets/first-character.png");

#[test]
fn the_picture_carries_the_very_card_that_the_json_is() {
    let (json, png) = (read(JSON).unwrap(), read(PNG).unwrap());

    assert_eq!(png.sheet, json.sheet);
    assert_eq!(png.tree(), json.tree());
    assert_eq!((json.spec, png.spec), (Spec::V3, Spec::V3));
    assert_eq!((json.warnings, png.warnings), (vec![], vec![]));
}

#[test]
fn the_first_character_has_all_that_a_good_one_needs() {
    let sheet = read(JSON).unwrap().sheet;

    assert!(sheet.description.split_whitespace().count() >= 150);
    assert_eq!(sheet.alternate_greetings.len(), 2);
    assert!(
        [&sheet.personality, &sheet.scenario, &sheet.first_message, &sheet.example_messages]
            .iter()
            .all(|text| !text.is_empty())
    );
    assert!(sheet.creator_notes.contains("licen"));
    assert_eq!(sheet.creator, "Innkeeper");
}

#[test]
fn the_picture_is_small_and_is_one_without_its_card() {
    let bare = picture(PNG).unwrap();

    assert!(PNG.len() < 200 << 10, "{} bytes", PNG.len());
    assert_eq!(read(&bare).unwrap_err().code(), "no-card");
}
