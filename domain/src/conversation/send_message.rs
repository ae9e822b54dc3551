//! SendMessage: a person says something, and the characters whose turn it is are asked to reply.
//!
//! Every character that takes part and is not retired replies, in the order in which they sit. The message is taken
//! also while replies to earlier ones are under way: nobody is told to wait before they may speak.

use super::{
    Candidate, Conversation, ConversationEvent, ConversationRejected, MessageId, MessageSent, Room,
    request_reply::{Answer, speakers},
};
use crate::{Command, bounds, user::UserId};

/// Say something.
#[derive(Debug, Clone)]
pub struct SendMessage {
    /// Who says it.
    pub by: UserId,
    /// The message.
    pub message: MessageId,
    /// What.
    pub text: String,
    /// Who may reply; nobody, when the message is only to be posted.
    pub candidates: Vec<Candidate>,
}

impl SendMessage {
    fn repeats(&self, room: &Room) -> Result<bool, ConversationRejected> {
        match room.any_message(self.message) {
            None if room.is_promised(self.message) => Err(ConversationRejected::AlreadyHere),
            None => Ok(false),
            Some(message) if message.says(&self.text) => Ok(true),
            Some(_) => Err(ConversationRejected::AlreadyHere),
        }
    }
}

impl Command<Conversation> for SendMessage {
    const NAME: &'static str = "send_message";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let room = conversation.open_to(self.by)?;
        bounds::spoken("the message", &self.text, bounds::MESSAGE)?;
        if self.repeats(room)? {
            return Ok(vec![]);
        }
        let speakers = speakers(room, &self.candidates, Answer::To(self.message))?;
        room.has_room_for(1 + speakers.len())?;
        let sent = MessageSent { message: self.message, author: self.by, text: self.text.clone().into() };
        Ok(std::iter::once(sent.into()).chain(speakers).collect())
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        character::Standing,
        conversation::{
            ConversationClosed,
            spec::{aqua, bard, candidate, mira, reply_message, requested, sent, started, vlad},
        },
        spec::{given, given_nothing, id},
    };

    fn hello(candidates: impl Into<Vec<Candidate>>) -> SendMessage {
        SendMessage { by: mira(), message: id(60), text: "Hello".into(), candidates: candidates.into() }
    }

    #[test]
    fn a_message_is_said_and_everybody_present_is_asked() {
        given::<Conversation>([started()])
            .when(hello([candidate(aqua(), 70), candidate(bard(), 71)]))
            .then([sent(60, "Hello"), requested(70, aqua(), Some(60)), requested(71, bard(), Some(60))]);
    }

    #[test]
    fn a_retired_character_is_not_asked() {
        let away = Candidate { standing: Standing::Retired, ..candidate(aqua(), 70) };
        given::<Conversation>([started()])
            .when(hello([away, candidate(bard(), 71)]))
            .then([sent(60, "Hello"), requested(71, bard(), Some(60))]);
    }

    #[test]
    fn when_all_are_retired_nobody_is_there_to_talk_with() {
        let away = Candidate { standing: Standing::Retired, ..candidate(aqua(), 70) };
        given::<Conversation>([started()])
            .when(hello([away]))
            .then_rejected(ConversationRejected::CharacterRetired);
    }

    #[test]
    fn a_second_message_is_taken_while_a_reply_is_under_way() {
        given::<Conversation>([started(), sent(60, "Hello"), requested(70, aqua(), Some(60))])
            .when(SendMessage { message: id(61), ..hello([candidate(aqua(), 71)]) })
            .then([sent(61, "Hello"), requested(71, aqua(), Some(61))]);
    }

    #[test]
    fn the_same_message_twice_says_nothing() {
        given::<Conversation>([started(), sent(60, "Hello")])
            .when(hello([candidate(aqua(), 70)]))
            .then_nothing();
    }

    #[test]
    fn the_same_id_for_other_words_is_refused() {
        given::<Conversation>([started(), sent(60, "Bye")])
            .when(hello([]))
            .then_rejected(ConversationRejected::AlreadyHere);
    }

    #[test]
    fn the_id_that_a_reply_was_promised_is_refused() {
        given::<Conversation>([started(), sent(60, "Hello"), requested(70, aqua(), Some(60))])
            .when(SendMessage { message: reply_message(70), ..hello([]) })
            .then_rejected(ConversationRejected::AlreadyHere);
    }

    #[test]
    fn nobody_is_asked_twice_and_no_id_given_twice() {
        given::<Conversation>([started()])
            .when(hello([candidate(aqua(), 70), candidate(aqua(), 71)]))
            .then_rejected(ConversationRejected::TwiceTheSame);
        given::<Conversation>([started()])
            .when(hello([candidate(aqua(), 70), candidate(bard(), 70)]))
            .then_rejected(ConversationRejected::AlreadyHere);
    }

    #[test]
    fn a_strangers_conversation_is_unknown() {
        given::<Conversation>([started()])
            .when(SendMessage { by: vlad(), ..hello([]) })
            .then_rejected(ConversationRejected::UnknownConversation);
        given_nothing::<Conversation>()
            .when(hello([]))
            .then_rejected(ConversationRejected::UnknownConversation);
    }

    #[test]
    fn in_a_closed_conversation_nothing_is_said() {
        given::<Conversation>([started(), ConversationClosed {}.into()])
            .when(hello([]))
            .then_rejected(ConversationRejected::Closed);
    }

    #[test]
    fn a_message_must_say_something_and_come_to_an_end() {
        given::<Conversation>([started()])
            .when(SendMessage { text: " \n".into(), ..hello([]) })
            .then_rejected(OutOfBounds::Empty { what: "the message" }.into());
        given::<Conversation>([started()])
            .when(SendMessage { text: "a".repeat(bounds::MESSAGE + 1), ..hello([]) })
            .then_rejected(OutOfBounds::TooLong { what: "the message", most: bounds::MESSAGE }.into());
        given::<Conversation>([started()])
            .when(SendMessage { text: "a\0b".into(), ..hello([]) })
            .then_rejected(OutOfBounds::Nul { what: "the message" }.into());
    }
}
