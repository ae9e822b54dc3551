//! A commit on its way: its bytes, its headers, and what it expects.

use std::collections::HashSet;

use async_nats::{
    HeaderMap,
    header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID},
};
use bytes::Bytes;
use domain::commit::Commit;

use crate::Trace;

/// The longest list of types in a header.
const LONGEST_TYPES: usize = 8 * 1024;

/// A commit as it is sent, however often.
#[derive(Debug)]
pub(crate) struct Record {
    pub(super) id: String,
    /// Where the aggregate's commits are: no two aggregates share one.
    pub(super) subject: String,
    pub(super) expected: u64,
    pub(crate) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Record {
    pub(super) fn of(subject: String, expected: u64, commit: &Commit, body: Bytes, trace: &Trace) -> Self {
        let types = commit.events.iter().map(|recorded| recorded.event.name());
        let record = Self::new(commit.id.to_string(), subject, expected, types, body);
        record.in_trace(trace)
    }

    /// A record of any body that somebody else has written.
    pub(in crate::journal) fn new<'a>(
        id: String,
        subject: String,
        expected: u64,
        types: impl Iterator<Item = &'a str>,
        body: Bytes,
    ) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, id.as_str());
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
        headers.insert("Ink-Types", each_once(types).as_str());
        Self { id, subject, expected, headers, body }
    }

    /// A message of another stream, with headers of its own.
    pub(crate) fn plain(subject: String, headers: HeaderMap, body: Bytes) -> Self {
        Self { id: String::new(), subject, expected: 0, headers, body }
    }

    fn in_trace(mut self, trace: &Trace) -> Self {
        if let Some(traceparent) = trace.as_str() {
            self.headers.insert("traceparent", traceparent);
        }
        self
    }
}

/// The types of the events, each once: a server takes 64 KiB of headers, and a commit may have thousands of events. Where
/// even that is too long, the rest is left out; whoever needs all of them reads the body.
fn each_once<'a>(types: impl Iterator<Item = &'a str>) -> String {
    let (mut seen, mut text) = (HashSet::new(), String::new());
    for name in types.filter(|name| seen.insert(*name)) {
        if text.len() + name.len() >= LONGEST_TYPES {
            break;
        }
        let comma = if text.is_empty() { "" } else { "," };
        text = text + comma + name;
    }
    text
}
