//! The parts of a prompt that are always there: what the card, the persona and the house have to say.
//!
//! Each part is a message of its own, in the order of the assembly; one that says nothing is left out.

mod personality;

use std::collections::BTreeMap;

use domain::{
    character::{Profile, Role},
    conversation::{Aim, Persona},
    persona::Position,
};

use super::{Cast, IMPERSONATION, Macros, Message, SYSTEM, Scene, USER, depth, name};

/// Whose turn it is, where several characters take part.
const NUDGE: &str = "The next reply is {{char}}'s. Write it as {{char}} alone.";

/// The parts that are always there, and the macros by which the others are expanded.
pub(super) struct Parts {
    /// What comes before examples and history.
    pub(super) before: Vec<Message>,
    /// What comes so many messages from the end of the history.
    pub(super) at_depth: BTreeMap<u32, Vec<Message>>,
    /// What comes last.
    pub(super) after: Vec<Message>,
    /// The macros of the scene.
    pub(super) macros: Macros,
}

impl Parts {
    /// The parts of this scene.
    pub(super) fn of(scene: &Scene<'_>) -> Self {
        let macros = scene.macros();
        let Profile { description, personality, instructions, appearance, .. } = &scene.speaker.sheet.profile;
        let said = |part: &str, text: &str| message(&macros, part, Role::System, text);
        let (in_prompt, persona_at_depth) = persona(scene, &macros);
        let before = [
            system(scene, &macros),
            in_prompt,
            said("description", &description.text),
            said("appearance", &appearance.text),
            said("personality", &personality::words(personality)),
            said("scenario", &description.scenario),
        ];
        let post_history = said("post-history", &instructions.post_history);
        let after = match &scene.request.aim {
            Aim::Message(_) => {
                let nudge = if scene.is_group() { NUDGE } else { "" };
                vec![said("nudge", nudge), post_history]
            }
            Aim::Impersonation(instruction) => vec![
                post_history,
                said("impersonation", scene.impersonation.unwrap_or(IMPERSONATION)),
                said("instruction", instruction.as_deref().unwrap_or_default()),
            ],
        };
        let depth_prompt = instructions.depth_prompt.as_ref().and_then(|prompt| {
            let message = message(&macros, "depth prompt", prompt.role, &prompt.prompt)?;
            Some((prompt.depth, message))
        });
        Self {
            before: before.into_iter().flatten().collect(),
            at_depth: depth::joined(depth_prompt.into_iter().chain(persona_at_depth)),
            after: after.into_iter().flatten().collect(),
            macros,
        }
    }
}

/// Where an author's note stands in SillyTavern, if nobody moved it. There is none here, so what belongs beside it is alone.
const NOTE: (u32, Role) = (4, Role::System);

/// What is told of the person: among the parts, or so many messages from the end.
fn persona(scene: &Scene<'_>, macros: &Macros) -> (Option<Message>, Option<(u32, Message)>) {
    let Some(part) = scene.persona else { return (None, None) };
    let Persona { description, placement, .. } = part.persona;
    let says = |role| message(macros, "persona", role, description);
    let at = |(depth, role)| says(role).map(|message| (depth, message));
    match placement.position {
        Position::InPrompt => (says(Role::System), None),
        Position::AboveNote | Position::BelowNote => (None, at(NOTE)),
        Position::AtDepth => (None, at((placement.depth, placement.role))),
        Position::Nowhere => (None, None),
    }
}

/// The card's system text, in which `{{original}}` stands for the house's; or the house's.
fn system(scene: &Scene<'_>, macros: &Macros) -> Option<Message> {
    let house = scene.system.unwrap_or(SYSTEM);
    let card = &scene.speaker.sheet.profile.instructions.system;
    let text = if card.trim().is_empty() { house } else { card };
    let cast = Cast { original: house.to_owned(), ..macros.cast.clone() };
    message(&Macros { cast, ..macros.clone() }, "system", Role::System, text)
}

fn message(macros: &Macros, part: &str, role: Role, text: &str) -> Option<Message> {
    Some(Message::new(role, &macros.expand(part, text))).filter(|message| !message.is_blank())
}

impl Cast {
    /// The cast around this character, this person, and everybody of these names.
    pub(super) fn new(profile: &Profile, persona: Option<&Persona>, company: &[&str]) -> Self {
        let char = name(profile).to_owned();
        Self {
            group: if company.is_empty() { char.clone() } else { company.join(", ") },
            char,
            user: persona.map_or(USER, |persona| &persona.name).to_owned(),
            persona: persona.map(|persona| persona.description.clone()).unwrap_or_default(),
            description: profile.description.text.clone(),
            personality: personality::words(&profile.personality),
            scenario: profile.description.scenario.clone(),
            original: String::new(),
        }
    }
}
