//! The least that could stand in Innkeeper's place: axum takes the request, reqwest sends it on, and the bytes of the
//! answer go back as they come. It keeps nothing and knows nobody; what it costs, anything written with these crates
//! costs.

use std::net::SocketAddr;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
    serve::ListenerExt,
};
use innkeeper::provider::http::{Outside, client};
use tokio::net::TcpListener;

use crate::child;

#[derive(Clone)]
struct Upstream {
    http: reqwest::Client,
    url: String,
}

/// Serves until the process ends.
pub(crate) async fn serve(upstream: SocketAddr) -> anyhow::Result<()> {
    // The house's own client, so that the two differ in nothing but what is between.
    let http = client(&Outside::default())?;
    let url = format!("http://{upstream}/v1/chat/completions");
    let routes = Router::new().route("/v1/chat/completions", post(pass)).with_state(Upstream { http, url });
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    child::announce(listener.local_addr()?)?;
    axum::serve(listener.tap_io(|socket| drop(socket.set_nodelay(true))), routes).await?;
    Ok(())
}

async fn pass(State(upstream): State<Upstream>, body: Bytes) -> Response {
    let request =
        upstream.http.post(&upstream.url).header(header::CONTENT_TYPE, "application/json").body(body);
    match request.send().await {
        Ok(answer) => {
            let headers = [(header::CONTENT_TYPE, "text/event-stream")];
            (headers, Body::from_stream(answer.bytes_stream())).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
