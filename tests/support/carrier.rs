//! Files around cards: archives, and pictures that carry a card in their EXIF.

use std::io::{Cursor, Write};

use serde_json::Value;

/// The card in an archive, with these beside it.
pub(crate) fn charx_file(card: &Value, assets: &[cards::Asset]) -> Vec<u8> {
    cards::write_charx(card, assets).expect("an archive")
}

/// Files in a plain ZIP archive.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("an entry");
        archive.write_all(bytes).expect("its bytes");
    }
    archive.finish().expect("an archive").into_inner()
}

/// The card as the user comment of an EXIF.
pub(crate) fn in_exif(card: &Value) -> Vec<u8> {
    let comment = [b"ASCII\0\0\0", card.to_string().as_bytes()].concat();
    let field = |tag: u16, kind: u16, count: usize, value: u32| {
        let count = u32::try_from(count).expect("a short comment");
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let one = 1_u16.to_le_bytes();
    let outer = [&one[..], &field(0x8769, 4, 1, 26), &[0; 4]].concat();
    let inner = [&one[..], &field(0x9286, 7, comment.len(), 44), &[0; 4]].concat();
    [b"II*\0\x08\0\0\0", &outer[..], &inner, &comment].concat()
}

/// A JPEG of no pixels with this EXIF.
pub(crate) fn jpeg_file(exif: &[u8]) -> Vec<u8> {
    let length = u16::try_from(exif.len() + 8).expect("a short EXIF").to_be_bytes();
    [b"\xff\xd8\xff\xe1", &length[..], b"Exif\0\0", exif, b"\xff\xda\0\x02 pixels \xff\xd9"].concat()
}

/// A WEBP of no pixels with this EXIF.
pub(crate) fn webp_file(exif: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("a short file").to_le_bytes();
    let padding = &[0][..exif.len() % 2];
    let body = [b"WEBPVP8 \x04\0\0\0pixlEXIF", &length(exif)[..], exif, padding].concat();
    [b"RIFF", &length(&body)[..], &body].concat()
}
