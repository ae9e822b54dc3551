//! Lorebooks, chats and groups, in the shapes of every program.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cards_fuzz::target("lorebook", bytes);
});
