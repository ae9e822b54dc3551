//! Whatever a test started ends with the test, and at the latest with the test binary, however that ends.
//!
//! Why: a test that panics, is killed or hangs must not leave servers behind, and Rust runs no destructor then. So one
//! shell per run holds a pipe to us; when the pipe closes it ends every process that we named and did not take back, waits
//! until the embedded servers are gone as well, and removes the folder of the run.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

const BURIAL: &str = r#"
pids=
while read -r word pid; do
  case $word in
    watch) pids="$pids $pid" ;;
    gone) rest=; for one in $pids; do [ "$one" = "$pid" ] || rest="$rest $one"; done; pids=$rest ;;
  esac
done
[ -n "$pids" ] && kill -9 $pids
for lock in "$FOLDER"/*/run/servers; do [ -e "$lock" ] && flock -w 60 "$lock" true; done
rm -rf "$FOLDER"
"#;

struct Undertaker {
    folder: PathBuf,
    ear: Mutex<ChildStdin>,
}

static UNDERTAKER: LazyLock<Undertaker> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("innkeeper-stories-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the run");
    let mut shell = Command::new("sh");
    shell.args(["-c", BURIAL]).env("FOLDER", &folder).stdin(Stdio::piped());
    // A group of its own, so that Ctrl-C at the terminal does not end it before us.
    let shell = shell.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn();
    let ear = shell.expect("a shell").stdin.take().expect("its ear");
    Undertaker { folder, ear: Mutex::new(ear) }
});

/// A new folder that is gone after the run. Only its owner reads it.
pub(crate) fn folder(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let folder = UNDERTAKER.folder.join(format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    fs::create_dir(&folder).expect("a new folder");
    folder
}

/// This process is to end with us.
pub(crate) fn watch(pid: u32) {
    tell("watch", pid);
}

/// This process has ended and was waited for.
pub(crate) fn gone(pid: u32) {
    tell("gone", pid);
}

fn tell(word: &str, pid: u32) {
    let mut ear = UNDERTAKER.ear.lock().expect("nobody panics while telling");
    writeln!(ear, "{word} {pid}").expect("the undertaker listens");
}

/// The end of a text file, for a message about a process that did not come up.
pub(crate) fn last_words(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
}
