//! `innkeeper backup` and `innkeeper restore`.

use std::path::PathBuf;

use clap::Args;

/// Save the log and the files, locked with age.
///
/// The house may be open. The keys to people's words are no part of it: --keys saves them to a file apart, still wrapped
/// under the master key, which is in neither.
#[derive(Debug, Clone, Args)]
pub struct BackupArguments {
    /// The new file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only what came after this commit: where the last backup ended
    #[arg(long, value_name = "P")]
    pub since: Option<String>,
    /// Save the keys to this file as well
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// Who can open it, as age1…; by default those in backup.recipients, else the key in backup.key of the data folder
    #[arg(long, value_name = "RECIPIENT")]
    pub recipient: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Bring a house back from its backups.
///
/// Into a data folder, or onto servers, where no house was opened yet; the archives in order, from the one that begins at
/// the first commit. The log stays shut until every byte of it is proved, and until who was erased since is erased again.
/// One that was stopped goes on when it is repeated.
#[derive(Debug, Clone, Args)]
pub struct RestoreArguments {
    /// The archives, in order
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The file of keys
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// The age identity that opens them; by default backup.key in the data folder
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// Only prove that they are whole, and bring nothing back
    #[arg(long)]
    pub check: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
