//! Refuses to start on a server or stream that would lose or rewrite history.
//!
//! Every finding names the setting and the way to change it. All are told at once, so that an operator does not learn
//! of them one start at a time. Told [`Tolerance::Lossy`], the same findings are warnings; but a server that is too old
//! and a log without an epoch stay refusals, because positions would mean nothing.
//!
//! Whether the server syncs before it acknowledges is not visible to an ordinary client: 2.15.1 tells it neither in
//! `INFO`, nor in `$JS.API.INFO`, nor in a stream's info, and answers `$SYS.REQ.SERVER.PING.VARZ` only in the system
//! account. It stands in `/varz` of the monitoring port ([`monitor`]); whoever started the server knows it too.

mod finding;
pub mod monitor;

use async_nats::jetstream::stream::Config;
use domain::commit::Epoch;

pub use self::finding::Finding;
use crate::{Cause, Nats, refill::is_refilling, topology::EPOCH};

/// The oldest server whose stream has what the journal needs.
const OLDEST: (i64, i64, i64) = (2, 12, 0);

/// What is known of the server's `sync_interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncAlways {
    /// It syncs every message to the disk before it acknowledges it.
    On,
    /// It acknowledges first, and a power cut loses what it acknowledged.
    Off,
    /// Nobody could say.
    Unknown,
}

/// What to do about a log that may lose something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// Refuse it.
    Strict,
    /// Warn (`--allow-lossy`).
    Lossy,
    /// Refuse it, but open one that is being filled: for whoever fills it.
    Refilling,
}

/// Why the house does not start on this log.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The log may lose or rewrite history.
    #[error("the log may lose or rewrite history (`--allow-lossy` starts anyway): {}", finding::list(.0))]
    Lossy(Vec<Finding>),
    /// The server lacks what the journal needs.
    #[error("the NATS server is version {found}; at least 2.12.0 is needed")]
    TooOld {
        /// Its version.
        found: String,
    },
    /// The stream was not made by us.
    #[error(
        "the stream {stream} has no epoch: `nats stream edit {stream} --metadata {EPOCH}=5f0c2a11`, with any 8 hexadecimal digits"
    )]
    NoEpoch {
        /// The stream.
        stream: String,
    },
    /// The log is being filled from a backup.
    #[error(
        "a restore into the log {stream} is under way or was stopped: run `innkeeper restore` again with the same files"
    )]
    Refilling {
        /// The stream.
        stream: String,
    },
    /// The stream cannot be seen.
    #[error("cannot look at the stream {stream}")]
    Unavailable {
        /// The stream.
        stream: String,
        /// Why not.
        source: Cause,
    },
}

/// Looks at the server and the log. Answers what it found and tolerated.
pub async fn check(nats: &Nats, tolerance: Tolerance, sync: SyncAlways) -> Result<Vec<Finding>, CheckError> {
    if !nats.client.is_server_compatible(OLDEST.0, OLDEST.1, OLDEST.2) {
        return Err(CheckError::TooOld { found: nats.client.server_info().version });
    }
    let name = nats.subjects.log_stream();
    let stream = nats
        .jetstream
        .get_stream(&name)
        .await
        .map_err(|source| CheckError::Unavailable { stream: name.clone(), source: source.into() })?;
    let config = &stream.cached_info().config;
    if epoch_of(config).is_none() {
        return Err(CheckError::NoEpoch { stream: name });
    }
    if is_refilling(config) && tolerance != Tolerance::Refilling {
        return Err(CheckError::Refilling { stream: name });
    }
    let mut findings = finding::of(config, &nats.subjects.all_log());
    match sync {
        SyncAlways::On => {}
        SyncAlways::Off => findings.push(Finding::syncs_later()),
        SyncAlways::Unknown => tracing::warn!(
            "nats: cannot see whether the server has `sync_interval: always`; without it a power cut loses messages \
             that were acknowledged. Name its monitoring address to be sure"
        ),
    }
    judge(findings, tolerance)
}

fn judge(findings: Vec<Finding>, tolerance: Tolerance) -> Result<Vec<Finding>, CheckError> {
    if tolerance != Tolerance::Lossy && !findings.is_empty() {
        return Err(CheckError::Lossy(findings));
    }
    for finding in &findings {
        tracing::warn!("nats: tolerated, though history may be lost: {finding}");
    }
    Ok(findings)
}

/// The epoch in the metadata of the stream.
pub(crate) fn epoch_of(config: &Config) -> Option<Epoch> {
    config.metadata.get(EPOCH)?.parse().ok()
}
