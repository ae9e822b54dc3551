//! One event of every sort, with something in every field: what the golden forms are made of, here and in the log's crate.

mod lorebooks;
mod personas;

use time::macros::datetime;

use crate::{
    Event, Id, Private,
    audit::{AuditEvent, HistoryConsulted, Words},
    character::{
        Appearance, AppearanceRevised, AssetRef, BehaviorRule, CharacterCreated, CharacterEvent,
        CharacterImported, CharacterProviderChosen, CharacterRestored, CharacterRetired, DepthPrompt,
        Description, DescriptionRevised, EmotionalResponse, Greetings, GreetingsRevised, Instructions,
        InstructionsRevised, Original, Personality, PersonalityProfile, PersonalityRevised, Picture, Profile,
        Role, Voice, VoiceRevised,
    },
    conversation::{
        AdoptedMessage, CharacterGreeted, ConversationAdopted, ConversationBranched, ConversationClosed,
        ConversationEvent, ConversationPersonaChosen, ConversationRenamed, ConversationStarted,
        HistoryAdopted, ImpersonationRequested, Manuscript, MessageDeleted, MessageEdited, MessageSent,
        Persona, PromptRecord, ReplyCancelled, ReplyCompleted, ReplyFailed, ReplyRequested, Speaker, Usage,
        VariantChosen,
    },
    provider::ProviderChoice,
    user::{
        ApiKeyIssued, ApiKeyRevoked, Rights, UserErased, UserEvent, UserPersonaChosen, UserProviderChosen,
        UserRegistered,
    },
};

/// The id of this number.
const fn id<Kind>(number: u128) -> Id<Kind> {
    Id::new(uuid::Uuid::from_u128(number))
}

/// All of them.
pub fn samples() -> Vec<Event> {
    let users = users().into_iter().map(Event::from);
    let characters = characters().into_iter().map(Event::from);
    let conversations = conversations().into_iter().map(Event::from);
    let lorebooks = lorebooks::samples().into_iter().map(Event::from);
    let personas = personas::samples().into_iter().map(Event::from);
    let audits = audits().into_iter().map(Event::from);
    users.chain(characters).chain(conversations).chain(lorebooks).chain(personas).chain(audits).collect()
}

fn users() -> Vec<UserEvent> {
    vec![
        UserRegistered { name: "Mira".into() }.into(),
        ApiKeyIssued { key: id(20), hash: "aa11".into(), label: "phone".into(), rights: Rights::default() }
            .into(),
        ApiKeyRevoked { key: id(20) }.into(),
        UserProviderChosen { provider: provider().into() }.into(),
        UserPersonaChosen { with: Some(id(10)), persona: Some(id(40)) }.into(),
        UserErased {}.into(),
    ]
}

fn audits() -> Vec<AuditEvent> {
    let (purpose, words) = ("export".into(), Words::Opened);
    let (from, to, about) = (Some(3), Some(9), Some(id(70)));
    vec![HistoryConsulted { look: id(90), purpose, words, from, to, about, key: Some(id(20)) }.into()]
}

fn characters() -> Vec<CharacterEvent> {
    vec![
        CharacterImported { owner: id(1), profile: Box::new(profile()).into(), original: original().into() }
            .into(),
        CharacterCreated { owner: id(1), profile: Private::default() }.into(),
        DescriptionRevised { description: description().into() }.into(),
        PersonalityRevised { personality: personality().into() }.into(),
        GreetingsRevised { greetings: greetings().into() }.into(),
        InstructionsRevised { instructions: instructions().into() }.into(),
        AppearanceRevised { appearance: appearance().into() }.into(),
        VoiceRevised { voice: voice().into() }.into(),
        CharacterRetired {}.into(),
        CharacterRestored {}.into(),
        CharacterProviderChosen { provider: provider().into() }.into(),
    ]
}

fn conversations() -> Vec<ConversationEvent> {
    let [owner, message] = [1, 50];
    let title = || Some("By the sea".into());
    vec![
        ConversationStarted {
            owner: id(owner),
            characters: vec![id(10), id(11)],
            title: title(),
            persona: persona(),
        }
        .into(),
        ConversationBranched {
            owner: id(owner),
            source: id(30),
            at: id(message),
            characters: vec![id(10)],
            title: title(),
            persona: persona(),
        }
        .into(),
        ConversationAdopted {
            owner: id(owner),
            characters: vec![id(10), id(11)],
            title: title(),
            persona: persona(),
            manuscript: Manuscript { digest: "ee55".into(), chat: 1 }.into(),
        }
        .into(),
        HistoryAdopted { owner: id(owner), messages: adopted() }.into(),
        CharacterGreeted {
            message: id(message),
            character: id(10),
            variants: vec!["Splash.".into(), "Drip.".into()],
            chosen: 1,
        }
        .into(),
        MessageSent { message: id(message), author: id(owner), text: "Grüß dich 🌊\n".into() }.into(),
        ReplyRequested {
            reply: id(70),
            message: id(570),
            character: id(10),
            turn: Some(id(message)),
            dice: u64::MAX,
        }
        .into(),
        ImpersonationRequested {
            reply: id(71),
            character: id(10),
            turn: Some(id(message)),
            dice: 7,
            instruction: Some("Hide in the tide".into()),
        }
        .into(),
        completed().into(),
        ReplyFailed {
            reply: id(70),
            reason: "unreachable".into(),
            sentence: "The model cannot be reached.".into(),
            partial: Some("Hi, I".into()),
            attempt: 2,
        }
        .into(),
        ReplyCancelled { reply: id(70), partial: Some("Hi, I".into()) }.into(),
        VariantChosen { message: id(message), variant: 1 }.into(),
        MessageEdited { message: id(message), text: "Hello".into() }.into(),
        MessageDeleted { message: id(message) }.into(),
        ConversationRenamed { title: title() }.into(),
        ConversationPersonaChosen { persona: Some(personas::chosen().into()) }.into(),
        ConversationClosed {}.into(),
    ]
}

