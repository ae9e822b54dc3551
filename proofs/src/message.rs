//! A message of the log, and the leaf that stands for it in the tree.
//!
//! The leaf binds the place, the subject, the headers that the journal writes and the body, each with its length, so that
//! no two messages have one leaf. It does not bind the server's time stamp nor headers of transport: a log that is
//! restored or mirrored keeps its tree.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::Hash;

/// The headers that are bound, in this order.
pub const HEADERS: [&str; 4] =
    ["Nats-Msg-Id", "Nats-Expected-Last-Subject-Sequence", "Ink-Types", "traceparent"];

/// What a leaf begins with; another form is another text.
const FORM: &[u8] = b"innkeeper/leaf/1";

/// One message of the log, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its place; the first is 1.
    pub sequence: u64,
    /// Where it was published.
    pub subject: Cow<'a, str>,
    /// The values of [`HEADERS`], where it has them.
    pub headers: [Option<Cow<'a, str>>; HEADERS.len()],
    /// What it says, sealed as it is.
    pub body: Cow<'a, [u8]>,
}

impl Message<'_> {
    /// Its leaf: SHA-256 of a zero byte, the name of the form, the sequence, the subject, each header (a byte 0 where
    /// there is none, 1 and the value where there is one) and the body. Numbers are 64 bits, big end first; texts stand
    /// after their length.
    pub fn leaf(&self) -> Hash {
        let mut hash = Sha256::new();
        hash.update([0]);
        hash.update(FORM);
        hash.update(self.sequence.to_be_bytes());
        bytes(&mut hash, self.subject.as_bytes());
        for header in &self.headers {
            match header {
                None => hash.update([0]),
                Some(value) => {
                    hash.update([1]);
                    bytes(&mut hash, value.as_bytes());
                }
            }
        }
        bytes(&mut hash, &self.body);
        Hash(hash.finalize().into())
    }

    /// SHA-256 of the body: what the aggregate's next commit names as `prev`.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.body).into()
    }

    /// Behind which message of the same subject the server was told to put it.
    pub(crate) fn expected(&self) -> Option<u64> {
        self.headers[1].as_deref()?.parse().ok()
    }
}

fn bytes(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod spec {
    use super::*;

    fn message() -> Message<'static> {
        Message {
            sequence: 7,
            subject: "ink.log.user.1".into(),
            headers: [Some("id".into()), Some("3".into()), Some("UserRegistered".into()), None],
            body: b"body".as_slice().into(),
        }
    }

    #[test]
    fn the_form_of_a_leaf_is_for_ever() {
        let text = hex::encode(message().leaf().0);
        assert_eq!(text, "fb3229fe8a01548c80360cd1f3ce6b2890072ea44c614e6d3feaec320ecf4658");
    }

    #[test]
    fn whatever_was_written_is_bound() {
        let leaf = message().leaf();
        let mut others = vec![
            Message { sequence: 8, ..message() },
            Message { subject: "ink.log.user.2".into(), ..message() },
            Message { body: b"bodY".as_slice().into(), ..message() },
            Message { subject: "ink.log.user.1i".into(), ..message() },
        ];
        for header in 0..HEADERS.len() {
            let mut other = message();
            other.headers[header] = Some("x".into());
            others.push(other);
        }
        let mut emptied = message();
        emptied.headers[3] = Some("".into());
        others.push(emptied);
        assert!(others.iter().all(|other| other.leaf() != leaf));
    }
}
