//! DeleteMessage: a message leaves the story, and with it the replies to it that are under way.

use super::{
    Conversation, ConversationEvent, ConversationRejected, Fate, MessageDeleted, MessageId, ReplyCancelled,
};
use crate::{Command, user::UserId};

/// Take a message out of the story.
#[derive(Debug, Clone)]
pub struct DeleteMessage {
    /// Who wants it.
    pub by: UserId,
    /// The message.
    pub message: MessageId,
}

impl Command<Conversation> for DeleteMessage {
    const NAME: &'static str = "delete_message";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let room = conversation.open_to(self.by)?;
        let message = room.any_message(self.message).ok_or(ConversationRejected::UnknownMessage)?;
        if message.fate == Fate::Deleted {
            return Ok(vec![]);
        }
        let this = Some(message.id);
        let pointless = room.under_way(|reply| reply.turn == this || reply.message == this);
        let cancelled = pointless.into_iter().map(|reply| ReplyCancelled { reply, partial: None }.into());
        Ok(cancelled.chain([MessageDeleted { message: self.message }.into()]).collect())
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        conversation::spec::{aqua, greeted, mira, requested, sent, started},
        spec::{given, id},
    };

    fn delete(message: u128) -> DeleteMessage {
        DeleteMessage { by: mira(), message: id(message) }
    }

    fn deleted(message: u128) -> ConversationEvent {
        MessageDeleted { message: id(message) }.into()
    }

    #[test]
    fn a_message_leaves_the_story_once() {
        given::<Conversation>([started(), greeted()]).when(delete(50)).then([deleted(50)]);
        given::<Conversation>([started(), greeted(), deleted(50)]).when(delete(50)).then_nothing();
    }

    #[test]
    fn replies_to_it_are_not_wanted_any_more() {
        given::<Conversation>([started(), sent(60, "Hello"), requested(70, aqua(), Some(60))])
            .when(delete(60))
            .then([ReplyCancelled { reply: id(70), partial: None }.into(), deleted(60)]);
    }

    #[test]
    fn what_was_never_said_cannot_be_deleted() {
        given::<Conversation>([started()])
            .when(delete(50))
            .then_rejected(ConversationRejected::UnknownMessage);
    }
}
