//! `GET /ws`: everything that can be followed, over one WebSocket, for those who cannot use server-sent events.
//!
//! One connection carries many subscriptions, each a cursor of its own into a reply or a conversation: nothing is queued
//! for a slow reader, who is simply read from later, and after a while told so and dropped. Every event with an `id` is a
//! place at which somebody who comes back goes on.
//! A browser shows its session, and a page of another origin cannot use it; whoever has neither cookies nor headers
//! names a key among the protocols that it asks for.

mod line;
mod place;
mod wire;

use axum::{
    extract::{FromRequestParts, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    line::Line,
    place::Place,
    wire::{Form, JSON, MSGPACK},
};
use super::{auth::Caller, problem::Problem};
use crate::house::House;

/// How many bytes a frame has that somebody sends here.
const FRAME: usize = 64 * 1024;
/// What a protocol begins with that is a key.
const KEY: &str = "key.";

/// The connection for many subscriptions.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(connect))
}

/// Follow replies and conversations over one WebSocket.
///
/// You send frames with an `op`, each one JSON object:
/// `{"op":"listen","sub":"a","reply":"…","last":"…"}` listens to a reply, from its start or behind the event `last`;
/// `{"op":"follow","sub":"b","conversation":"…","after":"…"}` follows a conversation, from now on or behind the position
/// `after`; `{"op":"leave","sub":"a"}` ends a subscription; `{"op":"ping"}` is answered by `{"event":"pong"}`.
/// `sub` is a name that you choose (up to 64 characters), of up to 256 subscriptions at once.
///
/// You are told `{"sub","event","id","data"}`: the events of `/replies/{id}/stream` and `/conversations/{id}/events` with
/// the same names, ids and data. Besides, `subscribed` says that a subscription began, `ended` that nothing more comes,
/// and `refused`, with a `problem` as data, why a frame was not followed. To go on after a broken connection, subscribe
/// again with the `id` that you heard last: as `last` for a reply, as `after` for a conversation.
///
/// Frames are JSON in text messages. Whoever asks for the protocol `innkeeper.msgpack` is told MessagePack in binary ones,
/// and may send it in any case. A browser without a session asks for the protocols `innkeeper.json` and `key.ink_…`.
///
/// The connection is pinged every 20 seconds, and dropped after 60 of silence (4001), when the key is revoked (4003), or
/// when you read too slowly (4008): nothing is lost by that, come back and go on.
#[utoipa::path(
    get, path = "/api/v1/ws", tag = "replies", operation_id = "connect",
    responses((status = 101, description = "The connection stands."))
)]
pub async fn connect(
    State(house): State<House>,
    Visitor(caller): Visitor,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| no_upgrade(rejection.into_response().status()))?;
    let place = Place::take(caller.user).ok_or_else(too_many)?;
    let upgrade = upgrade.max_message_size(FRAME).max_frame_size(FRAME).protocols([JSON, MSGPACK]);
    let packed = upgrade.selected_protocol().is_some_and(|protocol| protocol == MSGPACK);
    let form = if packed { Form::MessagePack } else { Form::Json };
    Ok(upgrade.on_upgrade(move |socket| async move {
        Line::new(house, caller, form).run(socket).await;
        drop(place);
    }))
}

fn no_upgrade(status: StatusCode) -> Problem {
    Problem::new(status, "no-upgrade", "this is a WebSocket: connect to it with a client for those")
}

fn too_many() -> Problem {
    let title = "this person has too many connections open";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-connections", title).retry_after(5)
}

/// Who connects: by a key or a session, or by a key among the protocols.
pub struct Visitor(Caller);

impl FromRequestParts<House> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Problem> {
        if let Some(key) = key_among_protocols(&parts.headers) {
            let caller = Caller::of_key(house, key).await?;
            return caller.map(Self).ok_or_else(super::auth::unauthorized);
        }
        <Caller as FromRequestParts<House>>::from_request_parts(parts, house).await.map(Self)
    }
}

fn key_among_protocols(headers: &HeaderMap) -> Option<&str> {
    let asked =
        headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    asked.flat_map(|names| names.split(',')).find_map(|name| name.trim().strip_prefix(KEY))
}

#[cfg(test)]
mod spec {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_may_stand_among_the_protocols() {
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(value))])
        };
        assert_eq!(key_among_protocols(&headers("innkeeper.json, key.ink_a")), Some("ink_a"));
        assert_eq!(key_among_protocols(&headers("innkeeper.json")), None);
    }
}
