//! How many files a process may have open.
//!
//! Every stream is a connection, and every reply under way one more. The usual soft limit of a shell (1,024) is there for
//! programs from when descriptors had to be small; the hard one is the operator's word.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Lets this process, and the servers that it starts, open as many files as the operator allows.
pub fn raise_open_files() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        if soft < hard { setrlimit(Resource::RLIMIT_NOFILE, hard, hard) } else { Ok(()) }
    });
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}
