//! Ctrl-C and SIGTERM say stop; a second one says it at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels the token when somebody says stop.
pub fn listen_for_signals(stop: CancellationToken) {
    tokio::spawn(async move {
        let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            tracing::warn!("signals cannot be heard: stop this process by closing its servers");
            return;
        };
        let mut heard = async || {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        heard().await;
        tracing::info!("stopping; once more to stop at once");
        stop.cancel();
        heard().await;
        // The guards of the embedded servers notice that we are gone and let them close their files.
        std::process::exit(130);
    });
}
