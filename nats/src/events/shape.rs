//! How the stream of analysts is made.

use std::collections::HashMap;

use async_nats::jetstream::stream::{Compression, Config, DiscardPolicy, RetentionPolicy, StorageType};

use super::{Keep, Origin};
use crate::{
    Nats,
    checks::epoch_of,
    topology::{DUPLICATE_WINDOW, EPOCH},
};

/// Under which key of the metadata the fingerprint of the names stands.
const NAMES: &str = "ink.names";

/// As many consumers at most: they are made by people whom the house does not know.
const MAX_CONSUMERS: i32 = 1000;

/// The stream as it has to be. Unlike the log it may lose its oldest messages, and be purged.
pub(super) fn config(nats: &Nats, origin: &Origin, keep: Keep) -> Config {
    Config {
        name: nats.subjects.event_stream(),
        description: Some(
            "What happened, for analysts: derived from the log, without anybody's words.".to_owned(),
        ),
        subjects: vec![nats.subjects.all_events()],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: nats.replicas,
        discard: DiscardPolicy::Old,
        max_age: keep.age.unwrap_or_default(),
        max_bytes: keep.bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or(-1),
        max_consumers: MAX_CONSUMERS,
        deny_delete: true,
        duplicate_window: DUPLICATE_WINDOW,
        compression: Some(Compression::S2),
        allow_direct: true,
        allow_atomic_publish: true,
        metadata: HashMap::from([
            (EPOCH.to_owned(), origin.log.to_string()),
            (NAMES.to_owned(), origin.names.clone()),
        ]),
        ..Config::default()
    }
}

/// What is there, with what the house has a say in: an operator may have changed the rest.
pub(super) fn fitted(there: &Config, wanted: Config) -> Config {
    let mut fitted = there.clone();
    fitted.max_age = wanted.max_age;
    fitted.max_bytes = wanted.max_bytes;
    fitted.allow_atomic_publish = true;
    fitted.metadata.extend(wanted.metadata);
    fitted
}

/// What a stream says that it is derived from.
pub(super) fn origin_of(config: &Config) -> Option<Origin> {
    Some(Origin { log: epoch_of(config)?, names: config.metadata.get(NAMES)?.clone() })
}
