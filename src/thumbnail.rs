//! Small pictures of large ones, for lists.
//!
//! Pictures come from strangers, and a file of a few bytes may claim to be a thousand million pixels. So a picture is
//! decoded only within a bound of pixels and of memory, by a few threads at once, beside those that answer others. What
//! was made is kept in memory, as far as there is room: it can always be made again.

use std::{io::Cursor, sync::Arc};

use bytes::Bytes;
use domain::user::UserId;
use image::{DynamicImage, ImageError, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder};
use moka::sync::Cache;
use nats::{ObjectError, Objects};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// How many pixels a picture has at most along a side.
const SIDE: u32 = 16_384;
/// How many bytes its pixels take at most.
const MEMORY: u64 = 128 << 20;
/// How many pictures are decoded at once.
const PAINTERS: usize = 2;
/// How many bytes of thumbnails are kept.
const ROOM: u64 = 32 << 20;
/// How well a JPEG is drawn, of 100.
const QUALITY: u8 = 85;

/// The longest side of a thumbnail, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size(u32);

impl Size {
    /// Those that there are.
    pub const ALL: [Self; 4] = [Self(64), Self(128), Self(256), Self(512)];

    /// The size of so many pixels, if it is one of them.
    pub fn parse(text: &str) -> Option<Self> {
        let pixels: u32 = text.parse().ok()?;
        Self::ALL.into_iter().find(|size| size.0 == pixels)
    }

    /// How many pixels.
    pub fn pixels(self) -> u32 {
        self.0
    }
}

/// A small picture.
#[derive(Debug, Clone)]
pub struct Thumbnail {
    /// What its bytes are.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Why a picture has no thumbnail.
#[derive(Debug, thiserror::Error)]
pub enum ThumbnailError {
    /// It has too many pixels.
    #[error("the picture has too many pixels to be made smaller here; save it smaller and bring it again")]
    TooManyPixels,
    /// It is broken, or of a sort that is not decoded here.
    #[error("the picture cannot be decoded here; ask for it without a size")]
    Undecodable,
    /// It cannot be got.
    #[error(transparent)]
    Objects(#[from] ObjectError),
    /// The thread that decodes it gave up.
    #[error("the picture was not made smaller")]
    GaveUp(#[source] tokio::task::JoinError),
}

/// The thumbnails that are kept, cheap to clone.
#[derive(Debug, Clone)]
pub struct Thumbnails {
    kept: Cache<(UserId, String, Size), Thumbnail>,
    painters: Arc<Semaphore>,
}

impl Default for Thumbnails {
    fn default() -> Self {
        let weight = |_: &(UserId, String, Size), thumbnail: &Thumbnail| {
            u32::try_from(thumbnail.bytes.len()).unwrap_or(u32::MAX).saturating_add(256)
        };
        let kept = Cache::builder().max_capacity(ROOM).weigher(weight).build();
        Self { kept, painters: Arc::new(Semaphore::new(PAINTERS)) }
    }
}

impl Thumbnails {
    /// A small picture of the one of this digest, if that is there.
    pub async fn of(
        &self,
        objects: &Objects,
        owner: UserId,
        digest: &str,
        size: Size,
    ) -> Result<Option<Thumbnail>, ThumbnailError> {
        let key = (owner, digest.to_owned(), size);
        if let Some(kept) = self.kept.get(&key) {
            return Ok(Some(kept));
        }
        // Nobody closes the door to the painters.
        let _painter = self.painters.acquire().await.ok();
        let Some(picture) = objects.get(owner, digest).await? else { return Ok(None) };
        let painted = spawn_blocking(move || paint(&picture, size)).await;
        let thumbnail = painted.map_err(ThumbnailError::GaveUp)??;
        self.kept.insert(key, thumbnail.clone());
        Ok(Some(thumbnail))
    }

    /// Lets go of all pictures of a person.
    pub fn forget(&self, owner: UserId) {
        let theirs = self.kept.iter().map(|(key, _)| key).filter(|key| key.0 == owner);
        theirs.collect::<Vec<_>>().iter().for_each(|key| self.kept.invalidate(&**key));
    }

    /// Holds if a picture can be made small here, before anybody relies on it.
    pub async fn admit(&self, picture: Bytes) -> Result<(), ThumbnailError> {
        let _painter = self.painters.acquire().await.ok();
        let decoded = spawn_blocking(move || decode(&picture).map(drop)).await;
        decoded.map_err(ThumbnailError::GaveUp)?
    }
}

/// The same picture as a PNG, in full, for those who need one.
pub fn as_png(picture: &[u8]) -> Result<Vec<u8>, ThumbnailError> {
    let mut bytes = vec![];
    let written = decode(picture)?.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png);
    written.map_err(|_| ThumbnailError::Undecodable)?;
    Ok(bytes)
}

/// Draws a picture small. One that is small already is drawn anew all the same: it sheds what came along with it.
fn paint(picture: &[u8], size: Size) -> Result<Thumbnail, ThumbnailError> {
    let (picture, Size(most)) = (decode(picture)?, size);
    let is_small = picture.width() <= most && picture.height() <= most;
    write(&if is_small { picture } else { picture.thumbnail(most, most) })
}

fn decode(picture: &[u8]) -> Result<DynamicImage, ThumbnailError> {
    let mut reader = ImageReader::new(Cursor::new(picture))
        .with_guessed_format()
        .map_err(|_| ThumbnailError::Undecodable)?;
    reader.limits(limits());
    reader.decode().map_err(|error| match error {
        ImageError::Limits(_) => ThumbnailError::TooManyPixels,
        _ => ThumbnailError::Undecodable,
    })
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    limits
}

/// As JPEG, which is smallest, unless something shines through.
fn write(picture: &DynamicImage) -> Result<Thumbnail, ThumbnailError> {
    let mut bytes = vec![];
    let (media_type, written) = if picture.color().has_alpha() {
        let png = picture.to_rgba8().write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png);
        ("image/png", png)
    } else {
        let jpeg = picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY));
        ("image/jpeg", jpeg)
    };
    written.map_err(|_| ThumbnailError::Undecodable)?;
    Ok(Thumbnail { media_type, bytes: bytes.into() })
}

