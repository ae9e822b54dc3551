//! `innkeeper audit …`.

use std::path::PathBuf;

use clap::Subcommand;

/// Prove that history is what it was, and read it as an auditor does.
///
/// Every use leaves a line in the audit trail. Exits with 0 if all is as it was, with 1 if something is wrong, and with 2
/// if it could not be looked at. P is a position such as 5f0c2a11-1042, or its last number.
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
