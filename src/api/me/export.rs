//! `GET /me/export`: everything that somebody has here, as one archive to take along.
//!
//! Characters as cards, lorebooks, conversations as SillyTavern's lines, personas, and a note of what those have no room
//! for ([`crate::archive`]). It is packed while it is sent: one file at a time is in memory, whatever the account holds. If
//! something breaks in between, the archive breaks off, and whoever gets it sees that it is not whole.

mod pack;
mod walk;

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    api::{
        after::{self, After, AfterParam},
        auth::Caller,
        problem::Problem,
    },
    house::House,
};

/// How many archives are packed at once.
static PACKERS: Semaphore = Semaphore::const_new(2);

/// Everything that you have here, as one archive.
///
/// A ZIP that lies as SillyTavern's folder of a user does, with a note in `innkeeper.json` of what its files have no room
/// for. `innkeeper import` brings it into any house. No secret and no key is in it.
#[utoipa::path(
    get, path = "/api/v1/me/export", tag = "me", operation_id = "export_account", params(AfterParam),
    responses((status = 200, description = "The archive.", content_type = "application/zip", body = Vec<u8>))
)]
pub async fn export(State(house): State<House>, caller: Caller, _after: After) -> Result<Response, Problem> {
    let packing = PACKERS.try_acquire().map_err(|_| {
        Problem::away("unavailable", "other archives are being packed; ask again in a moment").retry_after(10)
    })?;
    // What the caller wrote a moment ago is theirs as well.
    after::catch_up(&house).await;
    let (give, chunks) = pack::begin();
    tokio::spawn(async move {
        let _packing = packing;
        if let Err(problem) = walk::all(&house, caller.user, &give).await {
            tracing::warn!(problem = problem.slug(), "an archive of an account broke off");
            give.break_off().await;
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/zip"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"innkeeper.zip\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, Body::from_stream(ReceiverStream::new(chunks))).into_response())
}
