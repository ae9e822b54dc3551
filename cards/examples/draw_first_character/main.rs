//! Draws the portrait of the first character, and puts her card into it.
//!
//! The picture is made of mathematics and owes nothing to anybody: no fonts, no brushes, no model. The same program
//! makes the same file. See `assets/README.md` for the command.

mod paint;
mod scene;

use std::error::Error;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::ZlibEncoder};
use paint::Canvas;

fn main() -> Result<(), Box<dyn Error>> {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
    let card = cards::read(&std::fs::read(assets.join("first-character.json"))?)?;
    let portrait = png(&scene::paint())?;
    std::fs::write(assets.join("first-character.png"), cards::write_png(&portrait, card.tree())?)?;
    Ok(())
}

fn png(canvas: &Canvas) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut header = Vec::new();
    header.extend(u32::try_from(canvas.width)?.to_be_bytes());
    header.extend(u32::try_from(canvas.height)?.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]); // Eight bits each of red, green and blue, nothing special.

    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::best());
    pixels.write_all(&filtered(&canvas.develop(), canvas.width * 3))?;

    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", pixels.finish()?), (b"IEND", Vec::new())] {
        out.extend(u32::try_from(data.len())?.to_be_bytes());
        let content = [&kind[..], &data].concat();
        out.extend_from_slice(&content);
        out.extend(crc32fast::hash(&content).to_be_bytes());
    }
    Ok(out)
}

/// Each row as its differences from its neighbours, by whichever of PNG's filters leaves the least.
fn filtered(bytes: &[u8], row: usize) -> Vec<u8> {
    let none = vec![0; row];
    let mut above = &none[..];
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / row);
    for line in bytes.chunks(row) {
        let tried = (0..5_u8).map(|kind| (kind, filter(kind, line, above)));
        let size =
            |line: &[u8]| line.iter().map(|&byte| u32::from(byte.cast_signed().unsigned_abs())).sum::<u32>();
        if let Some((kind, best)) = tried.min_by_key(|(_, line)| size(line)) {
            out.push(kind);
            out.extend(best);
        }
        above = line;
    }
    out
}

fn filter(kind: u8, line: &[u8], above: &[u8]) -> Vec<u8> {
    let at = |line: &[u8], i: usize| if i < 3 { 0 } else { line[i - 3] };
    let predicted = |i: usize| {
        let (left, up, corner) = (at(line, i), above[i], at(above, i));
        match kind {
            0 => 0,
            1 => left,
            2 => up,
            3 => left.midpoint(up),
            _ => paeth(left, up, corner),
        }
    };
    line.iter().enumerate().map(|(i, byte)| byte.wrapping_sub(predicted(i))).collect()
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let off = |byte: u8| (guess - i16::from(byte)).abs();
    [left, up, corner].into_iter().min_by_key(|&byte| off(byte)).unwrap_or_default()
}
