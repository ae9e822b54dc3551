//! PNG: the chunks, their texts and payloads.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cards_fuzz::target("png", bytes);
});
