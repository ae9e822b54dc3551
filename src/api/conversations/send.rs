//! `POST /conversations/{id}/messages`: say something; the characters whose turn it is reply.

use std::collections::BTreeSet;

use axum::{extract::State, http::HeaderMap, response::Response};
use domain::{
    character::CharacterId,
    conversation::{Candidate, Conversation, ConversationId, MessageId, SendMessage},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{owned, turn::Turn};
use crate::{
    api::{
        at::At, body::Sent, characters::standing, order::Order, problem::Problem, replies::RequestedReply,
    },
    house::House,
    stamp,
};

/// Something that is said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// What.
    #[schema(min_length = 1, max_length = 65536)]
    text: String,
    /// Whether anybody is to reply.
    #[serde(default = "yes")]
    reply: bool,
    /// Who is to reply; when left out, everybody who takes part.
    #[serde(default)]
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    character_ids: Option<BTreeSet<CharacterId>>,
}

fn yes() -> bool {
    true
}

/// Something that was said.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentMessage {
    /// The message.
    #[schema(value_type = uuid::Uuid)]
    message_id: MessageId,
    /// The replies to it that were asked for.
    replies: Vec<RequestedReply>,
    /// Where in the log it was said.
    position: String,
}

/// Say something. With `Accept: text/event-stream` the replies are told in this very answer: first `accepted` with what
/// the other answer holds, then the events of all replies as their streams have them, each with its `reply_id`.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/messages", tag = "conversations", operation_id = "send_message",
    params(("id" = uuid::Uuid, Path, description = "The conversation.")), request_body = Message,
    responses(
        (status = 202, description = "It was said, and replies were asked for.", body = SentMessage),
        (status = 200, description = "The replies, as they are said.", content_type = "text/event-stream", body = String),
    )
)]
pub async fn send(
    State(house): State<House>,
    order: Order,
    At(conversation): At<ConversationId>,
    headers: HeaderMap,
    Sent { value, digest }: Sent<Message>,
) -> Result<Response, Problem> {
    let company = house.executor.look::<Conversation, _>(conversation, |conversation| {
        owned(conversation, order.user).map(|room| room.characters.clone())
    });
    let candidates = candidates(&house, &order, speakers(&value, company.await??)).await?;
    let turn = Turn::expect(
        &house,
        &headers,
        candidates.iter().map(|one| (one.reply, Some(one.message), one.character)),
    );
    let message = order.id("message");
    let command = SendMessage { by: order.user, message, text: value.text, candidates };
    let accepted = house.executor.execute(conversation, &command, &order.envelope_of(&digest)).await?;
    let answer = |replies, position| SentMessage { message_id: message, replies, position };
    turn.answer(&house, order.user, conversation, accepted, answer).await
}

/// Who is to reply, in the order in which they sit; strangers last, for the rules to refuse them.
fn speakers(message: &Message, company: Vec<CharacterId>) -> Vec<CharacterId> {
    match &message.character_ids {
        _ if !message.reply => vec![],
        None => company,
        Some(named) => {
            let strangers = named.iter().filter(|character| !company.contains(character)).copied();
            let strangers: Vec<_> = strangers.collect();
            company.into_iter().filter(|character| named.contains(character)).chain(strangers).collect()
        }
    }
}

async fn candidates(
    house: &House,
    order: &Order,
    speakers: Vec<CharacterId>,
) -> Result<Vec<Candidate>, Problem> {
    let mut candidates = Vec::with_capacity(speakers.len());
    for character in speakers {
        candidates.push(candidate(house, order, character).await?);
    }
    Ok(candidates)
}

/// A character that may reply; its ids follow from the command and from who it is.
pub(super) async fn candidate(
    house: &House,
    order: &Order,
    character: CharacterId,
) -> Result<Candidate, Problem> {
    let standing = house.executor.look(character, standing).await?;
    Ok(Candidate {
        character,
        standing,
        reply: order.id(&format!("reply of {character}")),
        message: order.id(&format!("message of {character}")),
        dice: stamp::dice(),
    })
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn they_speak_in_the_order_in_which_they_sit() {
        let [aqua, kazuma, stranger]: [CharacterId; 3] = [stamp::id(), stamp::id(), stamp::id()];
        let company = vec![kazuma, aqua];
        let message = |reply, named: Option<&[CharacterId]>| Message {
            text: String::new(),
            reply,
            character_ids: named.map(|named| named.iter().copied().collect()),
        };
        assert_eq!(speakers(&message(true, None), company.clone()), company);
        assert_eq!(speakers(&message(true, Some(&[aqua, kazuma])), company.clone()), company);
        assert_eq!(speakers(&message(true, Some(&[stranger, aqua])), company.clone()), [aqua, stranger]);
        assert_eq!(speakers(&message(true, Some(&[])), company.clone()), []);
        assert_eq!(speakers(&message(false, Some(&[aqua])), company), []);
    }
}
