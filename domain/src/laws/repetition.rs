//! Users and characters: a command that decided something decides nothing when it is repeated at once.

use proptest::prelude::*;

use super::{
    Past,
    conversations::{character, owner, text, texts},
    one_of,
};
use crate::{
    character::{
        AddExpression, Character, ChooseCharacterProvider, CreateCharacter, Description, Greetings,
        ImportCharacter, Instructions, Original, Picture, Profile, RemoveExpression, RepaintCharacter,
        RestoreCharacter, RetireCharacter, ReviseCharacter, Voice,
    },
    persona,
    provider::ProviderChoice,
    user::{
        Choice, ChooseUserPersona, ChooseUserProvider, Companion, EraseUser, IssueApiKey, RegisterUser,
        RevokeApiKey, User,
    },
};

#[derive(Debug, Clone)]
enum UserStep {
    Register(RegisterUser),
    Issue(IssueApiKey),
    Revoke(RevokeApiKey),
    Choose(ChooseUserProvider),
    ChoosePersona(ChooseUserPersona),
    Erase(EraseUser),
}

#[derive(Debug, Clone)]
enum CharacterStep {
    Import(ImportCharacter),
    Create(CreateCharacter),
    Revise(Box<ReviseCharacter>),
    Repaint(RepaintCharacter),
    Express(AddExpression),
    Unexpress(RemoveExpression),
    Retire(RetireCharacter),
    Restore(RestoreCharacter),
    Choose(ChooseCharacterProvider),
}

impl UserStep {
    fn happens(&self, past: &mut Past<User>) -> Result<(), TestCaseError> {
        match self {
            Self::Register(command) => past.obeys(command),
            Self::Issue(command) => past.obeys(command),
            Self::Revoke(command) => past.obeys(command),
            Self::Choose(command) => past.obeys(command),
            Self::ChoosePersona(command) => past.obeys(command),
            Self::Erase(command) => past.obeys(command),
        }
    }
}

impl CharacterStep {
    fn happens(&self, past: &mut Past<Character>) -> Result<(), TestCaseError> {
        match self {
            Self::Import(command) => past.obeys(command),
            Self::Create(command) => past.obeys(command),
            Self::Revise(command) => past.obeys(command.as_ref()),
            Self::Repaint(command) => past.obeys(command),
            Self::Express(command) => past.obeys(command),
            Self::Unexpress(command) => past.obeys(command),
            Self::Retire(command) => past.obeys(command),
            Self::Restore(command) => past.obeys(command),
            Self::Choose(command) => past.obeys(command),
        }
    }
}

fn user_step() -> impl Strategy<Value = UserStep> {
    prop_oneof![
        4 => text().prop_map(|name| UserStep::Register(RegisterUser { name })),
        4 => (one_of(20, 3), text(), text()).prop_map(|(key, hash, label)| UserStep::Issue(IssueApiKey {
            key,
            hash,
            label,
            rights: crate::user::Rights::default(),
        })),
        4 => one_of(20, 3).prop_map(|key| UserStep::Revoke(RevokeApiKey { key })),
        4 => provider().prop_map(|provider| UserStep::Choose(ChooseUserProvider { provider })),
        4 => choose_persona(),
        1 => text().prop_map(|name| UserStep::Erase(EraseUser { name })),
    ]
}

fn choose_persona() -> impl Strategy<Value = UserStep> {
    let companion = (character(), owner()).prop_map(|(id, owner)| Companion { id, owner });
    let choice = (one_of(40, 2), owner()).prop_map(|(id, owner)| {
        let standing = persona::Standing::Active;
        Choice { id, owner, standing }
    });
    (owner(), prop::option::of(companion), prop::option::of(choice))
        .prop_map(|(by, with, persona)| UserStep::ChoosePersona(ChooseUserPersona { by, with, persona }))
}

fn character_step() -> impl Strategy<Value = CharacterStep> {
    prop_oneof![
        (owner(), profile(), original()).prop_map(|(owner, profile, original)| {
            CharacterStep::Import(ImportCharacter { owner, profile, original })
        }),
        (owner(), profile())
            .prop_map(|(owner, profile)| CharacterStep::Create(CreateCharacter { owner, profile })),
        (owner(), profile(), any::<[bool; 6]>()).prop_map(|(by, profile, parts)| {
            CharacterStep::Revise(Box::new(revision(by, profile, parts)))
        }),
        (owner(), text()).prop_map(|(by, digest)| {
            let avatar = Picture { digest, media_type: "image/png".into() };
            CharacterStep::Repaint(RepaintCharacter { by, avatar })
        }),
        (owner(), text(), text(), any::<u64>()).prop_map(|(by, name, digest, size)| {
            let picture = Picture { digest, media_type: "image/png".into() };
            CharacterStep::Express(AddExpression { by, name, picture, size })
        }),
        (owner(), text()).prop_map(|(by, name)| CharacterStep::Unexpress(RemoveExpression { by, name })),
        owner().prop_map(|by| CharacterStep::Retire(RetireCharacter { by })),
        owner().prop_map(|by| CharacterStep::Restore(RestoreCharacter { by })),
        (owner(), provider())
            .prop_map(|(by, provider)| CharacterStep::Choose(ChooseCharacterProvider { by, provider })),
    ]
}

fn revision(by: crate::user::UserId, profile: Profile, parts: [bool; 6]) -> ReviseCharacter {
    let Profile { description, personality, greetings, instructions, appearance, voice } = profile;
    ReviseCharacter {
        by,
        description: parts[0].then_some(description),
        personality: parts[1].then_some(personality),
        greetings: parts[2].then_some(greetings),
        instructions: parts[3].then_some(instructions),
        appearance: parts[4].then_some(appearance),
        voice: parts[5].then_some(voice),
    }
}

prop_compose! {
    pub(super) fn profile()(
        name in text(),
        greetings in texts(),
        talkativeness in prop_oneof![Just(0.5), Just(f64::NAN), Just(-0.0), Just(0.0)],
        speed in prop::option::of(prop_oneof![Just(1.0), Just(f64::NAN)]),
        words in text(),
    ) -> Profile {
        let mut profile = Profile {
            description: Description { name, ..Description::default() },
            greetings: Greetings { solo: greetings, group: vec![] },
            instructions: Instructions { talkativeness, ..Instructions::default() },
            voice: Voice { speed, ..Voice::default() },
            ..Profile::default()
        };
        profile.personality.summary.clone_from(&words);
        profile.appearance.text = words;
        profile
    }
}

pub(super) fn original() -> impl Strategy<Value = Original> {
    text().prop_map(|digest| Original { digest, media_type: "image/png".into(), spec: "V2".into(), size: 2 })
}

pub(super) fn provider() -> impl Strategy<Value = ProviderChoice> {
    (prop::collection::btree_map(text(), text(), 0..3), prop::option::of(text()))
        .prop_map(|(settings, sealed)| ProviderChoice { settings, sealed })
}

proptest! {
    #[test]
    fn a_command_to_a_user_that_is_repeated_decides_nothing(steps in prop::collection::vec(user_step(), 0..30)) {
        let mut past = Past::default();
        for step in steps {
            step.happens(&mut past)?;
        }
    }

    #[test]
    fn a_command_to_a_character_that_is_repeated_decides_nothing(
        steps in prop::collection::vec(character_step(), 0..30),
    ) {
        let mut past = Past::default();
        for step in steps {
            step.happens(&mut past)?;
        }
    }
}
