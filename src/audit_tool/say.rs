//! How findings are said: a table for people, JSON for programs.

use std::{fmt::Write as _, io::Write};

use domain::{
    audit::Words,
    commit::{Actor, Recorded},
};
use json_patch::PatchOperation;
use proofs::Report;
use serde::Serialize;
use serde_json::json;

use super::{Outcome, ToolError};
use crate::audit::{
    AuditError,
    erasure::{Remains, Searched},
    history,
    prompt::Reassembled,
    then::{AsItWas, Change, Difference, Stand},
};

/// What a verification has found. What could not be looked at is an error, not a finding.
pub(super) fn report(found: Result<Report, AuditError>, as_json: bool) -> Result<Outcome, ToolError> {
    let report = match found {
        Ok(report) => report,
        Err(error) => return finding(error, as_json),
    };
    if as_json {
        let mut value = serde_json::to_value(&report)?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("whole".to_owned(), true.into());
        }
        return json(&value);
    }
    let Report { from, to, commits, aggregates, chained, checkpoints, vouched, root } = report;
    text(&format!(
        "the log is whole
  commits      {commits}, from {from} to {to}
  aggregates   {aggregates}
  chained      {chained} name the hash of their aggregate's previous commit
  checkpoints  {checkpoints} agree; commits up to {vouched} are vouched for
  root         {root}
"
    ))
}

/// The first thing that is wrong.
pub(super) fn finding(error: AuditError, as_json: bool) -> Result<Outcome, ToolError> {
    if !error.is_finding() {
        return Err(error.into());
    }
    if as_json {
        let at = if let AuditError::Fault(fault) = &error { Some(fault.at()) } else { None };
        let finding =
            json!({ "whole": false, "reason": error.slug(), "at": at, "finding": error.to_string() });
        json(&finding)?;
    } else {
        text(&format!("the log is not whole: {error}\n"))?;
    }
    Ok(Outcome::Wrong)
}

/// A prompt that was assembled again.
pub(super) fn prompt(assembled: &Reassembled, as_json: bool) -> Result<Outcome, ToolError> {
    let outcome = if assembled.proved { Outcome::Whole } else { Outcome::Wrong };
    if as_json {
        json(assembled)?;
        return Ok(outcome);
    }
    let mut said = format!("prompt of reply {} at {}\n", assembled.reply, assembled.position);
    let verdict = if assembled.proved {
        "proved: its hash is the recorded one"
    } else {
        "not proved: its hash is not the recorded one. Words were erased, or prompt.system was another then"
    };
    let _ = writeln!(said, "{verdict}\n");
    for message in &assembled.messages {
        let role = serde_json::to_value(message.role)?;
        let _ = writeln!(said, "[{}]\n{}\n", role.as_str().unwrap_or_default(), message.content);
    }
    text(&said)?;
    Ok(outcome)
}

/// What is left of a person.
pub(super) fn remains(remains: &Remains, as_json: bool) -> Result<Outcome, ToolError> {
    let outcome = if remains.is_nothing() { Outcome::Whole } else { Outcome::Wrong };
    if as_json {
        json(&json!({ "forgotten": remains.is_nothing(), "remains": remains }))?;
        return Ok(outcome);
    }
    let verdict = if remains.is_nothing() { "nothing is left" } else { "something is left" };
    let Remains { user, commits, sealed, opened, keys, ids, tables, streams } = remains;
    let mut said = format!(
        "{verdict} of {user}
  log       {commits} commits of theirs; of {sealed} events with words, {opened} open
  keys      {keys}
  searched  for {ids} ids, theirs and those of what held their words
"
    );
    for (what, places) in [("rows", tables), ("names", streams)] {
        for Searched { name, seen, left } in places {
            let _ = writeln!(said, "  {name}: {left} left of {seen} {what}");
        }
    }
    text(&said)?;
    Ok(outcome)
}

/// A commit: a line, and below it its events if their words were asked for.
pub(super) fn commit(recorded: &Recorded, words: Words, as_json: bool) -> Result<Outcome, ToolError> {
    let shown = history::shown(recorded);
    if as_json {
        return json(&shown);
    }
    let commit = &recorded.commit;
    let names: Vec<_> = commit.events.iter().map(|recorded| recorded.event.name()).collect();
    let who = match commit.actor {
        Actor::User(user) => format!("user {user}"),
        Actor::House => "the house".to_owned(),
    };
    let at = shown["at"].as_str().unwrap_or_default();
    let mut said = format!("{}  {at}  {who}  {}\n", recorded.position, names.join(", "));
    if words == Words::Opened {
        for event in shown["events"].as_array().into_iter().flatten() {
            let _ = writeln!(said, "{:#}", event["body"]);
        }
    }
    text(&said)
}

/// Something as it was.
pub(super) fn as_it_was(then: &AsItWas, as_json: bool) -> Result<Outcome, ToolError> {
    if as_json {
        return json(then);
    }
    let words = if then.open { "opened" } else { "sealed: texts are empty" };
    let Some(state) = &then.state else {
        return text(&format!("{} had not begun\n", then.aggregate));
    };
    text(&format!("{} {}, words {words}\n{state:#}\n", then.aggregate, stand(&then.stand)))
}

/// What changed of it: `+` came, `-` went, `~` is another now.
pub(super) fn difference(difference: &Difference, as_json: bool) -> Result<Outcome, ToolError> {
    if as_json {
        return json(difference);
    }
    let Difference { aggregate, from, to, changes, .. } = difference;
    let mut said = format!("{aggregate}\n  from {}\n  to   {}\n", stand(from), stand(to));
    for Change { step, before } in changes {
        let path = step.path();
        let before = before.as_ref().map(ToString::to_string).unwrap_or_default();
        let _ = match step {
            PatchOperation::Add(add) => writeln!(said, "+ {path}: {}", add.value),
            PatchOperation::Remove(_) => writeln!(said, "- {path}: {before}"),
            PatchOperation::Replace(replace) => writeln!(said, "~ {path}: {before} -> {}", replace.value),
            // A comparison knows no other steps.
            PatchOperation::Move(_) | PatchOperation::Copy(_) | PatchOperation::Test(_) => Ok(()),
        };
    }
    text(&said)
}

fn stand(stand: &Stand) -> String {
    let Stand { position, at, commits } = stand;
    let at = at.as_deref().unwrap_or_default();
    match position {
        Some(position) => format!("at {position} of {at}, after {commits} commits"),
        None => "before it began".to_owned(),
    }
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<Outcome, ToolError> {
    line(&serde_json::to_string(value)?)
}

pub(super) fn line(words: &str) -> Result<Outcome, ToolError> {
    text(&format!("{words}\n"))
}

pub(super) fn text(words: &str) -> Result<Outcome, ToolError> {
    std::io::stdout().write_all(words.as_bytes())?;
    Ok(Outcome::Whole)
}
