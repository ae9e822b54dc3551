//! RenameConversation: it is called otherwise from now on.

use super::{Conversation, ConversationEvent, ConversationRejected, ConversationRenamed};
use crate::{Command, Private, bounds, user::UserId};

/// Call it otherwise.
#[derive(Debug, Clone)]
pub struct RenameConversation {
    /// Who wants it.
    pub by: UserId,
    /// How; nothing to call it nothing again.
    pub title: Option<String>,
}

impl Command<Conversation> for RenameConversation {
    const NAME: &'static str = "rename_conversation";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let room = conversation.open_to(self.by)?;
        bounds::text("the title", self.title.as_deref().unwrap_or_default(), bounds::NAME)?;
        if room.title == self.title {
            return Ok(vec![]);
        }
        Ok(vec![ConversationRenamed { title: self.title.clone().map(Private::Known) }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        conversation::spec::{mira, started},
        spec::given,
    };

    #[test]
    fn a_conversation_is_renamed_once() {
        let rename = || RenameConversation { by: mira(), title: Some("By the sea".into()) };
        let renamed: ConversationEvent = ConversationRenamed { title: Some("By the sea".into()) }.into();
        given::<Conversation>([started()]).when(rename()).then([renamed.clone()]);
        given::<Conversation>([started(), renamed]).when(rename()).then_nothing();
    }
}
