//! Listening to a reply that may be yet to begin, under way, or over; on this process or another one.
//!
//! The order keeps it free of races: first the reply is put on the board, then the conversation is looked at. An end that
//! the tail had already told is then in what is looked at; an end that it has yet to tell will find the board.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    conversation::{Conversation, ConversationId, MessageId, ReplyId, Stage},
    user::UserId,
};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use projections::replies::{self, ReplyRow};

use super::{place, stored::stored, telling::Teller};
use crate::{
    api::{after, at::Named, problem::Problem, sse::Frames, tell::Tell},
    house::House,
    relay::{Listener, Live, StreamId},
};

/// The row of a reply, if this user may know of it.
pub async fn row_of(house: &House, user: UserId, reply: ReplyId) -> Result<ReplyRow, Problem> {
    let row = after::find(house, || replies::find(&house.pool, reply)).await?;
    row.filter(|row| row.user_id == user).ok_or_else(ReplyId::missing)
}

/// Frames of a reply that is listened to from now on, or behind the token that was heard last.
pub fn live(live: Arc<Live>, last: Option<StreamId>, teller: Teller) -> BoxStream<'static, Bytes> {
    live_as::<Frames>(live, last, teller)
}

/// The same, in another form.
fn live_as<Form: Tell>(
    live: Arc<Live>,
    last: Option<StreamId>,
    teller: Teller,
) -> BoxStream<'static, Form::Chunk> {
    let listener = (House::listen(&live, last), teller);
    drop(live);
    stream::unfold(listener, |(mut listener, teller): (Listener, Teller)| async move {
        let heard = listener.hear().await?;
        Some((teller.tell_as::<Form>(&heard), (listener, teller)))
    })
    .boxed()
}

/// Frames of a reply, wherever and however far it is.
pub async fn any(
    house: &House,
    user: UserId,
    reply: ReplyId,
    last: Option<StreamId>,
    teller: impl FnOnce(Option<MessageId>) -> Teller,
) -> Result<BoxStream<'static, Bytes>, Problem> {
    any_as::<Frames>(house, user, reply, last, teller).await
}

/// The same, in another form.
pub async fn any_as<Form: Tell>(
    house: &House,
    user: UserId,
    reply: ReplyId,
    last: Option<StreamId>,
    teller: impl FnOnce(Option<MessageId>) -> Teller,
) -> Result<BoxStream<'static, Form::Chunk>, Problem> {
    let expected = house.expect(reply);
    let place = place::of(house, user, reply).await?;
    let stage = match stage(house, user, place.conversation, reply, 0).await? {
        Some(stage) => stage,
        // The read side knew of it, the tail of this process not yet: the log itself is asked.
        None => {
            stage(house, user, place.conversation, reply, u64::MAX).await?.ok_or_else(ReplyId::missing)?
        }
    };
    let teller = teller(place.message);
    if stage == Stage::UnderWay {
        return Ok(live_as::<Form>(expected, last, teller));
    }
    drop(expected);
    let row = ended(house, user, reply).await?;
    let heard = stored(&row, |sequence| house.journal().at(sequence), last);
    Ok(stream::iter([teller.tell_as::<Form>(&heard)]).boxed())
}

/// How far a reply is, in a state that is at least as new as this sequence.
async fn stage(
    house: &House,
    user: UserId,
    conversation: ConversationId,
    reply: ReplyId,
    sequence: u64,
) -> Result<Option<Stage>, Problem> {
    let stage = house.executor.look_after::<Conversation, _>(conversation, sequence, |conversation| {
        let room = conversation.state().owned_by(user).ok()?;
        room.replies.get(&reply).map(|reply| reply.stage)
    });
    Ok(stage.await?)
}

/// The row of a reply that has ended, once the read side knows that it has.
async fn ended(house: &House, user: UserId, reply: ReplyId) -> Result<ReplyRow, Problem> {
    let has_ended = |row: &ReplyRow| row.stage != replies::Stage::Requested;
    let row = row_of(house, user, reply).await?;
    if has_ended(&row) {
        return Ok(row);
    }
    after::catch_up(house).await;
    let row = Some(row_of(house, user, reply).await?).filter(has_ended);
    row.ok_or_else(|| Problem::away("not-yet", "the reply has ended but cannot be read yet"))
}
