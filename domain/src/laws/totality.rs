//! Whatever events there are, in whatever order: folding them never fails.

use proptest::prelude::*;
use time::OffsetDateTime;

use super::{
    conversations::{character, company, message, owner, reply, speaker, text, texts, title},
    now, one_of,
    repetition::{original, profile, provider},
};
use crate::{
    Aggregate, Fold,
    character::{
        AppearanceRevised, Character, CharacterCreated, CharacterEvent, CharacterImported,
        CharacterProviderChosen, CharacterRestored, CharacterRetired, DescriptionRevised, GreetingsRevised,
        InstructionsRevised, PersonalityRevised, VoiceRevised,
    },
    conversation::{
        AdoptedMessage, CharacterGreeted, Conversation, ConversationAdopted, ConversationBranched,
        ConversationClosed, ConversationEvent, ConversationRenamed, ConversationStarted, HistoryAdopted,
        Manuscript, MessageDeleted, MessageEdited, MessageSent, PromptRecord, ReplyCancelled, ReplyCompleted,
        ReplyFailed, ReplyRequested, Transcript, VariantChosen,
    },
    spec::id,
    user::{ApiKeyIssued, ApiKeyRevoked, Rights, User, UserEvent, UserProviderChosen, UserRegistered},
};

/// A number that is often small and sometimes far too large.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![0..4_u32, any::<u32>()]
}

fn user_event() -> impl Strategy<Value = UserEvent> {
    prop_oneof![
        text().prop_map(|name| UserRegistered { name }.into()),
        (one_of(20, 3), text(), text()).prop_map(|(key, hash, label)| ApiKeyIssued {
            key,
            hash,
            label,
            rights: Rights::default()
        }
        .into()),
        one_of(20, 3).prop_map(|key| ApiKeyRevoked { key }.into()),
        provider().prop_map(|provider| UserProviderChosen { provider }.into()),
    ]
}

fn character_event() -> impl Strategy<Value = CharacterEvent> {
    prop_oneof![
        (owner(), profile(), original()).prop_map(|(owner, profile, original)| CharacterImported {
            owner,
            profile: Box::new(profile),
            original
        }
        .into()),
        (owner(), profile()).prop_map(|(owner, profile)| CharacterCreated {
            owner,
            profile: Box::new(profile)
        }
        .into()),
        profile().prop_map(|profile| DescriptionRevised { description: profile.description }.into()),
        profile().prop_map(|profile| PersonalityRevised { personality: profile.personality }.into()),
        profile().prop_map(|profile| GreetingsRevised { greetings: profile.greetings }.into()),
        profile().prop_map(|profile| InstructionsRevised { instructions: profile.instructions }.into()),
        profile().prop_map(|profile| AppearanceRevised { appearance: profile.appearance }.into()),
        profile().prop_map(|profile| VoiceRevised { voice: profile.voice }.into()),
        Just(CharacterRetired {}.into()),
        Just(CharacterRestored {}.into()),
        provider().prop_map(|provider| CharacterProviderChosen { provider }.into()),
    ]
}

fn conversation_event() -> impl Strategy<Value = ConversationEvent> {
    prop_oneof![
        (owner(), company(), title()).prop_map(|(owner, characters, title)| {
            ConversationStarted { owner, characters, title, persona: None }.into()
        }),
        (owner(), message(), company(), title()).prop_map(|(owner, at, characters, title)| {
            ConversationBranched { owner, source: id(30), at, characters, title, persona: None }.into()
        }),
        (owner(), company(), title(), number()).prop_map(|(owner, characters, title, chat)| {
            let manuscript = Manuscript { digest: String::new(), chat };
            ConversationAdopted { owner, characters, title, persona: None, manuscript }.into()
        }),
        prop::collection::vec(adopted(), 0..4).prop_map(|messages| HistoryAdopted { messages }.into()),
        (message(), character(), texts(), number()).prop_map(|(message, character, variants, chosen)| {
            CharacterGreeted { message, character, variants, chosen }.into()
        }),
        (message(), owner(), text()).prop_map(|(message, author, text)| MessageSent {
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
        (reply(), text()).prop_map(|(reply, text)| completed(reply, text).into()),
        (reply(), text()).prop_map(|(reply, partial)| {
            let (reason, sentence) = (String::new(), String::new());
            ReplyFailed { reply, reason, sentence, partial, attempt: 1 }.into()
        }),
        (reply(), text()).prop_map(|(reply, partial)| ReplyCancelled { reply, partial }.into()),
        (message(), number()).prop_map(|(message, variant)| VariantChosen { message, variant }.into()),
        (message(), text()).prop_map(|(message, text)| MessageEdited { message, text }.into()),
        message().prop_map(|message| MessageDeleted { message }.into()),
        title().prop_map(|title| ConversationRenamed { title }.into()),
        Just(ConversationClosed {}.into()),
    ]
}

prop_compose! {
    fn adopted()(
        message in message(),
        origin in message(),
        speaker in speaker(),
        variants in texts(),
        chosen in number(),
        name in title(),
        hidden in any::<bool>(),
    ) -> AdoptedMessage {
        AdoptedMessage { message, origin, speaker, variants, chosen, at: OffsetDateTime::UNIX_EPOCH, name, hidden }
    }
}

fn completed(reply: crate::conversation::ReplyId, text: String) -> ReplyCompleted {
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
        prop_assert_eq!(user.person().is_some(), events.iter().any(|event| matches!(event, UserEvent::UserRegistered(_))));
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
            prop_assert!(transcript.before(reply).len() <= story);
        }
        transcript.lines.iter().for_each(|line| drop(line.text().to_owned()));
    }
}
