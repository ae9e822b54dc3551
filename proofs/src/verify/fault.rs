//! What can be wrong with a log, and where. Each sentence stands on its own in a report.

use std::fmt;

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A message is not there.
    #[error("commit {sequence} is missing{}", follows(*found))]
    Missing {
        /// Which one.
        sequence: u64,
        /// What comes in its place.
        found: Option<u64>,
    },
    /// The store has a message and cannot give it.
    #[error("commit {sequence} cannot be read from the store: its bytes were damaged ({why})")]
    Damaged {
        /// Which one.
        sequence: u64,
        /// In the store's words.
        why: String,
    },
    /// A message is no commit.
    #[error("commit {sequence} is no commit: {why}")]
    Unreadable {
        /// Which one.
        sequence: u64,
        /// Why not, without any of the words in it.
        why: &'static str,
    },
    /// A commit names another previous one than its aggregate has.
    #[error("commit {sequence} of {subject} does not follow from commit {previous}: {was}")]
    Broken {
        /// Which one.
        sequence: u64,
        /// Of which aggregate.
        subject: String,
        /// The aggregate's commit before it, as the log has it now; 0 if there is none.
        previous: u64,
        /// What does not agree.
        was: Was,
    },
    /// The root is not the one that was signed.
    #[error(
        "the log is not the one that was signed: one of the commits {from} to {to} was changed, moved or replaced"
    )]
    Root {
        /// The first commit that no agreeing checkpoint vouches for.
        from: u64,
        /// The checkpoint that does not agree.
        to: u64,
    },
    /// The log has lost its end.
    #[error("the log ends at commit {last}, and a signed checkpoint has seen {promised}: its end is lost")]
    Shorter {
        /// Where it ends.
        last: u64,
        /// How far it reached when it was signed.
        promised: u64,
    },
    /// Two signed checkpoints contradict each other.
    #[error("two signed checkpoints of {size} commits have different roots: the log was forked")]
    Forked {
        /// Their size.
        size: u64,
    },
}

/// What a commit says of its aggregate's previous one, against what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Was {
    /// It was decided behind another place.
    At(u64),
    /// The previous commit's bytes are not those that it was decided upon.
    Rewritten,
    /// It does not name the previous commit's hash, as those before it do.
    Unnamed,
}

impl fmt::Display for Was {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(0) => f.write_str("it was written as the first of its aggregate"),
            Self::At(sequence) => write!(f, "it was written behind commit {sequence}"),
            Self::Rewritten => f.write_str("one of the two was rewritten"),
            Self::Unnamed => f.write_str("it does not name its hash, as those before it do"),
        }
    }
}

fn follows(found: Option<u64>) -> String {
    found.map(|found| format!(": {found} stands in its place")).unwrap_or_default()
}

impl Fault {
    /// A stable name of the fault, in kebab-case.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Damaged { .. } => "damaged",
            Self::Unreadable { .. } => "unreadable",
            Self::Broken { .. } => "broken-chain",
            Self::Root { .. } => "another-root",
            Self::Shorter { .. } => "shorter",
            Self::Forked { .. } => "forked",
        }
    }

    /// Where it was found.
    pub const fn at(&self) -> u64 {
        match self {
            Self::Missing { sequence, .. }
            | Self::Damaged { sequence, .. }
            | Self::Unreadable { sequence, .. }
            | Self::Broken { sequence, .. } => *sequence,
            Self::Root { from, .. } => *from,
            Self::Shorter { last, .. } => *last,
            Self::Forked { size } => *size,
        }
    }
}