fn completed() -> ReplyCompleted {
    ReplyCompleted {
        reply: id(70),
        text: "Hi, I am a tide.".into(),
        attempt: 2,
        run: 7,
        prompt: PromptRecord {
            hash: "bb22".into(),
            assembly: 1,
            conversation: 42,
            characters: [(id(10), 3), (id(11), 300)].into(),
            persona: None,
            from: Some(id(50)),
            messages: 12,
            tokens: 1_000,
            budget: 7_168,
        },
        provider: "sillytavern".into(),
        model: Some("gpt-4o".into()),
        finish: Some("stop".into()),
        usage: Some(Usage { prompt: 1_001, completion: 6 }),
        took_ms: 1_234,
    }
}

fn adopted() -> Vec<AdoptedMessage> {
    let at = datetime!(2026-06-03 14:05:09.123 UTC);
    let [by_person, by_character] = [Speaker::User(id(1)), Speaker::Character(id(10))];
    vec![
        AdoptedMessage {
            message: id(60),
            origin: id(50),
            speaker: by_person,
            variants: vec!["Hello".into()],
            chosen: 0,
            at,
            name: None,
            hidden: false,
        },
        AdoptedMessage {
            message: id(61),
            origin: id(51),
            speaker: by_character,
            variants: vec!["Hi".into(), "Hey".into()],
            chosen: 1,
            at,
            name: None,
            hidden: false,
        },
    ]
}

#[expect(clippy::unnecessary_wraps, reason = "the field is optional")]
fn persona() -> Option<Private<Persona>> {
    Some(Persona { name: "Mira".into(), description: "A sailor.".into(), ..Persona::default() }.into())
}

fn provider() -> ProviderChoice {
    let settings = [("kind", "openai"), ("model", "gpt-4o")];
    ProviderChoice {
        settings: settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        sealed: Some("c2VhbGVk".into()),
    }
}

fn original() -> Original {
    Original { digest: "cc33".into(), media_type: "image/png".into(), spec: "V3".into(), size: 70_000 }
}

fn profile() -> Profile {
    Profile {
        description: description(),
        personality: personality(),
        greetings: greetings(),
        instructions: instructions(),
        appearance: appearance(),
        voice: voice(),
    }
}

fn description() -> Description {
    Description {
        name: "Aqua".into(),
        nickname: Some("Splashy".into()),
        text: "A tide that learnt to talk.".into(),
        scenario: "By the sea.".into(),
        tags: vec!["sea".into(), "calm".into()],
        creator_notes: "Be kind to her.".into(),
        creator: "Mira".into(),
        version: "1.2".into(),
    }
}

fn personality() -> Personality {
    Personality {
        summary: "salty".into(),
        profile: PersonalityProfile {
            traits: vec!["brave".into()],
            background: "Born of a storm.".into(),
            speaking_style: "In waves.".into(),
            behavioral_patterns: vec![BehaviorRule { trigger: "teased".into(), behavior: "splashes".into() }],
            emotional_responses: vec![EmotionalResponse { emotion: "joy".into(), response: "foams".into() }],
        },
    }
}

fn greetings() -> Greetings {
    Greetings { solo: vec!["Splash.".into(), "Drip.".into()], group: vec!["Splash, all.".into()] }
}

fn instructions() -> Instructions {
    Instructions {
        system: "{{original}}".into(),
        post_history: "Be brief.".into(),
        examples: "<START>\n{{char}}: Splash.".into(),
        depth_prompt: Some(DepthPrompt { prompt: "Deep.".into(), depth: 4, role: Role::System }),
        talkativeness: 0.75,
    }
}

fn appearance() -> Appearance {
    let avatar = Picture { digest: "dd44".into(), media_type: "image/png".into() };
    let smile = AssetRef {
        kind: "emotion".into(),
        name: "joy".into(),
        ext: "webp".into(),
        media_type: "image/webp".into(),
        digest: "ee55".into(),
        size: 9_000,
    };
    Appearance { text: "Blue.".into(), avatar: Some(avatar), assets: vec![smile] }
}

fn voice() -> Voice {
    Voice {
        provider: Some("piper".into()),
        voice: Some("sea".into()),
        language: Some("en-GB".into()),
        speed: Some(1.25),
        pitch: Some(0.5),
    }
}
