//! CloseConversation: it is over, and with it every reply that is under way.

use super::{Conversation, ConversationClosed, ConversationEvent, ConversationRejected, ReplyCancelled};
use crate::{Command, user::UserId};

/// Close a conversation.
#[derive(Debug, Clone)]
pub struct CloseConversation {
    /// Who wants it.
    pub by: UserId,
}

impl Command<Conversation> for CloseConversation {
    const NAME: &'static str = "close_conversation";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let room = conversation.owned_by(self.by)?;
        if matches!(conversation, Conversation::Closed(_)) {
            return Ok(vec![]);
        }
        let cancelled =
            room.under_way(|_| true).into_iter().map(|reply| ReplyCancelled { reply, partial: None }.into());
        Ok(cancelled.chain([ConversationClosed {}.into()]).collect())
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        conversation::spec::{aqua, mira, requested, sent, started},
        spec::{given, id},
    };

    #[test]
    fn a_conversation_is_closed_once() {
        let closed: ConversationEvent = ConversationClosed {}.into();
        given::<Conversation>([started()]).when(CloseConversation { by: mira() }).then([closed.clone()]);
        given::<Conversation>([started(), closed]).when(CloseConversation { by: mira() }).then_nothing();
    }

    #[test]
    fn nobody_goes_on_speaking_into_a_closed_room() {
        given::<Conversation>([started(), sent(60, "Hello"), requested(70, aqua(), Some(60))])
            .when(CloseConversation { by: mira() })
            .then([ReplyCancelled { reply: id(70), partial: None }.into(), ConversationClosed {}.into()]);
    }
}
