//! A card as a file: the one that was brought, or that one converted, edited, and filled up, as far as is needed.

mod kinds;

use bytes::Bytes;
use cards::{
    Asset, AssetContent, Card, Carrier, Edit, EditRefused, Refusal,
    backfill::{self, Backfilled, Loss},
    convert::{self, Target},
};
use domain::{character::Profile, lorebook::LorebookId};
use serde_json::Value;

use super::{Format, Version, edits, faces::Faces, lore::Lore, sheet};
use crate::{import::card::media_type, media, thumbnail};
use kinds::{ext, nearest, shows_somebody};

/// What a card is written from.
pub(super) struct Source {
    /// The card that the character came on.
    pub(super) brought: Option<Brought>,
    /// Who it is now.
    pub(super) now: Profile,
    /// Its picture, if it is another one than that of the card.
    pub(super) picture: Option<Bytes>,
    /// Its expressions, as far as they are others than those of the card.
    pub(super) faces: Faces,
}

/// A card that was brought.
pub(super) struct Brought {
    /// The very file.
    pub(super) file: Bytes,
    /// Who it was understood as.
    pub(super) profile: Profile,
    /// Its lorebook, if it is still the character's.
    pub(super) lorebook: Option<LorebookId>,
    /// The lorebook, if that says something else now.
    pub(super) lore: Option<Lore>,
}

impl Brought {
    /// The edits that make the card say what is so now.
    fn edits(&self, now: &Profile, card: &Card) -> Vec<Edit> {
        let mut edits = edits::between(&self.profile, now, card);
        edits.extend(self.lore.iter().flat_map(|lore| lore.edits(card)));
        edits
    }
}

/// A card as a file.
#[derive(Debug)]
pub(in crate::api) struct Written {
    pub(in crate::api) bytes: Bytes,
    pub(super) media_type: &'static str,
    pub(in crate::api) ext: &'static str,
    /// What is not in it.
    pub(super) losses: Vec<Loss>,
}

/// Why a card was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotWritten {
    /// The card cannot be read, or what was written could not be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The card does not take the changes.
    #[error(transparent)]
    NotEdited(#[from] EditRefused),
    /// There are no such archives.
    #[error("an archive holds a card of V3; ask for spec=v3, or for another format")]
    OldArchive,
}

impl NotWritten {
    /// The reason's stable spelling, for programs.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::NotEdited(refused) => refused.code(),
            Self::OldArchive => "old-archive",
        }
    }
}

/// Writes the card.
pub(super) fn write(
    source: &Source,
    format: Option<Format>,
    version: Option<Version>,
) -> Result<Written, NotWritten> {
    if (format, version) == (Some(Format::Charx), Some(Version::V2)) {
        return Err(NotWritten::OldArchive);
    }
    let Some(brought) = &source.brought else { return made_here(source, format, version) };
    let card = cards::read(&brought.file)?;
    let edits = brought.edits(&source.now, &card);
    let repainted = brought.profile.appearance.avatar != source.now.appearance.avatar;
    let target = format.map_or_else(|| nearest(card.carrier), Format::target);
    let stays = edits.is_empty()
        && !source.faces.change(target)
        && !(repainted && shows_somebody(card.carrier))
        && format.is_none_or(|format| format.target().carrier() == card.carrier)
        && version.is_none_or(|version| version.is(card.spec));
    if stays {
        return Ok(Written::of(brought.file.clone(), card.carrier, vec![]));
    }
    let mut work = Work::begin(&brought.file, &card, target)?;
    work.edit(brought, &source.now)?;
    if repainted {
        work.repaint(&portrait(source))?;
    }
    if source.faces.change(target) {
        work.express(&source.faces)?;
    }
    if let Some(version) = version {
        work.follow(version)?;
    }
    Ok(Written::of(work.bytes.into(), target.carrier(), work.losses))
}

/// A card of its own, for one who came on none.
fn made_here(
    source: &Source,
    format: Option<Format>,
    version: Option<Version>,
) -> Result<Written, NotWritten> {
    let (sheet, target) = (sheet::of(&source.now), format.unwrap_or(Format::Png).target());
    let Backfilled { tree, losses } = match version {
        Some(Version::V2) => backfill::v2_of_sheet(&sheet)?,
        Some(Version::V3) | None => backfill::v3_of_sheet(&sheet)?,
    };
    // The bare JSON shows nobody.
    let portrait = if target == Target::Json { Bytes::new() } else { portrait(source).into() };
    let assets: Vec<_> =
        [Asset::portrait(portrait.clone())].into_iter().chain(source.faces.assets()).collect();
    let bytes = pack(target, &tree, &portrait, &assets)?;
    Ok(Written::of(bytes.into(), target.carrier(), losses))
}

/// The picture of a card: the character's, or one of ours.
fn portrait(source: &Source) -> Vec<u8> {
    let own = source.picture.as_ref().and_then(as_png);
    own.unwrap_or_else(|| cards::drawn_portrait(&source.now.description.name))
}

