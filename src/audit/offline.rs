//! Verifies an exported log without any server: it needs the file, checkpoints, and the key that signed them.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use proofs::{Key, Report, Verifier};

use super::{AuditError, notary};

/// The longest line that is read.
const LONGEST: u64 = 2 * 1024 * 1024;

/// Reads the file and says that it is whole, or the first thing that is wrong with it.
pub fn verify(log: &Path, checkpoints: &Path, keys: &[Key]) -> Result<Report, AuditError> {
    let notes = notary::named(checkpoints)?;
    let opened = notes.into_iter().map(|(place, note)| notary::open(keys, place, &note));
    let mut verifier = Verifier::new(opened.collect::<Result<_, _>>()?)?;
    let failed = |source| AuditError::File { path: log.to_owned(), source };
    let mut reader = BufReader::new(File::open(log).map_err(failed)?);
    let (mut line, mut number) = (String::new(), 0);
    loop {
        line.clear();
        let length = reader.by_ref().take(LONGEST + 1).read_line(&mut line).map_err(failed)?;
        if length == 0 {
            return Ok(verifier.end()?);
        }
        number += 1;
        let message = proofs::of_line(line.trim_end());
        verifier.take(&message.map_err(|source| AuditError::Line { line: number, source })?)?;
    }
}
