//! Cards in archives.

use bytes::Bytes;

use super::{Text, understand};
use crate::archive::Archive;
use crate::card::{Card, Carrier, Spec};
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};
use crate::{backyard, charx};

/// The card of an archive.
pub(super) fn read(bytes: &[u8]) -> Result<Card, Refusal> {
    let archive = Archive::open(bytes)?;
    read_entries(&archive).unwrap_or(Err(Refusal::NoCardInArchive))
}

/// The card of an archive that hides behind something else. `None` when there is none, which is the rule.
pub(super) fn read_hidden(bytes: &[u8]) -> Option<Result<Card, Refusal>> {
    read_entries(&Archive::open(bytes).ok()?)
}

/// Which of the two formats an archive is, its entries tell.
fn read_entries(archive: &Archive<'_>) -> Option<Result<Card, Refusal>> {
    if let Some(entry) = charx::card(archive) {
        let mut warnings = Warnings::default();
        let opened = charx::open(archive, entry, &mut warnings);
        return Some(opened.and_then(|(json, stock)| {
            let text = understand(&json, "$", &mut warnings)?;
            if text.spec < Spec::V3 {
                let message = "the archive holds a card older than V3; it was read as it is";
                warnings.add(WarningCode::OldSpecInArchive, "spec", message);
            }
            Ok(text.into_card(Carrier::Charx, stock, wrapping(archive), warnings))
        }));
    }
    archive.entry(backyard::MANIFEST).map(|_| read_byaf(archive))
}

fn read_byaf(archive: &Archive<'_>) -> Result<Card, Refusal> {
    let mut warnings = Warnings::default();
    let (told, stock) = backyard::open(archive, &mut warnings)?;
    let text = Text::of(told.tree.into(), told.scenes, &mut warnings)?;
    Ok(text.into_card(Carrier::Byaf, stock, wrapping(archive), warnings))
}

/// The picture before the archive.
fn wrapping(archive: &Archive<'_>) -> Option<Bytes> {
    let prefix = archive.prefix();
    let is_picture = prefix.starts_with(&crate::png::SIGNATURE) || prefix.starts_with(crate::exif::JPEG);
    is_picture.then(|| Bytes::copy_from_slice(prefix))
}