/// A picture as a PNG, if it can be one: only those carry cards.
fn as_png(picture: &Bytes) -> Option<Vec<u8>> {
    if is_png(picture) { Some(picture.to_vec()) } else { thumbnail::as_png(picture).ok() }
}

fn is_png(picture: &[u8]) -> bool {
    media::of(picture) == "image/png"
}

/// A card while it is written.
struct Work {
    target: Target,
    bytes: Vec<u8>,
    losses: Vec<Loss>,
}

impl Work {
    fn begin(file: &Bytes, card: &Card, target: Target) -> Result<Self, NotWritten> {
        if card.carrier == target.carrier() {
            return Ok(Self { target, bytes: file.to_vec(), losses: vec![] });
        }
        let converted = convert::write(card, target)?;
        let mut work = Self { target, bytes: converted.bytes, losses: converted.losses };
        // Another sort of picture goes along as an asset; who looks at the file should see it all the same.
        if let Some(seen) = card.portrait().filter(|it| !is_png(it)).and_then(|it| as_png(&it)) {
            work.repaint(&seen)?;
        }
        Ok(work)
    }

    /// What is told in other programs' words is told as a card first.
    fn edit(&mut self, came: &Brought, now: &Profile) -> Result<(), NotWritten> {
        match self.edited(came, now) {
            Err(NotWritten::NotEdited(EditRefused::ReadOnly)) => {
                let converted = convert::write(&cards::read(&self.bytes)?, self.target)?;
                self.bytes = converted.bytes;
                self.losses.extend(converted.losses);
                self.edited(came, now)
            }
            edited => edited,
        }
    }

    fn edited(&mut self, came: &Brought, now: &Profile) -> Result<(), NotWritten> {
        let edits = came.edits(now, &cards::read(&self.bytes)?);
        self.bytes = cards::edit(&self.bytes, &edits)?;
        Ok(())
    }

    /// Puts another portrait in. The bare JSON has none of its own: it may name some, and goes on to.
    fn repaint(&mut self, picture: &[u8]) -> Result<(), NotWritten> {
        if self.target == Target::Json {
            return Ok(());
        }
        let card = cards::read(&self.bytes)?;
        let mut assets = card.assets.clone();
        if self.target == Target::Charx {
            replace_icon(&mut assets, Bytes::copy_from_slice(picture));
        }
        self.bytes = pack(self.target, card.tree(), picture, &assets)?;
        Ok(())
    }

    fn follow(&mut self, version: Version) -> Result<(), NotWritten> {
        let card = cards::read(&self.bytes)?;
        if version.is(card.spec) {
            return Ok(());
        }
        let filled = match version {
            Version::V2 => backfill::v2(card.tree())?,
            Version::V3 => backfill::v3(card.tree())?,
        };
        self.repack(&filled.tree, &card.assets)?;
        self.losses.extend(filled.losses);
        Ok(())
    }

    /// Puts in the expressions that were added, as far as such a file holds them, and takes out those that are gone.
    fn express(&mut self, faces: &Faces) -> Result<(), NotWritten> {
        let (tree, mut assets) = faces.of(&cards::read(&self.bytes)?);
        assets.extend(faces.assets());
        self.repack(&tree, &assets)
    }

    fn repack(&mut self, tree: &Value, assets: &[Asset]) -> Result<(), NotWritten> {
        let picture = cards::picture(&self.bytes).unwrap_or_default();
        self.bytes = pack(self.target, tree, &picture, assets)?;
        Ok(())
    }
}

/// The icon keeps its place in the card's list.
fn replace_icon(assets: &mut Vec<Asset>, picture: Bytes) {
    let is_icon = |asset: &&mut Asset| asset.kind == "icon" && asset.bytes().is_some();
    let mut icons: Vec<_> = assets.iter_mut().filter(is_icon).collect();
    let main = icons.iter().position(|icon| icon.name == "main").unwrap_or_default();
    match icons.get_mut(main) {
        Some(icon) => icon.content = AssetContent::Embedded(picture),
        None => assets.push(Asset::portrait(picture)),
    }
}

fn pack(target: Target, tree: &Value, picture: &[u8], assets: &[Asset]) -> Result<Vec<u8>, Refusal> {
    match target {
        Target::Png => {
            let beside: Vec<_> = assets.iter().filter(|it| it.uri != Asset::PORTRAIT).cloned().collect();
            cards::write_png_with_assets(picture, tree, &beside)
        }
        Target::Json => Ok(cards::write_json(tree)),
        Target::Charx => cards::write_charx(tree, assets),
    }
}

impl Written {
    fn of(bytes: Bytes, carrier: Carrier, losses: Vec<Loss>) -> Self {
        Self { bytes, media_type: media_type(carrier), ext: ext(carrier), losses }
    }
}

#[cfg(test)]
mod spec;
