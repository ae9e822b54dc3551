//! `GET /lorebooks/{id}/file`: a lorebook as a file, for SillyTavern or as V3 describes it.
//!
//! One that still says what its file says is given back byte for byte, if it is asked for in the shape that it came in.
//! Everything else is written anew, from what the log says and not from the tables: other programs' fields are in it.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use cards::lorebook::{write_sillytavern_text, write_v3};
use domain::{
    lorebook::{Book, LorebookId, LorebookRejected, Wording},
    user::UserId,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::owned;
use crate::{
    api::{
        after::{After, AfterParam},
        at::At,
        auth::Caller,
        precondition::{self, Known},
        problem::Problem,
        query::Asked,
    },
    house::House,
};

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// In whose shape.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// The shapes that are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// SillyTavern's own.
    #[default]
    SillyTavern,
    /// `lorebook_v3`.
    V3,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::SillyTavern => "sillytavern",
            Self::V3 => "v3",
        }
    }
}

/// What a file is made of.
enum Source {
    /// The file that came in, by its digest.
    Original(String),
    /// What the lorebook says now.
    Written(Box<cards::lorebook::Lorebook>),
}

/// A lorebook as a file.
#[utoipa::path(
    get, path = "/api/v1/lorebooks/{id}/file", tag = "lorebooks", operation_id = "lorebook_file",
    params(("id" = uuid::Uuid, Path, description = "The lorebook."), Wanted, AfterParam),
    responses((status = 200, description = "The file.", content_type = "application/json", body = Object))
)]
pub async fn file(
    State(house): State<House>,
    caller: Caller,
    At(id): At<LorebookId>,
    Asked(Wanted { format }): Asked<Wanted>,
    known: Known,
    _after: After,
) -> Result<Response, Problem> {
    let seen = house.executor.look(id, |lorebook| {
        let book = owned(lorebook, caller.user)?;
        let etag = precondition::etag(lorebook.version());
        let source = if known.has(&etag) { None } else { Some(source(book, format)?) };
        Ok::<_, Problem>((etag, book.settings.name.clone(), source))
    });
    let (etag, name, source) = seen.await??;
    let Some(source) = source else { return Ok(known.or_answer(&etag, ())) };
    let bytes = bytes(&house, caller.user, source, format).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, disposition(&name)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    Ok(known.or_answer(&etag, (headers, bytes).into_response()))
}

/// A lorebook in SillyTavern's shape, and what is known of it beside its words.
pub(in crate::api) async fn whole(
    house: &House,
    id: LorebookId,
    user: UserId,
) -> Result<Option<(Book, Bytes)>, Problem> {
    let seen = house.executor.look(id, |lorebook| owned(lorebook, user).cloned()).await??;
    // One whose import broke off has nothing to tell yet that its file does not.
    if !seen.is_whole() {
        return Ok(None);
    }
    let source = source(&seen, Format::SillyTavern)?;
    let bytes = bytes(house, user, source, Format::SillyTavern).await?;
    Ok(Some((seen, bytes)))
}

async fn bytes(house: &House, owner: UserId, source: Source, format: Format) -> Result<Bytes, Problem> {
    match source {
        Source::Original(digest) => house.objects.get(owner, &digest).await?.ok_or_else(lost),
        Source::Written(book) => written(book, format).await,
    }
}

fn source(book: &Book, format: Format) -> Result<Source, Problem> {
    let original = book.original.as_ref().filter(|original| original.format == format.name());
    match original {
        Some(original) if book.wording == Wording::Original => Ok(Source::Original(original.digest.clone())),
        _ if !book.is_whole() => Err(Problem::rejected(&LorebookRejected::Incomplete)),
        _ => Ok(Source::Written(Box::new(book.to_plain()))),
    }
}

/// Writes the file, off the threads that answer others.
async fn written(book: Box<cards::lorebook::Lorebook>, format: Format) -> Result<Bytes, Problem> {
    let write = move || match format {
        Format::SillyTavern => write_sillytavern_text(&book),
        Format::V3 => write_v3(&book).to_string(),
    };
    let text = tokio::task::spawn_blocking(write).await.map_err(|panicked| Problem::fault(&panicked))?;
    Ok(text.into())
}

/// The name of the file, with everything that is no plain letter or digit written as RFC 8187 has it.
fn disposition(name: &str) -> HeaderValue {
    let mut value = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' => value.push(byte.into()),
            byte => value.push_str(&format!("%{byte:02X}")),
        }
    }
    value.push_str(".json");
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

fn lost() -> Problem {
    Problem::not_found("not-found", "the file of this lorebook is not in the store")
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn no_name_of_a_lorebook_breaks_the_header() {
        assert_eq!(disposition("The sea"), "attachment; filename*=UTF-8''The%20sea.json");
        assert_eq!(disposition("é\"\r\n/"), "attachment; filename*=UTF-8''%C3%A9%22%0D%0A%2F.json");
    }
}
