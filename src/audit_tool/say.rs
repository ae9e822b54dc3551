//! How findings are said: a table for people, JSON for programs.

use std::{fmt::Write as _, io::Write};

use proofs::Report;
use serde::Serialize;
use serde_json::json;

use super::{Outcome, ToolError};
use crate::audit::{AuditError, prompt::Reassembled};

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
