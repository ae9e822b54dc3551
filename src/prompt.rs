//! The prompt: what a model is told so that it speaks for a character.
//!
//! Pure and synchronous: the same scene gives the same bytes, so that the very prompt behind any reply can be assembled
//! again from the log, and its hash proves it. The order is that of SillyTavern's chat completion, because the cards
//! are written for it:
//!
//! ```text
//! system text · persona · description · appearance · personality · scenario     as far as there are any
//! examples                                                                      in order, whole ones, while they fit
//! history, with the depth prompt, or the persona, at its depth                  from the newest back, while it fits
//! whose turn it is, among several · post-history instructions
//! that the person is to speak, if what they could say is asked for, and how they want it
//! ```
//!
//! What is fixed is paid for first, then the history, then the examples. The newest message always goes in: without it
//! there is nothing to answer, and the assembly says [`Overflow`] instead.
//!
//! Deliberately not here: lorebooks, memories and what else a later issue brings in; they add to `parts`.

mod counter;
mod depth;
mod dice;
mod digest;
mod examples;
mod history;
mod macros;
mod parts;

use std::collections::BTreeMap;

use domain::{
    character::{CharacterId, Profile, Role, Sheet},
    conversation::{Persona, PromptRecord, Request, Transcript},
};
use serde::Serialize;
use time::OffsetDateTime;

pub use counter::{Counter, Vocabulary};
use macros::{Cast, Macros};
use parts::Parts;

/// The version of these rules. Another order, another wording or another way to count is another version.
pub const ASSEMBLY: u16 = 1;

/// The house's own system text, where neither the card nor the operator has one.
pub const SYSTEM: &str = "You are {{char}}, in a conversation with {{user}}. Write what {{char}} says and does next. \
                          Stay in character, and never speak or decide for {{user}}.";

/// The house's own words by which what the person could say is asked for, where the operator has none.
pub const IMPERSONATION: &str = "This once, write for {{user}} instead: what {{user}} says and does next, in the way in \
                                 which {{user}} has spoken so far. Nobody else speaks or acts in it.";

/// Who the person is where they have not said.
const USER: &str = "User";

/// All that a prompt follows from.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    /// What was said.
    pub transcript: &'a Transcript,
    /// The sequence of the last commit in the transcript.
    pub transcript_at: u64,
    /// What is wanted.
    pub request: &'a Request,
    /// Who is to speak, or is spoken to.
    pub speaker: Player<'a>,
    /// Who else takes part.
    pub others: &'a [Companion<'a>],
    /// As whom the person takes part.
    pub persona: Option<Part<'a>>,
    /// How many tokens there are.
    pub budget: Budget,
    /// Counts them.
    pub counter: &'a Counter,
    /// The operator's system text, in place of [`SYSTEM`].
    pub system: Option<&'a str>,
    /// The operator's words in place of [`IMPERSONATION`].
    pub impersonation: Option<&'a str>,
    /// When the reply was asked for.
    pub at: OffsetDateTime,
}

/// The character that is to speak.
#[derive(Debug, Clone, Copy)]
pub struct Player<'a> {
    /// Its id.
    pub id: CharacterId,
    /// Who it is.
    pub sheet: &'a Sheet,
    /// The sequence of its last commit that is in the sheet.
    pub version: u64,
}

/// Another character in the conversation.
#[derive(Debug, Clone, Copy)]
pub struct Companion<'a> {
    /// Its id.
    pub id: CharacterId,
    /// What it is called.
    pub name: &'a str,
    /// The sequence of its last commit that is in the name.
    pub version: u64,
}

/// As whom the person takes part.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Who that is.
    pub persona: &'a Persona,
    /// The sequence of its last commit that is in it; none where it is as it was taken on.
    pub version: Option<u64>,
}

impl<'a> Part<'a> {
    /// The part that somebody took on: as it is by now, if it is still the one that is known so.
    pub fn of(taken: &'a Persona, now: Option<&'a (Persona, u64)>) -> Self {
        match now.filter(|(persona, _)| persona.id == taken.id) {
            Some((persona, version)) => Self { persona, version: Some(*version) },
            None => Self { persona: taken, version: None },
        }
    }
}

/// How many tokens a model reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Both together.
    pub context: u32,
    /// What is kept for the reply.
    pub reply: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { context: 8_192, reply: 1_024 }
    }
}

impl Budget {
    /// What is left for the prompt.
    pub fn prompt(self) -> u32 {
        self.context.saturating_sub(self.reply)
    }
}

