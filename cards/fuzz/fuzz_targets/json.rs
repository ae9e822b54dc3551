//! JSON: every shape that a tree can have, and edits of its text.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cards_fuzz::target("json", bytes);
});
