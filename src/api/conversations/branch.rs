//! `POST /conversations/{id}/branch`: a new conversation begins where this one stood at a message of its past.
//!
//! A long history does not fit into one commit, so it comes in by parts that nobody sees, each a command of its own whose
//! id follows from the order; the last part comes with the beginning. A branch that broke off is finished by repeating it.

use axum::extract::State;
use domain::{
    Private,
    conversation::{
        AdoptHistory, AdoptedMessage, BranchConversation, Conversation, ConversationId, ConversationRejected,
        Heard, Line, MessageId, Transcript,
    },
    user::UserId,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{New, location};
use crate::{
    api::{
        answer::Answer,
        at::{At, Named},
        body::Sent,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// How many bytes of words come in by one commit, and how many messages.
pub(super) const PART_BYTES: usize = 256 * 1024;
const PART_MESSAGES: usize = 500;

/// Where to branch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    /// The last message that the branch takes with it.
    #[schema(value_type = uuid::Uuid)]
    message_id: MessageId,
    /// What the branch is called; when left out, as its source.
    #[serde(default)]
    #[schema(max_length = 255)]
    title: Option<String>,
}

/// Begin a new conversation where this one stood at a message.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/branch", tag = "conversations", operation_id = "branch_conversation",
    params(("id" = uuid::Uuid, Path, description = "The conversation.")), request_body = Fork,
    responses((status = 201, description = "It began.", body = New))
)]
pub async fn branch(
    State(house): State<House>,
    order: Order,
    At(source): At<ConversationId>,
    Sent { value, digest }: Sent<Fork>,
) -> Result<Answer<New>, Problem> {
    let id: ConversationId = order.id("conversation");
    let begun =
        house.executor.look::<Conversation, _>(id, |branch| branch.carried_out(order.command()).is_some());
    let mut command = if begun.await? {
        nothing(order.user, source, value.message_id)
    } else {
        house.executor.look(source, |seen| taken(seen.state(), &order, source, &value)).await??
    };
    let mut parts = parts(std::mem::take(&mut command.messages));
    command.messages = parts.pop().unwrap_or_default();
    for (number, messages) in parts.into_iter().enumerate() {
        let part = order.part(&format!("part {number}"));
        house.executor.execute(id, &AdoptHistory { owner: order.user, messages }, &part).await?;
    }
    let accepted = house.executor.execute(id, &command, &order.envelope_of(&digest)).await?;
    Ok(Answer::created(accepted, location(id), New { id, position: accepted.position.to_string() }))
}

/// The branch, with everything that it takes with it.
fn taken(
    source: &Transcript,
    order: &Order,
    id: ConversationId,
    fork: &Fork,
) -> Result<BranchConversation, Problem> {
    if source.owner != Some(order.user) {
        return Err(ConversationId::missing());
    }
    let mut messages = Vec::new();
    for line in source.story() {
        messages.push(adopted(line, order));
        if line.message == fork.message_id {
            return Ok(BranchConversation {
                characters: source.characters.clone(),
                title: fork.title.clone().or_else(|| source.title.clone()),
                persona: source.persona.clone(),
                messages,
                ..nothing(order.user, id, fork.message_id)
            });
        }
    }
    Err(Problem::rejected(&ConversationRejected::UnknownMessage))
}

/// A branch that takes nothing with it. It stands for one that has begun, of which nothing is asked but its place.
fn nothing(owner: UserId, source: ConversationId, at: MessageId) -> BranchConversation {
    BranchConversation { owner, source, at, characters: vec![], title: None, persona: None, messages: vec![] }
}

/// A message as the branch takes it. One whose wordings are too many for a commit keeps the one that counts.
fn adopted(line: &Line, order: &Order) -> AdoptedMessage {
    let all = line.variants.iter().map(|variant| Private::Known(variant.text.clone()));
    let small = line.variants.iter().map(|variant| variant.text.len()).sum::<usize>() <= PART_BYTES;
    let (variants, chosen) = if small { (all.collect(), line.chosen) } else { (vec![line.text().into()], 0) };
    AdoptedMessage {
        message: order.id(&format!("message after {}", line.message)),
        origin: line.message,
        speaker: line.speaker,
        variants,
        chosen: u32::try_from(chosen).unwrap_or_default(),
        at: line.at,
        name: line.name.clone().map(Private::Known),
        hidden: line.heard == Heard::ByThePerson,
    }
}

/// The messages in parts that fit into a commit.
pub(super) fn parts(messages: Vec<AdoptedMessage>) -> Vec<Vec<AdoptedMessage>> {
    let (mut parts, mut room) = (vec![vec![]], PART_BYTES);
    for message in messages {
        let size = message.variants.iter().map(|words| words.words().len()).sum::<usize>();
        let Some(part) = parts.last_mut() else { break };
        if part.is_empty() || (size <= room && part.len() < PART_MESSAGES) {
            room = room.saturating_sub(size);
            part.push(message);
            continue;
        }
        room = PART_BYTES.saturating_sub(size);
        parts.push(vec![message]);
    }
    parts
}

#[cfg(test)]
mod spec {
    use domain::conversation::Speaker;

    use super::*;
    use crate::stamp;

    fn message(size: usize) -> AdoptedMessage {
        AdoptedMessage {
            message: stamp::id(),
            origin: stamp::id(),
            speaker: Speaker::User(stamp::id()),
            variants: vec!["a".repeat(size).into()],
            chosen: 0,
            at: stamp::now(),
            name: None,
            hidden: false,
        }
    }

    fn sizes(messages: Vec<AdoptedMessage>) -> Vec<usize> {
        parts(messages).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_short_history_is_one_part_and_none_is_an_empty_one() {
        assert_eq!(sizes(vec![]), [0]);
        assert_eq!(sizes((0..10).map(|_| message(100)).collect()), [10]);
    }

    #[test]
    fn a_long_history_comes_in_parts_that_fit() {
        assert_eq!(sizes((0..5).map(|_| message(PART_BYTES / 2)).collect()), [2, 2, 1]);
        assert_eq!(sizes((0..3).map(|_| message(PART_BYTES)).collect()), [1, 1, 1]);
        assert_eq!(sizes((0..PART_MESSAGES + 1).map(|_| message(1)).collect()), [PART_MESSAGES, 1]);
    }

    #[test]
    fn no_message_is_lost_or_put_out_of_order() {
        let messages: Vec<_> = (0..1000).map(|number| message(number * 7)).collect();
        assert_eq!(parts(messages.clone()).concat(), messages);
    }
}
