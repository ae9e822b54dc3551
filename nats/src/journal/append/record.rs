//! A commit on its way: its bytes, its headers, and what it expects.

use async_nats::HeaderMap;
use bytes::Bytes;
use domain::commit::{AggregateKey, Commit, CommitId};

use super::AppendError;
use crate::{
    Trace,
    codec::{self, EncodeError},
};

/// A commit as it is sent, however often.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) key: AggregateKey,
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) expected: u64,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Record {
    pub(super) fn of(
        key: AggregateKey,
        subject: String,
        expected: u64,
        commit: &Commit,
        trace: &Trace,
    ) -> Result<Self, AppendError> {
        let body = codec::encode(commit).map_err(|error| match error {
            EncodeError::TooLarge { size } => AppendError::TooLarge { size, limit: codec::MAX_BODY },
            EncodeError::Body(_) => AppendError::Unwritable(error),
        })?;
        let headers = headers(commit, expected, trace);
        Ok(Self { key, id: name(commit.id), subject, expected, headers, body })
    }
}

fn name(id: CommitId) -> String {
    id.to_string()
}

fn headers(commit: &Commit, expected: u64, trace: &Trace) -> HeaderMap {
    let types: Vec<_> = commit.events.iter().map(|recorded| recorded.event.name()).collect();
    let mut headers = HeaderMap::new();
    headers.insert(async_nats::header::NATS_MESSAGE_ID, name(commit.id));
    headers.insert(async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
    headers.insert("Ink-Types", types.join(","));
    if let Some(traceparent) = trace.as_str() {
        headers.insert("traceparent", traceparent);
    }
    headers
}
