//! The relay: what a character is saying right now, for any number of listeners.
//!
//! Every reply that somebody listens to, or that a worker of this process is saying, is one [`Live`] text in memory:
//! the worker appends to it, listeners read from it at their own pace, each with a cursor. There is no queue for each
//! listener, so a slow one holds nobody up and costs nothing but its cursor; what it has not read is still there.
//! A text that a worker of another process says is mirrored here over core NATS (`mirror`), which may lose tokens:
//! each carries its index, and a gap is filled from the worker's own text.
//!
//! The end of a reply comes from the log, by the [`tail`](crate::tail), never from a token.

mod board;
mod listener;
mod live;
mod mirror;

pub use board::Board;
pub use listener::{Heard, Listener, StreamId};
pub(crate) use live::LastWords;
pub use live::{Ending, Live};
pub use mirror::{Mirrors, serve_texts};
