//! Makes the streams that are missing, and changes nothing that is there.
//!
//! An operator may have made them with settings of their own; whether those keep the log's promises is for
//! [`check`](crate::check) to say.

use std::{collections::HashMap, time::Duration};

use async_nats::jetstream::{
    ErrorCode,
    context::{CreateStreamErrorKind, GetStreamErrorKind},
    stream::{Compression, Config, DiscardPolicy, RetentionPolicy, StorageType},
};
use domain::commit::Epoch;
use tokio::time::{Instant, sleep};

use crate::{Cause, Nats, backoff};

/// Under which key of the stream's metadata its epoch stands.
pub(crate) const EPOCH: &str = "ink.epoch";

/// Deduplication helps retries only, so it need not reach far back: ids are kept in the server's memory.
pub(crate) const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// For how long a snapshot is kept that is not renewed.
const UNRENEWED: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long a server or a cluster that has just started may take until it can make streams.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why something missing could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make {what}")]
pub struct TopologyError {
    /// What is missing.
    pub what: String,
    /// Why it cannot be made.
    pub source: Cause,
}

/// Makes what is missing. The epoch is drawn by the edge, and used only if the log is made now.
pub async fn ensure(nats: &Nats, epoch: Epoch) -> Result<(), TopologyError> {
    let bucket = nats.subjects.object_bucket();
    let (log, objects) = (log_config(nats, epoch), objects_config(nats, &bucket));
    for config in [log, checkpoints_config(nats), objects, snapshots_config(nats)] {
        let what = format!("the stream {}", config.name);
        insist(nats, config).await.map_err(|source| TopologyError { what, source })?;
    }
    Ok(())
}

/// Why a stream could not be made this time.
enum Failed {
    /// A cluster that has just started elects its leaders first.
    ForNow(Cause),
    ForGood(Cause),
}

pub(crate) async fn insist(nats: &Nats, config: Config) -> Result<(), Cause> {
    let deadline = Instant::now() + PATIENCE;
    for wait in backoff::patient() {
        match ensure_stream(nats, config.clone()).await {
            Err(Failed::ForNow(_)) if Instant::now() + wait < deadline => sleep(wait).await,
            Err(Failed::ForNow(cause) | Failed::ForGood(cause)) => return Err(cause),
            Ok(()) => break,
        }
    }
    Ok(())
}

async fn ensure_stream(nats: &Nats, config: Config) -> Result<(), Failed> {
    let name = config.name.clone();
    match nats.jetstream.get_stream(&name).await {
        Ok(_) => return Ok(()),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::STREAM_NOT_FOUND => {}
            GetStreamErrorKind::JetStream(why) if why.code() < 500 => {
                return Err(Failed::ForGood(error.into()));
            }
            _ => return Err(Failed::ForNow(error.into())),
        },
    }
    let Err(error) = nats.jetstream.create_stream(config).await else {
        tracing::info!(stream = name, "nats: made the stream {name}");
        return Ok(());
    };
    match error.kind() {
        // Another process was quicker; what it made holds.
        CreateStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::STREAM_NAME_EXIST => Ok(()),
        CreateStreamErrorKind::JetStream(why) if why.code() < 500 => Err(Failed::ForGood(error.into())),
        _ => Err(Failed::ForNow(error.into())),
    }
}

/// The log as it has to be.
pub(crate) fn log_config(nats: &Nats, epoch: Epoch) -> Config {
    Config {
        name: nats.subjects.log_stream(),
        description: Some("The history of the house. The truth: never edit, purge or delete.".to_owned()),
        subjects: vec![nats.subjects.all_log()],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: nats.replicas,
        // A full log refuses new commits; the default would silently drop the oldest.
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        duplicate_window: DUPLICATE_WINDOW,
        compression: Some(Compression::S2),
        allow_direct: true,
        allow_atomic_publish: true,
        metadata: HashMap::from([(EPOCH.to_owned(), epoch.to_string())]),
        ..Config::default()
    }
}

/// The stream of signed checkpoints: kept as the log is.
fn checkpoints_config(nats: &Nats) -> Config {
    Config {
        name: nats.subjects.checkpoint_stream(),
        description: Some("Signed checkpoints of the log.".to_owned()),
        subjects: vec![nats.subjects.checkpoint()],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: nats.replicas,
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        duplicate_window: DUPLICATE_WINDOW,
        allow_direct: true,
        ..Config::default()
    }
}

/// The stream behind the bucket of objects, as every client of NATS expects it (ADR-20).
fn objects_config(nats: &Nats, bucket: &str) -> Config {
    Config {
        name: nats.subjects.object_stream(),
        description: Some("Files of people, each sealed for its owner.".to_owned()),
        subjects: vec![format!("$O.{bucket}.C.>"), format!("$O.{bucket}.M.>")],
        storage: StorageType::File,
        num_replicas: nats.replicas,
        discard: DiscardPolicy::New,
        allow_rollup: true,
        allow_direct: true,
        ..Config::default()
    }
}

/// Snapshots: the last one of each, and none that nobody has renewed for long. What is full or lost costs time only.
fn snapshots_config(nats: &Nats) -> Config {
    Config {
        name: nats.subjects.snapshot_stream(),
        description: Some("Folded state, sealed. Never the truth: may be purged at any time.".to_owned()),
        subjects: vec![nats.subjects.all_snapshots()],
        storage: StorageType::File,
        num_replicas: nats.replicas,
        max_messages_per_subject: 1,
        max_age: UNRENEWED,
        allow_direct: true,
        ..Config::default()
    }
}
