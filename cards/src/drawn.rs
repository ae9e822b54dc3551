//! A picture for characters who have none: a figure before an evening sky.
//!
//! A PNG card needs a picture, and a blank one makes every such character look the same in a list. So the colours and
//! the moon follow from the name. Nothing but arithmetic goes into it, and the same name always gives the same picture.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::png;

const WIDTH: u16 = 256;
const HEIGHT: u16 = 384;

/// A picture of our own for a character of this name, as a PNG without a card.
#[must_use]
pub fn drawn_portrait(name: &str) -> Vec<u8> {
    let size = [WIDTH, HEIGHT].map(|side| u32::from(side).to_be_bytes()).concat();
    // Eight bits each of red, green and blue, nothing special.
    let header = [&size[..], &[8, 2, 0, 0, 0]].concat();
    let pixels = deflated(&rows(&Scene::of(name)));
    let chunks = [(b"IHDR", &header[..]), (b"IDAT", &pixels), (b"IEND", &[])];
    let chunks = chunks.map(|(kind, data)| png::chunk(*kind, data).unwrap_or_default());
    [&png::SIGNATURE[..], &chunks.concat()].concat()
}

/// The rows as PNG wants them, each as its difference from the one above, because rows resemble each other.
fn rows(scene: &Scene) -> Vec<u8> {
    const FROM_ABOVE: u8 = 2;
    let mut rows = Vec::new();
    let mut above = vec![0; usize::from(WIDTH) * 3];
    for y in 0..HEIGHT {
        let row: Vec<u8> = (0..WIDTH).flat_map(|x| scene.colour(f32::from(x), f32::from(y))).collect();
        rows.push(FROM_ABOVE);
        rows.extend(row.iter().zip(&above).map(|(here, above)| here.wrapping_sub(*above)));
        above = row;
    }
    rows
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

type Colour = [f32; 3];

/// What distinguishes one picture from another.
#[derive(Debug)]
struct Scene {
    above: Colour,
    below: Colour,
    figure: Colour,
    moon: (f32, f32),
}

impl Scene {
    fn of(name: &str) -> Self {
        let seed = seed(name);
        let turn =
            |shift: u32| f32::from(u16::try_from(seed >> shift & 0xFFFF).unwrap_or_default()) / 65_536.0;
        let hue = turn(0);
        Self {
            above: colour(hue, 0.55, 0.22),
            below: colour(hue + 0.06 + 0.12 * turn(16), 0.55, 0.80),
            figure: colour(hue + 0.45, 0.35, 0.14),
            moon: (40.0 + 176.0 * turn(32), 40.0 + 50.0 * turn(48)),
        }
    }

    fn colour(&self, x: f32, y: f32) -> [u8; 3] {
        let sky = mixed(self.above, self.below, y / f32::from(HEIGHT));
        let moon = inside(x, y, self.moon, (22.0, 22.0));
        let head = inside(x, y, (128.0, 178.0), (56.0, 66.0));
        let shoulders = inside(x, y, (128.0, 400.0), (112.0, 138.0));
        let night = mixed(sky, [1.0, 0.97, 0.86], 0.9 * moon);
        mixed(night, self.figure, head.max(shoulders)).map(level)
    }
}

/// FNV-1a: short, and the same on every machine for ever.
fn seed(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A colour by hue (in turns), saturation and brightness.
fn colour(hue: f32, saturation: f32, brightness: f32) -> Colour {
    [0.0, 1.0 / 3.0, 2.0 / 3.0].map(|shift| {
        let distance = ((hue + shift).fract() * 6.0 - 3.0).abs() - 1.0;
        brightness * (1.0 - saturation * (1.0 - distance.clamp(0.0, 1.0)))
    })
}

fn mixed(one: Colour, other: Colour, share: f32) -> Colour {
    std::array::from_fn(|nth| one[nth] + (other[nth] - one[nth]) * share)
}

/// How much of a pixel is inside an ellipse, with an edge of about one pixel.
fn inside(x: f32, y: f32, centre: (f32, f32), radius: (f32, f32)) -> f32 {
    let (dx, dy) = ((x - centre.0) / radius.0, (y - centre.1) / radius.1);
    ((1.0 - (dx * dx + dy * dy).sqrt()) * radius.0.min(radius.1) + 0.5).clamp(0.0, 1.0)
}

fn level(share: f32) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what a byte holds"
    )]
    let level = (share.clamp(0.0, 1.0) * 255.0).round() as u8;
    level
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;
    use crate::{picture, read, write_png};

    #[test]
    fn the_same_name_gives_the_same_picture_and_another_name_another() {
        assert_eq!(drawn_portrait("Mira"), drawn_portrait("Mira"));
        assert_ne!(drawn_portrait("Mira"), drawn_portrait("Aqua"));
    }

    #[test]
    fn it_is_small_and_carries_a_card() {
        let drawn = drawn_portrait("Mira");

        let card = write_png(&drawn, &json!({"name": "Mira", "first_mes": "Hi"})).unwrap();

        assert!(drawn.len() < 40 << 10, "{} bytes", drawn.len());
        assert_eq!(read(&card).unwrap().portrait().unwrap(), drawn);
        assert_eq!(picture(&card), Some(drawn));
    }
}
