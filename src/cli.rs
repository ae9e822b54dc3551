//! The command line.

mod audit;
mod backup;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub use self::{
    audit::{AuditCommand, AuditedAggregate},
    backup::{BackupArguments, RestoreArguments},
};
use crate::config::{NatsOverrides, Overrides};

/// Talk with characters from SillyTavern, through NextChat or any HTTP client; nothing said is ever lost.
///
/// Without a command, everything runs in this process: NATS and Postgres are embedded unless NATS_URL and
/// DATABASE_URL name servers that run already.
#[derive(Debug, Parser)]
#[command(name = "innkeeper", version, max_term_width = 100)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The folder that holds the data; by default ~/.local/share/innkeeper
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where to answer HTTP; port 0 takes a free one [default: 127.0.0.1:4665]
    #[arg(long, global = true, value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// A configuration file (TOML); INNKEEPER_CONFIG names one as well
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Start on a log that may lose or rewrite history
    #[arg(long, global = true)]
    pub allow_lossy: bool,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Answer HTTP and relay replies, on servers that run already
    Serve,
    /// Make the read models of what happened, on servers that run already
    Project,
    /// Say the replies that are asked for, on servers that run already
    Work,
    /// Publish what happened to analysts, without anybody's words, on servers that run already
    Publish,
    /// What analysts read: its description, its address, its names
    #[command(subcommand)]
    Events(EventsCommand),
    /// Tell what analysts read over HTTP: add, see and remove webhooks, try again what was not delivered
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    /// Print the configuration that is in force, with secrets hidden
    Config,
    /// Bring the tables up to date
    Migrate,
    /// Manage API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Look after the keys under which people's words are sealed in the log
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Bring characters, lorebooks and chats into a house that is open: files, folders, archives, SillyTavern's data
    Import(ImportArguments),
    /// See how far the read models are, build them anew, try again what was parked
    #[command(subcommand)]
    Projections(ProjectionsCommand),
    /// Look at card files, convert and edit them, without any server
    #[command(subcommand)]
    Cards(CardsCommand),
    /// Prove that history is what it was, and read it as an auditor does
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Save the log and the files, locked with age
    Backup(BackupArguments),
    /// Bring a house back from its backups
    Restore(RestoreArguments),
}

/// Bring characters, lorebooks and chats into a house that is open.
///
/// Each file is recognised by what it is. Of SillyTavern's folder (the server's, its `data`, or that of one user) come the
/// characters with their sprites, worlds, chats, groups and personas. Running it again brings nothing in twice. Exits with
/// 1 if something was refused.
#[derive(Debug, Clone, Args)]
pub struct ImportArguments {
    /// Files, folders and archives
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The house to bring it to; by default the one that is open on the data folder
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// Whose it will be, by a key of theirs; by default the owner's of the data folder
    #[arg(long, value_name = "KEY", conflicts_with = "key_file")]
    pub key: Option<String>,
    /// The same, from a file, so that the key does not stand on the command line
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Only look at what is there, and bring nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON line a file
    #[arg(long)]
    pub json: bool,
}

