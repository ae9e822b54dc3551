//! YAML, and whatever else the reader takes for text.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cards_fuzz::target("yaml", bytes);
});
