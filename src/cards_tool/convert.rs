//! `innkeeper cards convert`: a card in another kind of file.

use std::path::Path;

use cards::{backfill::Loss, convert::Target};

use super::{CardsError, read, write};

/// What may happen to what has no room in the new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Losses {
    /// It may be lost, and is told.
    Accepted,
    /// Then nothing is written.
    Refused,
}

/// Converts a file by the new one's name; answers what was lost, a line each.
pub(super) fn convert(from: &Path, to: &Path, losses: Losses) -> Result<String, CardsError> {
    let target = target(to)?;
    let converted = cards::convert(&read(from)?, target)?;
    let lost: String = converted.losses.iter().map(told).collect();
    if losses == Losses::Refused && !lost.is_empty() {
        return Err(CardsError::WouldLose(lost));
    }
    write(to, &converted.bytes)?;
    Ok(lost)
}

fn told(loss: &Loss) -> String {
    format!("  {} at {}: {}\n", loss.code, loss.at, loss.message)
}

/// What a file is to be, by its name.
pub(super) fn target(path: &Path) -> Result<Target, CardsError> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("png" | "apng") => Ok(Target::Png),
        Some("json") => Ok(Target::Json),
        Some("charx") => Ok(Target::Charx),
        _ => Err(CardsError::UnknownTarget(path.display().to_string())),
    }
}
