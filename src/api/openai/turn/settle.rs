//! Replies that stand in the way: they are waited for, or, where nobody listens any more, stopped.
//!
//! Who presses stop in NextChat just hangs up. The reply goes on, because the line may only have broken; but if the same
//! client then says something else, or asks for the reply anew, nobody wants the rest: what was said until then stays.

use std::{sync::LazyLock, time::Duration};

use domain::conversation::{CancelReply, Conversation, ConversationId, ConversationRejected, ReplyId, Stage};
use moka::sync::Cache;
use tokio::time::timeout;

use super::Turn;
use crate::{api::problem::Problem, execute::ExecuteError, house::House};

/// How long somebody may wait for a reply to which others listen.
const PATIENCE: Duration = Duration::from_secs(600);

/// Replies from which their listener went away.
static LEFT: LazyLock<Cache<ReplyId, ()>> =
    LazyLock::new(|| Cache::builder().max_capacity(50_000).time_to_live(Duration::from_secs(3600)).build());

/// An ear at a reply. Who lets go of it before the end has left.
pub(in crate::api::openai) struct Ear(Option<ReplyId>);

impl Ear {
    /// Somebody listens.
    pub(in crate::api::openai) fn new(reply: ReplyId) -> Self {
        Self(Some(reply))
    }

    /// It was heard to its end.
    pub(in crate::api::openai) fn heard_out(mut self) {
        self.0 = None;
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        if let Some(reply) = self.0 {
            LEFT.insert(reply, ());
        }
    }
}

/// Brings replies to their end.
pub(super) async fn settle(
    turn: &Turn,
    conversation: ConversationId,
    replies: &[ReplyId],
) -> Result<(), Problem> {
    for reply in replies {
        if LEFT.contains_key(reply) {
            stop(turn, conversation, *reply).await?;
        } else {
            wait(&turn.house, conversation, *reply).await?;
        }
    }
    Ok(())
}

async fn stop(turn: &Turn, conversation: ConversationId, reply: ReplyId) -> Result<(), Problem> {
    let partial = turn.house.text_so_far(reply).await;
    let command = CancelReply { by: turn.user, reply, partial };
    match turn.house.executor.execute(conversation, &command, &turn.envelope()).await {
        Ok(_) | Err(ExecuteError::Rejected(ConversationRejected::ReplyOver)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Waits for a reply to be over. First the board, then the log: an end that was told before is in the log, one that is yet to be told finds the board.
pub(super) async fn wait(house: &House, conversation: ConversationId, reply: ReplyId) -> Result<(), Problem> {
    let live = house.expect(reply);
    let stage = house.executor.look::<Conversation, _>(conversation, |seen| {
        seen.state().room().and_then(|room| room.replies.get(&reply)).map(|reply| reply.stage)
    });
    if stage.await? != Some(Stage::UnderWay) {
        return Ok(());
    }
    let over = timeout(PATIENCE, live.over()).await;
    over.map_err(|_| {
        Problem::away("reply-under-way", "the reply before this one takes too long; ask again in a moment")
    })
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn who_lets_go_before_the_end_has_left() {
        let [heard, left] = [crate::stamp::id(), crate::stamp::id()];
        Ear::new(heard).heard_out();
        drop(Ear::new(left));
        assert!(LEFT.contains_key(&left) && !LEFT.contains_key(&heard));
    }
}
