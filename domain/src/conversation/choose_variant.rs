//! ChooseVariant: another variant of a message counts from now on.

use super::{Conversation, ConversationEvent, ConversationRejected, MessageId, VariantChosen};
use crate::{Command, user::UserId};

/// Let this variant count.
#[derive(Debug, Clone)]
pub struct ChooseVariant {
    /// Who wants it.
    pub by: UserId,
    /// The message.
    pub message: MessageId,
    /// Which variant, from 0.
    pub variant: u32,
}

impl Command<Conversation> for ChooseVariant {
    const NAME: &'static str = "choose_variant";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let message = conversation.open_to(self.by)?.message(self.message)?;
        let variant = usize::try_from(self.variant).unwrap_or(usize::MAX);
        if variant >= message.variants {
            return Err(ConversationRejected::UnknownVariant);
        }
        if variant == message.chosen {
            return Ok(vec![]);
        }
        Ok(vec![VariantChosen { message: self.message, variant: self.variant }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        conversation::spec::{greeted, mira, started},
        spec::{given, id},
    };

    fn choose(variant: u32) -> ChooseVariant {
        ChooseVariant { by: mira(), message: id(50), variant }
    }

    #[test]
    fn another_greeting_is_chosen() {
        given::<Conversation>([started(), greeted()]).when(choose(1)).then([VariantChosen {
            message: id(50),
            variant: 1,
        }
        .into()]);
    }

    #[test]
    fn the_one_that_counts_already_says_nothing() {
        given::<Conversation>([started(), greeted()]).when(choose(0)).then_nothing();
    }

    #[test]
    fn only_a_variant_that_exists_can_count() {
        given::<Conversation>([started(), greeted()])
            .when(choose(2))
            .then_rejected(ConversationRejected::UnknownVariant);
        given::<Conversation>([started()])
            .when(choose(0))
            .then_rejected(ConversationRejected::UnknownMessage);
    }
}
