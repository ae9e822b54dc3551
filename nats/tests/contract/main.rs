//! The contract of the log and the wires, held against a real server. One binary, so that it links once.
#![expect(clippy::unwrap_used, reason = "what a test sets up works, or the test fails")]

mod append;
mod checks;
mod chorus;
mod cluster;
#[cfg(feature = "cqrs-es")]
mod cqrs;
mod crashes;
mod events;
mod faults;
mod follow;
mod forgetting;
mod group;
mod hooks;
mod load;
mod objects;
mod outages;
mod partition;
mod power;
mod proxy;
mod replay;
mod server;
mod snapshots;
mod store;
mod tampering;
mod tokens;
mod wall;
mod work;
mod world;
