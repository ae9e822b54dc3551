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
pub mod cors;
pub mod docs;
pub mod events;
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
pub mod personas;
pub mod picture;
pub mod precondition;
pub mod problem;
pub mod projections;
pub mod provider;
pub mod query;
pub mod remainder;
pub mod replies;
pub mod sse;
pub mod stems;
pub mod tell;
pub mod trace;
pub mod upload;
pub mod webhooks;
pub mod ws;

use std::time::Duration;

use axum::{Router, http::StatusCode, middleware::from_fn, routing::get};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, cors::CorsLayer,
    decompression::RequestDecompressionLayer, timeout::TimeoutLayer,
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
pub fn router(house: House, gateway: Option<Gateway>, cors: CorsLayer) -> Router {
    let (rooms, document) = rooms().split_for_parts();
    let rooms = rooms.merge(gateway::routes()).merge(nextchat::routes()).merge(openai::rooms());
    let rooms = rooms.with_state(house.clone());
    let rooms = rooms.merge(docs::pages(docs::finish(document)));
    match gateway {
        Some(gateway) => layered(rooms, cors).fallback_service(gateway.router(house)),
        None => layered(rooms.route("/", get(docs::welcome)), cors),
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
        .merge(personas::routes())
        .merge(interactions::routes())
        .merge(conversations::routes())
        .merge(messages::routes())
        .merge(replies::routes())
        .merge(ws::routes())
        .merge(me::routes())
        .merge(audit::routes())
        .merge(events::routes())
        .merge(projections::routes())
        .merge(webhooks::routes())
        .merge(health::routes())
        .merge(metrics::routes())
}

/// From the inside out: what a request meets last comes first.
fn layered(rooms: Router, cors: CorsLayer) -> Router {
    rooms
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(negotiation::read_msgpack))
        .layer(RequestDecompressionLayer::new())
        .layer(from_fn(openai::speak))
        .layer(from_fn(problem::as_problems))
        .layer(from_fn(negotiation::answer_msgpack))
        .layer(CompressionLayer::new())
        .layer(from_fn(remainder::read))
        .layer(cors)
        .layer(from_fn(trace::observe))
}

#[cfg(test)]
mod spec;
