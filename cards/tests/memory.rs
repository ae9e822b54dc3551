//! What the costliest files can make the reader hold. A binary of its own: its allocator counts for everybody in it.

#![expect(
    clippy::unwrap_used,
    reason = "clippy sees tests only in functions marked so, not in what they share"
)]

use std::alloc::System;
use std::io::Write;

use cards::{bounds, read, write_png};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait};
use serde_json::json;
use zip::write::SimpleFileOptions;

#[global_allocator]
static MEMORY: PeakMemAlloc<System> = PeakMemAlloc::system();

/// What `bounds` promises, beside the file itself.
const PROMISED: usize = 320 << 20;

/// How many bytes reading takes at most, beside the file.
fn peak(file: &[u8]) -> usize {
    MEMORY.reset_peak_memory();
    drop(read(file));
    MEMORY.get_peak_memory()
}

fn charx(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default().compression_level(Some(1))).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let content = [&kind[..], data].concat();
    let checksum = crc32fast::hash(&content).to_be_bytes();
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &content, &checksum].concat()
}

fn picture(inside: &[u8]) -> Vec<u8> {
    let head = chunk(b"IHDR", &[0; 13]);
    [b"\x89PNG\r\n\x1a\n", &head[..], inside, &chunk(b"IEND", b"")].concat()
}

fn deflated(byte: u8, length: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&vec![byte; length]).unwrap();
    encoder.finish().unwrap()
}

/// One test, because tests run side by side and would count each other.
#[test]
fn no_file_makes_the_reader_hold_more_than_was_promised() {
    let card = br#"{"name":"Mira","first_mes":""}"#;
    let entries = format!(
        "{{\"name\":\"Mira\",\"data\":{{\"name\":\"M\",\"character_book\":{{\"entries\":[{}{{}}]}}}}}}",
        "{},".repeat(bounds::VALUES / 2)
    );
    let zeros = vec![0; bounds::ENTRY_BYTES];
    let bomb = [&b"chara\0\0"[..], &deflated(b'A', 4 * bounds::INFLATED_BYTES)].concat();
    let asset = [&b"chara-ext-asset_1\0\0"[..], &deflated(b'A', bounds::ENTRY_BYTES)].concat();
    let costly: [(&str, Vec<u8>); 5] = [
        ("a lorebook of empty entries", entries.into_bytes()),
        ("a text bomb", picture(&chunk(b"zTXt", &bomb))),
        (
            "a bomb of assets",
            picture(
                &[
                    chunk(b"tEXt", b"chara\0{\"name\":\"Mira\",\"first_mes\":\"\"}"),
                    chunk(b"zTXt", &asset).repeat(4),
                ]
                .concat(),
            ),
        ),
        ("a bomb of entries", charx(&[("card.json", card), ("a", &zeros), ("b", &zeros), ("c", &zeros)])),
        ("a card that is a bomb", charx(&[("card.json", &zeros)])),
    ];
    for (what, file) in &costly {
        let peak = peak(file);
        assert!(peak < PROMISED, "{what}: {} MB", peak >> 20);
    }

    let lying = [
        [&b"\x89PNG\r\n\x1a\n"[..], &[0x7F, 0xFF, 0xFF, 0xFF], b"tEXtchara\0eyJhIjoxfQ=="].concat(),
        [&b"\xff\xd8\xff\xe1\xff\xff"[..], b"Exif\0\0II*\0\x08\0\0\0\xff\xff"].concat(),
        b"RIFF\xff\xff\xff\xffWEBPEXIF\xff\xff\xff\xff".to_vec(),
        b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f\0\0\0\0\0\0".to_vec(),
    ];
    for file in &lying {
        assert!(peak(file) < 1 << 16, "{:?}", &file[..8]);
    }

    let pixels = chunk(b"IDAT", &[7; 480_000]);
    let honest = write_png(
        &picture(&pixels),
        &json!({"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Mira"}}),
    )
    .unwrap();
    assert!(peak(&honest) < 2 * honest.len(), "with the file itself at most three times the file");
}
