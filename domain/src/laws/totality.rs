//! Whatever events there are, in whatever order, and whichever of their words are forgotten: folding them never fails.

use proptest::prelude::*;
use time::OffsetDateTime;

use super::{
    conversations::{character, company, message, owner, private, reply, speaker, text},
    now, one_of,
    repetition::{original, profile, provider},
};
use crate::{
    Aggregate, Fold, Private,
    character::{
        AppearanceRevised, Character, CharacterCreated, CharacterEvent, CharacterImported,
        CharacterProviderChosen, CharacterRestored, CharacterRetired, DescriptionRevised, GreetingsRevised,
        InstructionsRevised, PersonalityRevised, Profile, VoiceRevised,
    },
    conversation::{
        AdoptedMessage, CharacterGreeted, Conversation, ConversationAdopted, ConversationBranched,
        ConversationClosed, ConversationEvent, ConversationPersonaChosen, ConversationRenamed,
        ConversationStarted, HistoryAdopted, ImpersonationRequested, Manuscript, MessageDeleted,
        MessageEdited, MessageSent, Persona, PromptRecord, ReplyCancelled, ReplyCompleted, ReplyFailed,
        ReplyRequested, Transcript, VariantChosen,
    },
    spec::id,
    user::{
        ApiKeyIssued, ApiKeyRevoked, Rights, User, UserErased, UserEvent, UserPersonaChosen,
        UserProviderChosen, UserRegistered,
    },
};

/// A number that is often small and sometimes far too large.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![0..4_u32, any::<u32>()]
}

pub(super) fn user_event() -> impl Strategy<Value = UserEvent> {
    prop_oneof![
        4 => private(text()).prop_map(|name| UserRegistered { name }.into()),
        4 => (one_of(20, 3), text(), private(text())).prop_map(|(key, hash, label)| ApiKeyIssued {
            key,
            hash,
            label,
            rights: Rights::default()
        }
        .into()),
        4 => one_of(20, 3).prop_map(|key| ApiKeyRevoked { key }.into()),
        1 => Just(UserErased {}.into()),
        4 => private(provider()).prop_map(|provider| UserProviderChosen { provider }.into()),
        4 => (prop::option::of(character()), prop::option::of(one_of(40, 3)))
            .prop_map(|(with, persona)| UserPersonaChosen { with, persona }.into()),
    ]
}

fn whole() -> impl Strategy<Value = Private<Box<Profile>>> {
    private(profile().prop_map(Box::new))
}

fn part<P: Clone + std::fmt::Debug>(of: fn(Profile) -> P) -> impl Strategy<Value = Private<P>> {
    private(profile().prop_map(of))
}

pub(super) fn character_event() -> impl Strategy<Value = CharacterEvent> {
    prop_oneof![
        (owner(), whole(), private(original()))
            .prop_map(|(owner, profile, original)| { CharacterImported { owner, profile, original }.into() }),
        (owner(), whole()).prop_map(|(owner, profile)| CharacterCreated { owner, profile }.into()),
        part(|profile| profile.description).prop_map(|description| DescriptionRevised { description }.into()),
        part(|profile| profile.personality).prop_map(|personality| PersonalityRevised { personality }.into()),
        part(|profile| profile.greetings).prop_map(|greetings| GreetingsRevised { greetings }.into()),
        part(|profile| profile.instructions)
            .prop_map(|instructions| InstructionsRevised { instructions }.into()),
        part(|profile| profile.appearance).prop_map(|appearance| AppearanceRevised { appearance }.into()),
        part(|profile| profile.voice).prop_map(|voice| VoiceRevised { voice }.into()),
        Just(CharacterRetired {}.into()),
        Just(CharacterRestored {}.into()),
        private(provider()).prop_map(|provider| CharacterProviderChosen { provider }.into()),
    ]
}

fn name() -> impl Strategy<Value = Option<Private<String>>> {
    prop::option::of(private(text()))
}

fn wordings() -> impl Strategy<Value = Vec<Private<String>>> {
    prop::collection::vec(private(text()), 0..4)
}

fn persona() -> impl Strategy<Value = Option<Private<Persona>>> {
    let persona = text().prop_map(|name| Persona { name, ..Persona::default() });
    prop::option::of(private(persona))
}

fn manuscript() -> impl Strategy<Value = Manuscript> {
    number().prop_map(|chat| Manuscript { digest: String::new(), chat })
}

