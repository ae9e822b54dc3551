//! `GET /conversations/{id}/export`: a conversation as the lines that SillyTavern keeps, with all wordings and times.
//!
//! What came in from a file and was not touched since goes out as that very file. Where it was, the file still says what
//! has no place here (models, notes, variables): only what was said, edited or chosen since differs.

mod chat;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use cards::chat::{Format, write_jsonl};
use domain::{
    character::{Character, CharacterId},
    conversation::{ConversationId, Manuscript, Transcript},
    user::UserId,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        after::{After, AfterParam},
        at::{At, Named},
        auth::Caller,
        problem::Problem,
        query::Asked,
    },
    house::House,
};
use chat::{Names, Source};

/// As what a conversation goes out.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChatFormat {
    /// SillyTavern's lines.
    #[default]
    Jsonl,
}

/// What to export.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// As what: `jsonl` are SillyTavern's lines.
    #[serde(default)]
    #[param(inline, required = false)]
    format: ChatFormat,
}

/// A conversation as a file.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/export", tag = "conversations", operation_id = "export_conversation",
    params(("id" = uuid::Uuid, Path, description = "The conversation."), Wanted, AfterParam),
    responses((
        status = 200, description = "A line about the chat, then one a message.",
        content_type = "application/x-ndjson", body = Vec<u8>
    ))
)]
pub async fn export(
    State(house): State<House>,
    caller: Caller,
    At(id): At<ConversationId>,
    Asked(Wanted { format: ChatFormat::Jsonl }): Asked<Wanted>,
    _after: After,
) -> Result<Response, Problem> {
    let (_, bytes) = whole(&house, id, caller.user).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.jsonl\"")),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// A conversation as lines, and its transcript.
pub(in crate::api) async fn whole(
    house: &House,
    id: ConversationId,
    user: UserId,
) -> Result<(Transcript, Bytes), Problem> {
    let told = house.executor.look::<Transcript, _>(id, |seen| {
        Some(seen.state()).filter(|transcript| transcript.owner == Some(user)).cloned()
    });
    let transcript = told.await?.ok_or_else(ConversationId::missing)?;
    let names = names(house, &transcript.characters).await?;
    let file = match &transcript.manuscript {
        Some(Manuscript { digest, .. }) => house.objects.get(user, digest).await?,
        None => None,
    };
    let written = tokio::task::spawn_blocking(move || {
        let bytes = write(id, &transcript, &names, file);
        (transcript, bytes)
    });
    written.await.map_err(|panicked| Problem::fault(&panicked))
}

/// What the characters are called.
async fn names(house: &House, characters: &[CharacterId]) -> Result<Names, Problem> {
    let mut names = Names::new();
    for id in characters {
        let name = house.executor.look::<Character, _>(*id, |seen| {
            seen.state().sheet().map(|sheet| sheet.profile.description.name.clone())
        });
        names.insert(*id, name.await?.unwrap_or_default());
    }
    Ok(names)
}

/// The lines: those of the file that it came from, if nothing happened since.
fn write(id: ConversationId, transcript: &Transcript, names: &Names, file: Option<Bytes>) -> Bytes {
    let Some(source) = file.as_ref().and_then(|file| source(file, transcript.manuscript.as_ref()?)) else {
        return write_jsonl(&chat::told(id, transcript, names, None)).into();
    };
    match file {
        Some(file) if source.is_lines && source.still_says(id, transcript) => file,
        _ => write_jsonl(&chat::told(id, transcript, names, Some(&source))).into(),
    }
}

/// The chat in the file; none if it cannot be read any more, and then nothing is lost but what has no place here.
fn source(file: &[u8], manuscript: &Manuscript) -> Option<Source> {
    let mut read = cards::chat::read(file).ok()?;
    let number = usize::try_from(manuscript.chat).ok()?;
    let is_lines = read.format == Format::SillyTavern && file.trim_ascii_start().first() == Some(&b'{');
    (number < read.chats.len()).then(|| Source { chat: read.chats.swap_remove(number), is_lines })
}
