//! `/messages`: which wording of a message counts.

pub mod choose;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::house::House;

/// What can be asked about messages by their id alone.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(choose::choose))
}
