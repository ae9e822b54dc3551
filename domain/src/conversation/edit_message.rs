//! EditMessage: a person puts what they said in other words.

use super::{Conversation, ConversationEvent, ConversationRejected, MessageEdited, MessageId, Speaker};
use crate::{Command, bounds, user::UserId};

/// Put it in other words.
#[derive(Debug, Clone)]
pub struct EditMessage {
    /// Who wants it.
    pub by: UserId,
    /// The message.
    pub message: MessageId,
    /// What it shall say.
    pub text: String,
}

impl Command<Conversation> for EditMessage {
    const NAME: &'static str = "edit_message";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let message = conversation.open_to(self.by)?.message(self.message)?;
        if message.speaker != Speaker::User(self.by) {
            return Err(ConversationRejected::NotYourMessage);
        }
        bounds::spoken("the message", &self.text, bounds::MESSAGE)?;
        if message.says(&self.text) {
            return Ok(vec![]);
        }
        Ok(vec![MessageEdited { message: self.message, text: self.text.clone().into() }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        conversation::spec::{greeted, mira, sent, started},
        spec::{given, id},
    };

    fn edit(message: u128, text: &str) -> EditMessage {
        EditMessage { by: mira(), message: id(message), text: text.into() }
    }

    #[test]
    fn an_author_edits_what_they_said() {
        given::<Conversation>([started(), sent(60, "Helo")]).when(edit(60, "Hello")).then([MessageEdited {
            message: id(60),
            text: "Hello".into(),
        }
        .into()]);
    }

    #[test]
    fn the_same_words_say_nothing() {
        let edited = MessageEdited { message: id(60), text: "Hello".into() }.into();
        given::<Conversation>([started(), sent(60, "Helo"), edited]).when(edit(60, "Hello")).then_nothing();
    }

    #[test]
    fn a_characters_words_are_not_a_persons_to_edit() {
        given::<Conversation>([started(), greeted()])
            .when(edit(50, "Quack."))
            .then_rejected(ConversationRejected::NotYourMessage);
    }
}
