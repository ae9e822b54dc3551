use serde_json::{Value, json};

use super::uri::{Target, target};
use super::*;
use crate::warning::{WarningCode, Warnings};

fn stock(names: &[&str]) -> Stock {
    let mut stock = Stock::default();
    for name in names {
        stock.add((*name).to_owned(), Some(name.as_bytes().to_vec()));
    }
    stock
}

fn read(assets: &Value, stock: Stock) -> (Vec<Asset>, Vec<WarningCode>) {
    let mut warnings = Warnings::default();
    let assets = list(&json!({"data": {"assets": assets}}), stock, &mut warnings);
    (assets, warnings.into_list().into_iter().map(|warning| warning.code).collect())
}

fn contents(assets: &[Asset]) -> Vec<Option<&[u8]>> {
    assets.iter().map(|asset| asset.bytes().map(|bytes| &bytes[..])).collect()
}

#[test]
fn every_spelling_of_inside_finds_its_bytes() {
    let list = json!([
        {"type": "icon", "name": "a", "ext": "png", "uri": "embeded://a/b.png"},
        {"type": "icon", "name": "b", "ext": "png", "uri": "embedded://a/b.png"},
        {"type": "icon", "name": "c", "ext": "png", "uri": "__asset:a/b.png"},
        {"type": "icon", "name": "d", "ext": "png", "uri": "a/b.png"},
    ]);

    let (assets, codes) = read(&list, stock(&["a/b.png"]));

    assert_eq!(contents(&assets), vec![Some(&b"a/b.png"[..]); 4]);
    assert_eq!(codes, []);
}

#[test]
fn names_inside_are_told_apart_by_case() {
    let (assets, codes) = read(&json!([{"type": "icon", "uri": "embeded://A.png"}]), stock(&["a.png"]));

    assert_eq!(assets[0].content, AssetContent::Missing);
    assert_eq!(codes, [WarningCode::AssetMissing]);
}

#[test]
fn data_uris_hold_their_own_bytes() {
    assert_eq!(target("data:image/png;base64,aGk="), Target::Data(Some(b"hi".to_vec())));
    assert_eq!(target("data:image/png;base64,aGk"), Target::Data(Some(b"hi".to_vec())));
    assert_eq!(target("data:,h%69"), Target::Data(Some(b"hi".to_vec())));
    assert_eq!(target("data:image/png;base64,!"), Target::Data(None));
    assert_eq!(target("data:nothing"), Target::Data(None));
}

#[test]
fn a_data_uri_is_shown_without_its_bytes() {
    let (assets, _) = read(&json!([{"type": "x_a", "uri": "data:image/png;base64,aGk="}]), stock(&[]));

    assert_eq!(assets[0].uri, "data:image/png;base64,");
    assert_eq!(contents(&assets), [Some(&b"hi"[..])]);
}

#[test]
fn what_is_elsewhere_is_kept_by_its_uri() {
    let list = json!([{"type": "icon", "name": "main", "ext": "png", "uri": "https://example.org/a.png"},
                      {"type": "icon", "name": "main", "ext": "png", "uri": "ccdefault:"}]);

    let (assets, codes) = read(&list, stock(&[]));

    assert_eq!(
        (&assets[0].content, assets[0].uri.as_str()),
        (&AssetContent::Elsewhere, "https://example.org/a.png")
    );
    assert_eq!(assets[1].content, AssetContent::Portrait);
    assert_eq!(codes, []);
}

#[test]
fn what_is_not_listed_is_kept_too() {
    let (assets, codes) = read(&json!([]), stock(&["module.risum", "x_meta/1.JSON"]));

    let names: Vec<_> = assets.iter().map(|a| (a.kind.as_str(), a.name.as_str(), a.ext.as_str())).collect();
    assert_eq!(names, [(Asset::UNLISTED, "module", "risum"), (Asset::UNLISTED, "1", "json")]);
    assert_eq!(assets[1].uri, "embeded://x_meta/1.JSON");
    assert_eq!(codes, []);
}

#[test]
fn an_asset_that_is_listed_often_is_held_once() {
    let item = json!({"type": "icon", "uri": "embeded://a"});
    let (assets, _) = read(&Value::from(vec![item; 1_000]), stock(&["a"]));

    let first = assets[0].bytes().unwrap().as_ptr();
    assert!(assets.iter().all(|asset| asset.bytes().unwrap().as_ptr() == first));
}

#[test]
fn lists_of_the_wrong_shape_are_reported() {
    assert_eq!(read(&json!("x"), stock(&[])).1, [WarningCode::WrongType]);
    assert_eq!(
        read(&json!([1, {"type": 1}]), stock(&[])).1,
        [WarningCode::WrongType, WarningCode::AssetMissing]
    );
    assert_eq!(read(&Value::Null, stock(&[])).1, []);
}

#[test]
fn the_portrait_is_the_main_icon_or_else_the_first_that_is_a_picture() {
    let icon = |name: &str, bytes: &'static [u8]| Asset {
        kind: "icon".to_owned(),
        name: name.to_owned(),
        ext: String::new(),
        uri: String::new(),
        content: AssetContent::Embedded(Bytes::from_static(bytes)),
    };
    let (other, text, main) = (icon("x", b"GIF89a"), icon("main", b"<html>"), icon("main", b"\xff\xd8\xff"));

    assert_eq!(portrait(&[other.clone(), text.clone(), main]).unwrap()[..], b"\xff\xd8\xff"[..]);
    assert_eq!(portrait(&[other, text.clone()]).unwrap()[..], b"GIF89a"[..]);
    assert_eq!(portrait(&[text]), None);
}
