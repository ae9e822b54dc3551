//! Recall: which conversation a client means that sends no id of any kind.
//!
//! NextChat sends the last few messages and the new one, nothing else. But what we said comes back word for word, so the
//! words are the handle: messages are found by the prints of their words, which a projection keeps, and conversations
//! with their wordings and branches are the tree in which a request has a place. From the request only that place and
//! what is new are taken; what the model is told comes from the log.
//!
//! - [`turns`] makes clean turns of what a client sends: without its own prompts, without our notes and its error messages;
//! - `story` is a conversation as it is compared;
//! - [`locate`](locate()) is the rule, a pure function: stories and turns in, a [`Verdict`] out;
//! - [`marks`] are what we put into texts so that we know them again, and nobody sees.
//!
//! Nothing is guessed: where the words of a request contradict a conversation, it is not that conversation but a branch
//! of it, and where they are not known, a new one begins.

pub mod commands;
mod errand;
mod locate;
pub mod marks;
mod story;
pub mod turns;

pub use errand::Errand;
pub use locate::{Then, Verdict, locate};
pub use story::Story;
pub use turns::{Asked, Proposed, Role, Told, Turn, Wish};

#[cfg(test)]
mod laws;
#[cfg(test)]
mod spec;
