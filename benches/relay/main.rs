//! What Innkeeper costs between a client and a model.
//!
//! One run measures four things on the same machine at the same time of day: (a) replies straight from a stub that
//! speaks for the model, (b) the same replies through Innkeeper, (c) through the least that could stand in its place,
//! an axum + reqwest pass-through, and (d) the acknowledgement of one synced publish. So the floor is known, and what
//! is ours stands apart from what the machine does: `F = (c) - (a) + (d)` is the least that a durable reply can add.
//!
//! Stub, pass-through and Innkeeper are processes of their own; the client is this one, on one thread, because all of
//! them share the cores. What the client itself costs is in row (a), and subtracted with it.
//!
//! `cargo bench --bench relay -- [--quick] [--streams 1,50,500,1000]`

mod child;
mod client;
mod clock;
mod crowd;
mod figures;
mod floor;
mod innkeeper;
mod measure;
mod one;
mod options;
mod passthrough;
mod process;
mod script;
mod stub;
mod table;
mod tokens;
mod trials;
mod way;

use std::{fs, io::Write, path::Path, process::ExitCode};

use anyhow::Context;
use tokio::runtime::{Builder, Runtime};

use crate::{
    figures::Report,
    options::{Errand, Plan},
};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "relay: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    match Errand::parse(std::env::args().skip(1))? {
        Errand::Measure(plan) => one_thread()?.block_on(report(&plan)),
        Errand::Stub => one_thread()?.block_on(stub::serve()),
        Errand::PassThrough { upstream } => {
            Builder::new_multi_thread().enable_all().build()?.block_on(passthrough::serve(upstream))
        }
    }
}

fn one_thread() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

async fn report(plan: &Plan) -> anyhow::Result<()> {
    let report = measure::all(plan).await?;
    std::io::stdout().write_all(table::of(&report).as_bytes())?;
    let file = write(&report)?;
    writeln!(std::io::stdout(), "\nwritten to {file}")?;
    Ok(())
}

/// Cargo's folder for the scratch files of tests and benchmarks is `target/tmp`, wherever `target` is.
fn write(report: &Report) -> anyhow::Result<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().context("there is no target folder")?;
    let file = target.join("bench").join("relay.json");
    fs::create_dir_all(target.join("bench"))?;
    fs::write(&file, serde_json::to_vec_pretty(report)?)?;
    Ok(file.display().to_string())
}
