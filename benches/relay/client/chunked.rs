//! The chunked coding of HTTP/1.1, taken off as the bytes come.

use anyhow::{Context, ensure};
use bytes::{Buf, BytesMut};

/// Where in the body we are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunked {
    #[default]
    Size,
    /// So many bytes of this chunk are to come.
    Data(usize),
    /// Between a chunk and the next.
    Gap,
    /// Behind the last chunk.
    Last,
}

impl Chunked {
    /// Moves what has arrived of the body from one buffer to the other; whether that was all of it.
    pub(super) fn decode(&mut self, from: &mut BytesMut, into: &mut BytesMut) -> anyhow::Result<bool> {
        loop {
            *self = match *self {
                Self::Data(left) => {
                    let here = left.min(from.len());
                    into.extend_from_slice(&from[..here]);
                    from.advance(here);
                    match left - here {
                        0 => Self::Gap,
                        left => {
                            *self = Self::Data(left);
                            return Ok(false);
                        }
                    }
                }
                Self::Size => {
                    let Some(line) = line(from) else { return Ok(false) };
                    let size = std::str::from_utf8(&line)?;
                    match usize::from_str_radix(size.trim(), 16).context("the body is not chunked")? {
                        0 => Self::Last,
                        size => Self::Data(size),
                    }
                }
                Self::Gap => {
                    let Some(line) = line(from) else { return Ok(false) };
                    ensure!(line.is_empty(), "a chunk is longer than it says");
                    Self::Size
                }
                Self::Last => return Ok(line(from).is_some()),
            }
        }
    }
}

fn line(from: &mut BytesMut) -> Option<BytesMut> {
    let end = from.windows(2).position(|two| two == b"\r\n")?;
    let line = from.split_to(end);
    from.advance(2);
    Some(line)
}
