//! Sprites: pictures beside a card that express what a character feels.
//!
//! They need no idempotency key: what a feeling is expressed by is said anew each time, so the same picture again is
//! nothing, and one that changed takes the place of the other, as often as it changes.

use bytes::Bytes;
use reqwest::Method;

use super::{Piece, Porter, line, notes::unless_at_rest};
use crate::import_tool::{
    door::Door,
    tally::{Fate, Line, Trouble},
};

impl Porter<'_> {
    pub(super) async fn sprite(&self, piece: &Piece, bytes: Bytes) {
        let characters = self.shown_by(piece);
        if characters.is_empty() {
            let why = format!("no character came in whose sprites are in {}", piece.folder);
            return self
                .tally
                .note(line(piece, Fate::LeftOut).because(Trouble::new("character-not-here", why)));
        }
        let name = self.feeling(piece).unwrap_or_else(|| piece.stem.clone());
        let Some(door) = self.door else {
            return self.tally.note(Line { name: Some(name), ..line(piece, Fate::Ready) });
        };
        let mut fate = Fate::Present;
        for character in characters {
            match express(door, &character, &name, &bytes).await {
                Ok(one) => fate = fate.min(one),
                Err(trouble) => return self.refused(piece, trouble),
            }
        }
        self.tally.note(Line { name: Some(name), ..line(piece, fate) });
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
