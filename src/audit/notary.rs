//! The notary: signs a checkpoint of the log every so many commits or seconds.
//!
//! It goes on from the last checkpoint, and vouches for nothing that it has not read: before it signs, the commits since
//! then are verified, and the last one before them must still be the one that it signed for. If anything is wrong it
//! says so, signs no more, and leaves the house open: what to do is for an operator to decide.
//!
//! It runs beside the projector. Two of them do no harm: the same log has the same tree.

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures_util::StreamExt;
use nats::{Journal, Nats, SignedCheckpoints};
use proofs::{Checkpoint, Fault, Key, Range, Signer, Verifier};
use sqlx::PgPool;
use time::format_description::well_known::Rfc3339;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{
    AuditError, message, of_replay,
    shelves::{Kept, Shelves, in_file},
};
use crate::{config::Config, stamp, tail::Tail};

/// How often it looks whether it is time.
const GLANCE: Duration = Duration::from_secs(1);

/// Signs checkpoints, and knows those that were signed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notary(Arc<Desk>);

#[derive(Debug)]
struct Desk {
    journal: Journal,
    shelves: Shelves,
    signer: Signer,
    /// Our own key first, then former ones.
    keys: Vec<Key>,
    every_commits: u64,
    every: Duration,
}

impl Notary {
    /// A notary with this key.
    pub fn new(
        nats: &Nats,
        journal: &Journal,
        pool: &PgPool,
        config: &Config,
        secret: &[u8; 32],
    ) -> Result<Self, proofs::KeyError> {
        let origin = format!("innkeeper/{}/{}", nats.subjects().log_stream(), journal.epoch());
        let signer = Signer::new(&origin, secret)?;
        let former = config.audit.former_keys.iter().map(|key| Key::parse(key));
        let keys = std::iter::once(Ok(signer.key().clone())).chain(former).collect::<Result<_, _>>()?;
        let file = config.audit.file.clone().unwrap_or_else(|| config.data.join("audit.checkpoints"));
        let shelves = Shelves::new(pool, SignedCheckpoints::new(nats), file, journal.epoch());
        let (every_commits, every) = (config.audit.every_commits.max(1), config.audit.every);
        Ok(Self(Arc::new(Desk { journal: journal.clone(), shelves, signer, keys, every_commits, every })))
    }

    /// The public key of what is signed here.
    pub fn key(&self) -> &Key {
        self.0.signer.key()
    }

    /// The largest checkpoint of no more than so many commits.
    pub async fn last_within(&self, size: u64) -> Result<Option<Kept>, AuditError> {
        self.0.shelves.last_within(size).await
    }

    /// The first checkpoint that vouched for this commit.
    pub async fn first_from(&self, sequence: u64) -> Result<Option<Kept>, AuditError> {
        self.0.shelves.first_from(sequence).await
    }

    /// Every checkpoint that was signed and those in a file, if one is named.
    pub async fn checkpoints(&self, file: Option<PathBuf>) -> Result<Vec<Checkpoint>, AuditError> {
        let mut notes = self.0.shelves.all().await?;
        notes.extend(file.map(|file| named(&file)).transpose()?.unwrap_or_default());
        notes.into_iter().map(|(place, note)| open(&self.0.keys, place, &note)).collect()
    }

    /// Signs whenever it is time, for ever.
    pub async fn run(&self, tail: &Tail) {
        let (mut ticks, mut since, mut size) = (interval(GLANCE), Instant::now(), 0);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let last = tail.reached().sequence;
            let is_full = last.saturating_sub(size) >= self.0.every_commits;
            if last == size || !(is_full || since.elapsed() >= self.0.every) {
                continue;
            }
            since = Instant::now();
            match self.sign().await {
                Ok(kept) => size = kept.tree.size(),
                Err(error) if error.is_finding() => {
                    metrics::counter!("innkeeper_audit_findings_total", "reason" => error.slug())
                        .increment(1);
                    tracing::error!(reason = error.slug(), "audit: nothing is signed any more: {error}");
                }
                Err(AuditError::NothingSigned) => {}
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "audit: no checkpoint this time"
                    );
                }
            }
        }
    }

    /// Signs a checkpoint over the log as it is now; the last one, if nothing was written since.
    pub async fn sign(&self) -> Result<Kept, AuditError> {
        let desk = &*self.0;
        let last = desk.journal.last().await?.sequence;
        let known = desk.shelves.last_within(u64::MAX).await?;
        let Some((tree, leaf)) = desk.grown(known.as_ref(), last).await? else {
            return known.ok_or(AuditError::NothingSigned);
        };
        let time = stamp::now().format(&Rfc3339).unwrap_or_default();
        let note = desk.signer.sign(&tree, &time);
        let note =
            note.map_err(|source| AuditError::Checkpoint { place: "our own hand".to_owned(), source })?;
        let kept = Kept { tree, note, leaf };
        desk.shelves.keep(&kept).await?;
        metrics::gauge!("innkeeper_audit_vouched").set(kept.tree.size() as f64);
        Ok(kept)
    }
}

impl Desk {
    /// The tree up to `last`, grown from the one that is known; none if nothing is new.
    async fn grown(&self, known: Option<&Kept>, last: u64) -> Result<Option<(Range, [u8; 32])>, AuditError> {
        let notes = match known {
            Some(kept) => vec![("the table".to_owned(), kept.note.clone())],
            // A table that was dropped: the stream and the file still know.
            None => self.shelves.all().await?,
        };
        let checkpoints = notes.into_iter().map(|(place, note)| open(&self.keys, place, &note));
        let (tree, size) = known.map_or_else(Default::default, |kept| (kept.tree.clone(), kept.tree.size()));
        if last < size {
            return Err(Fault::Shorter { last, promised: size }.into());
        }
        let mut verifier = Verifier::after(tree, checkpoints.collect::<Result<_, _>>()?)?;
        if verifier.promised() > last {
            return Err(Fault::Shorter { last, promised: verifier.promised() }.into());
        }
        let (mut leaf, mut messages) = (None, self.journal.replay(size.saturating_sub(1), last));
        while let Some(stored) = messages.next().await {
            let stored = stored.map_err(|error| of_replay(error, last))?;
            let message = message(&stored);
            if stored.sequence <= size {
                // The last one that was signed for: in a log that was forked before it, it is another.
                let is_same = known.is_some_and(|kept| kept.leaf == message.leaf().0);
                (is_same).then_some(()).ok_or(Fault::Root { from: 1, to: size })?;
                continue;
            }
            verifier.take(&message)?;
            leaf = Some(message.leaf().0);
        }
        Ok(leaf.map(|leaf| (verifier.into_tree(), leaf)))
    }
}

/// Opens a note by the first key that has signed it.
pub fn open(keys: &[Key], place: String, note: &str) -> Result<Checkpoint, AuditError> {
    let mut why = proofs::CheckpointError::Malformed;
    for key in keys {
        match key.open(note) {
            Ok(checkpoint) => return Ok(checkpoint),
            Err(error) => why = error,
        }
    }
    Err(AuditError::Checkpoint { place, source: why })
}

/// The notes in a file that somebody named: it has to be there, and to hold one.
pub fn named(path: &std::path::Path) -> Result<Vec<(String, String)>, AuditError> {
    let notes = in_file(path)?;
    if notes.is_empty() {
        let source = std::io::Error::other("it is not there, or holds no checkpoint");
        return Err(AuditError::File { path: path.to_owned(), source });
    }
    Ok(notes)
}