/// One message of a prompt, as a model's API takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The words.
    pub content: String,
    /// What the speaker is called; only of examples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A prompt, and what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What the model is told.
    pub messages: Vec<Message>,
    /// What went into it.
    pub record: PromptRecord,
}

/// The prompt does not fit into what the model can read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Overflow {
    /// The character and the instructions alone are too long.
    #[error(
        "the character and the instructions need {needed} tokens, and the model has room for {budget}: \
         shorten the character or choose a model with a larger context"
    )]
    Fixed {
        /// What they need.
        needed: u32,
        /// What there is.
        budget: u32,
    },
    /// The newest message does not fit beside them.
    #[error(
        "the newest message needs {needed} tokens, and beside the character there is room for {left}: \
         shorten the message or choose a model with a larger context"
    )]
    Newest {
        /// What it needs.
        needed: u32,
        /// What there is.
        left: u32,
    },
}

impl Overflow {
    /// A stable name of the reason, in kebab-case.
    pub fn reason(&self) -> &'static str {
        "prompt-too-long"
    }
}

/// Assembles the prompt of a scene.
pub fn assemble(scene: &Scene<'_>) -> Result<Prompt, Overflow> {
    let Parts { before, at_depth, after, macros } = Parts::of(scene);
    let budget = scene.budget.prompt();
    let fixed = before.iter().chain(at_depth.values().flatten()).chain(&after);
    let needed = scene.counter.prompt(fixed);
    let left = budget.checked_sub(needed).ok_or(Overflow::Fixed { needed, budget })?;
    let (history, left) = history::newest(scene, left)?;
    let (examples, left) = examples::that_fit(scene, &macros, left);

    let record = PromptRecord {
        hash: String::new(),
        assembly: ASSEMBLY,
        conversation: scene.transcript_at,
        characters: scene.versions(),
        persona: scene.persona.and_then(|part| part.version),
        from: history.first().map(|(message, _)| *message),
        messages: u32::try_from(history.len()).unwrap_or(u32::MAX),
        tokens: budget - left,
        budget,
    };
    let said = history.into_iter().map(|(_, message)| message).collect();
    let messages: Vec<_> =
        [before, examples, depth::within(said, at_depth), after].into_iter().flatten().collect();
    Ok(Prompt { record: PromptRecord { hash: digest::of(&messages), ..record }, messages })
}

/// What the person is called, whether they have said so or not.
pub fn user_name(persona: Option<&Persona>) -> &str {
    persona.map_or(USER, |persona| &persona.name)
}

/// A greeting as it is said when a conversation starts: its macros expanded once, for as long as the story lasts.
///
/// `company` is what everybody who takes part is called, the speaker included.
pub fn expand_greeting(
    text: &str,
    profile: &Profile,
    persona: Option<&Persona>,
    company: &[&str],
    dice: u64,
    at: OffsetDateTime,
) -> String {
    let cast = Cast::new(profile, persona, company);
    Macros { cast, dice, at }.expand("greeting", text)
}

impl Scene<'_> {
    fn is_group(&self) -> bool {
        self.transcript.characters.len() > 1
    }

    fn name_of(&self, character: CharacterId) -> Option<&str> {
        if character == self.speaker.id {
            return Some(name(&self.speaker.sheet.profile));
        }
        self.others.iter().find(|other| other.id == character).map(|other| other.name)
    }

    fn versions(&self) -> BTreeMap<CharacterId, u64> {
        let others = self.others.iter().map(|other| (other.id, other.version));
        others.chain([(self.speaker.id, self.speaker.version)]).collect()
    }

    fn macros(&self) -> Macros {
        let company: Vec<_> =
            self.transcript.characters.iter().filter_map(|character| self.name_of(*character)).collect();
        let persona = self.persona.map(|part| part.persona);
        let cast = Cast::new(&self.speaker.sheet.profile, persona, &company);
        Macros { cast, dice: self.request.dice, at: self.at }
    }
}

impl Message {
    fn new(role: Role, content: &str) -> Self {
        // Line ends are those of the models; cards from elsewhere have others.
        Self { role, content: content.replace('\r', ""), name: None }
    }

    fn named(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    fn is_blank(&self) -> bool {
        self.content.trim().is_empty()
    }

    fn role_name(&self) -> &'static str {
        match self.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        }
    }
}

/// What the character is called in what is said.
fn name(profile: &Profile) -> &str {
    match profile.spoken_name() {
        blank if blank.trim().is_empty() => &profile.description.name,
        name => name,
    }
}

#[cfg(test)]
mod spec;
