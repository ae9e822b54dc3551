//! The batch that fills: whoever boards is sent at once, though the batch is not whole yet.
//!
//! To stage a batch costs the server more than to store it (see [`super::queue`]), so it begins with that while the
//! others are still on their way to us. The last one stays here until it is known to be the last: it tells the server that the
//! batch is whole, and until then nothing of it is stored.

use futures_util::FutureExt;

use super::{
    super::{publish::Wire, record::Record},
    entry::Entry,
    queue::Load,
};

/// Who is on board.
#[derive(Debug)]
pub(super) struct Boarding {
    /// What the batch is called.
    pub(super) name: String,
    pub(super) entries: Vec<Entry>,
    bytes: usize,
    /// How many of them are sent, from the first on.
    pub(super) sent: usize,
}

impl Boarding {
    /// Nobody yet.
    pub(super) const fn of(name: String) -> Self {
        Self { name, entries: vec![], bytes: 0, sent: 0 }
    }

    pub(super) fn load(&self) -> Load {
        Load { count: self.entries.len(), bytes: self.bytes }
    }

    /// Takes them on board, and sends what can be sent without waiting.
    pub(super) fn board(&mut self, entries: Vec<Entry>, wire: &Wire) {
        self.bytes += entries.iter().map(|entry| entry.record.body.len()).sum::<usize>();
        self.entries.extend(entries);
        while let Some(record) = self.next() {
            // What does not go now goes with the last one, or fails there.
            let Some(Ok(())) = wire.send(&self.name, self.sent + 1, record).now_or_never() else { return };
            self.sent += 1;
        }
    }

    /// The next to be sent, unless it is the last.
    fn next(&self) -> Option<&Record> {
        let before_last = self.entries.len().checked_sub(1)?;
        self.entries[..before_last].get(self.sent).map(|entry| &*entry.record)
    }
}