/// Look at card files, convert and edit them, without any server.
#[derive(Debug, Clone, Subcommand)]
pub enum CardsCommand {
    /// Say what files are and what is odd about them; exits with 1 if one cannot be read
    Inspect {
        /// Print one JSON line a file
        #[arg(long)]
        json: bool,
        /// Characters, lorebooks, chats or groups, in any format
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Write a card as another kind of file: .png, .json or .charx
    Convert {
        /// The card, in any format
        #[arg(value_name = "IN")]
        from: PathBuf,
        /// The new file
        #[arg(value_name = "OUT")]
        to: PathBuf,
        /// Write it even where something is lost, and say what
        #[arg(long)]
        lossy: bool,
    },
    /// Change some fields of a PNG, JSON or CHARX card, and nothing else
    Edit {
        /// The card
        #[arg(value_name = "IN")]
        from: PathBuf,
        /// The new file, of the same kind; it may be the same file
        #[arg(value_name = "OUT")]
        to: PathBuf,
        /// Set a field, such as data.name="Mira" or data.tags='["inn"]'
        #[arg(long, value_name = "PATH=VALUE")]
        set: Vec<String>,
        /// Remove a field, such as data.extensions.mine
        #[arg(long, value_name = "PATH")]
        remove: Vec<String>,
    },
}

/// What analysts read: its description, its address, its names.
#[derive(Debug, Clone, Subcommand)]
pub enum EventsCommand {
    /// Print what can be read, as an AsyncAPI 3 document
    Schema,
    /// Let the stream begin anew, from the first event of the log; consumers stay and are told
    Rebuild,
    /// Print the address to give to analysts, with its password, of a house that is open and embeds NATS
    Address,
    /// Print the names under which analysts know these ids
    Name {
        /// Ids of people, characters, conversations or anything else
        #[arg(required = true, value_name = "ID")]
        ids: Vec<uuid::Uuid>,
    },
}

/// Tell what analysts read over HTTP: add, see and remove webhooks, try again what was not delivered.
///
/// Works on the servers of a house that is open, or on ones of its own.
#[derive(Debug, Clone, Subcommand)]
pub enum WebhooksCommand {
    /// Add one, and print its id and the secret of its signatures, which is shown only now
    Add {
        /// Where events are told to: https://host/path
        #[arg(value_name = "URL")]
        url: String,
        /// Only events of this type, such as MessageSent; may be given many times
        #[arg(long = "type", value_name = "TYPE")]
        types: Vec<String>,
        /// Only events that name this character
        #[arg(long, value_name = "ID")]
        character: Option<uuid::Uuid>,
        /// From when on, such as 2026-11-25T20:15:00Z; by default from now on
        #[arg(long, value_name = "TIME", value_parser = instant)]
        since: Option<OffsetDateTime>,
    },
    /// List them, and how far each is
    List {
        /// Print one JSON line a webhook
        #[arg(long)]
        json: bool,
    },
    /// Remove one, with all that it has not heard
    Remove {
        /// Which one
        #[arg(value_name = "WEBHOOK")]
        id: uuid::Uuid,
    },
    /// List what was not delivered to one, oldest first
    Undelivered {
        /// Which one
        #[arg(value_name = "WEBHOOK")]
        id: uuid::Uuid,
        /// Print one JSON line an event
        #[arg(long)]
        json: bool,
    },
    /// Try again what was not delivered to one; exits with 1 if something still waits
    Retry {
        /// Which one
        #[arg(value_name = "WEBHOOK")]
        id: uuid::Uuid,
    },
}

fn instant(text: &str) -> Result<OffsetDateTime, time::error::Parse> {
    OffsetDateTime::parse(text, &Rfc3339)
}

/// See how far the read models are, build them anew, try again what was parked.
///
/// Works on the servers of a house that is open, or on ones of its own.
#[derive(Debug, Clone, Subcommand)]
pub enum ProjectionsCommand {
    /// Say how far each is behind the log, in commits and in time, and what is parked
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Build one anew beside the rows that serve, which it replaces when it has caught up
    Rebuild {
        /// Its name, or all
        #[arg(value_name = "NAME")]
        name: String,
        /// Print one JSON line a projection
        #[arg(long)]
        json: bool,
    },
    /// Try again what is parked; exits with 1 if something still waits
    Retry {
        /// Its name, or all
        #[arg(value_name = "NAME")]
        name: String,
        /// Print one JSON line a projection
        #[arg(long)]
        json: bool,
    },
}

/// Look after the keys under which people's words are sealed in the log.
#[derive(Debug, Clone, Subcommand)]
pub enum KeysCommand {
    /// Make a new key for everybody: new words are sealed under it, and no event is written again
    Rotate,
    /// Wrap all keys under the master key that is in force now, instead of the one before
    Rewrap {
        /// The master key before, as 64 hexadecimal digits in a file
        #[arg(long, value_name = "FILE")]
        old_key_file: PathBuf,
    },
}

/// Manage API keys.
#[derive(Debug, Clone, Subcommand)]
pub enum KeyCommand {
    /// Give a user a key, and print it: it is shown only now
    Create {
        /// What the user is called; somebody new is registered
        #[arg(long, value_name = "NAME")]
        user: String,
        /// What the key is for
        #[arg(long, value_name = "TEXT", default_value = "made on the command line")]
        label: String,
        /// The key may verify everybody's history and read it sealed
        #[arg(long)]
        audit: bool,
        /// The key may open everybody's private words
        #[arg(long, requires = "audit")]
        open: bool,
    },
}

impl Common {
    /// What the command line sets in the configuration.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            data: self.data.clone(),
            listen: self.listen.clone(),
            nats: NatsOverrides { allow_lossy: self.allow_lossy.then_some(true) },
        }
    }
}

#[cfg(test)]
mod spec {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
