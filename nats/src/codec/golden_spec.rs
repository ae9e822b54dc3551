//! The golden bytes of every form of every event that was ever written: `golden/<type>@<schema>.hex`. Each file is a whole
//! commit, as the log has it, sealed under the only key of these specs. A file is never changed and never removed: a house
//! of any later version reads all of them.
//!
//! A new event or schema needs a file of its own. It is written when the specs run with `INNKEEPER_GOLDEN=write`.

use std::{fs, path::PathBuf};

use domain::{Event, samples::samples};

use super::spec::{commit, decode, golden, recorded};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/codec/golden")
}

/// The only event in these bytes.
fn event_in(hexadecimal: &str) -> Event {
    let commit = decode(&hex::decode(hexadecimal.trim()).unwrap()).unwrap();
    let [recorded] = &commit.events[..] else { panic!("{} events", commit.events.len()) };
    recorded.event.clone()
}

#[expect(clippy::disallowed_methods, reason = "whoever adds an event says so")]
fn may_write() -> bool {
    std::env::var("INNKEEPER_GOLDEN").is_ok_and(|told| told == "write")
}

#[test]
fn every_event_of_today_has_its_golden_bytes_and_they_say_what_it_says() {
    for event in samples() {
        let path = folder().join(format!("{}@{}.hex", event.name(), event.schema()));
        if !path.exists() && may_write() {
            fs::create_dir_all(folder()).unwrap();
            let bytes = hex::encode(golden(&commit(vec![recorded(event.clone())])));
            fs::write(&path, bytes + "\n").unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_else(|_| panic!("no golden bytes: {path:?}"));
        assert_eq!(event_in(&stored), event, "{path:?}");
    }
}

#[test]
fn whatever_was_ever_written_is_still_known() {
    let files = fs::read_dir(folder()).unwrap();
    for path in files.map(|file| file.unwrap().path()) {
        let event = event_in(&fs::read_to_string(&path).unwrap());
        assert!(!matches!(event, Event::Unknown(_)), "{path:?}");
    }
}
