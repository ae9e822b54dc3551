//! Verifies the log against everything that was ever signed of it.

use std::path::PathBuf;

use futures_util::StreamExt;
use proofs::{Report, Verifier};

use super::{AuditError, message, of_replay};
use crate::house::House;

/// How often progress is told, in commits.
const STEP: u64 = 256;

/// Which part of the log, and against what.
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    /// The first commit; the verification begins at the last checkpoint before it, or at the first commit.
    pub from: Option<u64>,
    /// The last commit; where the log ends, if none is named.
    pub to: Option<u64>,
    /// A file of checkpoints that was kept elsewhere.
    pub file: Option<PathBuf>,
}

/// Reads the stretch and says that it is whole, or the first thing that is wrong with it.
pub async fn verify(
    house: &House,
    stretch: Stretch,
    progress: impl Fn(u64, u64),
) -> Result<Report, AuditError> {
    let last = house.journal().last().await?.sequence;
    let (from, to) = (stretch.from.unwrap_or(1), stretch.to.unwrap_or(u64::MAX));
    if from > to {
        return Err(AuditError::Backwards { from, to });
    }
    let mut checkpoints = house.notary.checkpoints(stretch.file).await?;
    checkpoints.retain(|checkpoint| checkpoint.size <= to);
    let known = match from.saturating_sub(1) {
        0 => None,
        before => house.notary.last_within(before).await?,
    };
    let mut verifier = Verifier::after(known.map(|kept| kept.tree).unwrap_or_default(), checkpoints)?;
    let promised = verifier.promised();
    let until = to.min(last.max(promised));
    let mut messages = house.journal().replay(verifier.read(), until);
    while let Some(stored) = messages.next().await {
        let stored = stored.map_err(|error| of_replay(error, promised))?;
        verifier.take(&message(&stored))?;
        if stored.sequence % STEP == 0 {
            progress(stored.sequence, until);
        }
    }
    Ok(verifier.end()?)
}
