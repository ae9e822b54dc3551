//! The very prompt behind a reply, assembled again from the log, and its hash held against the one that was recorded.
//!
//! A reply records up to which commits its conversation and its characters were known, so everybody is folded up to
//! there and no further. Not in the log are the operator's own texts (`prompt.system`, `prompt.impersonation`): they are
//! taken from what is in force now, and where they were others then, the hash says so.

use std::collections::BTreeMap;

use domain::{
    Fold, Id,
    character::{Character, CharacterId, Sheet},
    commit::{Position, Recorded},
    conversation::{
        self, Conversation, ConversationEvent, ConversationId, PromptRecord, ReplyCompleted, ReplyId,
        Request, Transcript,
    },
    persona::Persona,
};
use serde::Serialize;
use time::OffsetDateTime;

use super::picture::fold;
use crate::{
    house::House,
    prompt::{self, ASSEMBLY, Budget, Companion, Message, Part, Player, Scene},
};

/// A prompt that was assembled again.
#[derive(Debug, Serialize)]
pub struct Reassembled {
    /// The reply.
    pub reply: ReplyId,
    /// Of which conversation.
    pub conversation: ConversationId,
    /// Where in the log it was completed.
    pub position: String,
    /// Which back end was asked.
    pub provider: String,
    /// Which model.
    pub model: Option<String>,
    /// The hash that was recorded.
    pub recorded_hash: String,
    /// The hash of what was assembled now.
    pub hash: String,
    /// Whether they are the same: then this is the very prompt.
    pub proved: bool,
    /// The prompt.
    pub messages: Vec<Message>,
}

