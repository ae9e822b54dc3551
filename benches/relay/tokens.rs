//! The stub's tokens: `<index>:<time>;`. Each says which one it is and when it left, so that the client can tell
//! whether any was lost, repeated, out of order or late, however they were cut or put together on the way.

use std::io::Write;

use crate::clock;

/// Writes a token that leaves at this time.
pub(crate) fn write(index: u32, time: u64, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = write!(out, "{index}:{time};");
}

/// Reads the tokens of one reply.
#[derive(Debug, Default)]
pub(crate) struct TokenReader {
    held: Vec<u8>,
    next: u32,
    /// Tokens that were passed over, or cannot be read.
    pub(crate) lost: u32,
    /// Tokens that came again, or behind a later one.
    pub(crate) repeated: u32,
}

impl TokenReader {
    /// Takes what arrived at this time, and tells the age of every token in it, in microseconds.
    pub(crate) fn read(&mut self, text: &[u8], now: u64, heard: &mut impl FnMut(u64)) {
        for byte in text {
            if *byte != b';' {
                self.held.push(*byte);
                continue;
            }
            match parse(&self.held) {
                Some((index, time)) => {
                    self.count(index);
                    heard(clock::since(time, now));
                }
                None => self.lost += 1,
            }
            self.held.clear();
        }
    }

    fn count(&mut self, index: u32) {
        if index < self.next {
            self.repeated += 1;
            return;
        }
        self.lost += index - self.next;
        self.next = index + 1;
    }

    /// The reply has ended; it should have had so many.
    pub(crate) fn end(&mut self, expected: u32) {
        self.lost += expected.saturating_sub(self.next);
    }
}

fn parse(token: &[u8]) -> Option<(u32, u64)> {
    let (index, time) = std::str::from_utf8(token).ok()?.split_once(':')?;
    Some((index.parse().ok()?, time.parse().ok()?))
}
