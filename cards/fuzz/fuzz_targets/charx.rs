//! CHARX: archives with a card, honest and not.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cards_fuzz::target("charx", bytes);
});
