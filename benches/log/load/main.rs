//! What it costs to have an aggregate of 2,000 commits at hand, among a million commits of others.
//!
//! `cargo bench --bench load`, on one nats-server with `sync_interval: always`; `-- --others 50000` shrinks it:
//!
//! - `raw`: the batched direct gets of the same messages, nothing decoded: what the log itself takes;
//! - `cold`: folded from its first commit, by a process that knows nothing;
//! - `snapshot`: folded from its snapshot and what happened since;
//! - `cached`: a whole command, where the state is in memory, and the same in a conversation that has just begun, where
//!   there is nothing to load.
//!
//! Prints a table and writes `bench/load.json` in the target folder. Everything is in the operating system's cache: what
//! a disk costs is not in these figures.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../figures.rs"]
#[expect(dead_code, reason = "the other bench counts rates too")]
mod figures;
mod fill;
#[path = "../ground.rs"]
#[expect(dead_code, reason = "the other bench needs Postgres too")]
mod ground;
#[path = "../guard.rs"]
mod guard;
mod raw;
#[path = "../said.rs"]
mod said;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use domain::conversation::{Conversation, ConversationId};
use innkeeper::{
    execute::{Envelope, Executor, Folded, Memory},
    stamp,
};
use nats::Snapshots;
use serde_json::{Map, Value, json};

use self::{
    figures::{Figures, write},
    fill::Filling,
    ground::Ground,
    guard::guards,
    said::{MIRA, beginning, message},
};

/// The allocator that the house runs on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How much of everything.
#[derive(Parser)]
struct Arguments {
    /// Commits of the aggregate.
    #[arg(long, default_value_t = 2_000)]
    commits: usize,
    /// Commits of others, evenly between them.
    #[arg(long, default_value_t = 1_000_000)]
    others: usize,
    /// How often each way is measured.
    #[arg(long, default_value_t = 200)]
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
    let snapshots = Snapshots::of(&ground.nats, &ground.journal);
    let writing = Executor::new(ground.journal.clone(), Memory::of(snapshots.clone()));
    let filling = Filling { ground: &ground, executor: &writing, commits: arguments.commits };
    let long = filling.fill(arguments.others).await;
    let bench = Bench { ground: &ground, long, rounds: arguments.rounds };

    let mut table = Table::default();
    table.row("raw", &bench.raw().await);
    table.row("cold", &bench.cold(&Memory::none()).await);
    table.row("snapshot", &bench.cold(&Memory::of(snapshots)).await);
    let short = stamp::id();
    writing.execute(short, &beginning(), &Envelope::from_user(MIRA)).await.unwrap();
    let (cached, nothing) = bench.commands(&writing, short).await;
    table.row("cached", &cached);
    table.row("nothing to load", &nothing);
    println!(
        "a command on the cached one: {:.2}x one with nothing to load",
        cached.p50_ms() / nothing.p50_ms()
    );
    write("load.json", &json!(table.0));
    ground.clear().await;
}

struct Bench<'a> {
    ground: &'a Ground,
    long: ConversationId,
    rounds: usize,
}

impl Bench<'_> {
    async fn raw(&self) -> Figures {
        let client = self.ground.raw().await;
        let mut waits = Vec::new();
        for _ in 0..self.rounds {
            let begun = Instant::now();
            raw::get(&client, self.long).await;
            waits.push(begun.elapsed());
        }
        figures(waits)
    }

    /// A process each time, as far as the state goes.
    async fn cold(&self, memory: &Memory) -> Figures {
        let mut waits = Vec::new();
        for _ in 0..self.rounds {
            let executor = Executor::new(self.ground.journal.clone(), memory.clone());
            let begun = Instant::now();
            let version = executor.look(self.long, Folded::<Conversation>::version).await.unwrap();
            waits.push(begun.elapsed());
            assert!(version > 0);
        }
        figures(waits)
    }

    /// Commands on the long conversation and on a short one, in turns.
    async fn commands(&self, executor: &Executor, short: ConversationId) -> (Figures, Figures) {
        let (mut cached, mut nothing) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            for (conversation, waits) in [(self.long, &mut cached), (short, &mut nothing)] {
                let begun = Instant::now();
                executor.execute(conversation, &message(), &Envelope::from_user(MIRA)).await.unwrap();
                waits.push(begun.elapsed());
            }
        }
        (figures(cached), figures(nothing))
    }
}

fn figures(waits: Vec<Duration>) -> Figures {
    let within = waits.iter().sum();
    Figures::new(waits, within)
}

/// Waits by their way, printed as they come.
#[derive(Default)]
struct Table(Map<String, Value>);

impl Table {
    fn row(&mut self, way: &str, figures: &Figures) {
        println!("{way:<16} p50 {:>8.3} ms  p99 {:>8.3} ms", figures.p50_ms(), figures.p99_ms());
        self.0.insert(way.replace(' ', "_"), figures.waits_json());
    }
}