#[cfg(test)]
mod spec {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn small(picture: &[u8], size: Size) -> (u32, u32, &'static str) {
        let thumbnail = paint(picture, size).unwrap();
        let seen = image::load_from_memory(&thumbnail.bytes).unwrap();
        (seen.width(), seen.height(), thumbnail.media_type)
    }

    /// A PNG that claims to be so wide and high, and holds nothing.
    fn claiming(width: u32, height: u32) -> Vec<u8> {
        let mut file = cards::drawn_portrait("Mira");
        file[16..20].copy_from_slice(&width.to_be_bytes());
        file[20..24].copy_from_slice(&height.to_be_bytes());
        let checksum = crc32fast::hash(&file[12..29]).to_be_bytes();
        file[29..33].copy_from_slice(&checksum);
        file
    }

    #[test]
    fn a_picture_keeps_its_shape() {
        let portrait = cards::drawn_portrait("Mira");
        assert_eq!(small(&portrait, Size(64)), (43, 64, "image/jpeg"));
        assert_eq!(small(&portrait, Size(512)), (256, 384, "image/jpeg"));
    }

    #[test]
    fn what_shines_through_still_does() {
        let mut png = vec![];
        let glass = RgbaImage::from_pixel(100, 50, Rgba([0, 0, 255, 100]));
        glass.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
        assert_eq!(small(&png, Size(64)), (64, 32, "image/png"));
    }

    #[test]
    fn a_picture_of_too_many_pixels_is_not_decoded() {
        for (width, height) in [(60_000, 60_000), (1_000_000, 1), (16_000, 16_000), (u32::MAX >> 1, 1)] {
            let refused = paint(&claiming(width, height), Size(64)).unwrap_err();
            assert!(matches!(refused, ThumbnailError::TooManyPixels), "{width}×{height}: {refused:?}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let broken = &cards::drawn_portrait("Mira")[..200];
        for picture in [b"".as_slice(), b"<svg/>", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", broken] {
            assert!(matches!(paint(picture, Size(64)), Err(ThumbnailError::Undecodable)));
        }
    }

    #[test]
    fn there_are_four_sizes() {
        assert_eq!(Size::parse("64"), Some(Size(64)));
        for unknown in ["", "65", "-64", "512px", "99999999999"] {
            assert_eq!(Size::parse(unknown), None);
        }
    }
}
