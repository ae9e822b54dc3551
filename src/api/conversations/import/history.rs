//! From the turns of a chat to the messages of a conversation.
//!
//! A chat comes from strangers, and a commit has bounds: a wording that is too long is cut, and of too many wordings some
//! are left out, never the one that counts. Both are said, and the file itself is kept whole.

use cards::chat::{Chat, Turn};
use domain::{
    Private, bounds,
    conversation::{AdoptedMessage, ConversationId, MessageId, Persona, Speaker},
};
use time::OffsetDateTime;

use super::{CardWarning, speakers::Company};
use crate::stamp;

/// How many bytes all wordings of a message have at most, so that they fit into a commit with room to spare.
const WORDS: usize = 512 * 1024;

/// What was said, and what had to be left out.
pub(super) struct History {
    pub(super) messages: Vec<AdoptedMessage>,
    pub(super) warnings: Vec<CardWarning>,
}

/// The messages of a chat, in order.
pub(super) fn read(
    conversation: ConversationId,
    chat: &Chat,
    company: &Company,
    persona: Option<&Persona>,
) -> History {
    let mut history = History { messages: Vec::with_capacity(chat.turns.len()), warnings: vec![] };
    let user = persona.map(|persona| persona.name.as_str());
    for (nth, (turn, at)) in chat.turns.iter().zip(times(chat)).enumerate() {
        let Wordings { variants, chosen, fit, .. } = wordings(turn);
        let (speaker, name) = company.find(&turn.speaker, user);
        if fit == Fit::InPart {
            history.warn("cut", nth, "the message has more words than have room; some were left out");
        }
        if speaker == Speaker::Narrator && turn.speaker.part == cards::chat::Part::Character {
            history.warn(
                "speaker-not-here",
                nth,
                "whoever says this did not come along; only the name is kept",
            );
        }
        let message = message_id(conversation, nth);
        let chosen = u32::try_from(chosen).unwrap_or_default();
        let hidden = turn.hidden;
        history.messages.push(AdoptedMessage {
            message,
            origin: message,
            speaker,
            variants: variants.into_iter().map(Private::Known).collect(),
            chosen,
            at,
            name: name.map(Private::Known),
            hidden,
        });
    }
    history
}

impl History {
    /// As many as a card may have.
    fn warn(&mut self, code: &str, turn: usize, message: &str) {
        if self.warnings.len() < cards::bounds::WARNINGS {
            let (code, message) = (code.to_owned(), message.to_owned());
            self.warnings.push(CardWarning { code, at: format!("message {}", turn + 1), message });
        }
    }
}

/// The id of the message that a turn becomes.
pub(in crate::api::conversations) fn message_id(conversation: ConversationId, turn: usize) -> MessageId {
    conversation.derive(&format!("turn {turn}"))
}

/// The wordings of a turn, as far as they have room.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::api::conversations) struct Wordings {
    /// The words.
    pub(in crate::api::conversations) variants: Vec<String>,
    /// Which of them counts.
    pub(in crate::api::conversations) chosen: usize,
    /// Which of the turn's versions they are.
    pub(in crate::api::conversations) versions: Vec<usize>,
    /// Whether they are all of it.
    pub(in crate::api::conversations) fit: Fit,
}

/// Whether everything had room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api::conversations) enum Fit {
    /// It had.
    Whole,
    /// Words were cut or left out.
    InPart,
}

