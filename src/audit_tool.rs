//! `innkeeper audit`: what the audit finds, said to people and to programs.
//!
//! It works on the servers of a house that is open, on ones that it brings up for a moment, or, for an exported log, on
//! none. Results go to stdout, progress to stderr, so that what is printed can be kept as it is.

mod say;

use std::io::{IsTerminal, Write};

use domain::{
    audit::{ConsultHistoryRejected, Words},
    commit::Position,
    conversation::ReplyId,
};
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    audit::{
        AuditError, export, offline,
        prompt::{self, PromptError},
        prove,
        trail::{self, Look},
        verify::{self, Stretch},
    },
    cli::AuditCommand,
    config::Config,
    execute::ExecuteError,
    house::{House, Workers},
    start::{self, Ground, StartError},
};

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All is as it was.
    Whole,
    /// Something is wrong; what was printed says what.
    Wrong,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// There is no house to look at.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It could not be looked at.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The look could not be recorded, and so was not taken.
    #[error("the look could not be recorded in the audit trail, so it was not taken")]
    Trail(#[from] ExecuteError<ConsultHistoryRejected>),
    /// The log could not be read.
    #[error(transparent)]
    Load(#[from] nats::LoadError),
    /// The prompt could not be assembled again.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The text is no position.
    #[error("`{text}` is no position: it looks like 5f0c2a11-1042, or 1042")]
    Position {
        /// What was written.
        text: String,
    },
    /// The text is no key.
    #[error(transparent)]
    Key(#[from] proofs::KeyError),
    /// Nobody takes what is said.
    #[error("what was found cannot be written out")]
    Out(#[from] std::io::Error),
    /// It has no form in JSON.
    #[error("what was found cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// Carries out what the command line asks for.
pub async fn run(command: AuditCommand, config: Config) -> Result<Outcome, ToolError> {
    if let AuditCommand::Verify { log: Some(log), checkpoint: Some(checkpoint), key, json, .. } = &command {
        let keys = key.iter().map(|key| proofs::Key::parse(key)).collect::<Result<Vec<_>, _>>()?;
        return say::report(offline::verify(log, checkpoint, &keys), *json);
    }
    let ground = Ground::borrow(&config).await?;
    let outcome = match start::open(&ground, config, Workers::Elsewhere).await {
        Ok(house) => perform(&house, command).await,
        Err(error) => Err(error.into()),
    };
    ground.clear().await;
    outcome
}

async fn perform(house: &House, command: AuditCommand) -> Result<Outcome, ToolError> {
    match command {
        AuditCommand::Verify { from, to, checkpoint, json, .. } => {
            verify(house, Stretch { from: at(house, from)?, to: at(house, to)?, file: checkpoint }, json)
                .await
        }
        AuditCommand::Checkpoint { key: true, .. } => say::line(&house.notary.key().to_string()),
        AuditCommand::Checkpoint { json, .. } => checkpoint(house, json).await,
        AuditCommand::Prove { position } => prove(house, &position).await,
        AuditCommand::Export { from, to, open } => {
            let words = if open { Words::Opened } else { Words::Sealed };
            export(house, at(house, from)?, at(house, to)?, words).await
        }
        AuditCommand::Prompt { reply, json } => prompt(house, ReplyId::new(reply), json).await,
    }
}

async fn verify(house: &House, stretch: Stretch, json: bool) -> Result<Outcome, ToolError> {
    // What is not whole is not written to: a line in the trail would cover what lies under it.
    let bar = bar();
    let (from, to) = (stretch.from, stretch.to);
    let found = verify::verify(house, stretch, |at, of| tick(&bar, at, of)).await;
    bar.finish_and_clear();
    if found.is_ok() {
        trail::of_operator(house, Look::at_all("verify").within(from, to)).await?;
    }
    say::report(found, json)
}

async fn checkpoint(house: &House, json: bool) -> Result<Outcome, ToolError> {
    match house.notary.sign().await {
        Ok(kept) if json => say::json(&serde_json::json!({
            "size": kept.tree.size(),
            "root": kept.tree.root().to_string(),
            "note": kept.note,
            "key": house.notary.key().to_string(),
        })),
        Ok(kept) => say::text(&kept.note),
        Err(error) => say::finding(error, json),
    }
}

async fn prove(house: &House, position: &str) -> Result<Outcome, ToolError> {
    let sequence = parse(house, position)?;
    trail::of_operator(house, Look::at_all("prove").within(Some(sequence), Some(sequence))).await?;
    let bar = bar();
    let proof = prove::prove(house, sequence, |at, of| tick(&bar, at, of)).await;
    bar.finish_and_clear();
    match proof {
        Ok(proof) => say::json(&proof),
        Err(error) => say::finding(error, true),
    }
}

async fn export(
    house: &House,
    from: Option<u64>,
    to: Option<u64>,
    words: Words,
) -> Result<Outcome, ToolError> {
    let last = house.journal().last().await?.sequence;
    let look = Look::at_all("export").within(from, to);
    trail::of_operator(house, if words == Words::Opened { look.opened() } else { look }).await?;
    let (from, to) = (from.unwrap_or(1), to.unwrap_or(last).min(last));
    let (bar, mut written) = (bar(), from.saturating_sub(1));
    let mut lines = std::pin::pin!(export::lines(house, from, to, words));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    while let Some(line) = lines.next().await {
        match line {
            Ok(line) => writeln!(out, "{line}")?,
            Err(error) => {
                out.flush()?;
                bar.finish_and_clear();
                return say::finding(error, false);
            }
        }
        written += 1;
        tick(&bar, written, to);
    }
    out.flush()?;
    bar.finish_and_clear();
    Ok(Outcome::Whole)
}

async fn prompt(house: &House, reply: ReplyId, json: bool) -> Result<Outcome, ToolError> {
    let look = Look { about: Some(reply.uuid()), ..Look::at_all("prompt").opened() };
    trail::of_operator(house, look).await?;
    let assembled = prompt::reassemble(house, reply).await?;
    say::prompt(&assembled, json)
}

fn at(house: &House, position: Option<String>) -> Result<Option<u64>, ToolError> {
    position.map(|position| parse(house, &position)).transpose()
}

/// A position, or the number at its end.
fn parse(house: &House, text: &str) -> Result<u64, ToolError> {
    if let Ok(sequence) = text.parse() {
        return Ok(sequence);
    }
    let position: Position = text.parse().map_err(|_| ToolError::Position { text: text.to_owned() })?;
    let epoch = house.journal().epoch();
    if position.epoch != epoch {
        return Err(AuditError::OtherEpoch { found: position, epoch }.into());
    }
    Ok(position.sequence)
}

/// Drawn on a terminal only, and on stderr.
fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} commits, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn tick(bar: &ProgressBar, at: u64, of: u64) {
    bar.set_length(of);
    bar.set_position(at);
}
