//! After any history of a conversation its state makes sense, and its transcript tells the same story.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Past, conversations::steps};
use crate::{
    Aggregate, EventBody, Fold, When,
    conversation::{Conversation, ConversationEvent, Room, Speaker, Stage, Transcript},
    private::forgotten,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn after_any_history_the_room_makes_sense_and_the_transcript_agrees(steps in steps()) {
        let mut past: Past<Conversation, Transcript> = Past::default();
        for step in steps {
            step.happens(&mut past)?;
        }
        let Some(room) = past.state.room() else { return Ok(()) };
        makes_sense(room)?;
        agrees(&past.picture, room)?;
    }
}

/// What becomes of a conversation when everything that was ever said in it is forgotten.
#[derive(Debug, Clone, Default)]
struct Shadow {
    conversation: Conversation,
    transcript: Transcript,
}

impl Fold for Shadow {
    type Of = Conversation;

    fn fold(&mut self, event: &ConversationEvent, when: When) {
        let forgotten = forgotten(&event.clone().into());
        let event = ConversationEvent::of(&forgotten).expect("it is the same event");
        self.conversation.evolve(event);
        self.transcript.fold(event, when);
    }
}

proptest! {
    #[test]
    fn a_conversation_whose_words_are_forgotten_keeps_its_shape(steps in steps()) {
        let mut past: Past<Conversation, Shadow> = Past::default();
        for step in steps {
            step.happens(&mut past)?;
        }
        let Some(room) = past.state.room() else { return Ok(()) };
        let Some(shadow) = past.picture.conversation.room() else {
            return Err(TestCaseError::fail("the conversation is gone with its words"));
        };
        makes_sense(shadow)?;
        agrees(&past.picture.transcript, shadow)?;
        let shape = |room: &Room| -> Vec<_> {
            let messages = room.messages.iter();
            messages.map(|it| (it.id, it.speaker, it.variants, it.chosen, it.fate)).collect()
        };
        prop_assert_eq!(shape(room), shape(shadow));
        prop_assert_eq!(&room.replies, &shadow.replies);
        prop_assert_eq!((room.owner, &room.characters), (shadow.owner, &shadow.characters));
        for line in &past.picture.transcript.lines {
            prop_assert!(line.name.is_none() && line.variants.iter().all(|variant| variant.text.is_empty()));
        }
        prop_assert!(past.picture.transcript.proposals.iter().all(|proposal| proposal.text.is_empty()));
    }
}

fn makes_sense(room: &Room) -> Result<(), TestCaseError> {
    let ids: BTreeSet<_> = room.messages.iter().map(|message| message.id).collect();
    prop_assert_eq!(ids.len(), room.messages.len(), "a message stands twice");
    for message in &room.messages {
        prop_assert!(message.chosen < message.variants, "no variant counts: {:?}", message);
        let replies = room.under_way(|reply| reply.message == Some(message.id));
        prop_assert!(replies.len() <= 1, "two replies into one message: {:?}", replies);
    }
    let under_way = room.replies.values().filter(|reply| reply.stage == Stage::UnderWay);
    let messages: Vec<_> = under_way.filter_map(|reply| reply.message).collect();
    prop_assert_eq!(
        messages.iter().collect::<BTreeSet<_>>().len(),
        messages.len(),
        "two replies into one message"
    );
    for reply in room.replies.values().filter(|reply| reply.stage == Stage::Completed) {
        let Some(message) = reply.message else { continue };
        let speaker = room.any_message(message).map(|message| message.speaker);
        prop_assert_eq!(
            speaker,
            Some(Speaker::Character(reply.character)),
            "a completed reply has no message of its own"
        );
    }
    Ok(())
}

fn agrees(transcript: &Transcript, room: &Room) -> Result<(), TestCaseError> {
    let told: Vec<_> = transcript
        .lines
        .iter()
        .map(|line| (line.message, line.speaker, line.variants.len(), line.chosen, line.fate))
        .collect();
    let known: Vec<_> = room
        .messages
        .iter()
        .map(|message| (message.id, message.speaker, message.variants, message.chosen, message.fate))
        .collect();
    prop_assert_eq!(told, known);
    prop_assert_eq!(&transcript.title, &room.title);
    prop_assert_eq!(&transcript.characters, &room.characters);
    for (id, reply) in &room.replies {
        let asked = transcript.replies.get(id);
        let asked = asked.map(|asked| (asked.message, asked.character, asked.turn));
        let becomes = reply.message.map(|message| (message, reply.character, reply.turn));
        prop_assert_eq!(asked, becomes);
    }
    Ok(())
}
