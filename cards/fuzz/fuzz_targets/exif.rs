//! EXIF in JPEG and WEBP.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cards_fuzz::target("exif", bytes);
});
