//! Listening to a reply that may be yet to begin, under way, or over; on this process or another one.
//!
//! The order keeps it free of races: first the reply is put on the board, then the conversation is looked at. An end that
//! the tail had already told is then in what is looked at; an end that it has yet to tell will find the board.

use bytes::Bytes;
use domain::conversation::{Conversation, MessageId, ReplyId, Stage};
use domain::user::UserId;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use projections::replies::{self, ReplyRow};

use super::{stored::stored, telling::Teller};
use crate::{
    api::{after, at::Named, problem::Problem},
    house::House,
    relay::{Listener, Live, StreamId},
};
use std::sync::Arc;

/// The row of a reply, if this user may know of it.
pub async fn row_of(house: &House, user: UserId, reply: ReplyId) -> Result<ReplyRow, Problem> {
    let row = after::find(house, || replies::find(&house.pool, reply)).await?;
    row.filter(|row| row.user_id == user).ok_or_else(ReplyId::missing)
}

/// Frames of a reply that is listened to from now on, or behind the token that was heard last.
pub fn live(live: Arc<Live>, last: Option<StreamId>, teller: Teller) -> BoxStream<'static, Bytes> {
    let listener = (House::listen(&live, last), teller);
    drop(live);
    stream::unfold(listener, |(mut listener, teller): (Listener, Teller)| async move {
        let heard = listener.hear().await?;
        Some((teller.tell(&heard), (listener, teller)))
    })
    .boxed()
}

/// Frames of a reply, wherever and however far it is.
pub async fn any(
    house: &House,
    user: UserId,
    reply: ReplyId,
    last: Option<StreamId>,
    teller: impl FnOnce(MessageId) -> Teller,
) -> Result<BoxStream<'static, Bytes>, Problem> {
    let expected = house.expect(reply);
    let row = row_of(house, user, reply).await?;
    let stage = house.executor.look::<Conversation, _>(row.conversation_id, |conversation| {
        conversation.state().owned_by(user).and_then(|room| room.reply(reply)).map(|reply| reply.stage)
    });
    let stage = stage.await?.map_err(|rejection| Problem::rejected(&rejection))?;
    let teller = teller(row.message_id);
    if stage == Stage::UnderWay {
        return Ok(live(expected, last, teller));
    }
    drop(expected);
    let row = ended(house, user, row).await?;
    let heard = stored(&row, |sequence| house.journal().at(sequence), last);
    Ok(stream::iter([teller.tell(&heard)]).boxed())
}

/// The row of a reply that has ended, once the read side knows that it has.
async fn ended(house: &House, user: UserId, row: ReplyRow) -> Result<ReplyRow, Problem> {
    if row.stage != replies::Stage::Requested {
        return Ok(row);
    }
    after::catch_up(house).await;
    let row = row_of(house, user, row.id).await?;
    match row.stage {
        replies::Stage::Requested => {
            Err(Problem::away("not-yet", "the reply has ended but cannot be read yet"))
        }
        replies::Stage::Completed | replies::Stage::Failed | replies::Stage::Cancelled => Ok(row),
    }
}
