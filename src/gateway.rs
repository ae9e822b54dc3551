//! The page: Innkeeper as the origin of a NextChat that nobody changed, and the door in front of it.

mod address;
mod login;
mod logout;
mod sheet;

use axum::{Router, extract::DefaultBodyLimit, routing::get};

use crate::house::House;

/// How many bytes a form of ours has at most.
const FORM: usize = 8 * 1024;

/// The pages at the door.
pub fn routes() -> Router<House> {
    Router::new()
        .route("/login", get(login::show).post(login::come_in))
        .route("/logout", get(logout::show).post(logout::leave))
        .layer(DefaultBodyLimit::max(FORM))
}
