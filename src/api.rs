//! The house over HTTP: a table of contents, and the layers that every request goes through.
//!
//! A room is a file: one endpoint, what it reads and what it answers. No rule lives here; a room stamps what a command
//! needs, gives it to the write path and says where the outcome is. Queries ask the read side, which may be a moment
//! behind: `Ink-After` waits for it. The document of the interface is generated from these rooms.

pub mod after;
pub mod answer;
pub mod at;
pub mod audit;
pub mod auth;
pub mod body;
pub mod characters;
pub mod conversations;
pub mod docs;
pub mod file;
pub mod health;
pub mod idempotency;
pub mod interactions;
pub mod lorebooks;
pub mod me;
pub mod merge;
pub mod messages;
pub mod metrics;
pub mod negotiation;
pub mod openai;
pub mod order;
pub mod origin;
pub mod page;
mod part;
pub mod past;
pub mod precondition;
pub mod problem;
pub mod projections;
pub mod provider;
pub mod query;
pub mod replies;
pub mod sse;
pub mod tell;
pub mod trace;
pub mod upload;
pub mod ws;

use std::time::Duration;

use axum::{
    Router,
    http::{HeaderName, StatusCode, header},
    middleware::from_fn,
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::{AllowHeaders, AllowMethods, Any, CorsLayer},
    decompression::RequestDecompressionLayer,
    timeout::TimeoutLayer,
};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    gateway::{self, Gateway},
    house::House,
    nextchat,
};

/// How long an answer may take to begin; longer than anything that a room waits for.
const PATIENCE: Duration = Duration::from_secs(120);

/// All rooms, the layers around them, and the page for whatever is none of them.
pub fn router(house: House, gateway: Option<Gateway>) -> Router {
    let (rooms, document) = rooms().split_for_parts();
    let rooms = rooms.merge(gateway::routes()).merge(nextchat::routes()).merge(openai::rooms());
    let rooms = rooms.with_state(house.clone());
    let rooms = rooms.merge(docs::pages(docs::finish(document)));
    match gateway {
        Some(gateway) => layered(rooms).fallback_service(gateway.router(house)),
        None => layered(rooms.route("/", get(docs::welcome))),
    }
}

/// The document of the interface.
pub fn openapi() -> utoipa::openapi::OpenApi {
    docs::finish(rooms().into_openapi())
}

fn rooms() -> OpenApiRouter<House> {
    OpenApiRouter::with_openapi(docs::Interface::openapi())
        .merge(characters::routes())
        .merge(lorebooks::routes())
        .merge(interactions::routes())
        .merge(conversations::routes())
        .merge(messages::routes())
        .merge(replies::routes())
        .merge(ws::routes())
        .merge(me::routes())
        .merge(audit::routes())
        .merge(projections::routes())
        .merge(health::routes())
        .merge(metrics::routes())
}

/// From the inside out: what a request meets last comes first.
fn layered(rooms: Router) -> Router {
    rooms
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(negotiation::read_msgpack))
        .layer(RequestDecompressionLayer::new())
        .layer(from_fn(openai::speak))
        .layer(from_fn(problem::as_problems))
        .layer(from_fn(negotiation::answer_msgpack))
        .layer(CompressionLayer::new())
        .layer(cors())
        .layer(from_fn(trace::observe))
}

/// Pages of any origin may ask, with a key that their visitor gave them. Cookies are not for them: no answer allows
/// credentials, and what rests on a session comes from our own pages ([`origin`]).
fn cors() -> CorsLayer {
    let told = ["ink-position", "ink-outcome", "ink-trace", "traceparent"].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(
            told.into_iter().chain([header::ETAG, header::LOCATION, header::RETRY_AFTER]).collect::<Vec<_>>(),
        )
        .max_age(Duration::from_secs(3600))
}

#[cfg(test)]
mod spec;
