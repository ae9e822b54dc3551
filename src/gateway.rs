//! The page: Innkeeper as the origin of a NextChat that nobody changed, and the door in front of it.
//!
//! What the rooms do not answer comes here. It is let through if somebody is logged in, and is then either asked of a
//! running NextChat ([`upstream`]) or taken from the folder of a built one ([`folder`]). What the page fetches from its own
//! origin and we know better (its models, masks, prompts, fonts, its sync) never gets here.
//! Nothing of NextChat is changed on the way; only headers are added, so that the page asks nobody else ([`policy`]).

mod address;
mod folder;
mod gate;
mod login;
mod logout;
mod policy;
mod sheet;
mod upstream;

use std::{path::PathBuf, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::HeaderValue,
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::catch_panic::CatchPanicLayer;

use self::{folder::Folder, upstream::Upstream};
use crate::{api::trace, config::NextChatConfig, house::House};

/// How many bytes a form of ours has at most.
const FORM: usize = 8 * 1024;

/// Why there can be no page.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Both ways are set.
    #[error(
        "nextchat.url and nextchat.dir are both set: either a NextChat runs, or its files are served from here"
    )]
    TwoPages,
    /// The address makes no sense.
    #[error("nextchat.url is no address of a server: it looks like http://127.0.0.1:3000")]
    BadUrl,
    /// There is no built NextChat in the folder.
    #[error(
        "there is no built NextChat in {}: neither index.html nor .next/server/app/index.html (run its build first)",
        .0.display()
    )]
    NothingBuilt(PathBuf),
    /// Something else than origins is to be allowed.
    #[error(
        "nextchat.allow is a list of origins with blanks between them, such as https://example.org; this is none: {0}"
    )]
    BadOrigin(String),
    /// The client cannot be built.
    #[error("cannot build the client towards NextChat")]
    Client(#[source] reqwest::Error),
}

/// The page, cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Page>);

struct Page {
    source: Source,
    policy: HeaderValue,
}

enum Source {
    Upstream(Upstream),
    Folder(Folder),
}

impl Gateway {
    /// The page of this configuration, if there is one.
    pub fn open(config: &NextChatConfig) -> Result<Option<Self>, GatewayError> {
        let source = match (&config.url, &config.dir) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => return Err(GatewayError::TwoPages),
            (Some(url), None) => Source::Upstream(Upstream::new(url)?),
            (None, Some(dir)) => Source::Folder(Folder::open(dir)?),
        };
        let policy = policy::policy(&config.allow)?;
        Ok(Some(Self(Arc::new(Page { source, policy }))))
    }

    /// Everything that the rooms do not answer.
    pub fn router(self, house: House) -> Router {
        Router::new()
            .fallback(serve)
            .with_state((house, self))
            .layer(CatchPanicLayer::new())
            .layer(from_fn(trace::observe))
    }
}

/// The pages at the door.
pub fn routes() -> Router<House> {
    Router::new()
        .route("/login", get(login::show).post(login::come_in))
        .route("/logout", get(logout::show).post(logout::leave))
        .layer(DefaultBodyLimit::max(FORM))
}

async fn serve(State((house, gateway)): State<(House, Gateway)>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(refusal) = gate::pass(&house, &mut parts).await {
        return refusal.into_response();
    }
    let request = Request::from_parts(parts, body);
    let response = match &gateway.0.source {
        Source::Upstream(upstream) => upstream.ask(request).await,
        Source::Folder(folder) => folder.serve(request).await,
    };
    policy::guarded(response, &gateway.0.policy)
}
