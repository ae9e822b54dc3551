//! Three ways to the same rows: the projector, the same projections with a transaction for each commit, and COPY.

use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::commit::{Position, Recorded};
use futures_util::{StreamExt, TryStreamExt};
use innkeeper::house::House;
use projections::{apply_batch, begin};
use sqlx::{Connection, PgConnection, PgPool};

use crate::house::{Open, resident};

/// As many commits make a transaction where it is not measured.
const BATCH: usize = 2_000;
/// How often one looks how much memory the projector holds.
const LOOK: Duration = Duration::from_millis(50);

/// What it came to.
pub(crate) struct Projected {
    pub(crate) took: Duration,
    /// The most memory that the projector held in each quarter of the log, in MiB.
    pub(crate) memory: [f64; 4],
}

/// From nothing to everything, by the program itself: its start is counted too.
pub(crate) async fn projector(open: &Open) -> Projected {
    let end = open.end().await;
    let mut reached = open.house.progress.clone();
    let (began, mut program) = (Instant::now(), open.projector());
    let mut memory = [0_f64; 4];
    loop {
        let seen = reached_by(&mut reached, end).await;
        let took = began.elapsed();
        let quarter = usize::try_from(seen * 4 / end.sequence).unwrap().min(3);
        memory[quarter] = memory[quarter].max(resident(&program));
        if seen == end.sequence {
            program.kill().await.unwrap();
            return Projected { took, memory };
        }
    }
}

/// Up to where the rows are, at the latest after a moment.
async fn reached_by(progress: &mut innkeeper::progress::Progress, end: Position) -> u64 {
    let _ = progress.wait_for(end, end.epoch, LOOK).await;
    progress.reached().map_or(0, |reached| reached.sequence)
}

/// In the middle of the log, where the tables are half full: so many commits, each in a transaction of its own.
pub(crate) async fn one_by_one(house: &House, pool: &PgPool, commits: usize) -> Duration {
    let end = house.journal().last().await.unwrap();
    let mut at = house.journal().at(0);
    let all = projections::all();
    begin(pool, &all, at.epoch).await.unwrap();
    let mut log = house.journal().follow(0).map(Result::unwrap);
    let middle = usize::try_from(end.sequence).unwrap().saturating_sub(commits) / 2;
    let mut read = (&mut log).take(middle).chunks(BATCH);
    while let Some(batch) = read.next().await {
        at = apply_batch(pool, &all, at, &batch).await.unwrap().position;
    }
    drop(read);
    let stretch: Vec<Recorded> = (&mut log).take(commits).collect().await;
    let began = Instant::now();
    for commit in &stretch {
        at = apply_batch(pool, &all, at, std::slice::from_ref(commit)).await.unwrap().position;
    }
    began.elapsed()
}

/// All rows of all projections into the same tables elsewhere, as Postgres itself would bring them back.
pub(crate) async fn copy(from: &PgPool, to: &PgPool) -> Copied {
    let tables: Vec<&str> = projections::all().iter().flat_map(|it| it.tables.iter().copied()).collect();
    let mut source = from.acquire().await.unwrap();
    let mut rows = vec![];
    for table in tables {
        rows.push((table, taken(&mut source, table).await));
    }
    let mut target = to.acquire().await.unwrap();
    let began = Instant::now();
    let mut tx = target.begin().await.unwrap();
    sqlx::query("set local synchronous_commit = off").execute(&mut *tx).await.unwrap();
    let mut copied = 0;
    for (table, rows) in rows {
        copied += given(&mut tx, table, rows).await;
    }
    tx.commit().await.unwrap();
    Copied { took: began.elapsed(), rows: copied }
}

pub(crate) struct Copied {
    pub(crate) took: Duration,
    pub(crate) rows: u64,
}

async fn taken(connection: &mut PgConnection, table: &str) -> Vec<Bytes> {
    let rows = connection.copy_out_raw(&format!("copy {table} to stdout (format binary)")).await.unwrap();
    rows.try_collect().await.unwrap()
}

async fn given(connection: &mut PgConnection, table: &str, rows: Vec<Bytes>) -> u64 {
    let mut copy = connection.copy_in_raw(&format!("copy {table} from stdin (format binary)")).await.unwrap();
    for rows in rows {
        copy.send(rows).await.unwrap();
    }
    copy.finish().await.unwrap()
}
