//! A commit on its way: its bytes, its headers, and what it expects.

use async_nats::{
    HeaderMap,
    header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID},
};
use bytes::Bytes;
use domain::commit::Commit;

use super::AppendError;
use crate::{
    Trace,
    codec::{self, EncodeError},
};

/// A commit as it is sent, however often.
#[derive(Debug)]
pub(in crate::journal) struct Record {
    pub(super) id: String,
    /// Where the aggregate's commits are: no two aggregates share one.
    pub(super) subject: String,
    pub(super) expected: u64,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Record {
    pub(super) fn of(
        subject: String,
        expected: u64,
        commit: &Commit,
        trace: &Trace,
    ) -> Result<Self, AppendError> {
        let body = codec::encode(commit).map_err(|error| match error {
            EncodeError::TooLarge { size } => AppendError::TooLarge { size, limit: codec::MAX_BODY },
            EncodeError::Body(_) => AppendError::Unwritable(error),
        })?;
        let types: Vec<_> = commit.events.iter().map(|recorded| recorded.event.name()).collect();
        let record = Self::new(commit.id.to_string(), subject, expected, &types.join(","), body);
        Ok(record.in_trace(trace))
    }

    /// A record of any body that somebody else has written.
    pub(in crate::journal) fn new(
        id: String,
        subject: String,
        expected: u64,
        types: &str,
        body: Bytes,
    ) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, id.as_str());
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
        headers.insert("Ink-Types", types);
        Self { id, subject, expected, headers, body }
    }

    fn in_trace(mut self, trace: &Trace) -> Self {
        if let Some(traceparent) = trace.as_str() {
            self.headers.insert("traceparent", traceparent);
        }
        self
    }
}
