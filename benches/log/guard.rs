//! A bench stands guard over its servers itself, as the program does.

use std::process::ExitCode;

use innkeeper::embedded::{GUARD, guard_main};

/// An exit code: this program was called for that, and it is over.
pub(crate) fn guards() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|first| first == GUARD).then(|| guard_main(arguments))
}
