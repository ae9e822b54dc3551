//! Says which rules these are: a digest of every source from which folded state follows.
//!
//! A snapshot is state that was folded once. It may be taken for what the log would yield today only if neither the shape
//! of the state nor the folding has changed, and nobody can be relied on to remember that. So whatever the sources are
//! changed into, they are other rules, and snapshots of the old ones are passed over. The compiler belongs to it, because
//! the standard library's hasher, which state remembers words by, may change with it. Specs and laws do not.
#![expect(clippy::disallowed_methods, reason = "this is how a build script is spoken to")]

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
};

/// Whose fields and folding state is made of: our own, and the entries of lorebooks.
const SOURCES: [&str; 2] = ["src", "../cards/src/lorebook"];

/// What only tests see of it.
const UNSEEN: [&str; 3] = ["spec", "laws", "samples"];

fn main() -> io::Result<()> {
    let mut digest = DefaultHasher::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        for file in files(Path::new(source))? {
            (file.to_string_lossy(), fs::read(&file)?).hash(&mut digest);
        }
    }
    let compiler =
        Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("-vV").output()?;
    compiler.stdout.hash(&mut digest);
    println!("cargo::rustc-env=DOMAIN_RULES={:016x}", digest.finish());
    Ok(())
}

/// The files of a folder and of those in it, in order.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|it| it.path())).collect::<Result<_, _>>()?;
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        let is_seen = !path.file_stem().is_some_and(|stem| UNSEEN.iter().any(|it| stem == *it));
        if path.is_dir() && is_seen {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|it| it == "rs") && is_seen {
            found.push(path);
        }
    }
    Ok(found)
}
