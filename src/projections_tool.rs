//! `innkeeper projections`: how far the read models are, to build them anew, and to try again what was parked.
//!
//! It works on the servers of a house that is open, or brings them up for the moment. What is to be built is built by
//! whoever projects; if nobody does, by this process.

mod table;

use std::time::{Duration, Instant};

use domain::commit::Position;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use projections::{Projection, build};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    cli::ProjectionsCommand,
    house::House,
    projector::{
        Lease, builds,
        retry::{self, RetryError, Tried},
        status::{self, StatusError},
    },
};

/// How often the bars move.
const FRAME: Duration = Duration::from_millis(200);

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As asked for.
    Whole,
    /// Something still waits; the text says what.
    Partial,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// There is no projection of this name.
    #[error("there is no projection {name}; there are: all, {all}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        all: String,
    },
    /// It cannot be told how far they are.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// What was parked cannot be tried.
    #[error(transparent)]
    Retry(#[from] RetryError),
    /// The database could not.
    #[error("the tables cannot be built")]
    Database(#[from] sqlx::Error),
    /// The log cannot be reached.
    #[error(transparent)]
    Load(#[from] nats::LoadError),
}

/// Does what was asked for; answers what is to be printed.
pub async fn run(house: &House, command: &ProjectionsCommand) -> Result<(String, Outcome), ToolError> {
    match command {
        ProjectionsCommand::Status { json } => {
            let report = status::report(house).await?;
            Ok((if *json { lines([&report]) } else { table::of(&report) }, Outcome::Whole))
        }
        ProjectionsCommand::Rebuild { name, json } => rebuild(house, &named(name)?, *json).await,
        ProjectionsCommand::Retry { name, json } => retry_all(house, &named(name)?, *json).await,
    }
}

fn named(name: &str) -> Result<Vec<Projection>, ToolError> {
    let all = projections::all();
    if name == "all" {
        return Ok(all);
    }
    let found = all.iter().find(|projection| projection.name == name).copied();
    found.map(|projection| vec![projection]).ok_or_else(|| ToolError::Unknown {
        name: name.to_owned(),
        all: all.iter().map(|projection| projection.name).collect::<Vec<_>>().join(", "),
    })
}

fn lines<'a, T: serde::Serialize + 'a>(values: impl IntoIterator<Item = &'a T>) -> String {
    // Texts as keys and no number that JSON lacks: there always is a line.
    values.into_iter().map(|value| serde_json::to_string(value).unwrap_or_default() + "\n").collect()
}

async fn rebuild(house: &House, wanted: &[Projection], json: bool) -> Result<(String, Outcome), ToolError> {
    let began = Instant::now();
    for projection in wanted {
        builds::want(house, projection).await?;
    }
    let builder = async {
        let mut lease = Lease::wait(&house.pool).await;
        tokio::select! {
            () = lease.lost() => {}
            never = builds::run(house) => match never {},
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        done = watch(house, wanted) => done?,
        () = builder => {}
    }
    let took = began.elapsed();
    let report = status::report(house).await?;
    let rebuilt = |status: &&status::Status| wanted.iter().any(|projection| projection.name == status.name);
    let rebuilt: Vec<_> = report.projections.iter().filter(rebuilt).collect();
    let text = if json {
        lines(
            &rebuilt
                .iter()
                .map(|it| json!({"rebuilt": it, "seconds": took.as_secs_f64()}))
                .collect::<Vec<_>>(),
        )
    } else {
        format!("built anew in {:.1} s\n{}", took.as_secs_f64(), table::of(&report))
    };
    let whole = rebuilt.iter().all(|status| status.parked == 0);
    Ok((text, if whole { Outcome::Whole } else { Outcome::Partial }))
}

/// Draws bars until all of these serve.
async fn watch(house: &House, wanted: &[Projection]) -> Result<(), ToolError> {
    let (all, end) = (MultiProgress::new(), house.journal().last().await?);
    let bars: Vec<_> =
        wanted.iter().map(|projection| (projection.name, all.add(bar(projection, end)))).collect();
    loop {
        let under_way = build::under_way(&house.pool, wanted).await?;
        for (name, bar) in &bars {
            match under_way.iter().find(|building| building.projection.name == *name) {
                Some(building) => bar.set_position(building.at.sequence),
                None => bar.finish_with_message("serves"),
            }
        }
        if under_way.is_empty() {
            return Ok(());
        }
        lag(house, &bars).await;
        sleep(FRAME).await;
    }
}

/// Beside the bars stands how old the oldest commit is that is not in the rows which serve meanwhile.
async fn lag(house: &House, bars: &[(&str, ProgressBar)]) {
    let Ok(report) = status::report(house).await else { return };
    for (name, bar) in bars {
        if let Some(status) = report.projections.iter().find(|status| status.name == *name)
            && !bar.is_finished()
        {
            bar.set_message(format!("serving rows lag {:.1} s", status.lag_seconds));
        }
    }
}

/// Drawn on a terminal only.
fn bar(projection: &Projection, end: Position) -> ProgressBar {
    let bar = ProgressBar::new(end.sequence);
    let template = "{prefix:16} {bar:30} {human_pos}/{human_len} {per_sec} ETA {eta} {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.with_prefix(projection.name)
}

async fn retry_all(house: &House, wanted: &[Projection], json: bool) -> Result<(String, Outcome), ToolError> {
    let (mut text, mut outcome) = (String::new(), Outcome::Whole);
    for projection in wanted {
        let tried = retry::retry(house, projection).await?;
        if !tried.waiting.is_empty() {
            outcome = Outcome::Partial;
        }
        text += &if json {
            lines([&json!({"projection": projection.name, "tried": tried})])
        } else {
            told(projection, &tried)
        };
    }
    Ok((text, outcome))
}

fn told(projection: &Projection, tried: &Tried) -> String {
    let mut text =
        format!("{}: {} applied, {} still wait\n", projection.name, tried.applied, tried.waiting.len());
    for waiting in &tried.waiting {
        text += &format!("  {} at {}: {}\n", waiting.aggregate, waiting.sequence, waiting.reason);
    }
    text
}
