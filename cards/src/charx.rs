//! CHARX: an archive with `card.json` at its root and the card's assets beside it.
//!
//! The card should be V3, but archives with older ones exist and mean the same. What other programs put into the
//! archive for themselves (RisuAI's `module.risum`, its `x_meta` folder) is kept among the assets.

mod write;

use crate::archive::{Archive, Entry};
use crate::asset::Stock;
use crate::bounds;
use crate::refusal::Refusal;
use crate::warning::Warnings;

pub use write::write_charx;

/// The entry that makes an archive a card.
pub(crate) const CARD: &str = "card.json";

/// The card's entry. Names in archives are told apart by case, but a card is a card however it is spelt.
pub(crate) fn card<'e, 'a>(archive: &'e Archive<'a>) -> Option<&'e Entry<'a>> {
    let other_case = || archive.files().find(|entry| entry.name.eq_ignore_ascii_case(CARD));
    archive.entry(CARD).or_else(other_case)
}

/// The card's JSON, and everything beside it.
pub(crate) fn open(
    archive: &Archive<'_>,
    card: &Entry<'_>,
    warnings: &mut Warnings,
) -> Result<(Vec<u8>, Stock), Refusal> {
    archive.report(warnings);
    let json = archive.required(card, bounds::JSON_BYTES, warnings)?;
    let stock = archive.stock(|name| name != card.name, warnings)?;
    Ok((json, stock))
}

#[cfg(test)]
mod spec;
