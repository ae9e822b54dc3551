//! The sync store as WebDAV, as much of it as NextChat speaks: a folder that is made, and one file in it.
//!
//! Its page asks with `proxy_method` where browsers have no such method; a NextChat server asks by the method itself. In
//! which server the page believes (`endpoint`) does not matter here: it is this one.

use axum::{
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{Syncing, keeper};
use crate::{
    api::{body, problem::Problem},
    house::House,
};

/// The file, in whichever folder.
const FILE: &str = "backup.json";

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    proxy_method: Option<String>,
}

/// Answers what NextChat asks.
pub(super) async fn serve(
    State(house): State<House>,
    syncing: Syncing,
    Path(path): Path<String>,
    Query(asked): Query<Asked>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let method = asked.proxy_method.unwrap_or_else(|| request.method().to_string());
    let is_file = path.rsplit('/').next() == Some(FILE);
    match (method.to_ascii_uppercase().as_str(), is_file) {
        ("MKCOL", false) => Ok(StatusCode::CREATED.into_response()),
        ("GET" | "HEAD", true) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
                (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
            ];
            Ok((headers, keeper::fetch(&house, &syncing).await?).into_response())
        }
        // A page of ours asks by the real method; what a link says is not done.
        ("PUT", true) if request.method() == Method::PUT => {
            let bytes = body::read(request.into_body(), keeper::STATE).await?;
            keeper::upload(&house, &syncing, &bytes).await?;
            Ok(StatusCode::CREATED.into_response())
        }
        ("MKCOL" | "GET" | "HEAD" | "PUT", _) => {
            Err(Problem::not_found("not-found", "this store has one file: chatgpt-next-web/backup.json"))
        }
        _ => Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "this store knows MKCOL, GET and PUT only",
        )
        .header(header::ALLOW, HeaderValue::from_static("MKCOL, GET, HEAD, PUT"))),
    }
}
