//! What SillyTavern itself ships, read at test time from its npm package.
//!
//! It is AGPL and no part of this repository: the stories install it into the cache folder. Where nobody has yet, these
//! tests have nothing to read, and say so.

use std::fs;
use std::path::{Path, PathBuf};

use cards::backfill::{v2, v3};
use cards::lorebook::{of_card, write_sillytavern};
use cards::{Found, recognise};
use serde_json::Value;

#[test]
fn its_character_is_read_and_filled_up_without_a_loss() {
    let Some(content) = content() else { return };
    let Found::Card(card) = recognise(&fs::read(content.join("default_Seraphina.png")).unwrap()).unwrap()
    else {
        panic!("a card")
    };

    assert_eq!(card.warnings, []);
    let (book, warnings) = of_card(card.sheet.lorebook.as_ref().unwrap()).unwrap();
    assert_eq!((book.entries.len(), warnings), (4, vec![]));
    for filled in [v2(card.tree()).unwrap(), v3(card.tree()).unwrap()] {
        assert_eq!(filled.losses, []);
        assert_eq!(missing_from(&filled.tree["data"], &card.tree()["data"]), None);
    }
}

#[test]
fn its_lorebook_is_read_and_written_without_a_loss() {
    let Some(content) = content() else { return };
    let bytes = fs::read(content.join("Eldoria.json")).unwrap();
    let Found::Lorebook(file) = recognise(&bytes).unwrap() else { panic!("a lorebook") };
    let tree = serde_json::from_slice(&bytes).unwrap();

    assert_eq!((file.lorebook.entries.len(), &file.warnings[..]), (4, &[][..]));
    assert_eq!(missing_from(&write_sillytavern(&file.lorebook), &tree), None);
}

#[test]
fn none_of_its_presets_is_taken_for_anything_else() {
    let Some(content) = content() else { return };
    let mut files = Vec::new();
    gather(&content, &mut files);
    let taken = files.iter().filter(|path| path.extension().is_some_and(|end| end == "json"));
    let taken = taken.filter(|path| recognise(&fs::read(path).unwrap()).is_ok());

    let mut taken: Vec<_> = taken.filter_map(|path| path.file_name()).collect();
    taken.sort_unstable();
    assert_eq!(
        taken,
        ["Eldoria.json", "settings.json"],
        "a lorebook, and the settings that hold the personas"
    );
    assert!(files.len() > 100, "{} files", files.len());
}

/// The first place at which what was written does not say what was read. Null says nothing.
fn missing_from(written: &Value, read: &Value) -> Option<String> {
    match (written, read) {
        (_, Value::Null) => None,
        (Value::Object(written), Value::Object(read)) => read.iter().find_map(|(key, value)| {
            let other = written.get(key).unwrap_or(&Value::Null);
            missing_from(other, value).map(|place| format!("{key}.{place}"))
        }),
        (Value::Array(written), Value::Array(read)) if written.len() == read.len() => {
            written.iter().zip(read).enumerate().find_map(|(nth, (written, read))| {
                missing_from(written, read).map(|place| format!("{nth}.{place}"))
            })
        }
        (written, read) => (written != read).then(|| format!("{read} became {written}")),
    }
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() { gather(&path, files) } else { files.push(path) }
    }
}

/// The folder of what it ships, if it was ever installed.
#[expect(
    clippy::disallowed_methods,
    reason = "the cache folder is named by the environment of whoever tests"
)]
fn content() -> Option<PathBuf> {
    let folder =
        |name: &str, below: &str| std::env::var_os(name).map(|folder| PathBuf::from(folder).join(below));
    let cache = folder("INNKEEPER_CACHE", "")
        .or_else(|| folder("XDG_CACHE_HOME", "innkeeper"))
        .or_else(|| folder("HOME", ".cache/innkeeper"))?;
    let installed =
        fs::read_dir(&cache).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut content = installed.map(|path| path.join("package/default/content")).filter(|path| path.is_dir());
    let found = content.find(|path| path.to_string_lossy().contains("sillytavern-"));
    if found.is_none() {
        eprintln!("skipped: no SillyTavern in {}; the stories install it", cache.display());
    }
    found
}
