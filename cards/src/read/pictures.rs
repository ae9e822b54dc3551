//! Cards in pictures.

use super::{Text, archives, understand};
use crate::asset::Stock;
use crate::card::{Card, Carrier};
use crate::png::{self, CardText};
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};
use crate::{exif, png::picture};

/// The first card chunk that can be read is the card. If none can, the most trusted one's trouble is the refusal.
///
/// A picture without a card chunk may have its card in the EXIF, or be the wrapping of an archive.
pub(super) fn read_png(bytes: &[u8]) -> Result<Card, Refusal> {
    let mut warnings = Warnings::default();
    let text = match png::card_texts(bytes, &mut warnings) {
        Ok(texts) => first_readable(&texts, &mut warnings)?,
        Err(refusal) => match png::exif_card(bytes, &mut warnings) {
            Some(json) => understand(&json?, "eXIf", &mut warnings)?,
            None => return archives::read_hidden(bytes).unwrap_or(Err(refusal)),
        },
    };
    let stock = png::stock(bytes, &mut warnings)?;
    Ok(text.into_card(Carrier::Png, stock, picture(bytes).map(Into::into), warnings))
}

fn first_readable(texts: &[CardText<'_>], warnings: &mut Warnings) -> Result<Text, Refusal> {
    let mut refusal = Refusal::NoCard;
    for (nth, chunk) in texts.iter().enumerate() {
        match read_chunk(chunk) {
            Ok((text, found)) => {
                warnings.extend(found);
                return Ok(text);
            }
            Err(trouble) => {
                let message =
                    format!("this chunk cannot be read ({}); the next one was tried", trouble.code());
                warnings.add(WarningCode::ChunkFellBack, chunk.at(), message);
                if nth == 0 {
                    refusal = trouble;
                }
            }
        }
    }
    Err(refusal)
}

/// Each attempt gathers warnings of its own: those of a chunk that failed in the end concern nobody.
fn read_chunk(chunk: &CardText<'_>) -> Result<(Text, Warnings), Refusal> {
    let mut warnings = Warnings::default();
    let bytes = chunk.unpack(&mut warnings)?;
    let text = understand(&bytes, &chunk.at(), &mut warnings)?;
    Ok((text, warnings))
}

/// JPEG and WEBP. An archive behind the picture is the better card: it has the assets.
pub(super) fn read_with_exif(bytes: &[u8], carrier: Carrier) -> Result<Card, Refusal> {
    if let Some(outcome) = archives::read_hidden(bytes) {
        return outcome;
    }
    let mut warnings = Warnings::default();
    let block = exif::of_picture(bytes).ok_or(Refusal::NoCard)?;
    let json = exif::card(&block, "EXIF", &mut warnings).ok_or(Refusal::NoCard)??;
    let text = understand(&json, "EXIF", &mut warnings)?;
    let picture = exif::without(bytes);
    Ok(text.into_card(carrier, Stock::default(), Some(picture.into()), warnings))
}
