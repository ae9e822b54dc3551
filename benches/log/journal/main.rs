//! What a command costs, beside a raw publish and beside the event store that Rust projects use today.
//!
//! `cargo bench --bench journal`: one nats-server with `sync_interval: always` and one PostgreSQL with
//! `synchronous_commit = on`, in one run. Writers say 300 bytes each time, in conversations of their own, and once all in
//! ten. Four ways to keep what is said:
//!
//! - `raw`: the client library's own publish with an expected sequence, of the bytes that Innkeeper stores;
//! - `innkeeper`: the whole `execute` of SendMessage: load, decide, seal, append, acknowledge;
//! - `postgres_es`: the same aggregate as one of the crate cqrs-es, on postgres-es 0.5;
//! - `cqrs_es`: that very aggregate on our journal.
//!
//! The ways take turns, so that a noisy moment hits all of them. Prints a table and writes `bench/journal.json` in the
//! target folder.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../figures.rs"]
mod figures;
#[path = "../ground.rs"]
mod ground;
#[path = "../guard.rs"]
mod guard;
mod peer;
#[path = "../said.rs"]
mod said;
mod table;
mod ways;
mod writers;

use std::{process::ExitCode, time::Duration};

use clap::Parser;

use self::{
    figures::write,
    ground::Ground,
    guard::guards,
    peer::{OnJournal, OnPostgres},
    table::{Row, Table},
    ways::{Executing, Publishing},
    writers::{Crowd, Pace, run},
};

/// The allocator that the house runs on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long, and how many.
#[derive(Parser)]
struct Arguments {
    /// How long each way is counted in each round, in milliseconds.
    #[arg(long, default_value_t = 2_000)]
    counted: u64,
    /// How often the ways take turns.
    #[arg(long, default_value_t = 2)]
    rounds: u32,
    /// How many writers, each in conversations of its own.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 64, 256, 1024])]
    writers: Vec<usize>,
    /// How many writers share ten conversations; 0: none.
    #[arg(long, default_value_t = 256)]
    hot: usize,
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
    let executing = Executing::on(&ground);
    let body = executing.one_body(&ground).await;
    let ways = Ways {
        raw: Publishing::on(&ground, body).await,
        innkeeper: executing,
        postgres_es: OnPostgres::open(ground.database_url()).await,
        cqrs_es: OnJournal::on(&ground),
        pace: Pace::counting(Duration::from_millis(arguments.counted)),
        rounds: arguments.rounds,
    };
    let mut table = Table::new();
    for count in arguments.writers {
        table.row(&count.to_string(), &ways.measure(&Crowd::Apart(count)).await);
    }
    if arguments.hot > 0 {
        table.row("hot", &ways.measure(&Crowd::InTen(arguments.hot)).await);
    }
    write("journal.json", &table.json());
    ground.clear().await;
}

/// All ways to keep what is said.
struct Ways {
    raw: Publishing,
    innkeeper: Executing,
    postgres_es: OnPostgres,
    cqrs_es: OnJournal,
    pace: Pace,
    rounds: u32,
}

impl Ways {
    async fn measure(&self, crowd: &Crowd) -> Row {
        let mut row = Row::default();
        for _ in 0..self.rounds {
            row = row.and(Row {
                raw: run(&self.raw, crowd, self.pace).await,
                innkeeper: run(&self.innkeeper, crowd, self.pace).await,
                postgres_es: run(&self.postgres_es, crowd, self.pace).await,
                cqrs_es: run(&self.cqrs_es, crowd, self.pace).await,
            });
        }
        row
    }
}
