//! RequestReply: a character is asked to speak without anybody having said something new.

use super::{
    Conversation, ConversationEvent, ConversationRejected, MessageId, ReplyId, ReplyRequested, Room,
};
use crate::{
    Command,
    character::{CharacterId, Standing},
    user::UserId,
};

/// Ask a character to speak.
#[derive(Debug, Clone)]
pub struct RequestReply {
    /// Who wants it.
    pub by: UserId,
    /// Who is to speak.
    pub candidate: Candidate,
}

/// A character that may reply, with what the edge stamped for it.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who.
    pub character: CharacterId,
    /// Whether it may speak, as the edge found it.
    pub standing: Standing,
    /// The reply that it would give.
    pub reply: ReplyId,
    /// The message that this reply would become.
    pub message: MessageId,
    /// The dice of this reply.
    pub dice: u64,
}

/// Which message is answered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// This one.
    To(MessageId),
    /// The last one of the story, if there is one.
    ToTheLast,
}

/// Those of the candidates who reply.
pub(super) fn speakers(
    room: &Room,
    candidates: &[Candidate],
    answer: Answer,
) -> Result<Vec<ConversationEvent>, ConversationRejected> {
    if candidates.iter().any(|candidate| !room.characters.contains(&candidate.character)) {
        return Err(ConversationRejected::NotTakingPart);
    }
    let active: Vec<_> =
        candidates.iter().filter(|candidate| candidate.standing == Standing::Active).collect();
    if active.is_empty() && !candidates.is_empty() {
        return Err(ConversationRejected::CharacterRetired);
    }
    all_different(&active)?;
    active.into_iter().map(|candidate| candidate.speaks(room, answer)).collect()
}

/// Holds if nobody is asked twice, and no id is given twice.
fn all_different(candidates: &[&Candidate]) -> Result<(), ConversationRejected> {
    for (at, candidate) in candidates.iter().enumerate() {
        let before = &candidates[..at];
        if before.iter().any(|other| other.character == candidate.character) {
            return Err(ConversationRejected::TwiceTheSame);
        }
        if before.iter().any(|other| other.reply == candidate.reply || other.message == candidate.message) {
            return Err(ConversationRejected::AlreadyHere);
        }
    }
    Ok(())
}

impl Candidate {
    fn speaks(&self, room: &Room, answer: Answer) -> Result<ConversationEvent, ConversationRejected> {
        let turn = match answer {
            Answer::To(message) => Some(message),
            Answer::ToTheLast => room.last_message().map(|message| message.id),
        };
        let Self { character, reply, message, dice, .. } = *self;
        // The reply becomes a message of its own: as a variant of another one it is asked for by RegenerateReply.
        if room.reply(reply).is_ok() || room.any_message(message).is_some() || turn == Some(message) {
            return Err(ConversationRejected::AlreadyHere);
        }
        room.may_reply(character, message, turn)?;
        Ok(ReplyRequested { reply, message, character, turn, dice }.into())
    }
}

impl Command<Conversation> for RequestReply {
    const NAME: &'static str = "request_reply";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let room = conversation.open_to(self.by)?;
        if room.reply(self.candidate.reply).is_ok() {
            return Ok(vec![]);
        }
        room.has_room_for(1)?;
        speakers(room, std::slice::from_ref(&self.candidate), Answer::ToTheLast)
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        conversation::spec::{aqua, candidate, mira, requested, sent, started},
        spec::{given, id},
    };

    fn ask(reply: u128) -> RequestReply {
        RequestReply { by: mira(), candidate: candidate(aqua(), reply) }
    }

    #[test]
    fn a_character_answers_the_last_message() {
        given::<Conversation>([started(), sent(60, "Hello")]).when(ask(70)).then([requested(
            70,
            aqua(),
            Some(60),
        )]);
    }

    #[test]
    fn a_character_may_open_the_conversation() {
        given::<Conversation>([started()]).when(ask(70)).then([requested(70, aqua(), None)]);
    }

    #[test]
    fn one_reply_is_under_way_for_each_character_and_turn() {
        given::<Conversation>([started(), sent(60, "Hello"), requested(70, aqua(), Some(60))])
            .when(ask(71))
            .then_rejected(ConversationRejected::ReplyUnderWay);
    }

    #[test]
    fn the_same_reply_twice_says_nothing() {
        given::<Conversation>([started(), sent(60, "Hello"), requested(70, aqua(), Some(60))])
            .when(ask(70))
            .then_nothing();
    }

    #[test]
    fn a_reply_never_takes_the_place_of_a_message_that_is_here() {
        let taken = Candidate { message: id(60), ..candidate(aqua(), 70) };
        given::<Conversation>([started(), sent(60, "Hello")])
            .when(RequestReply { by: mira(), candidate: taken })
            .then_rejected(ConversationRejected::AlreadyHere);
    }

    #[test]
    fn only_who_takes_part_is_asked() {
        given::<Conversation>([started()])
            .when(RequestReply { by: mira(), candidate: candidate(id(99), 70) })
            .then_rejected(ConversationRejected::NotTakingPart);
    }
}
