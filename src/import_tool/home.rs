//! SillyTavern's folder of a user: which file in it is what.
//!
//! A file's place says what it is, and its name whose: a chat lies in a folder that is called as the character's file is,
//! without `.png`, and a sprite in one that is called as the character or as its file is. The same places are looked for in
//! archives of such folders, and archives of accounts lie alike.

use std::path::Path;

use super::luggage::Kind;
use crate::archive;

/// The folders in it that hold what is brought.
const FOLDERS: [&str; 6] = ["characters", "chats", "groups", "group chats", "worlds", "User Avatars"];

/// The file of its settings, which hold the personas.
const SETTINGS: &str = "settings.json";

/// Whether a folder is one of SillyTavern's users, perhaps not all of it, or an archive of an account that was unpacked.
pub(super) fn is_home(folder: &Path) -> bool {
    let is_archive = folder.join(archive::PLACE).is_file();
    let folders = FOLDERS.iter().filter(|name| folder.join(name).is_dir()).count();
    // One alone may be anybody's folder of that name.
    is_archive || folders + usize::from(folder.join(SETTINGS).is_file()) > 1
}

/// The folder with the folders of users, if this is SillyTavern's server or that folder itself.
pub(super) fn of_users(folder: &Path) -> Option<std::path::PathBuf> {
    if folder.join("server.js").is_file() && folder.join("data").is_dir() {
        return Some(folder.join("data"));
    }
    let marks = ["_storage", "_cache", "_uploads", "cookie-secret.txt"];
    marks.iter().any(|mark| folder.join(mark).exists()).then(|| folder.to_owned())
}

/// Whether a folder in it is looked into, given by its place in the home.
pub(super) fn is_of_use(place: &[String]) -> bool {
    match place {
        [] => true,
        [folder] => FOLDERS.contains(&folder.as_str()),
        [folder, _] => ["chats", "characters"].contains(&folder.as_str()),
        _ => false,
    }
}

/// What a file is, given by its place in the home.
pub(super) fn kind_of(place: &[String]) -> Option<Kind> {
    let place: Vec<&str> = place.iter().map(String::as_str).collect();
    match &place[..] {
        [SETTINGS] => Some(Kind::Settings),
        [archive::PLACE] => Some(Kind::Manifest),
        [archive::PERSONAS] => Some(Kind::Personas),
        ["User Avatars", file] if !file.starts_with('.') => Some(Kind::Portrait),
        ["characters", file] if !file.starts_with('.') => Some(Kind::Character),
        ["characters", _, file] if is_picture(file) => Some(Kind::Sprite),
        ["chats", _, file] if ends_in(file, "jsonl") => Some(Kind::Chat),
        ["groups", file] if ends_in(file, "json") => Some(Kind::Group),
        ["group chats", file] if ends_in(file, "jsonl") => Some(Kind::GroupChat),
        ["worlds", file] if ends_in(file, "json") => Some(Kind::Lorebook),
        _ => None,
    }
}

/// Whether SillyTavern would show it as a sprite, by its name.
fn is_picture(file: &str) -> bool {
    const PICTURES: [&str; 9] = ["png", "apng", "jpg", "jpeg", "webp", "gif", "avif", "bmp", "svg"];
    !file.starts_with('.') && PICTURES.iter().any(|extension| ends_in(file, extension))
}

fn ends_in(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// How many folders of a path lie above the home that the file would be in, and what it is there, if it lies as files
/// in a home do.
pub(super) fn above(path: &[String]) -> Option<(usize, Kind)> {
    let mut kinds = (0..path.len()).filter_map(|above| Some((above, kind_of(&path[above..])?)));
    kinds.find(|(_, kind)| *kind != Kind::Settings)
}

#[cfg(test)]
mod spec {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn a_place_says_what_a_file_is() {
        for (place, kind) in [
            ("characters/Aqua.png", Some(Kind::Character)),
            ("characters/Aqua/joy-1.WEBP", Some(Kind::Sprite)),
            ("characters/Aqua/notes.txt", None),
            ("characters/Aqua/winter/joy.png", None),
            ("chats/Aqua/one.jsonl", Some(Kind::Chat)),
            ("chats/stray.jsonl", None),
            ("groups/1.json", Some(Kind::Group)),
            ("group chats/1.JSONL", Some(Kind::GroupChat)),
            ("worlds/Sea.json", Some(Kind::Lorebook)),
            ("settings.json", Some(Kind::Settings)),
            ("personas.json", Some(Kind::Personas)),
            ("User Avatars/1-Ann.png", Some(Kind::Portrait)),
            ("secrets.json", None),
        ] {
            assert_eq!(kind_of(&path(place)), kind, "{place}");
        }
    }

    #[test]
    fn a_home_is_known_by_any_two_of_the_places_in_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("characters")).unwrap();
        assert!(!is_home(folder.path()));
        std::fs::write(folder.path().join(SETTINGS), "{}").unwrap();
        assert!(is_home(folder.path()));
    }

    #[test]
    fn in_an_archive_the_home_is_found_by_what_lies_in_it() {
        assert_eq!(above(&path("backup/default-user/chats/Aqua/one.jsonl")), Some((2, Kind::Chat)));
        assert_eq!(above(&path("characters/Aqua.png")), Some((0, Kind::Character)));
        assert_eq!(above(&path("cards/Aqua.png")), None);
        assert_eq!(above(&path("default-user/settings.json")), None);
    }
}
