//! The batch that fills while another is on its way: whoever boards is sent at once, though nothing of it is stored yet.
//!
//! The server prepares a batch when its first message comes, which costs it more than to store it (see [`super::queue`]).
//! So it gets them as they come, and does that while the others still decide and seal. Only the last one stays here
//! until it is known to be the last, because it is what tells the server to store them all.
//!
//! A batch fills no longer than the one before it is on its way, so its last one comes long before the server
//! would forget the others. If it did, or had ended meanwhile, it would take none of them, and they would go singly.

use tokio::time::Instant;

use super::{super::record::Record, entry::Entry, queue::Load};

/// Who is on board.
#[derive(Debug)]
pub(super) struct Boarding {
    /// What the batch is called.
    pub(super) name: String,
    pub(super) entries: Vec<Entry>,
    bytes: usize,
    /// How many of them have been sent, from the first on.
    pub(super) sent: usize,
    pub(super) begun: Instant,
}

impl Boarding {
    /// Nobody yet.
    pub(super) fn of(name: String) -> Self {
        Self { name, entries: vec![], bytes: 0, sent: 0, begun: Instant::now() }
    }

    pub(super) fn load(&self) -> Load {
        Load { count: self.entries.len(), bytes: self.bytes }
    }

    /// Takes them on board, and sends all but the last, each with its number, until one is not taken: that one goes
    /// with the last one, or fails there.
    pub(super) fn board(&mut self, entries: Vec<Entry>, mut takes: impl FnMut(&str, usize, &Record) -> bool) {
        self.bytes += entries.iter().map(|entry| entry.record.body.len()).sum::<usize>();
        self.entries.extend(entries);
        let Some((_last, others)) = self.entries.split_last() else { return };
        let taken = others.iter().zip(1..).skip(self.sent);
        self.sent += taken.take_while(|(entry, number)| takes(&self.name, *number, &entry.record)).count();
    }
}
