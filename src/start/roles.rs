//! The roles of a process, and what each of them runs.

use std::{fs, net::SocketAddr, path::Path};

use axum::serve::ListenerExt;
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{StartError, ground::write_private};
use crate::{
    api, bootstrap, erasure,
    gateway::Gateway,
    house::House,
    projector,
    relay::serve_texts,
    worker::{Audience, Worker},
};

/// One of the things that a process can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Answer HTTP and relay replies.
    Serve,
    /// Make rows of what happened.
    Project,
    /// Say replies.
    Work,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// Everything.
    pub const WHOLE_HOUSE: Self = Self(0b111);

    /// This only.
    pub const fn only(role: Role) -> Self {
        Self(1 << role as u8)
    }

    /// Whether this is among them.
    pub const fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }
}

/// Runs the roles until the token says stop or one of them fails.
pub(super) async fn run(house: &House, roles: Roles, stop: CancellationToken) -> Result<(), StartError> {
    let mut tasks = JoinSet::new();
    let from = house.journal().last().await?;
    tasks.spawn(until(stop.clone(), {
        let tail = house.tail.clone();
        async move { tail.follow(from).await.map_err(StartError::Tail) }
    }));
    tasks.spawn(until(stop.clone(), {
        let progress = house.progress.clone();
        async move {
            progress.listen().await;
            Ok(())
        }
    }));
    tasks.spawn(until(stop.clone(), {
        let mirrors = house.mirrors.clone();
        async move {
            mirrors.look_after().await;
            Ok(())
        }
    }));
    if roles.has(Role::Project) {
        let (house, stop) = (house.clone(), stop.clone());
        tasks.spawn(until(stop.clone(), {
            let (notary, tail) = (house.notary.clone(), house.tail.clone());
            async move {
                notary.run(&tail).await;
                Ok(())
            }
        }));
        tasks.spawn(async move { Ok(projector::run(house, stop).await?) });
    }
    if roles.has(Role::Work) {
        work(house, roles, &stop, &mut tasks);
        let (house, stop) = (house.clone(), stop.clone());
        tasks.spawn(async move {
            erasure::run(house, stop).await;
            Ok(())
        });
    }
    if roles.has(Role::Serve) {
        let (house, stop) = (house.clone(), stop.clone());
        tasks.spawn(async move { serve(house, roles, stop).await });
    }
    first_failure(tasks, stop).await
}

fn work(house: &House, roles: Roles, stop: &CancellationToken, tasks: &mut JoinSet<Result<(), StartError>>) {
    let audience = if roles.has(Role::Serve) { Audience::Here } else { Audience::Elsewhere };
    let worker = Worker::new(house.clone(), audience);
    tasks.spawn({
        let stop = stop.clone();
        async move {
            worker.run(stop).await;
            Ok(())
        }
    });
    let texts = serve_texts(house.board.clone(), nats::Tokens::new(house.nats.clone()));
    tasks.spawn(until(stop.clone(), async move {
        texts.await;
        Ok(())
    }));
}

async fn until(
    stop: CancellationToken,
    work: impl Future<Output = Result<(), StartError>>,
) -> Result<(), StartError> {
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        outcome = work => outcome,
    }
}

/// Waits for all; the first failure stops the others.
async fn first_failure(
    mut tasks: JoinSet<Result<(), StartError>>,
    stop: CancellationToken,
) -> Result<(), StartError> {
    let mut outcome = Ok(());
    while let Some(ended) = tasks.join_next().await {
        let ended = match ended {
            Ok(ended) => ended,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Ok(()),
        };
        if ended.is_err() && outcome.is_ok() {
            outcome = ended;
        }
        stop.cancel();
    }
    outcome
}

async fn serve(house: House, roles: Roles, stop: CancellationToken) -> Result<(), StartError> {
    let listener = bind(&house.config.listen).await?;
    let address = listener.local_addr().map_err(StartError::Http)?;
    api::metrics::install().map_err(StartError::Metrics)?;
    let gateway = Gateway::open(&house.config.nextchat)?;
    let router = api::router(house.clone(), gateway);
    let farewell = house.config.http.farewell;
    let listener = listener.tap_io(|socket| {
        // Without this a kept-alive connection waits 40 ms for its first token (facts: relay).
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
    });
    // As it is, the router would be copied, room by room, for every connection: 190 KiB each.
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    let mut server = tokio::spawn(server.into_future());
    let data = house.config.data.clone();
    tokio::select! {
        ready = announce(&house, roles, address) => ready?,
        ended = &mut server => return ended.map_or(Ok(()), |ended| ended.map_err(StartError::Http)),
    }
    stop.cancelled().await;
    let _ = fs::remove_file(address_file(&data));
    if timeout(farewell, &mut server).await.is_err() {
        server.abort();
    }
    Ok(())
}

async fn bind(address: &str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| StartError::Listen {
        address: address.to_owned(),
        reason: match error.kind() {
            std::io::ErrorKind::AddrInUse => "the port is taken by another program".to_owned(),
            std::io::ErrorKind::PermissionDenied => "this port needs more rights than we have".to_owned(),
            _ => error.to_string(),
        },
    })
}

/// Makes the house ready for its owner and says where it is.
async fn announce(house: &House, roles: Roles, address: SocketAddr) -> Result<(), StartError> {
    if roles.is_whole_house() {
        let owner = bootstrap::owner(house).await?;
        let character = bootstrap::first_character(house, owner.user).await?;
        let conversation = bootstrap::first_conversation(house, owner.user, character).await?;
        bootstrap::banner(house, address, &owner, conversation).await?;
    } else {
        tracing::info!(%address, "answering HTTP");
    }
    write_private(&address_file(&house.config.data), address.to_string().as_bytes())
}

fn address_file(data: &Path) -> std::path::PathBuf {
    data.join("run/address")
}