/// The wordings of a turn that come in: the one that counts, and of the others those that have room.
pub(in crate::api::conversations) fn wordings(turn: &Turn) -> Wordings {
    let texts: Vec<&str> = turn.variants.iter().map(|variant| shortened(&variant.text)).collect();
    let counting = turn.chosen.min(texts.len().saturating_sub(1));
    let mut room = WORDS.saturating_sub(texts.get(counting).map_or(0, |text| text.len()));
    let mut places = bounds::LIST.saturating_sub(1);
    let mut has_room = |nth: usize| {
        let size = texts[nth].len();
        let fits = nth == counting || (places > 0 && size <= room);
        if fits && nth != counting {
            (room, places) = (room - size, places - 1);
        }
        fits
    };
    let versions: Vec<usize> = (0..texts.len()).filter(|nth| has_room(*nth)).collect();
    let uncut = versions.iter().all(|nth| texts[*nth].len() == turn.variants[*nth].text.len());
    let fit = if uncut && versions.len() == texts.len() { Fit::Whole } else { Fit::InPart };
    Wordings {
        variants: versions.iter().map(|nth| texts[*nth].to_owned()).collect(),
        chosen: versions.iter().position(|nth| *nth == counting).unwrap_or_default(),
        versions,
        fit,
    }
}

fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(bounds::REPLY)]
}

/// When each turn was said. One that does not say was said when the one before it was; nobody knows better.
fn times(chat: &Chat) -> Vec<OffsetDateTime> {
    // The years that can be written down.
    let known = |at: Option<OffsetDateTime>| at.filter(|at| (0..=9999).contains(&at.year()));
    let first = chat.turns.iter().find_map(|turn| known(turn.at));
    let mut last = known(chat.created).or(first).unwrap_or_else(stamp::now);
    let turns = chat.turns.iter();
    turns
        .map(|turn| {
            last = known(turn.at).unwrap_or(last);
            last
        })
        .collect()
}

#[cfg(test)]
mod spec {
    use cards::chat::Variant;
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    fn turn(texts: &[&str], chosen: usize) -> Turn {
        let variants = texts.iter().map(|text| Variant { text: (*text).to_owned(), ..Variant::default() });
        Turn { variants: variants.collect(), chosen, ..Turn::default() }
    }

    #[test]
    fn all_wordings_come_in_and_the_one_that_counts_counts() {
        let read = wordings(&turn(&["Hi", "Hey", "Ho"], 1));
        assert_eq!(
            (read.variants, read.chosen, read.fit),
            (vec!["Hi".into(), "Hey".into(), "Ho".into()], 1, Fit::Whole)
        );
    }

    #[test]
    fn where_there_is_no_room_the_one_that_counts_stays() {
        let long = "a".repeat(bounds::REPLY + 9);
        let read = wordings(&turn(&[&long, &long, "short", "counts"], 3));
        assert_eq!((read.versions, read.chosen, read.fit), (vec![0, 2, 3], 2, Fit::InPart));
        assert!(read.variants[0].len() <= bounds::REPLY);
    }

    #[test]
    fn who_does_not_say_when_spoke_when_the_one_before_did() {
        let at = datetime!(2026-01-02 03:04:05 UTC);
        let said = |at| Turn { at, ..turn(&["Hi"], 0) };
        let chat = Chat { turns: vec![said(None), said(Some(at)), said(None)], ..Chat::default() };
        assert_eq!(times(&chat), [at, at, at]);
    }

    proptest! {
        #[test]
        fn what_comes_in_is_within_bounds_and_says_what_the_turn_says(
            sizes in prop::collection::vec(prop_oneof![0..9_usize, 200_000..300_000_usize], 1..6),
            chosen in 0..8_usize,
        ) {
            let texts: Vec<_> = sizes.iter().map(|size| "é".repeat(size / 2)).collect();
            let turn = turn(&texts.iter().map(String::as_str).collect::<Vec<_>>(), chosen);
            let read = wordings(&turn);
            prop_assert!(read.variants.iter().map(String::len).sum::<usize>() <= WORDS);
            prop_assert!(read.variants.len() <= bounds::LIST && read.chosen < read.variants.len());
            prop_assert_eq!(read.versions[read.chosen], chosen.min(texts.len() - 1));
            prop_assert!(texts[read.versions[read.chosen]].starts_with(&read.variants[read.chosen]));
        }
    }
}
