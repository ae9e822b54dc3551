//! Whoever changes history on the disk is found out, and what they did is named.
//!
//! Each test takes a copy of a real server's data folder, changes it as its name says, and lets a real server serve it. What
//! the servers make of a damaged store is their business: that history is not what was signed has to be told in any case.

use std::{fs, path::Path, process::Command, sync::Arc, time::Duration};

use domain::commit::Digest;
use futures_util::StreamExt;
use nats::{Journal, JournalOptions, ReplayError, Stored, keys::Pocket};
use proofs::{Checkpoint, Fault, HEADERS, Key, Message, Range, Report, Signer, Verifier, Was};

use crate::{
    server::{Server, scratch},
    store::{Block, CHECKSUM, Record},
    world::{EPOCH, World, append, connected, conversation, saying, user},
};

const STREAM: &str = "INK_LOG";
/// How many commits there are.
const ALL: u64 = 30;

/// A log that was signed at its end and once before, in a data folder that can be copied.
struct Signed {
    store: std::path::PathBuf,
    notes: Vec<String>,
    key: Key,
}

impl Signed {
    async fn new() -> Self {
        let store = scratch("signed");
        let mut world = World::on(Server::storing(&store, "sync_interval: always")).await;
        let signer = Signer::new(&format!("innkeeper/{STREAM}/{EPOCH}"), &[7; 32]).unwrap();
        write(&world.journal).await;
        let (mut tree, mut notes) = (Range::default(), vec![]);
        let mut messages = world.journal.replay(0, ALL);
        while let Some(stored) = messages.next().await {
            tree.push(message(&stored.unwrap()).leaf(), |_| {});
            if [10, ALL].contains(&tree.size()) {
                notes.push(signer.sign(&tree, "2026-11-25T10:30:00Z").unwrap());
            }
        }
        world.server.kill();
        Self { store, notes, key: signer.key().clone() }
    }

    /// What is found in a copy of the data folder that somebody has worked on.
    async fn after(&self, work: impl FnOnce(&Path)) -> Result<Report, Fault> {
        let copy = scratch("copy");
        assert!(
            Command::new("cp").arg("-a").arg(self.store.join(".")).arg(&copy).status().unwrap().success()
        );
        work(&copy);
        let server = Server::storing(&copy, "sync_interval: always");
        let found = verify(&server, self.checkpoints()).await;
        drop(server);
        fs::remove_dir_all(copy).unwrap();
        found
    }

    /// The same after work on the records of the log, which get checksums that are right.
    async fn forged(&self, work: impl FnOnce(&mut Vec<Record>)) -> Result<Report, Fault> {
        let forge = |copy: &Path| {
            let mut block = Block::open(copy, STREAM);
            work(&mut block.records);
            block.forge();
        };
        self.after(forge).await
    }

    fn checkpoints(&self) -> Vec<Checkpoint> {
        self.notes.iter().map(|note| self.key.open(note).unwrap()).collect()
    }
}

impl Drop for Signed {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.store));
    }
}

/// Three people and a conversation speak in turn.
async fn write(journal: &Journal) {
    let keys = [user(1), user(2), conversation(3)];
    let mut last = [(0, None::<Digest>); 3];
    for number in 1..=u128::from(ALL) {
        let who = usize::try_from(number % 3).unwrap();
        let mut commit = saying(number, &format!("number {number:04}"));
        let (after, prev) = last[who];
        (commit.after, commit.prev) = (after, prev);
        let sequence = append(journal, keys[who], after, &commit).await.unwrap().sequence;
        let mut stored = journal.replay(sequence - 1, sequence);
        let digest = message(&stored.next().await.unwrap().unwrap()).digest();
        last[who] = (sequence, Some(Digest::new(digest)));
    }
}

fn message(stored: &Stored) -> Message<'_> {
    Message {
        sequence: stored.sequence,
        subject: stored.subject.as_str().into(),
        headers: HEADERS.map(|name| stored.header(name).map(Into::into)),
        body: stored.body.as_ref().into(),
    }
}

async fn verify(server: &Server, checkpoints: Vec<Checkpoint>) -> Result<Report, Fault> {
    let options = JournalOptions { watchdog: Duration::from_millis(300), ..JournalOptions::default() };
    let journal =
        Journal::open(&connected(server).await, Arc::new(Pocket::default()), options).await.unwrap();
    let mut verifier = Verifier::new(checkpoints)?;
    let mut messages = journal.replay(0, verifier.promised());
    while let Some(stored) = messages.next().await {
        match stored {
            Ok(stored) => verifier.take(&message(&stored))?,
            Err(ReplayError::Missing { expected: sequence, found }) => {
                return Err(Fault::Missing { sequence, found });
            }
            Err(ReplayError::Damaged { sequence, source }) => {
                return Err(Fault::Damaged { sequence, why: source.to_string() });
            }
            Err(ReplayError::Shorter { .. }) => break,
            Err(error) => unreachable!("{error:?}"),
        }
    }
    verifier.end()
}

