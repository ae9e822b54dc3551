//! Random commands to a conversation.

use proptest::prelude::*;
use time::OffsetDateTime;

use super::{Past, one_of};
use crate::{
    Fold, Private,
    character::{CharacterId, Standing},
    conversation::{
        AdoptConversation, AdoptHistory, AdoptedMessage, BranchConversation, CancelReply, Candidate,
        ChooseConversationPersona, ChooseVariant, CloseConversation, CompleteReply, Conversation,
        DeleteMessage, EditMessage, FailReply, Greeting, Manuscript, MessageId, Persona, PromptRecord,
        RegenerateReply, RenameConversation, ReplyId, RequestImpersonation, RequestReply, SendMessage,
        Speaker, StartConversation,
    },
    spec::id,
    user::UserId,
};

/// Any command to a conversation.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Start(StartConversation),
    Adopt(AdoptHistory),
    Branch(BranchConversation),
    AdoptAll(AdoptConversation),
    Send(SendMessage),
    Request(RequestReply),
    Impersonate(RequestImpersonation),
    Complete(CompleteReply),
    Fail(FailReply),
    Cancel(CancelReply),
    Regenerate(RegenerateReply),
    Choose(ChooseVariant),
    Edit(EditMessage),
    Delete(DeleteMessage),
    Rename(RenameConversation),
    ChoosePersona(ChooseConversationPersona),
    Close(CloseConversation),
}

impl Step {
    pub(super) fn happens<F: Fold<Of = Conversation>>(
        &self,
        past: &mut Past<Conversation, F>,
    ) -> Result<(), TestCaseError> {
        match self {
            Self::Start(command) => past.obeys(command),
            Self::Adopt(command) => past.obeys(command),
            Self::Branch(command) => past.obeys(command),
            Self::AdoptAll(command) => past.obeys(command),
            Self::Send(command) => past.obeys(command),
            Self::Request(command) => past.obeys(command),
            Self::Impersonate(command) => past.obeys(command),
            Self::Complete(command) => past.obeys(command),
            Self::Fail(command) => past.obeys(command),
            Self::Cancel(command) => past.obeys(command),
            Self::Regenerate(command) => past.obeys(command),
            Self::Choose(command) => past.obeys(command),
            Self::Edit(command) => past.obeys(command),
            Self::Delete(command) => past.obeys(command),
            Self::Rename(command) => past.obeys(command),
            Self::ChoosePersona(command) => past.obeys(command),
            Self::Close(command) => past.obeys(command),
        }
    }
}

/// A history that begins in most cases as conversations do.
pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let beginning = prop_oneof![4 => start(), 2 => adopt(), 2 => branch(), 2 => adopt_all(), 1 => step()];
    (beginning, prop::collection::vec(step(), 0..40))
        .prop_map(|(first, rest)| std::iter::once(first).chain(rest).collect())
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => start(),
        1 => adopt(),
        1 => branch(),
        1 => adopt_all(),
        8 => send(),
        3 => (owner(), candidate()).prop_map(|(by, candidate)| Step::Request(RequestReply { by, candidate })),
        3 => impersonate(),
        8 => (reply(), text()).prop_map(|(reply, text)| Step::Complete(complete(reply, text))),
        3 => (reply(), text()).prop_map(|(reply, partial)| Step::Fail(fail(reply, partial))),
        3 => (owner(), reply(), text())
            .prop_map(|(by, reply, partial)| Step::Cancel(CancelReply { by, reply, partial })),
        6 => (owner(), reply(), reply(), standing(), 0..3_u64).prop_map(
            |(by, instead_of, reply, standing, dice)| {
                Step::Regenerate(RegenerateReply { by, instead_of, reply, standing, dice })
            }
        ),
        4 => (owner(), message(), 0..4_u32)
            .prop_map(|(by, message, variant)| Step::Choose(ChooseVariant { by, message, variant })),
        4 => (owner(), message(), text())
            .prop_map(|(by, message, text)| Step::Edit(EditMessage { by, message, text })),
        4 => (owner(), message()).prop_map(|(by, message)| Step::Delete(DeleteMessage { by, message })),
        1 => (owner(), title()).prop_map(|(by, title)| Step::Rename(RenameConversation { by, title })),
        1 => (owner(), title()).prop_map(|(by, name)| {
            let persona = name.map(|name| Persona { name, ..Persona::default() });
            Step::ChoosePersona(ChooseConversationPersona { by, persona })
        }),
        1 => owner().prop_map(|by| Step::Close(CloseConversation { by })),
    ]
}

