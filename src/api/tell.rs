//! How events are told: their names, where to go on behind them, and what they say, in the form of a transport.

use std::fmt::Display;

use bytes::Bytes;
use serde::Serialize;

use super::sse;

/// Events that are told together.
pub trait Tell: Default + Send + 'static {
    /// What leaves as one.
    type Chunk: Send + 'static;

    /// Adds an event.
    fn event(&mut self, name: &str, data: &impl Serialize);

    /// Adds an event at which a caller who comes back can go on.
    fn event_at(&mut self, id: impl Display, name: &str, data: &impl Serialize);

    /// All of them.
    fn finish(self) -> Self::Chunk;
}

impl Tell for sse::Frames {
    type Chunk = Bytes;

    fn event(&mut self, name: &str, data: &impl Serialize) {
        Self::event(self, name, data);
    }

    fn event_at(&mut self, id: impl Display, name: &str, data: &impl Serialize) {
        Self::event_at(self, id, name, data);
    }

    fn finish(self) -> Bytes {
        Self::finish(self)
    }
}
