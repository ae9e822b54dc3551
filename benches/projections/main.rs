//! What the read side costs: a log of 200,000 commits into all projections from nothing, beside two ways to the same rows.
//!
//! `cargo bench --bench projections`, on servers of its own as the house brings them up; `-- --commits 20000` shrinks it:
//!
//! - `innkeeper`: the program as a projector, from its start until its rows have seen the whole log, which it reads from
//!   NATS, opens, decodes and applies; and how much memory it held in each quarter of the log;
//! - `one_by_one`: the same projections with a transaction for each commit, on commits from the middle of the log that are
//!   in memory already, into tables that are half full;
//! - `copy`: `COPY` of the very rows that came out, into the same tables with the same indices.
//!
//! Then how long it takes from a command until the rows say what it did, when nothing else happens and at 70 % of what the
//! house can. Prints a table and writes `bench/projections.json` in the target folder.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../log/figures.rs"]
#[expect(dead_code, reason = "another bench adds rounds up")]
mod figures;
#[path = "../log/guard.rs"]
mod guard;
mod house;
mod people;
#[path = "../log/said.rs"]
mod said;
mod waits;
mod ways;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use serde_json::{Value, json};

use self::{
    figures::{Figures, write},
    guard::guards,
    house::Open,
    ways::Projected,
};

/// The allocator that the house runs on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How much of everything.
#[derive(Parser)]
struct Arguments {
    /// Commits in the log.
    #[arg(long, default_value_t = 200_000)]
    commits: u64,
    /// How many of them are applied with a transaction each.
    #[arg(long, default_value_t = 5_000)]
    one_by_one: usize,
    /// How many commands are given one after the other.
    #[arg(long, default_value_t = 500)]
    alone: usize,
    /// How long the house is under load each time, in milliseconds.
    #[arg(long, default_value_t = 10_000)]
    counted: u64,
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
    let open = Open::prepare().await;
    let filling = Instant::now();
    people::live(&open.house.executor, arguments.commits).await;
    println!("a log of {} commits, filled in {:.1} s", arguments.commits, filling.elapsed().as_secs_f64());

    let projected = ways::projector(&open).await;
    let innkeeper = rate(arguments.commits, projected.took);
    println!("{:<12} {innkeeper:>9.0} commits/s  {}", "innkeeper", memory(&projected));
    let alone = ways::one_by_one(&open.house, &open.database("one_by_one").await, arguments.one_by_one).await;
    let one_by_one = rate(arguments.one_by_one as u64, alone);
    println!("{:<12} {one_by_one:>9.0} commits/s  innkeeper: {:.1}x", "one by one", innkeeper / one_by_one);
    let copied = ways::copy(&open.house.pool, &open.database("copied").await).await;
    let copy = rate(arguments.commits, copied.took);
    println!(
        "{:<12} {copy:>9.0} commits/s  {} rows; innkeeper: {:.2}x",
        "copy",
        copied.rows,
        innkeeper / copy
    );

    let counted = Duration::from_millis(arguments.counted);
    let waits = waits::measure(&open.house, arguments.alone, counted).await;
    for (name, figures) in [("idle", &waits.idle), ("at most", &waits.most), ("at 70 %", &waits.loaded)] {
        println!("{name:<12} {}", visible(figures));
    }
    let figures = json!({
        "commits": arguments.commits,
        "rows": copied.rows,
        "innkeeper": { "per_s": innkeeper.round(), "memory_mib_by_quarter": projected.memory.map(f64::round) },
        "one_by_one": { "per_s": one_by_one.round() },
        "copy": { "per_s": copy.round() },
        "ratios": { "to_one_by_one": hundredths(innkeeper / one_by_one), "to_copy": hundredths(innkeeper / copy) },
        "command_to_visible": {
            "idle": with_rate(&waits.idle),
            "most": with_rate(&waits.most),
            "at_70_percent": with_rate(&waits.loaded),
        },
    });
    write("projections.json", &figures);
    open.clear().await;
}

fn rate(commits: u64, took: Duration) -> f64 {
    commits as f64 / took.as_secs_f64()
}

fn memory(projected: &Projected) -> String {
    let quarters = projected.memory.map(|most| format!("{most:.0}"));
    format!("{:.1} s; MiB by quarter of the log: {}", projected.took.as_secs_f64(), quarters.join(" "))
}

fn visible(figures: &Figures) -> String {
    let (p50, p99) = (figures.p50_ms(), figures.p99_ms());
    format!("{:>9.0} commands/s  visible p50 {p50:>7.2} ms  p99 {p99:>7.2} ms", figures.per_s())
}

fn with_rate(figures: &Figures) -> Value {
    json!({ "per_s": figures.per_s().round(), "waits": figures.waits_json() })
}

fn hundredths(ratio: f64) -> f64 {
    (ratio * 100.0).round() / 100.0
}
