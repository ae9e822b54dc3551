//! The read side against a real Postgres: rows from events, and the laws that hold for all of them.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod batches;
mod builds;
mod deaths;
mod erasing;
mod laws;
mod lorebooks;
mod pages;
mod parking;
mod past;
mod personas;
mod rows;
mod server;
mod story;
