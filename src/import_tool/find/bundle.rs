//! What is in an archive of many: told by the places in it, or else by looking.
//!
//! Archives of SillyTavern's folders have them at any depth, so whatever lies as it would lie in such a folder makes what
//! is above it one.

use std::{collections::BTreeMap, path::Path};

use cards::Unpacked;

use super::{Look, Search, is_no_card, look, piece};
use crate::import_tool::{
    ImportError, home,
    luggage::{self, Bundle, Home, Kind, Piece},
    tally::Trouble,
};

/// An archive while it is looked through.
#[derive(Default)]
struct Found {
    /// What lies above a home in it, and the home's number.
    homes: BTreeMap<Vec<String>, Home>,
    pieces: BTreeMap<usize, Piece>,
    /// Settings, which are only of use in a home: where they lie, and under which label.
    settings: Vec<(usize, Vec<String>, String)>,
}

/// Takes note of everything in an archive; one that cannot be read is refused.
pub(super) fn open(search: &mut Search, path: &Path) -> Result<(), ImportError> {
    match luggage::read_bundle(path) {
        Ok(bytes) => look_through(search, path, &bytes)?,
        Err(trouble) => search.refuse(path, trouble),
    }
    Ok(())
}

fn look_through(search: &mut Search, path: &Path, bytes: &[u8]) -> Result<(), ImportError> {
    let files = match cards::unpack(bytes) {
        Ok(files) => files,
        Err(refusal) => {
            search.refuse(path, Trouble::from(&refusal));
            return Ok(());
        }
    };
    let mut found = Found::default();
    for (nth, file) in files.enumerate() {
        search.count()?;
        let label = format!("{}/{}", path.display(), file.name);
        found.take(search, nth, label, file);
    }
    found.settle();
    search.luggage.bundles.push(Bundle { path: path.to_owned(), pieces: found.pieces });
    Ok(())
}

impl Found {
    fn take(&mut self, search: &mut Search, nth: usize, label: String, file: Unpacked) {
        let place: Vec<String> = file.name.split('/').map(str::to_owned).collect();
        if place.last().is_some_and(|name| name == "settings.json") {
            self.settings.push((nth, place, label));
            return;
        }
        let name = Path::new(&file.name);
        let placed = home::above(&place).filter(|(_, kind)| *kind != Kind::Sprite || !is_card(&file));
        if let Some((above, kind)) = placed {
            let home = *self.homes.entry(place[..above].to_vec()).or_insert_with(|| search.new_home());
            self.pieces.insert(nth, piece(name, label, kind, home));
            return;
        }
        let looked_at = file.bytes.map_err(|refusal| Look::Refused(Trouble::from(&refusal)));
        match looked_at.and_then(|bytes| look(&bytes)) {
            Ok(kind) => drop(self.pieces.insert(nth, piece(name, label, kind, 0))),
            Err(Look::Refused(trouble)) if is_no_card(name, &trouble) => {
                search.put_aside(Path::new(&label), trouble);
            }
            Err(Look::Refused(trouble)) => search.refuse(Path::new(&label), trouble),
            Err(Look::Bundle) => search.refuse(Path::new(&label), nested()),
        }
    }

    /// Gives the settings to their homes, now that all are known.
    fn settle(&mut self) {
        for (nth, place, label) in std::mem::take(&mut self.settings) {
            if let Some(home) = self.homes.get(&place[..place.len() - 1]) {
                let settings = piece(Path::new("settings.json"), label, Kind::Settings, *home);
                self.pieces.insert(nth, settings);
            }
        }
    }
}

/// Whether a picture is a card: people sort them into folders, which makes no sprites of them.
fn is_card(file: &Unpacked) -> bool {
    file.bytes.as_ref().is_ok_and(|bytes| look(bytes).is_ok_and(|kind| kind == Kind::Character))
}

fn nested() -> Trouble {
    Trouble::new("nested-archive", "an archive in an archive is not opened; unpack it first".to_owned())
}
