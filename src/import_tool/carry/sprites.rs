//! Sprites: pictures beside a card that express what a character feels.
//!
//! They need no idempotency key: what a feeling is expressed by is said anew each time, so the same picture again is
//! nothing, and one that changed takes the place of the other, as often as it changes.

use std::collections::BTreeMap;

use bytes::Bytes;
use reqwest::Method;

use super::{Home, Piece, Porter, line, notes::unless_at_rest};
use crate::{
    import_tool::{
        door::Door,
        luggage::{Kind, Luggage},
        tally::{Fate, Line, Trouble},
    },
    media,
};

/// By home, folder and name without extension: the first of the files that are called so.
pub(super) type Firsts<'a> = BTreeMap<(Home, &'a str, &'a str), &'a str>;

/// Which sprites are called by their name without its extension.
pub(super) fn firsts(luggage: &Luggage) -> Firsts<'_> {
    let mut firsts = Firsts::new();
    for piece in luggage.pieces().filter(|piece| piece.kind == Kind::Sprite) {
        let Piece { home, folder, stem, name, .. } = piece;
        let first = firsts.entry((*home, folder.as_str(), stem.as_str())).or_insert(name.as_str());
        *first = (*first).min(name);
    }
    firsts
}

impl Porter<'_> {
    pub(super) async fn sprite(&self, piece: &Piece, bytes: Bytes) {
        let characters = self.shown_by(piece);
        if characters.is_empty() {
            let why = format!("no character came in whose sprites are in {}", piece.folder);
            return self
                .tally
                .note(line(piece, Fate::LeftOut).because(Trouble::new("character-not-here", why)));
        }
        let name = self.feeling(piece).unwrap_or_else(|| self.named(piece).to_owned());
        let Some(door) = self.door else { return self.rehearse(piece, name, &bytes) };
        let mut fate = Fate::Present;
        for character in characters {
            match express(door, &character, &name, &bytes).await {
                Ok(one) => fate = fate.min(one),
                Err(trouble) => return self.refused(piece, trouble),
            }
        }
        self.tally.note(Line { name: Some(name), ..line(piece, fate) });
    }

    fn rehearse(&self, piece: &Piece, name: String, picture: &[u8]) {
        if media::picture(picture).is_none() {
            return self.refused(piece, Trouble::new("unknown-format", "this is no picture".to_owned()));
        }
        self.tally.note(Line { name: Some(name), ..line(piece, Fate::Ready) });
    }

    /// What a sprite is called: of `joy.png` and `joy.webp` one is `joy`, and the other has to have a name of its own. What
    /// is behind a dot, SillyTavern takes for no part of the feeling.
    fn named<'p>(&self, piece: &'p Piece) -> &'p str {
        let first = self.firsts.get(&(piece.home, piece.folder.as_str(), piece.stem.as_str()));
        let is_first = first.is_none_or(|first| *first == piece.name);
        if is_first { &piece.stem } else { &piece.name }
    }

    /// Whom a sprite shows: the one whose card is called as its folder is, or else all who are called so themselves.
    fn shown_by(&self, piece: &Piece) -> Vec<String> {
        let (known, key) = (self.known(), (piece.home, piece.folder.clone()));
        let by_file = known.characters.get(&key).map(|id| vec![id.clone()]);
        by_file.or_else(|| known.called.get(&key).cloned()).unwrap_or_default()
    }
}

/// What became of it: one who was put to rest since has all that they are to have.
async fn express(door: &Door, character: &str, name: &str, picture: &Bytes) -> Result<Fate, Trouble> {
    let path = format!("characters/{character}/expressions");
    let request = || door.named(Method::PUT, &path, name).body(picture.clone());
    let taken = unless_at_rest(door.ask(request).await)?;
    let is_new = taken.is_some_and(|taken| !taken.was_here);
    Ok(if is_new { Fate::Imported } else { Fate::Present })
}

/// The folder in which SillyTavern looks for the sprites of somebody of this name.
pub(super) fn folder(name: &str) -> String {
    let name = name.replace(|letter: char| letter.is_control() || "/?<>\\:*|\"".contains(letter), "");
    name.trim_end_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_folder_is_called_as_a_file_system_can() {
        for (name, expected) in
            [("Ida", "Ida"), ("Bard: the 2nd / \"loud\"", "Bard the 2nd  loud"), ("Dr. ", "Dr")]
        {
            assert_eq!(folder(name), expected);
        }
    }
}
