//! A built NextChat, served from its folder without any Node.
//!
//! Two sorts of folder are known: one with an `index.html`, as a static export or a copy has it, and what NextChat's own
//! build leaves (`.next` with the page in it, `public` beside it). The page is static but for one thing that it asks of
//! its server, whether MCP is enabled: that is answered no.

use std::path::{Path, PathBuf};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;
use tower::ServiceExt;
use tower_http::{
    compression::Compression,
    services::{ServeDir, ServeFile},
};

use super::GatewayError;
use crate::api::problem::Problem;

/// Under which path the build's scripts are, which have their digests in their names.
const STATIC: &str = "/_next/static/";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_NOW: HeaderValue = HeaderValue::from_static("no-cache");
/// The answer to the page's one question, in the form of React's server actions: it is `false`.
const NO_MCP: &str = "0:[\"$@1\",[\"x\",null]]\n1:false\n";

/// The files of a built NextChat.
pub(super) struct Folder {
    index: PathBuf,
    statics: PathBuf,
    rest: PathBuf,
}

impl Folder {
    /// The folder, if a NextChat was built in it.
    pub(super) fn open(dir: &Path) -> Result<Self, GatewayError> {
        let copied =
            Self { index: dir.join("index.html"), statics: dir.join("_next/static"), rest: dir.to_owned() };
        let built = Self {
            index: dir.join(".next/server/app/index.html"),
            statics: dir.join(".next/static"),
            rest: dir.join("public"),
        };
        let found = [copied, built].into_iter().find(|folder| folder.index.is_file());
        found.ok_or_else(|| GatewayError::NothingBuilt(dir.to_owned()))
    }

    /// Answers what the page asks of its origin.
    pub(super) async fn serve(&self, request: Request) -> Response {
        match *request.method() {
            Method::GET | Method::HEAD => self.file(request).await,
            Method::POST if request.headers().contains_key("next-action") => {
                ([(header::CONTENT_TYPE, "text/x-component")], NO_MCP).into_response()
            }
            _ => {
                let allow = HeaderValue::from_static("GET, HEAD");
                let title = "these are files: they can only be read";
                Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", title)
                    .header(header::ALLOW, allow)
                    .into_response()
            }
        }
    }

    async fn file(&self, request: Request) -> Response {
        let path = request.uri().path();
        let (keep, response) = if path == "/" {
            (FOR_NOW, sent(ServeFile::new(&self.index), request).await)
        } else if is_hidden(path) {
            return nothing();
        } else if let Some(rest) = path.strip_prefix(STATIC) {
            let place = format!("/{rest}").parse::<Uri>();
            let Ok(place) = place else { return nothing() };
            (FOR_EVER, sent(shelf(&self.statics), with_uri(request, place)).await)
        } else {
            (FOR_NOW, sent(shelf(&self.rest), request).await)
        };
        labelled(response, keep)
    }
}

/// Files of a folder; those that were packed beside it (`.br`, `.gz`) as they are.
fn shelf(folder: &Path) -> ServeDir {
    ServeDir::new(folder).precompressed_br().precompressed_gzip().append_index_html_on_directories(false)
}

/// Asks a service that cannot fail, and packs what is not packed yet.
async fn sent<Files, Sent>(files: Files, request: Request) -> Response
where
    Files: tower::Service<Request, Response = axum::http::Response<Sent>, Error = std::convert::Infallible>,
    Sent: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    Sent::Error: std::error::Error + Send + Sync + 'static,
{
    match Compression::new(files).oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

fn labelled(mut response: Response, keep: HeaderValue) -> Response {
    if response.status() == StatusCode::NOT_FOUND {
        return nothing();
    }
    response.headers_mut().insert(header::CACHE_CONTROL, keep);
    response
}

/// Whether a part of the path begins with a dot: such files are nobody's business, but for the well-known ones.
fn is_hidden(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.split('/').any(|part| part.starts_with('.') && part != ".well-known")
}

fn with_uri(mut request: Request, uri: Uri) -> Request {
    *request.uri_mut() = uri;
    request
}

fn nothing() -> Response {
    Problem::not_found("not-found", "there is nothing here").into_response()
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn hidden_files_stay_hidden() {
        for hidden in ["/.env", "/.git/config", "/a/%2eenv", "/.next/server/app/page.js"] {
            assert!(is_hidden(hidden), "{hidden}");
        }
        for open in ["/a.b/c.js", "/.well-known/security.txt", "/_next/static/x.js"] {
            assert!(!is_hidden(open), "{open}");
        }
    }
}
