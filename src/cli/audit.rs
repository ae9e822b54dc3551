//! `innkeeper audit …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use domain::commit::Kind;

/// Prove that history is what it was, and read it as an auditor does.
///
/// Every use leaves a line in the audit trail, but for what needs no server. Exits with 0 if all is as it was, with 1 if
/// something is wrong, and with 2 if it could not be looked at. P is a position such as 5f0c2a11-1042, or its last number;
/// KIND is one of user, character, conversation, lorebook, persona and audit. What somebody has read lies in the audit of
/// their id, and what was read on this command line in the one of 00000000-0000-0000-0000-000000000000.
#[derive(Debug, Clone, Subcommand)]
pub enum AuditCommand {
    /// Read the log and say that it is whole, or the first thing that is wrong and where
    Verify {
        /// Begin at the last checkpoint before this commit
        #[arg(long, value_name = "P")]
        from: Option<String>,
        /// End at this commit
        #[arg(long, value_name = "P")]
        to: Option<String>,
        /// Signed checkpoints that were kept elsewhere; they are held against the log beside those that are here
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// An exported log, verified without any server; needs --checkpoint and --key
        #[arg(long, value_name = "FILE", requires = "checkpoint", requires = "key")]
        log: Option<PathBuf>,
        /// A public key that signed the checkpoints, as `audit checkpoint --key` prints it
        #[arg(long, value_name = "KEY")]
        key: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Sign a checkpoint over the log as it is now, and print it
    Checkpoint {
        /// Print the public key that opens it instead
        #[arg(long, conflicts_with = "json")]
        key: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Prove, as JSON, that a commit is in what was signed last
    Prove {
        /// The commit
        #[arg(value_name = "P")]
        position: String,
    },
    /// Print the log as lines of JSON: sealed, as an offline verifier reads it
    Export {
        /// The first commit
        #[arg(long, value_name = "P")]
        from: Option<String>,
        /// The last commit
        #[arg(long, value_name = "P")]
        to: Option<String>,
        /// Open private words
        #[arg(long)]
        open: bool,
    },
    /// Tell what happened to something, commit by commit
    History {
        /// What
        #[command(flatten)]
        what: AuditedAggregate,
        /// Print lines of JSON
        #[arg(long)]
        json: bool,
    },
    /// Show something as it was
    At {
        /// When: a position, its last number, or a time such as 2026-11-25T20:15:00Z
        #[arg(value_name = "P|TIME")]
        moment: String,
        /// What
        #[command(flatten)]
        what: AuditedAggregate,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell what changed of something from one moment to another
    Diff {
        /// The first moment: a position, its last number, or a time
        #[arg(value_name = "P1|TIME")]
        from: String,
        /// The second moment
        #[arg(value_name = "P2|TIME")]
        to: String,
        /// What
        #[command(flatten)]
        what: AuditedAggregate,
        /// Print JSON, with a JSON Patch
        #[arg(long)]
        json: bool,
    },
    /// Look for whatever is left of a person: in the log, in every table and in every stream. Exits with 0 if it is nothing
    Erasure {
        /// The person
        #[arg(value_name = "USER")]
        user: uuid::Uuid,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Assemble the very prompt behind a reply again, and hold its hash against the recorded one
    Prompt {
        /// The reply
        #[arg(value_name = "REPLY")]
        reply: uuid::Uuid,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Something in the log, and how it is read.
#[derive(Debug, Clone, Copy, Args)]
pub struct AuditedAggregate {
    /// Its kind
    #[arg(value_name = "KIND", value_parser = kind)]
    pub kind: Kind,
    /// Its id
    #[arg(value_name = "ID")]
    pub id: uuid::Uuid,
    /// Open private words
    #[arg(long)]
    pub open: bool,
}

fn kind(name: &str) -> Result<Kind, String> {
    let names = Kind::ALL.map(Kind::name).join(", ");
    Kind::named(name).ok_or_else(|| format!("the kinds are {names}"))
}
