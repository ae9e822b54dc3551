//! `POST /webhooks`: somebody is to be told. The secret is told once, and the house keeps it sealed.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{auth::Owner, body::Sent, order::Order, problem::Problem},
    house::House,
    webhooks::{
        WebhookId,
        book::{self, NewHook},
    },
};

/// A webhook that was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedWebhook {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: WebhookId,
    /// What its signatures are made with (Standard Webhooks): told this once, and never again; null when the request
    /// repeats one that was answered.
    secret: Option<String>,
}

/// Tell somebody of events, over HTTP, signed as Standard Webhooks has it.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "operation", operation_id = "add_webhook", request_body = NewHook,
    responses((status = 201, description = "It is told from now on.", body = AddedWebhook))
)]
pub async fn add(
    State(house): State<House>,
    _owner: Owner,
    order: Order,
    Sent { value, .. }: Sent<NewHook>,
) -> Result<impl IntoResponse, Problem> {
    let added = book::add(&house, order.id("webhook"), value).await?;
    // The one place where a secret leaves the house.
    let secret = added.key.map(|key| key.shown().expose().to_owned());
    let location = [(header::LOCATION, format!("/api/v1/webhooks/{}", added.id))];
    Ok((StatusCode::CREATED, location, Json(AddedWebhook { id: added.id, secret })))
}
