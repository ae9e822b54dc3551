//! RegenerateReply: the character is asked to say it otherwise; the new words become a variant of the same message.

use super::{Conversation, ConversationEvent, ConversationRejected, Fate, ReplyId, ReplyRequested, Stage};
use crate::{Command, character::Standing, user::UserId};

/// Ask for another variant.
#[derive(Debug, Clone)]
pub struct RegenerateReply {
    /// Who wants it.
    pub by: UserId,
    /// The reply that is to be said otherwise.
    pub instead_of: ReplyId,
    /// The new reply.
    pub reply: ReplyId,
    /// Whether its character may speak, as the edge found it.
    pub standing: Standing,
    /// The dice of the new reply.
    pub dice: u64,
}

impl Command<Conversation> for RegenerateReply {
    const NAME: &'static str = "regenerate_reply";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let room = conversation.open_to(self.by)?;
        let old = room.reply(self.instead_of)?;
        if room.reply(self.reply).is_ok() {
            return Ok(vec![]);
        }
        if old.stage == Stage::UnderWay {
            return Err(ConversationRejected::ReplyUnderWay);
        }
        let message = old.message.ok_or(ConversationRejected::OnlyProposed)?;
        if room.any_message(message).is_some_and(|message| message.fate == Fate::Deleted) {
            return Err(ConversationRejected::UnknownMessage);
        }
        if self.standing == Standing::Retired {
            return Err(ConversationRejected::CharacterRetired);
        }
        room.may_reply(old.character, message, old.turn)?;
        let (character, turn) = (old.character, old.turn);
        Ok(vec![ReplyRequested { reply: self.reply, message, character, turn, dice: self.dice }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        conversation::{
            MessageDeleted,
            spec::{aqua, completed, mira, reply_message, requested, requested_as, sent, started},
        },
        spec::{given, id},
    };

    fn answered() -> [ConversationEvent; 4] {
        [started(), sent(60, "Hello"), requested(70, aqua(), Some(60)), completed(70, "Hi")]
    }

    fn again() -> RegenerateReply {
        RegenerateReply { by: mira(), instead_of: id(70), reply: id(71), standing: Standing::Active, dice: 6 }
    }

    #[test]
    fn another_variant_of_the_same_message_is_asked_for() {
        given::<Conversation>(answered()).when(again()).then([requested_as(
            71,
            aqua(),
            reply_message(70),
            Some(60),
        )]);
    }

    #[test]
    fn the_same_request_twice_says_nothing() {
        let requested = requested_as(71, aqua(), reply_message(70), Some(60));
        given::<Conversation>(answered().into_iter().chain([requested])).when(again()).then_nothing();
    }

    #[test]
    fn one_variant_is_under_way_at_a_time() {
        let requested = requested_as(72, aqua(), reply_message(70), Some(60));
        given::<Conversation>(answered().into_iter().chain([requested]))
            .when(again())
            .then_rejected(ConversationRejected::ReplyUnderWay);
    }

    #[test]
    fn a_deleted_message_gets_no_variants() {
        let deleted = MessageDeleted { message: reply_message(70) }.into();
        given::<Conversation>(answered().into_iter().chain([deleted]))
            .when(again())
            .then_rejected(ConversationRejected::UnknownMessage);
    }

    #[test]
    fn a_retired_character_says_nothing_otherwise() {
        given::<Conversation>(answered())
            .when(RegenerateReply { standing: Standing::Retired, ..again() })
            .then_rejected(ConversationRejected::CharacterRetired);
    }
}
