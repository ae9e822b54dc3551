//! A lorebook that was read from a file, or from the card of a character, and how it comes in.
//!
//! Its id follows from whose it is and from the file, so that the same file is the same lorebook, and an import that
//! broke off goes on when it is repeated. A long file comes in by parts, each a command of its own. All of it is checked
//! before the first one: a file comes in whole or not at all.

mod cut;

use bytes::Bytes;
use cards::lorebook::Format;
use domain::{
    lorebook::{
        ContinueImport, Entry, Extras, ImportLorebook, Lorebook, LorebookId, LorebookRejected, Original,
        Settings, check_entries,
    },
    user::UserId,
};

use super::{CardWarning, ImportError};
use crate::{
    api::idempotency::digest,
    execute::{Accepted, Envelope},
    house::House,
};

/// Why a file is no lorebook that can be read, and what to do.
pub use cards::Refusal as ReadError;

/// A lorebook that was read.
#[derive(Debug, Clone)]
pub struct ReadBook {
    /// What it is called, and how it is searched.
    pub settings: Settings,
    /// What other programs keep in it.
    pub extras: Extras,
    /// The file itself, by its digest.
    pub original: Original,
    /// What it knows.
    pub entries: Vec<Entry>,
    /// What was odd about it, and what was done about it.
    pub warnings: Vec<CardWarning>,
    file: Bytes,
}

/// Reads a lorebook from a file of its own, which is called like this if it does not say itself what it is called.
pub fn read_book(file: impl Into<Bytes>, called: Option<&str>) -> Result<ReadBook, ReadError> {
    let file = file.into();
    let read = cards::lorebook::read(&file)?;
    let warnings = read.warnings.into_iter().map(CardWarning::from).collect();
    Ok(ReadBook::of(read.lorebook, name_of(read.format), called.unwrap_or("Lorebook"), file, warnings))
}

/// Reads the lorebook of a card, if anything stands in it. Its file is its own part of the card, so that two cards with
/// one world share it.
pub fn book_of_card(book: &cards::Book, character: &str) -> Result<Option<ReadBook>, ReadError> {
    let (lorebook, warnings) = book.read()?;
    if lorebook.entries.is_empty() {
        return Ok(None);
    }
    let file = Bytes::from(book.to_string());
    let warnings = warnings.into_iter().map(|warning| in_card(warning.into())).collect();
    let called = format!("{character}'s lorebook");
    Ok(Some(ReadBook::of(lorebook, name_of(Format::CharacterBook), &called, file, warnings)))
}

/// A warning about the book, told of the card that it is in.
pub(super) fn in_card(warning: CardWarning) -> CardWarning {
    let at = match warning.at.as_str() {
        "$" => "data.character_book".to_owned(),
        at => format!("data.character_book.{at}"),
    };
    CardWarning { at, ..warning }
}

/// How the log and the interface call a format.
fn name_of(format: Format) -> &'static str {
    match format {
        Format::SillyTavern => "sillytavern",
        Format::V3 => "v3",
        Format::CharacterBook => "character_book",
        Format::NovelAi => "novelai",
        Format::Agnai => "agnai",
        Format::RisuAi => "risuai",
        _ => "other",
    }
}

impl ReadBook {
    fn of(
        book: cards::lorebook::Lorebook,
        format: &str,
        called: &str,
        file: Bytes,
        mut warnings: Vec<CardWarning>,
    ) -> Self {
        let (settings, extras, entries) = cut::of(book, called, &mut warnings);
        let original = Original {
            digest: digest(&file),
            format: format.to_owned(),
            size: u64::try_from(file.len()).unwrap_or(u64::MAX),
            entries: entries.len(),
        };
        Self { settings, extras, original, entries, warnings, file }
    }

    /// The lorebook that it is, for this owner.
    pub fn id(&self, owner: UserId) -> LorebookId {
        owner.derive(&format!("lorebook {}", self.original.digest))
    }

