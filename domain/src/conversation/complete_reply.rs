//! CompleteReply: the worker brings the whole reply. Also kept: what was said into a conversation that was closed
//! meanwhile is refused, because closing cancelled it.

use super::{
    Conversation, ConversationEvent, ConversationRejected, PromptRecord, ReplyCompleted, ReplyId, Stage,
    Usage,
};
use crate::{Command, bounds};

/// Bring a reply to its end.
#[derive(Debug, Clone)]
pub struct CompleteReply {
    /// The reply.
    pub reply: ReplyId,
    /// What was said.
    pub text: String,
    /// Which attempt this was, from 1.
    pub attempt: u32,
    /// The run of the worker that said it.
    pub run: u32,
    /// What the model was told.
    pub prompt: PromptRecord,
    /// Which back end was asked.
    pub provider: String,
    /// Which model.
    pub model: Option<String>,
    /// Why the model stopped.
    pub finish: Option<String>,
    /// What it cost.
    pub usage: Option<Usage>,
    /// Milliseconds from the request to the last token.
    pub took_ms: u64,
}

impl Command<Conversation> for CompleteReply {
    const NAME: &'static str = "complete_reply";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let room = conversation.room().ok_or(ConversationRejected::UnknownConversation)?;
        match room.reply(self.reply)?.stage {
            Stage::Completed => return Ok(vec![]),
            Stage::Failed | Stage::Cancelled => return Err(ConversationRejected::ReplyOver),
            Stage::UnderWay => {}
        }
        bounds::spoken("the reply", &self.text, bounds::REPLY)?;
        let Self { reply, text, attempt, run, prompt, provider, model, finish, usage, took_ms } =
            self.clone();
        let text = text.into();
        Ok(vec![
            ReplyCompleted { reply, text, attempt, run, prompt, provider, model, finish, usage, took_ms }
                .into(),
        ])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        conversation::{
            ReplyCancelled,
            spec::{aqua, complete, completed, requested, sent, started},
        },
        spec::{given, id},
    };

    fn asked() -> [ConversationEvent; 3] {
        [started(), sent(60, "Hello"), requested(70, aqua(), Some(60))]
    }

    #[test]
    fn a_reply_is_completed() {
        given::<Conversation>(asked()).when(complete(70, "Hi")).then([completed(70, "Hi")]);
    }

    #[test]
    fn no_reply_is_completed_twice_whatever_the_second_one_says() {
        given::<Conversation>(asked().into_iter().chain([completed(70, "Hi")]))
            .when(complete(70, "Hello again"))
            .then_nothing();
    }

    #[test]
    fn a_cancelled_reply_stays_cancelled() {
        let cancelled = ReplyCancelled { reply: id(70), partial: None }.into();
        given::<Conversation>(asked().into_iter().chain([cancelled]))
            .when(complete(70, "Hi"))
            .then_rejected(ConversationRejected::ReplyOver);
    }

    #[test]
    fn a_reply_that_nobody_asked_for_is_refused() {
        given::<Conversation>(asked())
            .when(complete(71, "Hi"))
            .then_rejected(ConversationRejected::UnknownReply);
    }

    #[test]
    fn silence_is_not_a_reply() {
        given::<Conversation>(asked())
            .when(complete(70, ""))
            .then_rejected(OutOfBounds::Empty { what: "the reply" }.into());
    }
}
