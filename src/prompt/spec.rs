//! The specs of the assembly: given a scene, then the model is told this.

mod budget;
mod laws;
mod order;
mod persona;

use domain::{
    Aggregate, Fold, Id, When,
    character::{Character, CharacterCreated, DepthPrompt, Profile, Role},
    conversation::{
        AdoptedMessage, Aim, CharacterGreeted, ConversationEvent, ConversationStarted, HistoryAdopted,
        MessageId, MessageSent, Persona, PromptRecord, ReplyCompleted, ReplyRequested, Speaker,
    },
    persona::Placement,
    user::UserId,
};
use time::macros::datetime;
use uuid::Uuid;

use super::*;

fn id<Kind>(number: u128) -> Id<Kind> {
    Id::new(Uuid::from_u128(number))
}

fn mira() -> UserId {
    id(1)
}

fn aqua() -> CharacterId {
    id(10)
}

fn bard() -> CharacterId {
    id(11)
}

/// A scene that owns what it is made of.
#[derive(Debug)]
struct Given {
    profile: Profile,
    events: Vec<ConversationEvent>,
    request: Request,
    others: Vec<Companion<'static>>,
    budget: Budget,
    system: Option<String>,
    counter: Counter,
    persona: Option<(Persona, Option<u64>)>,
}

/// Aqua, of whom nothing but her name is known, with Mira.
fn given() -> Given {
    let mut profile = Profile::default();
    profile.description.name = "Aqua".into();
    Given {
        profile,
        events: vec![],
        request: Request {
            reply: id(70),
            character: aqua(),
            turn: None,
            dice: 6,
            aim: Aim::Message(id(570)),
        },
        others: vec![],
        budget: Budget::default(),
        system: Some("House.".into()),
        counter: Counter::default(),
        persona: Some((mira_herself(), None)),
    }
}

fn mira_herself() -> Persona {
    Persona { name: "Mira".into(), description: "A sailor.".into(), ..Persona::default() }
}

impl Given {
    /// A card with something in every part.
    fn whole_card(mut self) -> Self {
        self.profile.description.text = "{{char}} is a tide.".into();
        self.profile.description.scenario = "By the sea.".into();
        self.profile.appearance.text = "Blue.".into();
        self.profile.personality.summary = "salty".into();
        self.profile.personality.profile.traits = vec!["moody".into()];
        self.profile.instructions.system = "Card. {{original}}".into();
        self.profile.instructions.post_history = "Be brief.".into();
        self.profile.instructions.examples =
            "<START>\n{{user}}: Who?\n{{char}}: Me.\nAlways.\n<start>\n{{char}}: Splash.".into();
        self
    }

    fn depth_prompt(mut self, depth: u32, role: Role) -> Self {
        self.profile.instructions.depth_prompt = Some(DepthPrompt { prompt: "Deep.".into(), depth, role });
        self
    }

    fn with_bard(mut self) -> Self {
        self.others.push(Companion { id: bard(), name: "Bard", version: 4 });
        self
    }

    fn says(mut self, message: u128, text: &str) -> Self {
        self.events.push(MessageSent { message: id(message), author: mira(), text: text.into() }.into());
        self.request.turn = Some(id(message));
        self
    }

    fn character_says(mut self, message: u128, character: CharacterId, text: &str) -> Self {
        let reply = id(message + 1_000);
        let turn = self.request.turn;
        self.events.extend([
            ReplyRequested { reply, message: id(message), character, turn, dice: 1 }.into(),
            completed(reply, text),
        ]);
        self
    }

    fn greets(mut self, message: u128, variants: &[&str]) -> Self {
        let variants = variants.iter().map(|&text| text.into()).collect();
        self.events
            .push(CharacterGreeted { message: id(message), character: aqua(), variants, chosen: 0 }.into());
        self
    }

    fn held_as(mut self, description: &str, placement: Placement) -> Self {
        let persona = Persona { description: description.into(), placement, ..mira_herself() };
        self.persona = Some((persona, Some(7)));
        self
    }

    /// What Mira could say is asked for, in this way if she wants any.
    fn impersonates(mut self, instruction: Option<&str>) -> Self {
        self.request.aim = Aim::Impersonation(instruction.map(Into::into));
        self
    }

    fn budget(mut self, prompt: u32) -> Self {
        self.budget = Budget { context: prompt + 300, reply: 300 };
        self
    }

    fn transcript(&self) -> Transcript {
        let characters = std::iter::once(aqua()).chain(self.others.iter().map(|other| other.id)).collect();
        let started = ConversationStarted { owner: mira(), characters, title: None, persona: None }.into();
        let mut transcript = Transcript::default();
        let when = When { sequence: 1, at: OffsetDateTime::UNIX_EPOCH };
        for event in std::iter::once(&started).chain(&self.events) {
            transcript.fold(event, when);
        }
        transcript
    }

    fn assembled(&self) -> Result<Prompt, Overflow> {
        let transcript = self.transcript();
        let mut character = Character::default();
        character.evolve(
            &CharacterCreated { owner: mira(), profile: Box::new(self.profile.clone()).into() }.into(),
        );
        assemble(&Scene {
            transcript: &transcript,
            transcript_at: 42,
            request: &self.request,
            speaker: Player { id: aqua(), sheet: character.sheet().unwrap(), version: 3 },
            others: &self.others,
            persona: self.persona.as_ref().map(|(persona, version)| Part { persona, version: *version }),
            budget: self.budget,
            counter: &self.counter,
            system: self.system.as_deref(),
            impersonation: Some("Speak for {{user}}."),
            at: datetime!(2026-06-03 14:05 UTC),
        })
    }

    #[track_caller]
    fn prompt(&self) -> Prompt {
        self.assembled().unwrap()
    }

    /// Holds if the model is told these messages, each as `role: words` or `role (name): words`.
    #[track_caller]
    fn then(&self, expected: &[&str]) {
        assert_eq!(told(&self.prompt()), expected);
    }
}

fn completed(reply: domain::conversation::ReplyId, text: &str) -> ConversationEvent {
    ReplyCompleted {
        reply,
        text: text.into(),
        attempt: 1,
        run: 1,
        prompt: PromptRecord::default(),
        provider: "demo".into(),
        model: None,
        finish: None,
        usage: None,
        took_ms: 1,
    }
    .into()
}

fn told(prompt: &Prompt) -> Vec<String> {
    let line = |message: &Message| match &message.name {
        None => format!("{}: {}", message.role_name(), message.content),
        Some(name) => format!("{} ({name}): {}", message.role_name(), message.content),
    };
    prompt.messages.iter().map(line).collect()
}

fn message_id(number: u128) -> MessageId {
    id(number)
}