/// Turns one bit in the body of this message, as a disk does.
fn flip(block: &Block, sequence: u64) {
    let before = block.records.iter().take_while(|record| record.sequence != sequence);
    let begins: usize = before.map(|record| record.written(block.key).len()).sum();
    let record = block.records.iter().find(|record| record.sequence == sequence).unwrap();
    let mut bytes = fs::read(&block.file).unwrap();
    bytes[begins + record.written(block.key).len() - CHECKSUM - 3] ^= 4;
    fs::write(&block.file, bytes).unwrap();
}

/// Changes a text in a body without changing its length.
fn replace(record: &mut Record, from: &str, to: &str) {
    let at = record.body.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    record.body[at..at + to.len()].copy_from_slice(to.as_bytes());
}

#[tokio::test]
async fn a_copy_that_nobody_touched_is_whole() {
    let report = Signed::new().await.after(|_| {}).await.unwrap();
    assert_eq!((report.commits, report.checkpoints, report.vouched, report.chained), (ALL, 2, ALL, ALL - 3));
}

#[tokio::test]
async fn a_flipped_bit() {
    let found = Signed::new().await.after(|copy| flip(&Block::open(copy, STREAM), 20)).await;
    // The store sees it by its own checksum: it gives up the message, or all that follows in the block.
    let fault = found.unwrap_err();
    assert!(
        matches!(
            fault,
            Fault::Missing { sequence: 20, .. }
                | Fault::Damaged { sequence: 20, .. }
                | Fault::Shorter { last: 19, promised: ALL }
        ),
        "{fault}"
    );
}

#[tokio::test]
async fn a_flipped_bit_that_an_index_hides_from_the_server() {
    let flip = |copy: &Path| {
        let index = copy.join("jetstream/$G/streams/INK_LOG/msgs/index.db");
        let kept = fs::read(&index).ok();
        flip(&Block::open(copy, STREAM), 20);
        kept.into_iter().for_each(|kept| fs::write(&index, kept).unwrap());
    };
    let fault = Signed::new().await.after(flip).await.unwrap_err();
    assert_eq!(fault.at().clamp(19, 20), fault.at(), "{fault}");
}

#[tokio::test]
async fn a_deleted_message() {
    let found = Signed::new().await.forged(|records| drop(records.remove(19))).await;
    assert_eq!(found, Err(Fault::Missing { sequence: 20, found: Some(21) }));
}

#[tokio::test]
async fn a_truncated_tail() {
    let found = Signed::new().await.forged(|records| records.truncate(25)).await;
    assert_eq!(found, Err(Fault::Shorter { last: 25, promised: ALL }));
}

#[tokio::test]
async fn two_commits_that_changed_places() {
    let swap = |records: &mut Vec<Record>| {
        records.swap(13, 16);
        (records[13].sequence, records[16].sequence) = (14, 17);
    };
    let subject = "ink.log.conversation.00000000-0000-0000-0000-000000000003".to_owned();
    let was = Was::At(14);
    let found = Signed::new().await.forged(swap).await;
    assert_eq!(found, Err(Fault::Broken { sequence: 14, subject, previous: 11, was }));
}

#[tokio::test]
async fn a_payload_that_was_rewritten_with_a_right_checksum() {
    let signed = Signed::new().await;
    let found = signed.forged(|records| replace(&mut records[19], "1970", "1971")).await;
    let subject = "ink.log.conversation.00000000-0000-0000-0000-000000000003".to_owned();
    let was = Was::Rewritten;
    assert_eq!(found, Err(Fault::Broken { sequence: 23, subject, previous: 20, was }));

    let found = signed.forged(|records| replace(&mut records[29], "1970", "1971")).await;
    assert_eq!(found, Err(Fault::Root { from: 11, to: ALL }), "the last one of its aggregate");
}

#[tokio::test]
async fn a_stream_that_was_replaced_by_a_replay_of_itself_with_one_message_less() {
    let signed = Signed::new().await;
    let (server, original) = (Server::start(), Server::storing(&signed.store, "sync_interval: always"));
    let forged = World::on(server).await;
    let (raw, journal) = (
        forged.raw().await,
        Journal::open(&connected(&original).await, Arc::new(Pocket::default()), JournalOptions::default())
            .await
            .unwrap(),
    );
    let mut messages = journal.replay(0, ALL);
    while let Some(stored) = messages.next().await {
        let stored = stored.unwrap();
        // The last of a conversation: no chain misses it.
        if stored.sequence != 29 {
            let mut headers = async_nats::HeaderMap::new();
            for name in HEADERS {
                stored.header(name).into_iter().for_each(|value| headers.insert(name, value));
            }
            raw.publish_with_headers(stored.subject.clone(), headers, stored.body.clone())
                .await
                .unwrap()
                .await
                .unwrap();
        }
    }
    assert_eq!(
        verify(&forged.server, vec![]).await.map(|report| report.commits),
        Ok(0),
        "nothing is promised"
    );
    let found = verify(&forged.server, signed.checkpoints()).await;
    assert_eq!(found, Err(Fault::Shorter { last: 29, promised: ALL }));

    // Somebody fills the place up again.
    let commit = saying(99, "nothing happened");
    append(&forged.journal, user(9), 0, &commit).await.unwrap();
    assert_eq!(verify(&forged.server, signed.checkpoints()).await, Err(Fault::Root { from: 11, to: ALL }));
}
