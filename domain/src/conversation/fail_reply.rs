//! FailReply: the worker says why a reply could not be said. What was said until then stays.

use super::{Conversation, ConversationEvent, ConversationRejected, ReplyFailed, ReplyId, Stage};
use crate::{Command, Private, bounds};

/// Give a reply up.
#[derive(Debug, Clone)]
pub struct FailReply {
    /// The reply.
    pub reply: ReplyId,
    /// Why, as a stable name in kebab-case.
    pub reason: String,
    /// Why, in a sentence for people.
    pub sentence: String,
    /// What was said until then.
    pub partial: String,
    /// Which attempt this was, from 1.
    pub attempt: u32,
}

impl Command<Conversation> for FailReply {
    const NAME: &'static str = "fail_reply";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let room = conversation.room().ok_or(ConversationRejected::UnknownConversation)?;
        match room.reply(self.reply)?.stage {
            Stage::Failed => return Ok(vec![]),
            Stage::Completed | Stage::Cancelled => return Err(ConversationRejected::ReplyOver),
            Stage::UnderWay => {}
        }
        bounds::spoken("the reason", &self.reason, bounds::WORD)?;
        bounds::text("the sentence", &self.sentence, bounds::SETTING)?;
        bounds::text("the partial reply", &self.partial, bounds::REPLY)?;
        let Self { reply, reason, sentence, partial, attempt } = self.clone();
        let (sentence, partial) = (sentence.into(), Private::spoken(partial));
        Ok(vec![ReplyFailed { reply, reason, sentence, partial, attempt }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        conversation::spec::{aqua, completed, requested, sent, started},
        spec::{given, id},
    };

    fn asked() -> [ConversationEvent; 3] {
        [started(), sent(60, "Hello"), requested(70, aqua(), Some(60))]
    }

    fn fail() -> FailReply {
        FailReply {
            reply: id(70),
            reason: "unreachable".into(),
            sentence: "The model cannot be reached.".into(),
            partial: "Hi, I".into(),
            attempt: 1,
        }
    }

    fn failed() -> ConversationEvent {
        let FailReply { reply, reason, sentence, partial, attempt } = fail();
        let (sentence, partial) = (sentence.into(), Private::spoken(partial));
        ReplyFailed { reply, reason, sentence, partial, attempt }.into()
    }

    #[test]
    fn a_reply_fails_once_and_keeps_what_was_said() {
        given::<Conversation>(asked()).when(fail()).then([failed()]);
        given::<Conversation>(asked().into_iter().chain([failed()])).when(fail()).then_nothing();
    }

    #[test]
    fn a_completed_reply_cannot_fail_any_more() {
        given::<Conversation>(asked().into_iter().chain([completed(70, "Hi")]))
            .when(fail())
            .then_rejected(ConversationRejected::ReplyOver);
    }
}
