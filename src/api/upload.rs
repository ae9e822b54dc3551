//! Files that are brought in: as the body, or as the field `file` of a form.

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
};
use bytes::{Bytes, BytesMut};
use tokio::sync::{Semaphore, SemaphorePermit};
use utoipa::ToSchema;

use super::{
    body::{self, media_type, too_large},
    problem::Problem,
};

/// How many bytes a file has at most.
const LIMIT: usize = cards::bounds::FILE_BYTES;
/// And the form around it.
const FORM: usize = LIMIT + 64 * 1024;

/// How many files are read at once; each may take a few times its size of memory.
static READERS: Semaphore = Semaphore::const_new(8);

/// A file that was brought.
#[derive(Debug, Clone)]
pub struct Upload {
    /// What is in it.
    pub bytes: Bytes,
    /// What it is called, where a form says so.
    pub name: Option<String>,
}

/// A form with a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form")]
pub struct FileForm {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Leave to read a file, once others have read theirs.
pub async fn reading() -> Result<SemaphorePermit<'static>, Problem> {
    READERS.acquire().await.map_err(|_| Problem::away("unavailable", "no files are read right now"))
}

/// The file that a request brings.
pub async fn file(request: Request<Body>) -> Result<Upload, Problem> {
    match media_type(request.headers()).as_str() {
        "multipart/form-data" => file_of_form(request).await,
        _ => Ok(Upload { bytes: body::read(request.into_body(), LIMIT).await?, name: None }),
    }
}

async fn file_of_form(mut request: Request<Body>) -> Result<Upload, Problem> {
    let broken = |_| Problem::bad_request("unreadable-body", "the form cannot be read");
    // Our own limit holds for the field; axum's would be the usual one of two megabytes.
    DefaultBodyLimit::max(FORM).apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| Problem::bad_request("unreadable-body", "the form cannot be read"))?;
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().map(str::to_owned);
        let mut bytes = BytesMut::new();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            if bytes.len() + chunk.len() > LIMIT {
                return Err(too_large(LIMIT));
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok(Upload { bytes: bytes.freeze(), name });
    }
    Err(Problem::invalid("unexpected-shape", "the form has no field `file`"))
}
