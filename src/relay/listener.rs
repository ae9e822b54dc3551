//! A listener: a cursor into a live text, and what it hears next.
//!
//! A stream id names the run, the index of the last token that was heard and the offset behind it, so that a listener
//! who comes back hears on at the token while the text is live, and at the right byte when only the stored reply is
//! left.

use std::{fmt, str::FromStr, sync::Arc};

use tokio::sync::watch;

use super::{
    Ending, Live,
    live::{Piece, Said},
};

/// As many bytes of tokens as are handed out at once, so that one listener's turn stays short.
const MOUTHFUL: u32 = 16 * 1024;

/// Where a listener stands. Printed as `<run>.<index>.<offset>`: the `id` of a token event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamId {
    /// Under which run it listened.
    pub run: u32,
    /// The last token that it heard.
    pub index: u32,
    /// Where that token ended, in bytes.
    pub offset: u32,
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}.{}.{}", self.run, self.index, self.offset)
    }
}

/// The text is not a stream id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an event of this stream")]
pub struct NotAStreamId;

impl FromStr for StreamId {
    type Err = NotAStreamId;

    fn from_str(text: &str) -> Result<Self, NotAStreamId> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(NotAStreamId);
        let (run, index, offset) = (part()?, part()?, part()?);
        Ok(Self {
            run: u32::from_str_radix(run, 16).map_err(|_| NotAStreamId)?,
            index: index.parse().map_err(|_| NotAStreamId)?,
            offset: offset.parse().map_err(|_| NotAStreamId)?,
        })
    }
}

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A worker began.
    Started {
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// A token.
    Token {
        /// Where the listener stands behind it.
        id: StreamId,
        /// Its words.
        text: String,
    },
    /// Another attempt began: forget what you heard.
    Restarted {
        /// Which attempt.
        attempt: u32,
    },
    /// It is over; nothing comes behind it.
    Ended(Ending),
}

/// Somebody who listens to a reply.
pub struct Listener {
    live: Arc<Live>,
    changed: watch::Receiver<()>,
    cursor: Cursor,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cursor {
    run: u32,
    next: u32,
    offset: u32,
    over: bool,
}

impl Listener {
    /// Listens from the start, or behind the token that was heard last.
    pub fn new(live: Arc<Live>, last: Option<StreamId>) -> Self {
        let changed = live.subscribe();
        let cursor = last.map_or_else(Cursor::default, |last| Cursor {
            run: last.run,
            next: last.index.saturating_add(1),
            offset: last.offset,
            over: false,
        });
        Self { live, changed, cursor }
    }

    /// What comes next: everything that was said meanwhile, up to a mouthful. `None` when all was heard.
    pub async fn hear(&mut self) -> Option<Vec<Heard>> {
        loop {
            if self.cursor.over {
                return None;
            }
            self.changed.mark_unchanged();
            let heard = self.live.with(|said| self.cursor.read(said));
            if !heard.is_empty() {
                return Some(heard);
            }
            self.changed.changed().await.ok()?;
        }
    }
}

impl Cursor {
    fn read(&mut self, said: &Said) -> Vec<Heard> {
        if said.run == 0 && said.ending.is_none() {
            return vec![];
        }
        let mut heard = self.turn(said).into_iter().collect::<Vec<_>>();
        let pieces = self.pieces(said);
        for piece in pieces {
            self.hear(*piece, &said.text, &mut heard);
        }
        if let Some(ending) = &said.ending
            && self.next >= said.next()
        {
            heard.push(Heard::Ended(ending.clone()));
            self.over = true;
        }
        heard
    }

    /// Goes back to the start, if what was heard is not the beginning of what is said.
    fn turn(&mut self, said: &Said) -> Option<Heard> {
        if said.run == self.run && !self.is_astray(said) {
            return None;
        }
        let (first, attempt) = (self.run == 0, said.attempt);
        *self = Self { run: said.run, ..Self::default() };
        Some(if first { Heard::Started { attempt } } else { Heard::Restarted { attempt } })
    }

    /// Whether the cursor stands where nobody can stand who heard this text. One that is ahead of the text waits for
    /// it, unless nothing more will come: after a reconnection the text may still be on its way here.
    fn is_astray(self, said: &Said) -> bool {
        let offset = self.offset as usize;
        if offset > said.text.len() || self.next > said.next() {
            return said.ending.is_some();
        }
        let unread = said.pieces.partition_point(|piece| piece.index < self.next);
        let (from, to) = (end(said, unread.checked_sub(1)), end(said, Some(unread)));
        !said.text.is_char_boundary(offset) || self.offset < from || self.offset > to.max(from)
    }

    /// The next pieces, up to a mouthful.
    fn pieces(self, said: &Said) -> &[Piece] {
        let from = said.pieces.partition_point(|piece| piece.index < self.next);
        let unread = &said.pieces[from..];
        let full = unread.partition_point(|piece| piece.end < self.offset.saturating_add(MOUTHFUL));
        &unread[..unread.len().min(full + 1)]
    }

    fn hear(&mut self, piece: Piece, text: &str, heard: &mut Vec<Heard>) {
        let text = text.get(self.offset as usize..piece.end as usize).unwrap_or_default();
        let id = StreamId { run: self.run, index: piece.index, offset: piece.end };
        heard.push(Heard::Token { id, text: text.to_owned() });
        self.next = piece.index.saturating_add(1);
        self.offset = piece.end;
    }
}

/// Where the piece at this place ends; the last one's end for a place behind it, the start for none.
fn end(said: &Said, place: Option<usize>) -> u32 {
    let Some(place) = place else { return 0 };
    said.pieces.get(place).or(said.pieces.last()).map_or(0, |piece| piece.end)
}

#[cfg(test)]
mod spec;
