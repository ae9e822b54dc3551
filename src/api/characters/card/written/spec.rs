use std::io::Cursor;

use cards::Spec;
use domain::character::Picture;
use image::{ImageFormat, RgbImage};
use serde_json::json;

use super::*;
use crate::import::card::read_card;

fn ida() -> Value {
    json!({"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Ida", "first_mes": "Hi"}})
}

fn source(file: Vec<u8>) -> Source {
    let profile = read_card(file.clone()).unwrap().profile;
    let now = profile.clone();
    Source {
        brought: Some(Brought { file: file.into(), profile, lorebook: None, lore: None }),
        now,
        picture: None,
        faces: Faces::default(),
    }
}

fn drawn(width: u32, format: ImageFormat) -> Vec<u8> {
    let mut picture = vec![];
    RgbImage::new(width, 10).write_to(&mut Cursor::new(&mut picture), format).unwrap();
    picture
}

fn width(written: &Written) -> u32 {
    image::load_from_memory(&written.bytes).unwrap().width()
}

#[test]
fn a_portrait_of_another_sort_is_what_one_sees_of_the_picture() {
    let icon = Asset::portrait(drawn(77, ImageFormat::Jpeg).into());
    let archive = cards::write_charx(&ida(), &[icon]).unwrap();

    let written = write(&source(archive), Some(Format::Png), None).unwrap();

    assert_eq!((width(&written), written.losses.len()), (77, 0));
    assert_eq!(cards::read(&written.bytes).unwrap().sheet.name, "Ida");
}

#[test]
fn another_picture_of_the_character_becomes_that_of_the_card() {
    let mut source = source(cards::write_png(&drawn(40, ImageFormat::Png), &ida()).unwrap());
    source.now.appearance.avatar = None;
    source.picture = Some(drawn(33, ImageFormat::WebP).into());

    let written = write(&source, None, None).unwrap();

    assert_eq!(width(&written), 33);
    assert_eq!(cards::read(&written.bytes).unwrap().tree(), &ida());
}

#[test]
fn another_picture_takes_the_place_of_the_icon_in_an_archive() {
    let icon = |width| Asset {
        uri: "embeded://assets/icon/main.png".to_owned(),
        ..Asset::portrait(drawn(width, ImageFormat::Png).into())
    };
    for assets in [vec![icon(40)], vec![]] {
        let mut source = source(cards::write_charx(&ida(), &assets).unwrap());
        let seal = Picture { digest: "ab".to_owned(), media_type: "image/png".to_owned() };
        source.now.appearance.avatar = Some(seal);
        source.picture = Some(drawn(33, ImageFormat::Png).into());

        let written = write(&source, None, None).unwrap();

        let card = cards::read(&written.bytes).unwrap();
        assert_eq!(card.carrier, Carrier::Charx);
        assert_eq!(card.portrait(), source.picture);
        assert_eq!(card.assets.len(), 1);
    }
}

#[test]
fn who_follows_the_version_already_stays_as_it_came() {
    let file = format!(" {} ", ida()).into_bytes();
    let written = write(&source(file.clone()), Some(Format::Json), Some(Version::V3)).unwrap();
    assert_eq!(written.bytes, file);
    let old = write(&source(file), None, Some(Version::V2)).unwrap();
    assert_eq!(cards::read(&old.bytes).unwrap().spec, Spec::V2);
}

#[test]
fn there_are_no_archives_of_old_cards() {
    let refused = write(&source(ida().to_string().into()), Some(Format::Charx), Some(Version::V2));
    assert!(matches!(refused, Err(NotWritten::OldArchive)));
}
