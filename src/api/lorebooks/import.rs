//! `POST /lorebooks/import`: the file of a lorebook is brought in, as the body or as the field `file` of a form.
//!
//! The same file is the same lorebook: brought again it adds nothing, and goes on where an import broke off.

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use domain::lorebook::LorebookId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::location;
use crate::{
    api::{
        answer::Answer,
        idempotency,
        order::Order,
        problem::Problem,
        query::Asked,
        upload::{self, FileForm, Upload},
    },
    house::House,
    import::{
        CardWarning,
        lorebook::{ReadBook, ReadError, read_book, take_in},
    },
};

/// What the file does not say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Called {
    /// What the lorebook is called, if its file does not say so; else it is called as the file is.
    name: Option<String>,
}

/// A lorebook that came in from a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedLorebook {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: LorebookId,
    /// What its file calls it.
    name: String,
    /// How many entries its file has.
    entry_count: usize,
    /// What was odd about the file, and what was done about it.
    warnings: Vec<CardWarning>,
    /// Where in the log all of it came in.
    position: String,
}

/// Bring a lorebook in: a file of SillyTavern, of V3, NovelAI, Agnai or RisuAI.
#[utoipa::path(
    post, path = "/api/v1/lorebooks/import", tag = "lorebooks", operation_id = "import_lorebook", params(Called),
    request_body(content(
        (Vec<u8> = "application/json"), (Vec<u8> = "application/octet-stream"), (FileForm = "multipart/form-data"),
    )),
    responses((status = 201, description = "It came in.", body = ImportedLorebook))
)]
pub async fn import(
    State(house): State<House>,
    order: Order,
    Asked(called): Asked<Called>,
    request: Request,
) -> Result<Answer<ImportedLorebook>, Problem> {
    let _reading = upload::reading().await?;
    let upload = upload::file(request).await?;
    let digest = idempotency::digest(&upload.bytes);
    let mut book = open(upload, called.name).await?;
    book.check().map_err(|rejection| Problem::rejected(&rejection))?;
    let (id, name) = (book.id(order.user), book.settings.name.clone());
    let (entry_count, warnings) = (book.entries.len(), std::mem::take(&mut book.warnings));
    let envelope = |number| match number {
        0 => order.envelope_of(&digest),
        number => order.part(&format!("lorebook {number}")),
    };
    let accepted = take_in(&house, order.user, book, envelope).await?;
    let position = accepted.position.to_string();
    Ok(Answer::created(
        accepted,
        location(id),
        ImportedLorebook { id, name, entry_count, warnings, position },
    ))
}

/// Reads the lorebook, off the threads that answer others.
async fn open(upload: Upload, called: Option<String>) -> Result<ReadBook, Problem> {
    let Upload { bytes, name } = upload;
    let called = called.or_else(|| name.as_deref().map(stem));
    match tokio::task::spawn_blocking(move || read_book(bytes, called.as_deref())).await {
        Ok(read) => read.map_err(|refusal| refuse(&refusal)),
        Err(panicked) => Err(Problem::fault(&panicked)),
    }
}

/// The name of a file without its folder and its ending.
fn stem(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

fn refuse(refusal: &ReadError) -> Problem {
    let status = match refusal {
        ReadError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, "lorebook-refused", refusal.to_string()).with("code", refusal.code())
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_file_is_called_without_its_folder_and_its_ending() {
        for (name, called) in
            [("Eldoria.json", "Eldoria"), ("a.b.json", "a.b"), ("x", "x"), (r"C:\w/y.json", "y")]
        {
            assert_eq!(stem(name), called);
        }
    }
}
