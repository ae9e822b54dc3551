//! Sheets are stored inside commits, as MessagePack by name, and sent as JSON.

use cards::{Sheet, read};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::forge::{json, mira};

fn sheet() -> Sheet {
    let mut tree = mira();
    tree["data"]["character_book"] =
        json!({"entries": [{"id": 1, "priority": 1.50, "keys": ["rain"], "enabled": true}]});
    tree["data"]["extensions"] = json!({"talkativeness": 0.25, "depth_prompt": {"prompt": "be kind"}});
    read(&json(&tree)).unwrap().sheet
}

#[test]
fn a_sheet_survives_json() {
    let written = serde_json::to_string(&sheet()).unwrap();

    assert_eq!(serde_json::from_str::<Sheet>(&written).unwrap(), sheet());
}

#[test]
fn a_sheet_survives_messagepack_with_the_numbers_of_its_lorebook() {
    let mut written = Vec::new();
    let mut serializer = rmp_serde::Serializer::new(&mut written).with_struct_map().with_human_readable();
    sheet().serialize(&mut serializer).unwrap();

    let mut deserializer = rmp_serde::Deserializer::from_read_ref(&written).with_human_readable();
    assert_eq!(Sheet::deserialize(&mut deserializer).unwrap(), sheet());
}

#[test]
fn a_sheet_of_an_older_day_gets_defaults_for_what_it_lacks() {
    let sheet: Sheet =
        serde_json::from_str(r#"{"name":"Mira","depth_prompt":{"prompt":"x"},"later":1}"#).unwrap();

    assert_eq!((sheet.name.as_str(), sheet.talkativeness), ("Mira", Sheet::TALKATIVENESS));
    assert_eq!(sheet.depth_prompt.map(|prompt| prompt.depth), Some(4));
}
