//! How fast a log is verified, beside a plain ordered consumer of the client library that reads the same stream and does
//! nothing with it.
//!
//! `cargo bench --bench verify`, on one nats-server with `sync_interval: always`; `-- --commits 20000` shrinks it. What is
//! verified is what `innkeeper audit verify` verifies: every leaf of the tree, the chain of every aggregate, and a signed
//! checkpoint for every thousand commits. Both ways take turns, and the medians count.
//!
//! Prints a table and writes `bench/verify.json` in the target folder.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../figures.rs"]
#[expect(dead_code, reason = "the other benches count waits")]
mod figures;
mod fill;
#[path = "../ground.rs"]
#[expect(dead_code, reason = "the other benches need Postgres too")]
mod ground;
#[path = "../guard.rs"]
mod guard;
mod raw;
#[path = "../said.rs"]
mod said;

use std::{process::ExitCode, time::Instant};

use clap::Parser;
use futures_util::StreamExt;
use innkeeper::audit;
use nats::Journal;
use proofs::{Checkpoint, Range, Signer, Verifier};
use serde_json::json;

use self::{figures::write, ground::Ground, guard::guards};

/// The allocator that the house runs on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A checkpoint is signed after so many commits, as in a house.
const EVERY: u64 = 1_000;

/// How much of everything.
#[derive(Parser)]
struct Arguments {
    /// Commits in the log.
    #[arg(long, default_value_t = 100_000)]
    commits: usize,
    /// How often each way is measured.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    if let Some(code) = guards() {
        return code;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(measure(Arguments::parse()));
    ExitCode::SUCCESS
}

async fn measure(arguments: Arguments) {
    let ground = Ground::prepare().await;
    fill::fill(&ground, arguments.commits).await;
    let last = ground.journal.last().await.unwrap().sequence;
    let checkpoints = signed(&ground.journal, last).await;
    let (client, mut raw, mut verified) = (ground.raw().await, vec![], vec![]);
    for _ in 0..arguments.rounds {
        raw.push(per_second(last, raw::read(&client, last)).await);
        verified.push(per_second(last, verify(&ground.journal, &checkpoints, last)).await);
    }
    let (raw, verified) = (median(raw), median(verified));
    let ratio = verified / raw;
    println!("{last} commits, {} checkpoints", checkpoints.len());
    println!("raw ordered consumer  {raw:>10.0} commits/s");
    println!("verified              {verified:>10.0} commits/s, {ratio:.2}x");
    let figures = json!({
        "commits": last,
        "checkpoints": checkpoints.len(),
        "raw_per_s": raw,
        "verified_per_s": verified,
        "ratio": ratio,
    });
    write("verify.json", &figures);
    ground.clear().await;
}

/// The log with a checkpoint for every thousand commits and one at its end.
async fn signed(journal: &Journal, last: u64) -> Vec<Checkpoint> {
    let signer = Signer::new("bench", &[7; 32]).unwrap();
    let (mut tree, mut checkpoints) = (Range::default(), vec![]);
    let mut messages = journal.replay(0, last);
    while let Some(stored) = messages.next().await {
        tree.push(audit::message(&stored.unwrap()).leaf(), |_| {});
        if tree.size() % EVERY == 0 || tree.size() == last {
            let note = signer.sign(&tree, "2026-11-25T10:30:00Z").unwrap();
            checkpoints.push(signer.key().open(&note).unwrap());
        }
    }
    checkpoints
}

async fn verify(journal: &Journal, checkpoints: &[Checkpoint], last: u64) {
    let verifier = Verifier::new(checkpoints.to_vec()).unwrap();
    let report = audit::verify::read(journal, verifier, last, |_, _| {}).await.unwrap();
    assert_eq!((report.commits, report.vouched), (last, last));
}

async fn per_second(commits: u64, work: impl Future<Output = ()>) -> f64 {
    let begun = Instant::now();
    work.await;
    commits as f64 / begun.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}
