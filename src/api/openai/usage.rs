//! What a reply cost, as OpenAI counts: from the log, where the model said so, or else as we count.

use domain::{
    commit::{Position, Recorded},
    conversation::{Conversation, ConversationEvent, ConversationId, ReplyId},
};
use serde::Serialize;

use crate::house::House;

/// Tokens told and said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
}

impl Usage {
    /// So many.
    pub(super) fn new(prompt: u64, completion: u64) -> Self {
        Self { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
    }

    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self::new(self.prompt_tokens + other.prompt_tokens, self.completion_tokens + other.completion_tokens)
    }
}

/// What a reply cost that ended in this commit.
pub(super) async fn of(
    house: &House,
    conversation: ConversationId,
    reply: ReplyId,
    end: Position,
    words: &str,
) -> Usage {
    let counted = || Usage::new(0, u64::from(house.counter.text(words)));
    let after = end.sequence.saturating_sub(1);
    let Ok(commits) = house.journal().load_to(conversation.key(), after, end.sequence).await else {
        return counted();
    };
    let events = commits.iter().flat_map(Recorded::events::<Conversation>);
    let completed = events.filter_map(|event| {
        let ConversationEvent::ReplyCompleted(event) = event else { return None };
        (event.reply == reply).then_some(event)
    });
    let said = completed.map(|event| match event.usage {
        Some(usage) => Usage::new(usage.prompt.into(), usage.completion.into()),
        None => Usage::new(event.prompt.tokens.into(), house.counter.text(words).into()),
    });
    said.last().unwrap_or_else(counted)
}
