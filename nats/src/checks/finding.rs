//! The settings that break a promise of the log, and how each is put right.

use async_nats::jetstream::stream::{Config, DiscardPolicy, PersistenceMode, RetentionPolicy, StorageType};

use crate::codec::MAX_BODY;

/// The headers of a commit take no more than this.
const HEADERS: usize = 16 * 1024;

/// A setting by which history can be lost or rewritten.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {why}; {remedy}")]
pub struct Finding {
    /// Which setting, as the server calls it.
    pub setting: &'static str,
    /// What it does to history.
    pub why: &'static str,
    /// How to change it.
    pub remedy: String,
}

impl Finding {
    /// The server acknowledges before it syncs.
    pub(super) fn syncs_later() -> Self {
        Self {
            setting: "sync_interval",
            why: "the server acknowledges before the disk has it, and a power cut loses it",
            remedy: "set `jetstream { sync_interval: always }` in the server's configuration".to_owned(),
        }
    }
}

/// All findings in one line.
pub(super) fn list(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
}

/// What is wrong with the stream.
pub(super) fn of(config: &Config, subjects: &str) -> Vec<Finding> {
    let edit = |flags: &str| format!("`nats stream edit {} {flags}`", config.name);
    let remake = || {
        let name = &config.name;
        format!(
            "cannot be edited: `nats stream backup {name} <folder>`, then make the stream anew and restore it"
        )
    };
    let rules = [
        (
            config.discard != DiscardPolicy::New,
            "discard",
            "a full log drops its oldest commits",
            edit("--discard=new"),
        ),
        (!config.max_age.is_zero(), "max_age", "commits vanish when they are old", edit("--max-age=-1")),
        (config.max_messages > 0, "max_msgs", "the log ends after a count of commits", edit("--max-msgs=-1")),
        (
            config.max_messages_per_subject > 0,
            "max_msgs_per_subject",
            "an aggregate forgets its first commits, or takes no more",
            edit("--max-msgs-per-subject=-1"),
        ),
        (!config.deny_delete, "deny_delete", "a commit can be deleted", edit("--deny-delete")),
        (!config.deny_purge, "deny_purge", "the log can be purged", edit("--deny-purge")),
        (
            config.allow_rollup,
            "allow_rollup_hdrs",
            "a message can replace all before it",
            edit("--no-allow-rollup"),
        ),
        (
            config.allow_message_ttl,
            "allow_msg_ttl",
            "a commit can carry the time of its own deletion",
            remake(),
        ),
        (
            config.retention != RetentionPolicy::Limits,
            "retention",
            "commits vanish once they are read",
            remake(),
        ),
        (
            config.storage != StorageType::File,
            "storage",
            "the log is in memory and ends with the server",
            remake(),
        ),
        (
            config.persist_mode == Some(PersistenceMode::Async),
            "persist_mode",
            "the server acknowledges before it stores",
            remake(),
        ),
        (
            config.allow_message_counter,
            "allow_msg_counter",
            "a message is taken for a number to add up",
            remake(),
        ),
        (
            config.allow_message_schedules,
            "allow_msg_schedules",
            "a message can put others into the log later on",
            remake(),
        ),
        (
            config.mirror.is_some() || config.sources.as_ref().is_some_and(|sources| !sources.is_empty()),
            "mirror or sources",
            "what is in the log is decided elsewhere",
            remake(),
        ),
        (
            config.max_message_size > 0 && (config.max_message_size as usize) < MAX_BODY + HEADERS,
            "max_msg_size",
            "the longest commits are refused",
            edit("--max-msg-size=-1"),
        ),
        (
            config.max_consumers > 0,
            "max_consumers",
            "those who read the log are turned away when they are too many",
            remake(),
        ),
        (config.no_ack, "no_ack", "nobody learns whether a commit was stored", edit("--ack")),
        (config.sealed, "sealed", "the log takes no more commits", remake()),
        (!config.allow_direct, "allow_direct", "aggregates cannot be loaded", edit("--allow-direct")),
        (
            config.subjects != [subjects] || config.subject_transform.is_some(),
            "subjects",
            "commits go elsewhere, or strangers come in",
            edit(&format!("--subjects='{subjects}'")),
        ),
    ];
    rules
        .into_iter()
        .filter(|(broken, ..)| *broken)
        .map(|(_, setting, why, remedy)| Finding { setting, why, remedy })
        .collect()
}
