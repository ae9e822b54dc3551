//! A line between a house and a server that a story can cut: while it is cut, every connection is closed and every new one
//! refused at once, as when a server is gone.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    Cut,
}

pub(crate) struct Line {
    state: watch::Sender<State>,
    _stop: DropGuard,
}

impl Line {
    /// A line to the server of this URL, and the URL of its near end.
    pub(crate) async fn to(url: &str) -> (Self, String) {
        let (before, after) = url.rsplit_once('@').expect("an address with a password");
        let far = after.split(['/', '?']).next().expect("a host").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound port");
        let near = format!("{before}@{}", after.replacen(&far, &address.to_string(), 1));
        let (state, stop) = (watch::Sender::new(State::Whole), CancellationToken::new());
        tokio::spawn(serve(listener, far, state.subscribe(), stop.clone()));
        (Self { state, _stop: stop.drop_guard() }, near)
    }

    pub(crate) fn is_cut(&self) {
        self.state.send_replace(State::Cut);
    }

    pub(crate) fn is_mended(&self) {
        self.state.send_replace(State::Whole);
    }
}

async fn serve(listener: TcpListener, far: String, state: watch::Receiver<State>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((near, _)) = accepted else { continue };
        // Dropping the connection at once is as close to a refusal as an open port comes.
        if *state.borrow() == State::Cut {
            continue;
        }
        tokio::spawn(carry(near, far.clone(), state.clone(), stop.clone()));
    }
}

async fn carry(mut near: TcpStream, far: String, mut state: watch::Receiver<State>, stop: CancellationToken) {
    let Ok(mut far) = TcpStream::connect(far).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    tokio::select! {
        () = stop.cancelled() => {}
        _ = state.wait_for(|state| *state == State::Cut) => {}
        _ = copy_bidirectional(&mut near, &mut far) => {}
    }
}
