//! Where a reply is said: known from when it was asked for here, or else from the read side.
//!
//! Whoever asks for a reply listens to it at once, perhaps before the read side has heard of it, perhaps while that is
//! away. So this process remembers the replies that were asked for lately; a place never changes, and to forget one only
//! costs a query.

use std::{sync::LazyLock, time::Duration};

use domain::{
    character::CharacterId,
    conversation::{ConversationId, MessageId, ReplyId},
    user::UserId,
};
use moka::sync::Cache;

use super::hearing::row_of;
use crate::{
    api::{at::Named, problem::Problem},
    house::House,
};

/// How many places are remembered, and for how long one that nobody asks for.
const PLACES: u64 = 50_000;
const IDLE: Duration = Duration::from_secs(15 * 60);

static LATELY: LazyLock<Cache<ReplyId, Place>> =
    LazyLock::new(|| Cache::builder().max_capacity(PLACES).time_to_idle(IDLE).build());

/// Where a reply is said, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whose conversation it is.
    pub owner: UserId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// The message that it is a variant of, or becomes; none where it is only proposed to the person.
    pub message: Option<MessageId>,
    /// Who says it.
    pub character: CharacterId,
}

/// Remembers where a reply is said that was just asked for.
pub fn note(reply: ReplyId, place: Place) {
    LATELY.insert(reply, place);
}

/// Where a reply is said, if this user may know of it.
pub async fn of(house: &House, user: UserId, reply: ReplyId) -> Result<Place, Problem> {
    if let Some(place) = LATELY.get(&reply) {
        return if place.owner == user { Ok(place) } else { Err(ReplyId::missing()) };
    }
    let row = row_of(house, user, reply).await?;
    Ok(Place {
        owner: row.user_id,
        conversation: row.conversation_id,
        message: row.message_id,
        character: row.character_id,
    })
}
