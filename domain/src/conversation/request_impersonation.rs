//! RequestImpersonation: the model is asked what the person could say next.
//!
//! It ends as a reply does, and the person decides what becomes of it: it is no message, whatever is asked later does
//! not know of it, and what they make of it they send like anything else that they say.

use super::{Conversation, ConversationEvent, ConversationRejected, ImpersonationRequested, ReplyId};
use crate::{
    Command, Private, bounds,
    character::{CharacterId, Standing},
    user::UserId,
};

/// Ask what to say next.
#[derive(Debug, Clone)]
pub struct RequestImpersonation {
    /// Who wants to know.
    pub by: UserId,
    /// The reply as which it is said.
    pub reply: ReplyId,
    /// The character to whom the person would speak.
    pub character: CharacterId,
    /// Whether it may speak, as the edge found it.
    pub standing: Standing,
    /// The dice of the reply.
    pub dice: u64,
    /// What the person wants of it.
    pub instruction: Option<String>,
}

impl Command<Conversation> for RequestImpersonation {
    const NAME: &'static str = "request_impersonation";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let room = conversation.open_to(self.by)?;
        if room.reply(self.reply).is_ok() {
            return Ok(vec![]);
        }
        if !room.characters.contains(&self.character) {
            return Err(ConversationRejected::NotTakingPart);
        }
        if self.standing == Standing::Retired {
            return Err(ConversationRejected::CharacterRetired);
        }
        // What to say next depends on what is being said.
        if !room.under_way(|_| true).is_empty() {
            return Err(ConversationRejected::SomebodySpeaks);
        }
        if let Some(instruction) = &self.instruction {
            bounds::spoken("the instruction", instruction, bounds::MESSAGE)?;
        }
        let Self { reply, character, dice, .. } = *self;
        let turn = room.last_message().map(|message| message.id);
        let instruction = self.instruction.clone().map(Private::Known);
        Ok(vec![ImpersonationRequested { reply, character, turn, dice, instruction }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        conversation::{
            CancelReply, ConversationClosed, DeleteMessage, MessageDeleted, RegenerateReply, ReplyCancelled,
            RequestReply, SendMessage,
            spec::{
                aqua, candidate, complete, completed, impersonation, mira, requested, sent, started, vlad,
            },
        },
        spec::{given, id},
    };

    fn answered() -> [ConversationEvent; 4] {
        [started(), sent(60, "Hello"), requested(70, aqua(), Some(60)), completed(70, "Hi")]
    }

    fn asked() -> [ConversationEvent; 3] {
        [started(), sent(60, "Hello"), impersonation(80, Some(60))]
    }

    fn ask(reply: u128) -> RequestImpersonation {
        RequestImpersonation {
            by: mira(),
            reply: id(reply),
            character: aqua(),
            standing: Standing::Active,
            dice: 6,
            instruction: None,
        }
    }

    #[test]
    fn it_is_asked_what_to_say_behind_the_last_message() {
        given::<Conversation>(answered()).when(ask(80)).then([impersonation(80, Some(570))]);
        given::<Conversation>([started()]).when(ask(80)).then([impersonation(80, None)]);
    }

    #[test]
    fn the_person_may_say_how() {
        let rudely = ImpersonationRequested {
            reply: id(80),
            character: aqua(),
            turn: None,
            dice: 6,
            instruction: Some("Be rude".into()),
        };
        given::<Conversation>([started()])
            .when(RequestImpersonation { instruction: Some("Be rude".into()), ..ask(80) })
            .then([rudely.into()]);
        given::<Conversation>([started()])
            .when(RequestImpersonation { instruction: Some(" ".into()), ..ask(80) })
            .then_rejected(OutOfBounds::Empty { what: "the instruction" }.into());
    }

    #[test]
    fn the_same_request_twice_says_nothing() {
        given::<Conversation>(asked()).when(ask(80)).then_nothing();
        given::<Conversation>(asked().into_iter().chain([completed(80, "I go")]))
            .when(ask(80))
            .then_nothing();
    }

    #[test]
    fn nobody_is_asked_while_somebody_speaks() {
        given::<Conversation>([started(), sent(60, "Hello"), requested(70, aqua(), Some(60))])
            .when(ask(80))
            .then_rejected(ConversationRejected::SomebodySpeaks);
        given::<Conversation>(asked()).when(ask(81)).then_rejected(ConversationRejected::SomebodySpeaks);
    }

    #[test]
    fn whoever_has_a_proposal_may_ask_for_another_one() {
        given::<Conversation>(asked().into_iter().chain([completed(80, "I go")]))
            .when(ask(81))
            .then([impersonation(81, Some(60))]);
    }

    #[test]
    fn it_ends_as_a_reply_does() {
        let cancel = CancelReply { by: mira(), reply: id(80), partial: "I g".into() };
        given::<Conversation>(asked()).when(complete(80, "I go")).then([completed(80, "I go")]);
        given::<Conversation>(asked()).when(cancel).then([ReplyCancelled {
            reply: id(80),
            partial: Some("I g".into()),
        }
        .into()]);
    }

    #[test]
    fn what_is_proposed_is_no_message_and_keeps_nobody_from_speaking() {
        let proposed = given::<Conversation>(asked().into_iter().chain([completed(80, "I go")]));
        proposed.when(RequestReply { by: mira(), candidate: candidate(aqua(), 70) }).then([requested(
            70,
            aqua(),
            Some(60),
        )]);
        let under_way = given::<Conversation>(asked());
        under_way.when(RequestReply { by: mira(), candidate: candidate(aqua(), 70) }).then([requested(
            70,
            aqua(),
            Some(60),
        )]);
        under_way
            .when(SendMessage { by: mira(), message: id(61), text: "I go".into(), candidates: vec![] })
            .then([sent(61, "I go")]);
    }

    #[test]
    fn it_has_no_variants() {
        let again = RegenerateReply {
            by: mira(),
            instead_of: id(80),
            reply: id(81),
            standing: Standing::Active,
            dice: 6,
        };
        given::<Conversation>(asked().into_iter().chain([completed(80, "I go")]))
            .when(again)
            .then_rejected(ConversationRejected::OnlyProposed);
    }

    #[test]
    fn with_the_message_behind_which_it_would_be_said_it_ends() {
        given::<Conversation>(asked()).when(DeleteMessage { by: mira(), message: id(60) }).then([
            ReplyCancelled { reply: id(80), partial: None }.into(),
            MessageDeleted { message: id(60) }.into(),
        ]);
    }

    #[test]
    fn only_the_owner_asks_in_an_open_conversation_and_of_whoever_takes_part() {
        let open = given::<Conversation>(answered());
        open.when(RequestImpersonation { by: vlad(), ..ask(80) })
            .then_rejected(ConversationRejected::UnknownConversation);
        open.when(RequestImpersonation { character: id(99), ..ask(80) })
            .then_rejected(ConversationRejected::NotTakingPart);
        open.when(RequestImpersonation { standing: Standing::Retired, ..ask(80) })
            .then_rejected(ConversationRejected::CharacterRetired);
        given::<Conversation>([started(), ConversationClosed {}.into()])
            .when(ask(80))
            .then_rejected(ConversationRejected::Closed);
    }
}
