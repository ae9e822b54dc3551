//! `POST /conversations/import`: chats that were held elsewhere are taken in, and go on here.
//!
//! The file is kept by its digest before anything is decided, so that nothing in it is lost that has no place here. The
//! ids of the conversations and of their messages follow from the caller, the characters and the file: whoever brings it
//! again, after it came in or broke off half-way, means the same conversations.

mod form;
mod history;
mod speakers;

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use bytes::Bytes;
use cards::{Refusal, chat};
use domain::{
    bounds,
    character::CharacterId,
    conversation::{
        AdoptConversation, AdoptHistory, Conversation, ConversationId, ConversationRejected, Manuscript,
        Persona,
    },
};
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};

use super::{branch, location};
use crate::{
    api::{answer::Answer, characters, idempotency, order::Order, problem::Problem, query::Asked},
    execute::{Accepted, Envelope, Outcome},
    house::House,
    import::CardWarning,
    personas,
};
use form::Form;
use speakers::{Company, Member};

pub(in crate::api) use history::message_id;
pub(super) use history::{Wordings, wordings};

/// How many chats are read at once; each may take many times its size of memory.
static READERS: Semaphore = Semaphore::const_new(4);

/// With whom the chat was held.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it only describes the query, which is read as pairs: a name may come several times"
)]
pub struct Held {
    /// The character, or, for a group, each of them in the order in which they speak.
    #[param(value_type = Vec<uuid::Uuid>, min_items = 1, max_items = 16)]
    character_id: Vec<CharacterId>,
}

/// Conversations that came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedConversations {
    /// Each chat of the file, in its order.
    conversations: Vec<ImportedConversation>,
    /// What was odd about the file, and what was done about it.
    warnings: Vec<CardWarning>,
    /// Where in the log the last of them came in.
    position: String,
}

/// A conversation that came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedConversation {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ConversationId,
    /// What it is called, if anything.
    title: Option<String>,
    /// How many messages came in.
    messages: usize,
}

/// Bring chats in that were held elsewhere: SillyTavern's JSONL, and those of Agnai, CAI Tools, Kobold Lite, NextChat,
/// RisuAI and TextGen.
#[utoipa::path(
    post, path = "/api/v1/conversations/import", tag = "conversations", operation_id = "import_conversations",
    params(Held),
    request_body(content(
        (Vec<u8> = "application/octet-stream"), (Vec<u8> = "application/json"),
        (form::ChatForm = "multipart/form-data"),
    )),
    responses((status = 201, description = "They came in, now or before.", body = ImportedConversations))
)]
pub async fn import(
    State(house): State<House>,
    order: Order,
    Asked(query): Asked<Vec<(String, String)>>,
    request: Request,
) -> Result<Answer<ImportedConversations>, Problem> {
    let Ok(_reading) = READERS.acquire().await else {
        return Err(Problem::away("unavailable", "no chats are read right now"));
    };
    let characters = characters_of(&query)?;
    let form = Form::read(request).await?;
    let company = company(&house, &order, &characters, &form).await?;
    let digest = idempotency::digest(&form.file);
    let chat::File { chats, warnings, .. } = open(form.file.clone()).await?;
    house.objects.put(order.user, &form.file).await?;
    // Before any part is in: what does not fit as a whole shall not come in by half.
    chats.iter().try_for_each(fits)?;
    let mut told =
        Told { warnings: warnings.into_iter().map(CardWarning::from).collect(), ..Told::default() };
    for (number, chat) in chats.iter().enumerate() {
        let manuscript =
            Manuscript { digest: digest.clone(), chat: u32::try_from(number).unwrap_or(u32::MAX) };
        take_in(&house, &order, &company, &form, manuscript, chat, &mut told).await?;
    }
    told.answer()
}

/// What is answered, while it comes together.
#[derive(Default)]
struct Told {
    conversations: Vec<ImportedConversation>,
    warnings: Vec<CardWarning>,
    accepted: Option<Accepted>,
}

impl Told {
    fn note(&mut self, accepted: Accepted) {
        let outcome = match (self.accepted, accepted.outcome) {
            (Some(Accepted { outcome: Outcome::Decided, .. }), _) | (_, Outcome::Decided) => Outcome::Decided,
            (_, outcome) => outcome,
        };
        self.accepted = Some(Accepted { outcome, ..accepted });
    }

    fn answer(self) -> Result<Answer<ImportedConversations>, Problem> {
        let (Some(accepted), Some(first)) = (self.accepted, self.conversations.first()) else {
            return Err(Problem::invalid("chat-refused", "the file holds no chat").with("code", "not-a-chat"));
        };
        let (at, position) = (location(first.id), accepted.position.to_string());
        let Self { conversations, warnings, .. } = self;
        Ok(Answer::created(accepted, at, ImportedConversations { conversations, warnings, position }))
    }
}

