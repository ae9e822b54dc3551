//! `GET /dashboard/billing/…`: what NextChat shows as a balance. Nothing is billed here, and no limit is set.

use axum::Json;
use serde_json::{Value, json};

use crate::api::auth::Caller;

/// What people are told that they may spend, in dollars, where nobody counts.
const PLENTY: f64 = 1_000_000.0;

pub(super) async fn usage(_: Caller) -> Json<Value> {
    Json(json!({ "object": "list", "total_usage": 0.0 }))
}

pub(super) async fn subscription(_: Caller) -> Json<Value> {
    Json(json!({ "object": "billing_subscription", "has_payment_method": true, "hard_limit_usd": PLENTY,
                 "soft_limit_usd": PLENTY, "system_hard_limit_usd": PLENTY }))
}
