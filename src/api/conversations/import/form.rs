//! What is sent with a chat: the file alone as the body, or a form with it and what is known beside it.

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, multipart::Field},
};
use bytes::{Bytes, BytesMut};
use domain::{bounds, persona::PersonaId};
use utoipa::ToSchema;

use crate::api::{
    at::Named,
    body::{self, media_type, too_large},
    problem::Problem,
};

/// How many bytes a chat has at most.
const LIMIT: usize = cards::bounds::FILE_BYTES;
/// And the form around it.
const FORM: usize = LIMIT + 1024 * 1024;
/// How many fields a form has at most.
const FIELDS: usize = 64;

/// A chat, and what is known beside it.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) file: Bytes,
    pub(super) title: Option<String>,
    pub(super) persona_name: Option<String>,
    pub(super) persona_description: Option<String>,
    pub(super) persona: Option<PersonaId>,
    /// The file names of the characters' cards, in the order of the characters.
    pub(super) avatars: Vec<String>,
}

/// A form with a chat.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form")]
pub(super) struct ChatForm {
    /// The chat.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What the conversation is to be called.
    #[schema(max_length = 255)]
    title: Option<String>,
    /// As whom you speak; when left out, under the name that the chat has for you; blank for as nobody in particular.
    #[schema(max_length = 255)]
    persona_name: Option<String>,
    /// Who that is.
    persona_description: Option<String>,
    /// The persona of yours as which you speak, instead of both.
    #[schema(value_type = Option<uuid::Uuid>)]
    persona_id: Option<PersonaId>,
    /// The file name of each character's card, in the order of `character_id`: by it a group's messages name who
    /// speaks. Without it, they are told apart by their names.
    avatar: Option<Vec<String>>,
}

impl Form {
    pub(super) async fn read(request: Request<Body>) -> Result<Self, Problem> {
        match media_type(request.headers()).as_str() {
            "multipart/form-data" => Self::of_form(request).await,
            _ => Ok(Self { file: body::read(request.into_body(), LIMIT).await?, ..Self::default() }),
        }
    }

    async fn of_form(mut request: Request<Body>) -> Result<Self, Problem> {
        // Our own limits hold for the fields; axum's would be the usual one of two megabytes.
        DefaultBodyLimit::max(FORM).apply(&mut request);
        let mut fields = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
        let (mut form, mut file) = (Self::default(), None);
        for _ in 0..FIELDS {
            let Some(field) = fields.next_field().await.map_err(|_| unreadable())? else { break };
            match field.name().unwrap_or_default() {
                "file" => file = Some(bytes(field, LIMIT).await?),
                "title" => form.title = some(text(field, bounds::NAME).await?),
                "persona_name" => form.persona_name = Some(text(field, bounds::NAME).await?),
                "persona_description" => form.persona_description = some(text(field, bounds::TEXT).await?),
                "persona_id" => form.persona = Some(persona(&text(field, bounds::WORD).await?)?),
                "avatar" => form.avatars.push(text(field, bounds::SETTING).await?),
                _ => {}
            }
        }
        let missing = || Problem::invalid("unexpected-shape", "the form has no field `file`");
        form.file = file.ok_or_else(missing)?;
        Ok(form)
    }
}

/// What is no id is answered like an id that nobody knows.
fn persona(text: &str) -> Result<PersonaId, Problem> {
    text.trim().parse().map_err(|_| PersonaId::missing())
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.trim().is_empty())
}

fn unreadable() -> Problem {
    Problem::bad_request("unreadable-body", "the form cannot be read")
}

async fn text(field: Field<'_>, most: usize) -> Result<String, Problem> {
    let bytes = bytes(field, most).await?;
    String::from_utf8(bytes.into())
        .map_err(|_| Problem::bad_request("not-utf8", "a field of the form is not UTF-8"))
}

async fn bytes(mut field: Field<'_>, most: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| unreadable())? {
        if bytes.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}