pub(super) fn conversation_event() -> impl Strategy<Value = ConversationEvent> {
    prop_oneof![
        (owner(), company(), name(), persona()).prop_map(|(owner, characters, title, persona)| {
            ConversationStarted { owner, characters, title, persona }.into()
        }),
        (owner(), message(), company(), name(), persona()).prop_map(
            |(owner, at, characters, title, persona)| {
                ConversationBranched { owner, source: id(30), at, characters, title, persona }.into()
            }
        ),
        (owner(), company(), name(), persona(), private(manuscript())).prop_map(
            |(owner, characters, title, persona, manuscript)| {
                ConversationAdopted { owner, characters, title, persona, manuscript }.into()
            }
        ),
        (owner(), prop::collection::vec(adopted(), 0..4)).prop_map(|(owner, messages)| HistoryAdopted {
            owner,
            messages
        }
        .into()),
        (message(), character(), wordings(), number()).prop_map(|(message, character, variants, chosen)| {
            CharacterGreeted { message, character, variants, chosen }.into()
        }),
        (message(), owner(), private(text())).prop_map(|(message, author, text)| MessageSent {
            message,
            author,
            text
        }
        .into()),
        (reply(), message(), character(), prop::option::of(message()), any::<u64>()).prop_map(
            |(reply, message, character, turn, dice)| {
                ReplyRequested { reply, message, character, turn, dice }.into()
            }
        ),
        (reply(), character(), prop::option::of(message()), any::<u64>(), name()).prop_map(
            |(reply, character, turn, dice, instruction)| {
                ImpersonationRequested { reply, character, turn, dice, instruction }.into()
            }
        ),
        (reply(), private(text())).prop_map(|(reply, text)| completed(reply, text).into()),
        (reply(), private(text()), name()).prop_map(|(reply, sentence, partial)| {
            let reason = String::new();
            ReplyFailed { reply, reason, sentence, partial, attempt: 1 }.into()
        }),
        (reply(), name()).prop_map(|(reply, partial)| ReplyCancelled { reply, partial }.into()),
        (message(), number()).prop_map(|(message, variant)| VariantChosen { message, variant }.into()),
        (message(), private(text())).prop_map(|(message, text)| MessageEdited { message, text }.into()),
        message().prop_map(|message| MessageDeleted { message }.into()),
        name().prop_map(|title| ConversationRenamed { title }.into()),
        persona().prop_map(|persona| ConversationPersonaChosen { persona }.into()),
        Just(ConversationClosed {}.into()),
    ]
}

prop_compose! {
    fn adopted()(
        message in message(),
        origin in message(),
        speaker in speaker(),
        variants in wordings(),
        chosen in number(),
        name in name(),
        hidden in any::<bool>(),
    ) -> AdoptedMessage {
        AdoptedMessage { message, origin, speaker, variants, chosen, at: OffsetDateTime::UNIX_EPOCH, name, hidden }
    }
}

fn completed(reply: crate::conversation::ReplyId, text: Private<String>) -> ReplyCompleted {
    ReplyCompleted {
        reply,
        text,
        attempt: 1,
        run: 1,
        prompt: PromptRecord::default(),
        provider: String::new(),
        model: None,
        finish: None,
        usage: None,
        took_ms: 0,
    }
}

proptest! {
    #[test]
    fn any_events_of_a_user_fold(events in prop::collection::vec(user_event(), 0..40)) {
        let mut user = User::default();
        events.iter().for_each(|event| user.evolve(event));
        let came = events.iter().any(|event| matches!(event, UserEvent::UserRegistered(_)));
        let gone = events.iter().any(|event| matches!(event, UserEvent::UserErased(_)));
        prop_assert_eq!(user.person().is_some(), came && !gone);
        prop_assert_eq!(user == User::Erased, gone);
    }

    #[test]
    fn any_events_of_a_character_fold(events in prop::collection::vec(character_event(), 0..40)) {
        let mut character = Character::default();
        events.iter().for_each(|event| character.evolve(event));
        let came = |event: &CharacterEvent| {
            matches!(event, CharacterEvent::CharacterImported(_) | CharacterEvent::CharacterCreated(_))
        };
        prop_assert_eq!(character.sheet().is_some(), events.iter().any(came));
    }

    #[test]
    fn any_events_of_a_conversation_fold_and_every_reply_has_a_story(
        events in prop::collection::vec(conversation_event(), 0..60),
    ) {
        let mut conversation = Conversation::default();
        let mut transcript = Transcript::default();
        for event in &events {
            conversation.evolve(event);
            transcript.fold(event, now());
        }
        let story = transcript.story().count();
        for reply in transcript.replies.values() {
            prop_assert!(transcript.before(&reply.into()).len() <= story);
        }
        transcript.lines.iter().for_each(|line| drop(line.text().to_owned()));
    }
}
