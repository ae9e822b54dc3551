//! Everything that an archive holds beside the card, within one budget.

use super::{Archive, Entry, Soundness};
use crate::asset::Stock;
use crate::bounds;
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};

impl Archive<'_> {
    /// The files that `keep` names, by their names in the archive.
    ///
    /// An entry that cannot be read is a gap with a warning; a whole that exceeds its bound is a refusal, because only
    /// archives that were made to hurt do that.
    pub(crate) fn stock(
        &self,
        keep: impl Fn(&str) -> bool,
        warnings: &mut Warnings,
    ) -> Result<Stock, Refusal> {
        let mut stock = Stock::default();
        let mut left = bounds::INFLATED_TOTAL;
        for entry in self.files().filter(|entry| keep(&entry.name)) {
            let limit = left.min(bounds::ENTRY_BYTES);
            let bytes = read(entry, limit, warnings);
            // What failed has cost its work all the same.
            let cost = bytes.as_ref().map_or(entry.cost(limit), Vec::len);
            left = left.saturating_sub(cost);
            if left == 0 {
                return Err(Refusal::TooLarge { what: "inflated archive", limit: bounds::INFLATED_TOTAL });
            }
            stock.add(entry.name.clone(), bytes);
        }
        Ok(stock)
    }

    /// The bytes of an entry without which there is no card.
    pub(crate) fn required(
        &self,
        entry: &Entry<'_>,
        limit: usize,
        warnings: &mut Warnings,
    ) -> Result<Vec<u8>, Refusal> {
        let (bytes, soundness) = entry.bytes(limit)?;
        report(entry, soundness, warnings);
        Ok(bytes)
    }
}

fn read(entry: &Entry<'_>, limit: usize, warnings: &mut Warnings) -> Option<Vec<u8>> {
    match entry.bytes(limit) {
        Ok((bytes, soundness)) => {
            report(entry, soundness, warnings);
            Some(bytes)
        }
        Err(refusal) => {
            let message =
                format!("this entry cannot be read ({}); the card was read without it", refusal.code());
            warnings.add(WarningCode::EntryUnreadable, entry.at(), message);
            None
        }
    }
}

fn report(entry: &Entry<'_>, soundness: Soundness, warnings: &mut Warnings) {
    if soundness == Soundness::WrongChecksum {
        let message = "the entry's checksum is wrong; it was read anyway";
        warnings.add(WarningCode::WrongChecksum, entry.at(), message);
    }
}
