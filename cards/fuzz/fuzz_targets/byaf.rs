//! BYAF: the documents of an archive, without the fuzzer having to learn ZIP first.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cards_fuzz::target("byaf", bytes);
});