prop_compose! {
    fn start()(
        owner in owner(),
        characters in company(),
        title in title(),
        greeting in prop::option::of((message(), character(), texts(), 0..3_u32)),
    ) -> Step {
        let greeting = greeting.map(|(message, character, variants, chosen)| {
            Greeting { message, character, variants, chosen }
        });
        Step::Start(StartConversation { owner, characters, title, persona: None, greeting })
    }
}

prop_compose! {
    fn branch()(
        owner in owner(),
        at in message(),
        characters in company(),
        title in title(),
        messages in prop::collection::vec(adopted(), 0..4),
    ) -> Step {
        let source = id(30);
        Step::Branch(BranchConversation { owner, source, at, characters, title, persona: None, messages })
    }
}

prop_compose! {
    fn adopt_all()(
        owner in owner(),
        characters in company(),
        title in title(),
        messages in prop::collection::vec(adopted(), 0..4),
    ) -> Step {
        let manuscript = Manuscript { digest: "ee55".into(), chat: 0 };
        Step::AdoptAll(AdoptConversation { owner, characters, title, persona: None, manuscript, messages })
    }
}

fn adopt() -> impl Strategy<Value = Step> {
    (owner(), prop::collection::vec(adopted(), 0..4))
        .prop_map(|(owner, messages)| Step::Adopt(AdoptHistory { owner, messages }))
}

prop_compose! {
    fn adopted()(
        message in message(),
        origin in message(),
        speaker in speaker(),
        variants in prop::collection::vec(private(text()), 0..4),
        chosen in 0..3_u32,
        name in prop::option::of(private(text())),
        hidden in any::<bool>(),
    ) -> AdoptedMessage {
        AdoptedMessage { message, origin, speaker, variants, chosen, at: OffsetDateTime::UNIX_EPOCH, name, hidden }
    }
}

prop_compose! {
    fn send()(
        by in owner(),
        message in message(),
        text in text(),
        candidates in prop::collection::vec(candidate(), 0..3),
    ) -> Step {
        Step::Send(SendMessage { by, message, text, candidates })
    }
}

prop_compose! {
    fn impersonate()(
        by in owner(),
        reply in reply(),
        character in character(),
        standing in standing(),
        dice in 0..3_u64,
        instruction in title(),
    ) -> Step {
        Step::Impersonate(RequestImpersonation { by, reply, character, standing, dice, instruction })
    }
}

prop_compose! {
    fn candidate()(
        character in character(),
        standing in standing(),
        reply in reply(),
        message in message(),
        dice in 0..3_u64,
    ) -> Candidate {
        Candidate { character, standing, reply, message, dice }
    }
}

fn complete(reply: ReplyId, text: String) -> CompleteReply {
    CompleteReply {
        reply,
        text,
        attempt: 1,
        run: 1,
        prompt: PromptRecord::default(),
        provider: "demo".into(),
        model: None,
        finish: None,
        usage: None,
        took_ms: 1,
    }
}

fn fail(reply: ReplyId, partial: String) -> FailReply {
    FailReply { reply, reason: "unreachable".into(), sentence: "It is gone.".into(), partial, attempt: 1 }
}

/// Mostly the one, sometimes a stranger.
pub(super) fn owner() -> impl Strategy<Value = UserId> {
    prop_oneof![9 => Just(id(1)), 1 => Just(id(2))]
}

pub(super) fn character() -> impl Strategy<Value = CharacterId> {
    one_of(10, 3)
}

pub(super) fn message() -> impl Strategy<Value = MessageId> {
    one_of(50, 8)
}

pub(super) fn reply() -> impl Strategy<Value = ReplyId> {
    one_of(70, 6)
}

pub(super) fn speaker() -> impl Strategy<Value = Speaker> {
    prop_oneof![
        owner().prop_map(Speaker::User),
        character().prop_map(Speaker::Character),
        Just(Speaker::Narrator)
    ]
}

/// Sometimes it was forgotten.
pub(super) fn private<T: std::fmt::Debug + Clone>(
    known: impl Strategy<Value = T>,
) -> impl Strategy<Value = Private<T>> {
    prop::option::weighted(0.8, known).prop_map(|known| known.map_or(Private::Forgotten, Private::Known))
}

/// Short words, and sometimes none.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just("Hi".to_owned()), Just("Bye".to_owned()), Just(String::new())]
}

pub(super) fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..4)
}

pub(super) fn title() -> impl Strategy<Value = Option<String>> {
    prop::option::of(text())
}

pub(super) fn company() -> impl Strategy<Value = Vec<CharacterId>> {
    prop::collection::vec(character(), 1..4)
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![4 => Just(Standing::Active), 1 => Just(Standing::Retired)]
}
