//! What the fuzzers begin with, and what they found once: both go through the same checks as when they were found.

#[expect(unreachable_pub, clippy::panic, reason = "a crate of its own elsewhere, whose job is to panic")]
#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::path::Path;

#[test]
fn seeds_and_findings_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    for (target, _) in fuzz::TARGETS {
        let places = ["seeds", "findings"].map(|kind| folder.join(kind).join(target));
        let files: Vec<_> = places.iter().filter_map(|place| fs::read_dir(place).ok()).flatten().collect();
        assert!(!files.is_empty(), "no seeds for {target}");
        for file in files {
            let path = file.unwrap().path();
            eprintln!("{}", path.display());
            fuzz::target(target, &fs::read(path).unwrap());
        }
    }
}
