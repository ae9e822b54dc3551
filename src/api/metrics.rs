//! `/metrics`: what the house counts, as Prometheus reads it.

use std::{sync::OnceLock, time::Duration};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::timeout;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::problem::Problem;
use crate::{house::House, projector::status};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// How long the projections may take to say how far they are.
const PATIENCE: Duration = Duration::from_secs(1);

/// The buckets of durations, in seconds: from a token's hop to a reply.
const SECONDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What can be asked about metrics.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Begins to count, for the whole process. To call it again changes nothing.
pub fn install() -> Result<(), BuildError> {
    if HANDLE.get().is_some() {
        return Ok(());
    }
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let handle = PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS)?.install_recorder()?;
    HANDLE.get_or_init(|| handle);
    Ok(())
}

/// What the house counts.
#[utoipa::path(
    get, path = "/metrics", tag = "operation", security(()),
    responses((status = 200, description = "In the text format of Prometheus.", content_type = "text/plain", body = String))
)]
pub async fn metrics(State(house): State<House>) -> Response {
    let Some(handle) = HANDLE.get() else {
        return Problem::not_found("not-found", "nothing is counted here").into_response();
    };
    match timeout(PATIENCE, status::report(&house)).await {
        Ok(Ok(report)) => report.measure(),
        Ok(Err(_)) | Err(_) => status::unknown(),
    }
    handle.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
}
