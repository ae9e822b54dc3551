//! State folded from the commits of one aggregate, with the version that it stands at and the commands that it saw.

use std::collections::HashMap;

use domain::{
    Aggregate, EventBody, Fold, When,
    commit::{CommandId, Digest, Recorded},
};
use serde::{Deserialize, Serialize};

/// Folded state. As it is here, it is put aside in snapshots.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Folded<F> {
    state: F,
    version: u64,
    /// SHA-256 of the commit at that version, as it is stored.
    digest: Option<Digest>,
    commands: HashMap<CommandId, Done>,
    #[serde(skip)]
    loaded: Loaded,
    /// How many commits are in no snapshot yet.
    #[serde(skip)]
    unremembered: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Loaded {
    #[default]
    Never,
    Once,
}

/// A command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The sequence of its commit.
    pub sequence: u64,
    /// The digest of its request.
    pub fingerprint: Option<String>,
}

impl<F: Fold> Folded<F> {
    /// The state.
    pub fn state(&self) -> &F {
        &self.state
    }

    /// The sequence of the last commit in it; 0 if there is none.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// SHA-256 of the last commit in it, as stored.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// What became of a command, if it was carried out.
    pub fn carried_out(&self, command: CommandId) -> Option<&Done> {
        self.commands.get(&command)
    }

    /// Whether this is the very commit at which the state stands.
    pub(super) fn stands_at(&self, recorded: &Recorded) -> bool {
        recorded.position.sequence == self.version && Some(recorded.digest) == self.digest
    }

    /// How many commits are in it: each carried a command out.
    pub(super) fn commits(&self) -> usize {
        self.commands.len()
    }

    /// How many of them are in no snapshot.
    pub(super) const fn unremembered(&self) -> usize {
        self.unremembered
    }

    /// A snapshot is being taken.
    pub(super) const fn remember(&mut self) {
        self.unremembered = 0;
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.loaded == Loaded::Once
    }

    pub(super) fn mark_loaded(&mut self) {
        self.loaded = Loaded::Once;
    }

    /// Takes a commit in, if it is the very next one; answers whether the state is as new as it.
    pub(super) fn join(&mut self, recorded: &Recorded) -> bool {
        let begins = recorded.commit.after == 0 && self.version == 0;
        let joins = self.is_loaded() && recorded.commit.after == self.version;
        if begins || joins {
            self.take(recorded);
            self.mark_loaded();
        }
        self.version >= recorded.position.sequence
    }

    pub(super) fn take(&mut self, recorded: &Recorded) {
        let (sequence, commit) = (recorded.position.sequence, &recorded.commit);
        if sequence <= self.version {
            return;
        }
        let when = When { sequence, at: commit.at };
        let events = commit.events.iter();
        events
            .filter_map(|recorded| <F::Of as Aggregate>::Event::of(&recorded.event))
            .for_each(|event| self.state.fold(event, when));
        let done = Done { sequence, fingerprint: commit.fingerprint.clone() };
        self.commands.entry(commit.command).or_insert(done);
        self.version = sequence;
        self.digest = Some(recorded.digest);
        self.unremembered += 1;
    }
}
