//! CancelReply: the person does not want the reply any more. What was said until then stays.

use super::{Conversation, ConversationEvent, ConversationRejected, ReplyCancelled, ReplyId, Stage};
use crate::{Command, Private, bounds, user::UserId};

/// Stop a reply.
#[derive(Debug, Clone)]
pub struct CancelReply {
    /// Who wants it.
    pub by: UserId,
    /// The reply.
    pub reply: ReplyId,
    /// What was said until then.
    pub partial: String,
}

impl Command<Conversation> for CancelReply {
    const NAME: &'static str = "cancel_reply";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        match conversation.owned_by(self.by)?.reply(self.reply)?.stage {
            Stage::Cancelled => return Ok(vec![]),
            Stage::Completed | Stage::Failed => return Err(ConversationRejected::ReplyOver),
            Stage::UnderWay => {}
        }
        bounds::text("the partial reply", &self.partial, bounds::REPLY)?;
        Ok(vec![ReplyCancelled { reply: self.reply, partial: Private::spoken(self.partial.clone()) }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        conversation::spec::{aqua, completed, mira, requested, sent, started, vlad},
        spec::{given, id},
    };

    fn asked() -> [ConversationEvent; 3] {
        [started(), sent(60, "Hello"), requested(70, aqua(), Some(60))]
    }

    fn cancel() -> CancelReply {
        CancelReply { by: mira(), reply: id(70), partial: "Hi, I".into() }
    }

    #[test]
    fn a_reply_is_cancelled_once() {
        let cancelled: ConversationEvent =
            ReplyCancelled { reply: id(70), partial: Some("Hi, I".into()) }.into();
        given::<Conversation>(asked()).when(cancel()).then([cancelled.clone()]);
        given::<Conversation>(asked().into_iter().chain([cancelled])).when(cancel()).then_nothing();
    }

    #[test]
    fn what_is_said_is_said() {
        given::<Conversation>(asked().into_iter().chain([completed(70, "Hi")]))
            .when(cancel())
            .then_rejected(ConversationRejected::ReplyOver);
    }

    #[test]
    fn a_stranger_stops_nothing() {
        given::<Conversation>(asked())
            .when(CancelReply { by: vlad(), ..cancel() })
            .then_rejected(ConversationRejected::UnknownConversation);
    }
}
