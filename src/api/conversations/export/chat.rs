//! From a conversation to a chat: what was said here, on top of what the file had that it came from.

use std::collections::BTreeMap;

use cards::chat::{Chat, Part, Speaker as Named, Turn, Variant};
use domain::{
    character::CharacterId,
    conversation::{ConversationId, Fate, Heard, Line, MessageId, Speaker, Transcript},
};

use crate::{
    api::conversations::import::{Wordings, message_id, wordings},
    prompt,
};

/// What characters are called.
pub(super) type Names = BTreeMap<CharacterId, String>;

/// The chat that a conversation came from.
pub(super) struct Source {
    pub(super) chat: Chat,
    /// Whether the file is SillyTavern's lines.
    pub(super) is_lines: bool,
}

impl Source {
    /// Whether the conversation says what the file says, and nothing else.
    pub(super) fn still_says(&self, id: ConversationId, transcript: &Transcript) -> bool {
        let turns = self.chat.turns.iter().enumerate();
        transcript.lines.len() == self.chat.turns.len()
            && turns.zip(&transcript.lines).all(|((nth, turn), line)| {
                let Wordings { variants, chosen, .. } = wordings(turn);
                let same_words = texts(line).eq(variants.iter().map(String::as_str));
                line.message == message_id(id, nth)
                    && line.fate == Fate::Standing
                    && same_words
                    && line.chosen == chosen
            })
    }
}

/// The chat as it stands now.
pub(super) fn told(
    id: ConversationId,
    transcript: &Transcript,
    names: &Names,
    source: Option<&Source>,
) -> Chat {
    let mut chat = source.map_or_else(|| begun(transcript, names), |source| source.chat.clone());
    let turns = std::mem::take(&mut chat.turns);
    let ids = (0..turns.len()).map(|nth| message_id(id, nth));
    let turns: BTreeMap<MessageId, Turn> = ids.zip(turns).collect();
    let cast = Cast { user: &chat.user, names, avatars: avatars(transcript, names, &turns) };
    let story = transcript.story().map(|line| match turns.get(&line.message) {
        Some(turn) => reworded(turn, line),
        None => cast.turn(line),
    });
    let story = story.collect();
    chat.turns = story;
    chat
}

/// The frame of a chat that began here.
fn begun(transcript: &Transcript, names: &Names) -> Chat {
    let character = transcript.characters.first().and_then(|character| names.get(character));
    Chat {
        user: prompt::user_name(transcript.persona.as_ref()).to_owned(),
        character: character.cloned().unwrap_or_default(),
        created: transcript.lines.first().map(|line| line.at),
        ..Chat::default()
    }
}

fn texts(line: &Line) -> impl Iterator<Item = &str> {
    line.variants.iter().map(|variant| variant.text.as_str())
}

/// A turn of the file, saying what it says now: a version that is there still keeps all that the file knows of it.
fn reworded(turn: &Turn, line: &Line) -> Turn {
    let Wordings { variants, versions, .. } = wordings(turn);
    if texts(line).eq(variants.iter().map(String::as_str)) {
        let chosen = versions.get(line.chosen).copied().unwrap_or(turn.chosen);
        return Turn { chosen, ..turn.clone() };
    }
    let version = |text: &str| turn.variants.iter().find(|variant| variant.text == text).cloned();
    let variants = texts(line).map(|text| version(text).unwrap_or_else(|| plain(text)));
    Turn { variants: variants.collect(), chosen: line.chosen, ..turn.clone() }
}

fn plain(text: &str) -> Variant {
    Variant { text: text.to_owned(), ..Variant::default() }
}

/// Who speaks, as SillyTavern tells them apart.
struct Cast<'a> {
    user: &'a str,
    names: &'a Names,
    avatars: BTreeMap<CharacterId, String>,
}

impl Cast<'_> {
    /// A turn that was said here.
    fn turn(&self, line: &Line) -> Turn {
        let (part, own, avatar) = match line.speaker {
            Speaker::User(_) => (Part::User, self.user.to_owned(), None),
            Speaker::Character(character) => (
                Part::Character,
                self.names.get(&character).cloned().unwrap_or_default(),
                self.avatars.get(&character).cloned(),
            ),
            Speaker::Narrator => (Part::Narrator, String::new(), None),
        };
        Turn {
            speaker: Named { part, name: line.name.clone().unwrap_or(own), avatar },
            at: Some(line.at),
            variants: texts(line).map(plain).collect(),
            chosen: line.chosen,
            hidden: line.heard == Heard::ByThePerson,
            ..Turn::default()
        }
    }
}

/// The files of the cards, by which a group's members are told apart: those that the file names, else one after the name.
fn avatars(
    transcript: &Transcript,
    names: &Names,
    turns: &BTreeMap<MessageId, Turn>,
) -> BTreeMap<CharacterId, String> {
    if transcript.characters.len() < 2 {
        return BTreeMap::new();
    }
    let mut avatars: BTreeMap<_, _> =
        names.iter().map(|(character, name)| (*character, format!("{name}.png"))).collect();
    for line in &transcript.lines {
        let avatar = turns.get(&line.message).and_then(|turn| turn.speaker.avatar.clone());
        if let (Speaker::Character(character), Some(avatar)) = (line.speaker, avatar) {
            avatars.insert(character, avatar);
        }
    }
    avatars
}