/// Takes one chat in, by as many commits as it needs.
async fn take_in(
    house: &House,
    order: &Order,
    company: &Company,
    form: &Form,
    manuscript: Manuscript,
    chat: &chat::Chat,
    told: &mut Told,
) -> Result<(), Problem> {
    let id = conversation_id(company, &manuscript);
    let persona = match form.persona {
        Some(id) => Some(personas::own(house, order.user, id).await?),
        None => persona(form, chat),
    };
    let title = form.title.clone();
    let mut history = history::read(id, chat, company, persona.as_ref());
    told.warnings.append(&mut history.warnings);
    let is_here = house.executor.look::<Conversation, _>(id, |seen| seen.state().room().is_some()).await?;
    let mut parts = if is_here { vec![] } else { branch::parts(history.messages) };
    let messages = parts.pop().unwrap_or_default();
    for (number, messages) in parts.into_iter().enumerate() {
        let envelope = Envelope { command: id.derive(&format!("part {number}")), ..order.part("part") };
        house.executor.execute(id, &AdoptHistory { owner: order.user, messages }, &envelope).await?;
    }
    let (owner, characters) = (order.user, company.ids());
    let adopt = AdoptConversation { owner, characters, title: title.clone(), persona, manuscript, messages };
    let envelope = Envelope { command: id.derive("adopt"), ..order.part("adopt") };
    told.note(house.executor.execute(id, &adopt, &envelope).await?);
    told.conversations.push(ImportedConversation { id, title, messages: chat.turns.len() });
    Ok(())
}

/// Refuses a chat of more messages than a conversation may have.
fn fits(chat: &chat::Chat) -> Result<(), Problem> {
    bounds::count("messages in a conversation", chat.turns.len(), bounds::MESSAGES)
        .map_err(|error| Problem::rejected(&ConversationRejected::from(error)))
}

/// The same for the same owner, characters and chat.
fn conversation_id(company: &Company, manuscript: &Manuscript) -> ConversationId {
    let characters: Vec<_> = company.ids().iter().map(ToString::to_string).collect();
    let Manuscript { digest, chat } = manuscript;
    company.owner.derive(&format!("chat {chat} of {digest} with {}", characters.join(" ")))
}

/// As whom the person speaks: as the form says, or else under the name that the chat has for them.
fn persona(form: &Form, chat: &chat::Chat) -> Option<Persona> {
    let name = form.persona_name.as_deref().unwrap_or(&chat.user).trim();
    let name = &name[..name.floor_char_boundary(bounds::NAME)];
    let description = form.persona_description.clone().unwrap_or_default();
    (!name.is_empty()).then(|| Persona { name: name.to_owned(), description, ..Persona::default() })
}

/// The ids in the query: several parameters, or one with commas.
fn characters_of(query: &[(String, String)]) -> Result<Vec<CharacterId>, Problem> {
    let named = query.iter().filter(|(name, _)| name == "character_id");
    let ids: Result<Vec<_>, _> =
        named.flat_map(|(_, ids)| ids.split(',')).map(|id| id.trim().parse::<CharacterId>()).collect();
    let ids =
        ids.map_err(|_| Problem::bad_request("bad-request", "character_id takes the ids of characters"))?;
    if ids.is_empty() {
        return Err(Problem::rejected(&ConversationRejected::NobodyThere));
    }
    bounds::count("characters in a conversation", ids.len(), bounds::CHARACTERS)
        .map_err(|error| Problem::rejected(&ConversationRejected::from(error)))?;
    Ok(ids)
}

/// Who takes part; refuses characters that are not the caller's.
async fn company(house: &House, order: &Order, ids: &[CharacterId], form: &Form) -> Result<Company, Problem> {
    let mut members = Vec::with_capacity(ids.len());
    for (nth, id) in ids.iter().enumerate() {
        let names = house.executor.look(*id, |seen| {
            characters::owned(seen, order.user).map(|sheet| {
                let description = &sheet.profile.description;
                std::iter::once(&description.name).chain(&description.nickname).cloned().collect()
            })
        });
        members.push(Member { id: *id, names: names.await??, avatar: form.avatars.get(nth).cloned() });
    }
    Ok(Company { owner: order.user, members })
}

/// Reads the file, off the threads that answer others.
async fn open(file: Bytes) -> Result<chat::File, Problem> {
    match tokio::task::spawn_blocking(move || chat::read(&file)).await {
        Ok(read) => read.map_err(|refusal| refuse(&refusal)),
        Err(panicked) => Err(Problem::fault(&panicked)),
    }
}

fn refuse(refusal: &Refusal) -> Problem {
    let status = match refusal {
        Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, "chat-refused", refusal.to_string()).with("code", refusal.code())
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn characters_are_named_one_by_one_or_with_commas_between_them() {
        let [aqua, bard]: [CharacterId; 2] = [crate::stamp::id(), crate::stamp::id()];
        let pair = |ids: String| ("character_id".to_owned(), ids);
        let separate = [pair(aqua.to_string()), ("page".into(), "1".into()), pair(bard.to_string())];
        assert_eq!(characters_of(&separate).ok(), Some(vec![aqua, bard]));
        assert_eq!(characters_of(&[pair(format!("{aqua}, {bard}"))]).ok(), Some(vec![aqua, bard]));
        assert_eq!(
            characters_of(&[pair("Aqua".into())]).map_err(|problem| problem.status().as_u16()),
            Err(400)
        );
        assert_eq!(characters_of(&[]).map_err(|problem| problem.status().as_u16()), Err(422));
    }
}
