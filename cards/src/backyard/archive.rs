//! BYAF: an archive with a manifest that names one character and any number of scenarios.
//!
//! A card has one scenario, so the first one is the card's, and the first messages of the others become greetings to
//! choose from. Names in the manifest only ever look up entries; paths within a document count from its folder.

use serde_json::{Map, Value, json};

use super::{Character, Told, is_blank, take};
use crate::archive::Archive;
use crate::asset::Stock;
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};
use crate::{bounds, json as texts};

/// The entry that makes an archive a character of Backyard AI.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The character, and the files beside it.
pub(crate) fn open(archive: &Archive<'_>, warnings: &mut Warnings) -> Result<(Told, Stock), Refusal> {
    archive.report(warnings);
    let mut documents = Documents { archive, bytes: 2 * bounds::JSON_BYTES, values: bounds::VALUES };
    let manifest = documents.read(MANIFEST, warnings)?;
    let path = texts_of(&manifest, "characters").next().ok_or(Refusal::NoCardInArchive)?.to_owned();
    let from = documents.read(&path, warnings)?;

    let mut scenarios = Vec::new();
    for (nth, name) in texts_of(&manifest, "scenarios").enumerate() {
        match documents.read(name, warnings) {
            Ok(scenario) => scenarios.push((name.to_owned(), scenario)),
            Err(refusal) => {
                let message = format!("this scenario cannot be read ({}); it was left out", refusal.code());
                warnings.add(WarningCode::EntryUnreadable, format!("scenarios[{nth}]"), message);
            }
        }
    }

    let documents = [&[MANIFEST, &path], &*names(&scenarios)].concat();
    let stock = archive.stock(|name| !documents.contains(&name), warnings)?;
    Ok((told(&manifest, (&path, from), scenarios), stock))
}

type Document = Map<String, Value>;

fn names(scenarios: &[(String, Document)]) -> Vec<&str> {
    scenarios.iter().map(|(name, _)| name.as_str()).collect()
}

/// The documents of the archive, within one budget for all of them.
#[derive(Debug)]
struct Documents<'e, 'a> {
    archive: &'e Archive<'a>,
    bytes: usize,
    values: usize,
}

impl Documents<'_, '_> {
    fn read(&mut self, name: &str, warnings: &mut Warnings) -> Result<Document, Refusal> {
        let entry = self.archive.entry(name).ok_or(Refusal::NoCardInArchive)?;
        let bytes = self.archive.required(entry, self.bytes.min(bounds::JSON_BYTES), warnings)?;
        self.bytes -= bytes.len();
        match texts::parse_within(&bytes, &entry.at(), &mut self.values, warnings)? {
            Value::Object(document) => Ok(document),
            _ => Err(Refusal::NotACard),
        }
    }
}

fn told(manifest: &Document, character: (&str, Document), scenarios: Vec<(String, Document)>) -> Told {
    let (path, mut from) = character;
    let author = |key: &str| manifest.get("author").and_then(|author| author.get(key)).cloned();
    let name = take(&mut from, "name");
    let name = if is_blank(&name) { take(&mut from, "displayName") } else { name };
    let mut assets = portraits(&mut from, path);
    assets.extend(backgrounds(&scenarios));
    let first = scenarios.first().map(|(_, scenario)| scenario);
    let text = |key: &str| first.and_then(|first| first.get(key)).cloned().unwrap_or_else(|| "".into());

    let character = Character {
        name,
        description: take(&mut from, "persona"),
        scenario: text("narrative"),
        first_mes: first.and_then(first_message).unwrap_or_else(|| "".into()),
        mes_example: first.map(examples).unwrap_or_default().into(),
        system_prompt: text("formattingInstructions"),
        alternate_greetings: scenarios.iter().skip(1).filter_map(|(_, other)| first_message(other)).collect(),
        creator: author("name").unwrap_or_else(|| "".into()),
        creator_notes: author("backyardURL").unwrap_or_else(|| "".into()),
        is_nsfw: from.get("isNSFW") == Some(&Value::Bool(true)),
        lore: take(&mut from, "loreItems"),
        assets,
        rest: json!({
            "manifest": manifest, "character": from,
            "scenarios": Vec::from_iter(scenarios.iter().enumerate().map(|(nth, (_, s))| rest(nth, s))),
        }),
    };
    let scenes = scenarios.into_iter().map(|(_, scenario)| Value::Object(scenario)).collect();
    Told { tree: character.into_tree(), scenes }
}

/// A scenario without its conversation, and without what the card has taken from it.
fn rest(nth: usize, scenario: &Document) -> Value {
    const TOLD: [&str; 2] = ["messages", "firstMessages"];
    const TOLD_OF_THE_FIRST: [&str; 3] = ["narrative", "formattingInstructions", "exampleMessages"];
    let is_told = |key: &str| TOLD.contains(&key) || nth == 0 && TOLD_OF_THE_FIRST.contains(&key);
    let kept = scenario.iter().filter(|(key, _)| !is_told(key));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into()
}

fn first_message(scenario: &Document) -> Option<Value> {
    let text = scenario.get("firstMessages")?.get(0)?.get("text")?;
    (!is_blank(text)).then(|| text.clone())
}

/// Example messages as one block. A line without a speaker is the character's.
fn examples(scenario: &Document) -> String {
    let messages = scenario.get("exampleMessages").and_then(Value::as_array);
    let texts = messages.into_iter().flatten().filter_map(|message| message.get("text")?.as_str());
    let lines: Vec<_> = texts.filter(|text| !text.trim().is_empty()).map(spoken).collect();
    if lines.is_empty() { String::new() } else { format!("<START>\n{}", lines.join("\n")) }
}

fn spoken(text: &str) -> String {
    let names_speaker = text.trim_start().starts_with("#{") || text.trim_start().starts_with("{{");
    if names_speaker { text.to_owned() } else { format!("#{{character}}: {text}") }
}

/// The first picture is the portrait.
fn portraits(from: &mut Document, path: &str) -> Vec<Value> {
    let Value::Array(images) = take(from, "images") else { return Vec::new() };
    let images = images.iter().take(bounds::ENTRIES).enumerate();
    let icons = images.map(|(nth, image)| {
        let text = |key: &str| image.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = if nth == 0 { "main" } else { text("label") };
        asset("icon", name, &beside(path, text("path")))
    });
    icons.collect()
}

fn backgrounds(scenarios: &[(String, Document)]) -> Vec<Value> {
    let paths = scenarios.iter().filter_map(|(_, scenario)| scenario.get("backgroundImage")?.as_str());
    let paths = paths.filter(|path| !path.is_empty()).take(bounds::ENTRIES).enumerate();
    // These paths count from the root.
    paths.map(|(nth, path)| asset("background", if nth == 0 { "main" } else { "" }, path)).collect()
}

fn asset(kind: &str, name: &str, path: &str) -> Value {
    let ext = path.rsplit_once('.').map_or("", |(_, ext)| ext);
    json!({ "type": kind, "name": name, "ext": ext, "uri": format!("embeded://{path}") })
}

/// A path in the folder of a document.
fn beside(document: &str, path: &str) -> String {
    let path = path.trim_start_matches("./");
    document.rsplit_once('/').map_or_else(|| path.to_owned(), |(folder, _)| format!("{folder}/{path}"))
}

fn texts_of<'a>(document: &'a Document, key: &str) -> impl Iterator<Item = &'a str> {
    let list = document.get(key).and_then(Value::as_array);
    list.into_iter().flatten().take(bounds::ENTRIES).filter_map(Value::as_str)
}