/// Why the prompt cannot be assembled again.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// There is no such reply, or it was never completed.
    #[error("there is no completed reply {0}")]
    Unknown(ReplyId),
    /// It was assembled by other rules.
    #[error("the prompt was assembled by rules {found}, and this version of the house has rules {ASSEMBLY}")]
    OtherRules {
        /// By which.
        found: u16,
    },
    /// Its speaker is not in the log.
    #[error("the character that spoke is not in the log any more")]
    NoSpeaker,
    /// It does not fit: the log does not hold what it held.
    #[error("what the log holds now does not fit into the prompt's budget")]
    Overflow(#[source] prompt::Overflow),
    /// The log cannot be read.
    #[error(transparent)]
    Load(#[from] nats::LoadError),
    /// The tables cannot be read.
    #[error("the tables cannot say to which conversation the reply belongs")]
    Table(#[source] sqlx::Error),
}

/// Assembles the prompt behind a reply again.
pub async fn reassemble(house: &House, reply: ReplyId) -> Result<Reassembled, PromptError> {
    let conversation = conversation_of(house, reply).await?;
    let commits = house.journal().load(Id::<Conversation>::key(conversation), 0).await?;
    let requested = find(&commits, |event| requested(event, reply)).ok_or(PromptError::Unknown(reply))?;
    let completed = find(&commits, |event| completed(event, reply)).ok_or(PromptError::Unknown(reply))?;
    let record = &completed.event.prompt;
    if record.assembly != ASSEMBLY {
        return Err(PromptError::OtherRules { found: record.assembly });
    }
    let transcript = folded::<Transcript>(&commits, record.conversation);
    let cast = cast(house, record).await?;
    let persona = persona(house, &transcript, record).await?;
    let prompt = assemble(house, &transcript, &requested, &completed.event, &cast, persona.as_ref())?;
    let proved = prompt.record.hash == record.hash;
    Ok(Reassembled {
        reply,
        conversation,
        position: completed.position.to_string(),
        provider: completed.event.provider.clone(),
        model: completed.event.model.clone(),
        recorded_hash: record.hash.clone(),
        hash: prompt.record.hash,
        proved,
        messages: prompt.messages,
    })
}

/// An event of the conversation, with when and where it happened.
struct Found<E> {
    event: E,
    at: OffsetDateTime,
    position: Position,
}

fn find<E>(commits: &[Recorded], of: impl Fn(&ConversationEvent) -> Option<E>) -> Option<Found<E>> {
    commits.iter().find_map(|recorded| {
        let event = recorded.events::<Conversation>().find_map(&of)?;
        Some(Found { event, at: recorded.commit.at, position: recorded.position })
    })
}

fn requested(event: &ConversationEvent, reply: ReplyId) -> Option<Request> {
    event.request().filter(|request| request.reply == reply)
}

fn completed(event: &ConversationEvent, reply: ReplyId) -> Option<ReplyCompleted> {
    let ConversationEvent::ReplyCompleted(event) = event else { return None };
    (event.reply == reply).then(|| event.clone())
}

async fn conversation_of(house: &House, reply: ReplyId) -> Result<ConversationId, PromptError> {
    let row = projections::replies::find(&house.pool, reply).await.map_err(PromptError::Table)?;
    row.map(|row| row.conversation_id).ok_or(PromptError::Unknown(reply))
}

/// The characters as they were, by their ids.
async fn cast(house: &House, record: &PromptRecord) -> Result<BTreeMap<CharacterId, Sheet>, PromptError> {
    let mut cast = BTreeMap::new();
    for (id, version) in &record.characters {
        let commits = house.journal().load(Id::<Character>::key(*id), 0).await?;
        if let Some(sheet) = folded::<Character>(&commits, *version).sheet() {
            cast.insert(*id, sheet.clone());
        }
    }
    Ok(cast)
}

/// The persona as it was, where it has a history of its own.
async fn persona(
    house: &House,
    transcript: &Transcript,
    record: &PromptRecord,
) -> Result<Option<(conversation::Persona, u64)>, PromptError> {
    let id = transcript.persona.as_ref().and_then(|persona| persona.id);
    let Some((id, version)) = id.zip(record.persona) else { return Ok(None) };
    let commits = house.journal().load(Id::<Persona>::key(id), 0).await?;
    let persona = folded::<Persona>(&commits, version);
    Ok(persona.guise().map(|guise| (guise.taken_on(id), version)))
}

fn assemble(
    house: &House,
    transcript: &Transcript,
    requested: &Found<Request>,
    completed: &ReplyCompleted,
    cast: &BTreeMap<CharacterId, Sheet>,
    persona: Option<&(conversation::Persona, u64)>,
) -> Result<prompt::Prompt, PromptError> {
    let (request, record) = (&requested.event, &completed.prompt);
    let version = |id: &CharacterId| record.characters.get(id).copied().unwrap_or_default();
    let sheet = cast.get(&request.character).ok_or(PromptError::NoSpeaker)?;
    let others: Vec<_> = transcript
        .characters
        .iter()
        .filter(|id| **id != request.character)
        .filter_map(|id| Some((id, cast.get(id)?)))
        .map(|(id, sheet)| Companion { id: *id, name: &sheet.profile.description.name, version: version(id) })
        .collect();
    let counter = match &completed.model {
        Some(model) => house.counter.for_model(model),
        None => house.counter.clone(),
    };
    let scene = Scene {
        transcript,
        transcript_at: record.conversation,
        request,
        speaker: Player { id: request.character, sheet, version: version(&request.character) },
        others: &others,
        persona: transcript.persona.as_ref().map(|taken| Part::of(taken, persona)),
        // What was kept for the reply is off the budget already.
        budget: Budget { context: record.budget, reply: 0 },
        counter: &counter,
        system: house.config.prompt.system.as_deref(),
        impersonation: house.config.prompt.impersonation.as_deref(),
        at: requested.at,
    };
    prompt::assemble(&scene).map_err(PromptError::Overflow)
}

/// What the commits up to this one fold into.
fn folded<F: Fold>(commits: &[Recorded], until: u64) -> F {
    let mut state = F::default();
    let known = commits.iter().filter(|recorded| recorded.position.sequence <= until);
    known.for_each(|recorded| fold(&mut state, recorded));
    state
}
