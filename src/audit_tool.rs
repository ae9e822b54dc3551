//! `innkeeper audit`: what the audit finds, said to people and to programs.
//!
//! It works on the servers of a house that is open, on ones that it brings up for a moment, or, for an exported log, on
//! none. Results go to stdout, progress to stderr, so that what is printed can be kept as it is.

mod say;

use std::io::Write;

use domain::{
    audit::{ConsultHistoryRejected, Words},
    commit::{AggregateKey, Position},
    conversation::ReplyId,
    user::UserId,
};
use futures_util::{StreamExt, TryStreamExt};

use crate::{
    audit::{
        AuditError, erasure, export,
        history::Wanted,
        offline,
        prompt::{self, PromptError},
        prove, then,
        trail::{self, Look},
        verify::{self, Stretch},
    },
    cli::{AuditCommand, AuditedAggregate},
    commit_bar,
    config::Config,
    execute::ExecuteError,
    house::{House, Workers},
    past::{Moment, NoMoment},
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
    /// The text is no moment.
    #[error(
        "`{text}` is neither a position such as 5f0c2a11-1042 or 1042 nor a time such as 2026-11-25T20:15:00Z"
    )]
    Moment {
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
            verify(
                house,
                Stretch { from: place(house, from)?, to: place(house, to)?, file: checkpoint },
                json,
            )
            .await
        }
        AuditCommand::Checkpoint { key: true, .. } => say::line(&house.notary.key().to_string()),
        AuditCommand::Checkpoint { json, .. } => checkpoint(house, json).await,
        AuditCommand::Prove { position } => prove(house, &position).await,
        AuditCommand::Export { from, to, open } => {
            let words = if open { Words::Opened } else { Words::Sealed };
            export(house, place(house, from)?, place(house, to)?, words).await
        }
        AuditCommand::Prompt { reply, json } => prompt(house, ReplyId::new(reply), json).await,
        AuditCommand::Erasure { user, json } => erasure(house, UserId::new(user), json).await,
        AuditCommand::History { what, json } => history(house, wanted(what), json).await,
        AuditCommand::At { moment: text, what, json } => {
            at(house, wanted(what), moment(house, &text)?, json).await
        }
        AuditCommand::Diff { from, to, what, json } => {
            diff(house, wanted(what), [moment(house, &from)?, moment(house, &to)?], json).await
        }
    }
}

async fn verify(house: &House, stretch: Stretch, json: bool) -> Result<Outcome, ToolError> {
    let bar = commit_bar::new();
    let look = Look::at_all("verify").within(stretch.from, stretch.to);
    let found = verify::verify(house, stretch, |at, of| commit_bar::tick(&bar, at, of)).await;
    bar.finish_and_clear();
    say::report(examined(house, look, found).await?, json)
}

async fn checkpoint(house: &House, json: bool) -> Result<Outcome, ToolError> {
    let found = house.notary.sign().await;
    match examined(house, Look::at_all("checkpoint"), found).await? {
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

/// Records that the log was examined. What is wrong with it is said in any case.
async fn examined<Found>(
    house: &House,
    look: Look,
    found: Result<Found, AuditError>,
) -> Result<Result<Found, AuditError>, ToolError> {
    match trail::of_operator(house, look).await {
        Err(unrecorded) if found.is_ok() => Err(unrecorded.into()),
        Err(unrecorded) => {
            tracing::error!(error = &unrecorded as &dyn std::error::Error, "audit: a look is not recorded");
            Ok(found)
        }
        Ok(_) => Ok(found),
    }
}

async fn prove(house: &House, position: &str) -> Result<Outcome, ToolError> {
    let sequence = parse(house, position)?;
    trail::of_operator(house, Look::at_all("prove").within(Some(sequence), Some(sequence))).await?;
    let bar = commit_bar::new();
    let proof = prove::prove(house, sequence, |at, of| commit_bar::tick(&bar, at, of)).await;
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
    let (bar, mut written) = (commit_bar::new(), from.saturating_sub(1));
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
        commit_bar::tick(&bar, written, to);
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

async fn erasure(house: &House, user: UserId, json: bool) -> Result<Outcome, ToolError> {
    let look = Look { about: Some(user.uuid()), ..Look::at_all("erasure") };
    trail::of_operator(house, look).await?;
    let bar = commit_bar::new();
    let remains = erasure::search(house, user, |at, of| commit_bar::tick(&bar, at, of)).await;
    bar.finish_and_clear();
    match remains {
        Ok(remains) => say::remains(&remains, json),
        Err(error) => say::finding(error, json),
    }
}

async fn history(house: &House, wanted: Wanted, json: bool) -> Result<Outcome, ToolError> {
    trail::of_operator(house, Look::at_one("history", wanted)).await?;
    wanted.is_known(house).await?;
    let mut commits = std::pin::pin!(wanted.commits(house));
    while let Some(recorded) = commits.try_next().await? {
        say::commit(&recorded, wanted.words, json)?;
    }
    Ok(Outcome::Whole)
}

async fn at(house: &House, wanted: Wanted, moment: Moment, json: bool) -> Result<Outcome, ToolError> {
    let look = Look::at_one("at", wanted).within(None, moment.sequence());
    trail::of_operator(house, look).await?;
    say::as_it_was(&then::at(house, wanted, moment).await?, json)
}

async fn diff(house: &House, wanted: Wanted, moments: [Moment; 2], json: bool) -> Result<Outcome, ToolError> {
    let [from, to] = moments.map(Moment::sequence);
    trail::of_operator(house, Look::at_one("diff", wanted).within(from, to)).await?;
    say::difference(&then::difference(house, wanted, moments).await?, json)
}

fn wanted(what: AuditedAggregate) -> Wanted {
    let AuditedAggregate { kind, id, open } = what;
    let words = if open { Words::Opened } else { Words::Sealed };
    Wanted { aggregate: AggregateKey { kind, id }, words }
}

/// A position, the number at its end, or a time.
fn moment(house: &House, text: &str) -> Result<Moment, ToolError> {
    match text.parse() {
        Ok(sequence) => Ok(Moment::Position(house.journal().at(sequence))),
        Err(_) => text.parse().map_err(|_: NoMoment| ToolError::Moment { text: text.to_owned() }),
    }
}

fn place(house: &House, position: Option<String>) -> Result<Option<u64>, ToolError> {
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
