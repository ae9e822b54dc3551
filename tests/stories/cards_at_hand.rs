//! Card files looked at, converted and edited on the command line, without any server.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

const CARD: &str = r#"{ "spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Mira", "first_mes": "Come in!",
    "description": "", "tags": "inn, night", "alternate_greetings": ["Hm?"], "big": 12345678901234567890123, "one": 1.0} }"#;

struct Desk(TempDir);

impl Desk {
    fn with_card() -> Self {
        let desk = Self(TempDir::new().unwrap());
        fs::write(desk.at("mira.json"), CARD).unwrap();
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn cards(&self, arguments: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
        program.arg("cards").args(arguments).current_dir(self.0.path()).output().unwrap()
    }

    fn inspects(&self, name: &str) -> Value {
        let seen = self.cards(&["inspect", "--json", name]);
        serde_json::from_slice(&seen.stdout).unwrap()
    }
}

fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[test]
fn each_file_gets_one_line_and_one_that_is_refused_fails_the_whole() {
    let desk = Desk::with_card();
    fs::write(desk.at("notes.txt"), "buy milk").unwrap();

    let seen = desk.cards(&["inspect", "--json", "mira.json", "notes.txt", "gone.png"]);

    let lines: Vec<Value> = String::from_utf8(seen.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(seen.status.code(), Some(1));
    assert_eq!(lines[0]["name"], "Mira");
    assert_eq!((&lines[0]["format"], &lines[0]["spec"]), (&"json".into(), &"v2".into()));
    assert_eq!(lines[0]["alternate_greetings"], 1);
    assert_eq!(lines[0]["error"], Value::Null);
    assert!(lines[0]["warnings"].as_array().unwrap().iter().any(|warning| warning["at"] == "data.tags"));
    assert_eq!((&lines[1]["ok"], &lines[1]["error"]["code"]), (&false.into(), &"unknown-format".into()));
    assert_eq!(lines[2]["error"]["code"], "unreadable-file");
    assert_eq!(desk.cards(&["inspect", "mira.json"]).status.code(), Some(0));
}

#[test]
fn a_card_goes_from_file_to_file_and_loses_nothing() {
    let desk = Desk::with_card();
    for (from, to) in
        [("mira.json", "a.png"), ("a.png", "b.charx"), ("b.charx", "c.json"), ("c.json", "d.png")]
    {
        let converted = desk.cards(&["convert", from, to]);
        assert!(converted.status.success(), "{from} → {to}: {converted:?}");
    }
    assert_eq!(desk.inspects("d.png")["name"], "Mira");
    assert_eq!(cards::picture(&bytes(&desk.at("d.png"))), cards::picture(&bytes(&desk.at("a.png"))));
    let text = String::from_utf8(bytes(&desk.at("c.json"))).unwrap();
    assert!(text.contains("12345678901234567890123") && text.contains("1.0"), "{text}");
}

#[test]
fn what_would_lose_something_is_refused_and_nothing_is_written() {
    let desk = Desk::with_card();
    let large = cards::write_png(
        &[cards::drawn_portrait("Mira"), vec![0; cards::bounds::JSON_BYTES]].concat(),
        &serde_json::from_str(CARD).unwrap(),
    );
    fs::write(desk.at("large.png"), large.unwrap()).unwrap();

    let refused = desk.cards(&["convert", "large.png", "small.json"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("asset-left"));
    assert!(!desk.at("small.json").exists());

    let accepted = desk.cards(&["convert", "--lossy", "large.png", "small.json"]);
    assert!(String::from_utf8(accepted.stdout).unwrap().contains("asset-left"));
    assert_eq!(desk.inspects("small.json")["name"], "Mira");
}

#[test]
fn an_edit_changes_its_field_and_nothing_else() {
    let desk = Desk::with_card();
    let edited =
        desk.cards(&["edit", "mira.json", "ida.json", "--set", "data.name=Ida", "--set", "data.one=2"]);
    assert!(edited.status.success(), "{edited:?}");
    let expected = CARD.replace("\"Mira\"", "\"Ida\"").replace("\"one\": 1.0", "\"one\": 2");
    assert_eq!(String::from_utf8(bytes(&desk.at("ida.json"))).unwrap(), expected);

    let refused = desk.cards(&["edit", "mira.json", "x.json", "--set", "data.name.first=Ida"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!refused.stderr.is_empty() && !desk.at("x.json").exists());
}
