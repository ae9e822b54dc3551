//! What an append costs beside a raw publish, on one nats-server with `sync_interval: always`.
//!
//! `cargo bench -p nats --bench journal`. The raw publish is the client library's own, with the same bytes, the same
//! headers and the same expectation, each waiting for its acknowledgement. Prints a table and writes
//! `bench/journal.json` in the target folder.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod figures;
mod load;
#[path = "../../tests/contract/server.rs"]
#[expect(dead_code, reason = "the contract tests use more of it")]
mod server;
mod writers;

use std::{collections::BTreeMap, env, fs, sync::Arc};

use domain::commit::Epoch;
use nats::{
    Journal, JournalOptions, NatsOptions, connect, ensure,
    keys::{DataKey, KEY_LENGTH, Pocket},
};
use serde_json::json;

use self::{
    figures::{Figures, Table},
    server::Server,
    writers::{Aggregates, Appending, Publishing, run},
};

/// How many writers, each on an aggregate of its own.
const WRITERS: [usize; 4] = [1, 64, 256, 1024];
/// How many writers share ten aggregates, in the last row.
const CROWD: usize = 256;

#[tokio::main]
async fn main() {
    let server = Server::start();
    let nats = connect(&NatsOptions::new(server.url())).await.unwrap();
    ensure(&nats, Epoch::new(1)).await.unwrap();
    let journal = Journal::open(&nats, Arc::new(Pocket::default()), JournalOptions::default()).await.unwrap();
    let appending = Appending { journal: journal.clone() };
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client.clone());
    let publishing = Publishing { key: DataKey::new(1, &[7; KEY_LENGTH]), jetstream };

    let (mut rows, mut aggregates) = (BTreeMap::new(), Aggregates::new());
    let mut table = Table::new();
    for writers in WRITERS {
        let raw = run(&publishing, aggregates.one_each(writers)).await;
        let append = run(&appending, aggregates.one_each(writers)).await;
        table.row(&format!("{writers} writers"), &raw, &append);
        rows.insert(writers.to_string(), row(&raw, &append));
    }
    let raw = run(&publishing, aggregates.ten_for(CROWD)).await;
    let append = run(&appending, aggregates.ten_for(CROWD)).await;
    table.row(&format!("{CROWD} on ten"), &raw, &append);
    let load = load::run(&journal, &client).await;
    write(&json!({ "writers": rows, "hot": row(&raw, &append), "load": load }));
}

fn row(raw: &Figures, append: &Figures) -> serde_json::Value {
    json!({ "raw": raw.json(), "append": append.json(), "ratio": append.per_s() / raw.per_s() })
}

fn write(figures: &serde_json::Value) {
    let program = env::current_exe().unwrap();
    let folder = program.ancestors().nth(3).unwrap().join("bench");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("journal.json");
    fs::write(&path, serde_json::to_string_pretty(figures).unwrap()).unwrap();
    println!("\n{}", path.display());
}
