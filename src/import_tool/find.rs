//! Looking through files, folders and archives for what can be brought.
//!
//! Folders are looked through within bounds, and links in them are not followed: they may lead anywhere, also in circles.
//! Where a place does not say what a file is, the file itself is looked at.

mod bundle;

use std::{
    fs,
    path::{Path, PathBuf},
};

use cards::{Found, Refusal};

use super::{
    ImportError, home,
    luggage::{self, Home, Kind, Left, Luggage, Piece, Verdict},
    tally::Trouble,
};

/// How many folders below a folder that was named.
const DEPTH: usize = 16;
/// How many files in all.
const FILES: usize = 200_000;

/// Everything that these paths name.
pub(super) fn gather(paths: &[PathBuf]) -> Result<Luggage, ImportError> {
    let mut search = Search::default();
    for path in paths {
        match fs::metadata(path) {
            Err(error) => {
                search.refuse(path, Trouble::new("unreadable-file", format!("cannot be read: {error}")));
            }
            Ok(metadata) if metadata.is_dir() => search.folder(&users(path), 0)?,
            Ok(_) => search.file(path)?,
        }
    }
    Ok(search.luggage)
}

/// Of SillyTavern's server only the users' folders: the rest is its program.
fn users(folder: &Path) -> PathBuf {
    home::of_users(folder).unwrap_or_else(|| folder.to_owned())
}

#[derive(Default)]
struct Search {
    luggage: Luggage,
    homes: Home,
    seen: usize,
}

impl Search {
    fn new_home(&mut self) -> Home {
        self.homes += 1;
        self.homes
    }

    fn count(&mut self) -> Result<(), ImportError> {
        self.seen += 1;
        if self.seen > FILES { Err(ImportError::TooManyFiles(FILES)) } else { Ok(()) }
    }

    fn refuse(&mut self, path: &Path, trouble: Trouble) {
        let label = path.display().to_string();
        self.luggage.left.push(Left { label, what: "file", trouble, verdict: Verdict::Refused });
    }

    /// What nobody would take for a card is not held against anybody.
    fn put_aside(&mut self, path: &Path, trouble: Trouble) {
        let label = path.display().to_string();
        self.luggage.left.push(Left { label, what: "file", trouble, verdict: Verdict::NoPlace });
    }

    fn leave(&mut self, path: &Path, what: &'static str, code: &'static str, why: &str) {
        let (label, trouble) = (path.display().to_string(), Trouble::new(code, why.to_owned()));
        self.luggage.left.push(Left { label, what, trouble, verdict: Verdict::NoPlace });
    }

    /// A folder of anything.
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), ImportError> {
        if home::is_home(folder) {
            let home = self.new_home();
            return self.home(folder, &[], home);
        }
        if depth > DEPTH {
            self.refuse(folder, Trouble::new("too-deep", format!("lies more than {DEPTH} folders deep")));
            return Ok(());
        }
        let only_homes = home::of_users(folder).is_some();
        for (path, is_folder) in self.entries(folder)? {
            match is_folder {
                true if only_homes && !home::is_home(&path) => {}
                true => self.folder(&path, depth + 1)?,
                false if only_homes => {}
                false => self.file(&path)?,
            }
        }
        Ok(())
    }

    /// What lies in a folder, in the order of names: whether it is a folder, and no links.
    fn entries(&mut self, folder: &Path) -> Result<Vec<(PathBuf, bool)>, ImportError> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.refuse(folder, Trouble::new("unreadable-folder", format!("cannot be read: {error}")));
                return Ok(vec![]);
            }
        };
        let mut found = vec![];
        for entry in entries.flatten() {
            self.count()?;
            let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_symlink() {
                self.leave(
                    &path,
                    "link",
                    "symlink",
                    "links in folders are not followed; name what it leads to",
                );
            } else if !hidden && (kind.is_dir() || kind.is_file()) {
                found.push((path, kind.is_dir()));
            }
        }
        found.sort();
        Ok(found)
    }

    /// A folder of a user of SillyTavern's, or one in it.
    fn home(&mut self, folder: &Path, place: &[String], home: Home) -> Result<(), ImportError> {
        for (path, is_folder) in self.entries(folder)? {
            let mut place = place.to_vec();
            place.push(name_of(&path));
            if is_folder && home::is_of_use(&place) {
                self.home(&path, &place, home)?;
            } else if !is_folder && let Some(kind) = home::kind_of(&place) {
                let piece = piece(&path, path.display().to_string(), kind, home);
                self.luggage.files.push((path, piece));
            } else if is_folder && place.first().is_some_and(|folder| folder == "characters") {
                self.leave(
                    &path,
                    "sprites",
                    "no-place-for-outfits",
                    "of the pictures beside a card only those in its own folder have a place here, not outfits below",
                );
            }
        }
        Ok(())
    }

    /// A file that nobody has said anything about.
    fn file(&mut self, path: &Path) -> Result<(), ImportError> {
        self.count()?;
        let looked_at = match luggage::read(path) {
            Err(trouble) if trouble.code == "too-large" && is_zip(path) => Err(Look::Bundle),
            Err(trouble) => Err(Look::Refused(trouble)),
            Ok(bytes) => look(&bytes),
        };
        match looked_at {
            Ok(kind) => {
                let piece = piece(path, path.display().to_string(), kind, 0);
                self.luggage.files.push((path.to_owned(), piece));
            }
            Err(Look::Bundle) => bundle::open(self, path)?,
            Err(Look::Refused(trouble)) if is_no_card(path, &trouble) => self.put_aside(path, trouble),
            Err(Look::Refused(trouble)) => self.refuse(path, trouble),
        }
        Ok(())
    }
}

/// What a file is that does not say so by its place.
pub(super) enum Look {
    /// An archive of many.
    Bundle,
    /// Nothing that can be brought.
    Refused(Trouble),
}

fn look(bytes: &[u8]) -> Result<Kind, Look> {
    match cards::recognise(bytes) {
        Ok(Found::Card(_)) => Ok(Kind::Character),
        Ok(Found::Lorebook(_)) => Ok(Kind::Lorebook),
        Ok(Found::Chats(_)) => Ok(Kind::Chat),
        Ok(Found::Group(_)) => Ok(Kind::Group),
        Ok(Found::Personas(_)) => Ok(Kind::Personas),
        Ok(_) => Err(Look::Refused(Trouble::from(&Refusal::UnknownFormat))),
        Err(Refusal::NoCardInArchive) => Err(Look::Bundle),
        Err(refusal) => Err(Look::Refused(Trouble::from(&refusal))),
    }
}

/// Whether a file is known to be something else, or neither says by its name nor by its bytes that it is one of ours.
fn is_no_card(path: &Path, trouble: &Trouble) -> bool {
    const OURS: [&str; 11] =
        ["png", "apng", "json", "jsonl", "charx", "byaf", "yaml", "yml", "jpg", "jpeg", "webp"];
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match trouble.code.as_str() {
        "of-no-use" => true,
        "unknown-format" | "unsupported-format" | "empty" => !OURS.contains(&extension.as_str()),
        _ => false,
    }
}

fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn piece(path: &Path, label: String, kind: Kind, home: Home) -> Piece {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().map(name_of).unwrap_or_default();
    Piece { label, kind, home, folder, stem, name: name_of(path) }
}
