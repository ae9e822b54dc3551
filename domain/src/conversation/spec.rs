//! Who sits together in the specs of conversations, and what they say.

use super::{
    Candidate, CharacterGreeted, CompleteReply, ConversationEvent, ConversationStarted,
    ImpersonationRequested, MessageId, MessageSent, PromptRecord, ReplyCompleted, ReplyRequested,
};
use crate::{
    character::{CharacterId, Standing},
    spec::id,
    user::UserId,
};

pub(crate) fn mira() -> UserId {
    id(1)
}

pub(crate) fn vlad() -> UserId {
    id(2)
}

pub(crate) fn aqua() -> CharacterId {
    id(10)
}

pub(crate) fn bard() -> CharacterId {
    id(11)
}

pub(crate) fn started() -> ConversationEvent {
    ConversationStarted { owner: mira(), characters: vec![aqua(), bard()], title: None, persona: None }.into()
}

pub(crate) fn greeted() -> ConversationEvent {
    let variants = vec!["Splash.".into(), "Drip.".into()];
    CharacterGreeted { message: id(50), character: aqua(), variants, chosen: 0 }.into()
}

pub(crate) fn sent(message: u128, text: &str) -> ConversationEvent {
    MessageSent { message: id(message), author: mira(), text: text.into() }.into()
}

/// The message that a reply becomes.
pub(crate) fn reply_message(reply: u128) -> MessageId {
    id(reply + 500)
}

pub(crate) fn candidate(character: CharacterId, reply: u128) -> Candidate {
    Candidate {
        character,
        standing: Standing::Active,
        reply: id(reply),
        message: reply_message(reply),
        dice: 6,
    }
}

pub(crate) fn requested(reply: u128, character: CharacterId, turn: Option<u128>) -> ConversationEvent {
    requested_as(reply, character, reply_message(reply), turn)
}

pub(crate) fn requested_as(
    reply: u128,
    character: CharacterId,
    message: MessageId,
    turn: Option<u128>,
) -> ConversationEvent {
    ReplyRequested { reply: id(reply), message, character, turn: turn.map(id), dice: 6 }.into()
}

pub(crate) fn impersonation(reply: u128, turn: Option<u128>) -> ConversationEvent {
    let (turn, instruction) = (turn.map(id), None);
    ImpersonationRequested { reply: id(reply), character: aqua(), turn, dice: 6, instruction }.into()
}

pub(crate) fn complete(reply: u128, text: &str) -> CompleteReply {
    CompleteReply {
        reply: id(reply),
        text: text.into(),
        attempt: 1,
        run: 7,
        prompt: PromptRecord::default(),
        provider: "demo".into(),
        model: None,
        finish: Some("stop".into()),
        usage: None,
        took_ms: 12,
    }
}

pub(crate) fn completed(reply: u128, text: &str) -> ConversationEvent {
    let CompleteReply { reply, text, attempt, run, prompt, provider, model, finish, usage, took_ms } =
        complete(reply, text);
    let text = text.into();
    ReplyCompleted { reply, text, attempt, run, prompt, provider, model, finish, usage, took_ms }.into()
}