    /// Holds if the rules will take all of it.
    pub fn check(&self) -> Result<(), LorebookRejected> {
        self.settings.check()?;
        check_entries(&self.entries)
    }
}

/// Takes a lorebook in, commit by commit. The first command has the number 0.
pub async fn take_in(
    house: &House,
    owner: UserId,
    book: ReadBook,
    envelope: impl Fn(usize) -> Envelope,
) -> Result<Accepted, ImportError> {
    let id = book.id(owner);
    house.objects.put(owner, &book.file).await?;
    let mut parts = cut::parts(book.entries).into_iter();
    let entries = parts.next().unwrap_or_default();
    let mut from = entries.len();
    let ReadBook { settings, extras, original, .. } = book;
    let digest = original.digest.clone();
    let command = ImportLorebook { owner, settings, extras, original, entries };
    let mut accepted = house.executor.execute(id, &command, &envelope(0)).await?;
    let arrived = arrived(house, id).await?;
    let last = parts.len();
    for (number, entries) in (1..).zip(parts) {
        let until = from + entries.len();
        // The last one is given in any case: it knows where the import ended.
        if until > arrived || number == last {
            let command = ContinueImport { by: owner, digest: digest.clone(), from, entries };
            accepted = house.executor.execute(id, &command, &envelope(number)).await?;
        }
        from = until;
    }
    Ok(accepted)
}

/// How many entries of the file are here.
async fn arrived(house: &House, id: LorebookId) -> Result<usize, ImportError> {
    let arrived = house
        .executor
        .look::<Lorebook, _>(id, |lorebook| lorebook.state().book().map_or(0, |book| book.arrived));
    Ok(arrived.await.map_err(crate::execute::ExecuteError::<LorebookRejected>::from)?)
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;
    use crate::stamp;

    fn world(name: Option<&str>) -> Vec<u8> {
        let mut world = json!({"entries": {"0": {"uid": 0, "key": ["tide"], "content": "It comes."}}});
        if let Some(name) = name {
            world["name"] = json!(name);
        }
        world.to_string().into_bytes()
    }

    #[test]
    fn a_lorebook_is_called_what_it_says_and_else_as_its_file() {
        let name = |file, called| read_book(file, called).unwrap().settings.name;
        assert_eq!(name(world(Some("The sea")), Some("file")), "The sea");
        assert_eq!(name(world(None), Some("file")), "file");
        assert_eq!(
            (name(world(None), Some(" ")), name(world(None), None)),
            ("Lorebook".into(), "Lorebook".into())
        );
    }

    #[test]
    fn the_same_file_is_the_same_lorebook_and_another_owners_is_not() {
        let (mira, vlad) = (stamp::id(), stamp::id());
        let [one, again, other] =
            [world(None), world(None), world(Some("The sea"))].map(|file| read_book(file, None).unwrap());
        assert_eq!(one.id(mira), again.id(mira));
        assert_ne!(one.id(mira), other.id(mira));
        assert_ne!(one.id(mira), one.id(vlad));
        assert_eq!((one.original.format.as_str(), one.original.entries), ("sillytavern", 1));
    }

    #[test]
    fn the_book_of_a_card_is_named_after_its_character_and_an_empty_one_is_none() {
        let book = json!({"entries": [{"keys": ["tide"], "content": "It comes.", "enabled": "odd"}]});
        let read = book_of_card(&book.into(), "Aqua").unwrap().unwrap();
        assert_eq!(
            (read.settings.name.as_str(), read.original.format.as_str()),
            ("Aqua's lorebook", "character_book")
        );
        assert!(!read.warnings.is_empty());
        assert!(
            read.warnings.iter().all(|warning| warning.at.starts_with("data.character_book")),
            "{read:?}"
        );
        assert!(book_of_card(&json!({"entries": []}).into(), "Aqua").unwrap().is_none());
    }
}
