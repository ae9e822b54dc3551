//! The connection to NATS: patient when it starts, for ever when it runs.
//!
//! The client library buffers what is published while the server is away, so a caller could hang or, worse, believe that
//! nothing was sent. [`Nats`] therefore knows whether the link is up, and those who need an answer wait for it
//! within bounds of their own.

mod address;

use std::{fmt, path::PathBuf, time::Duration};

use async_nats::{Client, ConnectOptions, Event, ServerAddr, jetstream, jetstream::context::ContextBuilder};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};

use self::address::{parse, with_credentials_of, without_credentials};
use crate::{Cause, Prefix, Subjects, backoff};

/// A silent server is noticed after two of these, and another of its cluster is asked.
const PING_INTERVAL: Duration = Duration::from_secs(2);

/// How long a server may take to say who it is. One that hangs takes connections and says nothing.
const GREETING: Duration = Duration::from_secs(3);

/// How long one request to JetStream's API may take.
const API_TIMEOUT: Duration = Duration::from_secs(5);

/// How long hanging up may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// How many messages may wait in one subscription before it counts as slow.
const SUBSCRIPTION_CAPACITY: usize = 256 * 1024;

/// How many commands may wait for the socket.
const CLIENT_CAPACITY: usize = 16 * 1024;

/// Where NATS is and what we are called there.
#[derive(Clone)]
pub struct NatsOptions {
    /// One address or several, separated by commas; user and password or a token may stand in them.
    pub url: String,
    /// A file of credentials (`.creds`), where the server wants one.
    pub credentials: Option<PathBuf>,
    /// What every subject begins with.
    pub prefix: Prefix,
    /// What the connection is called on the server.
    pub name: String,
    /// How many servers of a cluster keep each stream.
    pub replicas: usize,
    /// How long the first connection is tried for.
    pub connect_within: Duration,
}

impl NatsOptions {
    /// The usual, at this address.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            credentials: None,
            prefix: Prefix::default(),
            name: "innkeeper".to_owned(),
            replicas: 1,
            connect_within: Duration::from_secs(30),
        }
    }
}

impl fmt::Debug for NatsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsOptions")
            .field("url", &without_credentials(&self.url))
            .field("credentials", &self.credentials.as_ref().map(|_| "***"))
            .field("prefix", &self.prefix)
            .field("name", &self.name)
            .field("replicas", &self.replicas)
            .field("connect_within", &self.connect_within)
            .finish()
    }
}

/// Why there is no connection. No variant tells the address with its credentials.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address makes no sense.
    #[error("not an address of NATS: {url} (it looks like nats://host:4222)")]
    BadUrl {
        /// The address, without its credentials.
        url: String,
    },
    /// The file of credentials cannot be used.
    #[error("cannot read the credentials in {}", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The server does not let us in.
    #[error("{url} does not let us in: user, password, token or credentials are wrong or missing")]
    Refused {
        /// The address, without its credentials.
        url: String,
        /// In the client's words.
        source: Cause,
    },
    /// Nobody answers there.
    #[error("no NATS server answered at {url} within {} s", within.as_secs())]
    Unreachable {
        /// The address, without its credentials.
        url: String,
        /// How long we tried.
        within: Duration,
        /// In the client's words.
        source: Cause,
    },
}

/// A connection, cheap to clone.
#[derive(Clone)]
pub struct Nats {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    pub(crate) subjects: Subjects,
    pub(crate) replicas: usize,
    link: watch::Receiver<Link>,
}

/// Whether the server is there, and how often that has changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    up: bool,
    changes: u64,
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nats").field("subjects", &self.subjects).finish_non_exhaustive()
    }
}

impl Nats {
    /// The names in use.
    pub const fn subjects(&self) -> &Subjects {
        &self.subjects
    }

    /// Whether the server is there right now.
    pub fn is_connected(&self) -> bool {
        self.link.borrow().up
    }

    /// Sends what is still to be sent, and hangs up: nothing works any more after it.
    pub async fn close(&self) {
        if self.client.drain().await.is_ok() {
            // A server that does not answer by now is not waited for.
            drop(timeout(FAREWELL, self.link.clone().wait_for(|link| !link.up)).await);
        }
    }

    /// Waits until the server is there.
    pub(crate) async fn connected(&self) {
        // An error means that the client is gone, and then every request says so.
        drop(self.link.clone().wait_for(|link| link.up).await);
    }

    /// Waits until the link changes: whoever awaits an answer may then have lost it.
    pub(crate) fn interrupted(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut link = self.link.clone();
        link.mark_unchanged();
        async move {
            if link.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Connects, trying again until the options' patience is over. Once connected it reconnects for ever.
pub async fn connect(options: &NatsOptions) -> Result<Nats, ConnectError> {
    let servers = parse(&options.url)?;
    let (client, link) = insist(options, &servers).await?;
    let jetstream = ContextBuilder::new().timeout(API_TIMEOUT).build(client.clone());
    let subjects = Subjects::new(options.prefix.clone());
    Ok(Nats { client, jetstream, subjects, replicas: options.replicas, link })
}

async fn insist(
    options: &NatsOptions,
    servers: &[ServerAddr],
) -> Result<(Client, watch::Receiver<Link>), ConnectError> {
    let deadline = Instant::now() + options.connect_within;
    let mut last: Cause = "it did not answer in time".into();
    for wait in backoff::patient() {
        let (tx, link) = watch::channel(Link { up: true, changes: 0 });
        let settings = settings(options, servers, tx).await?;
        match timeout_at(deadline, settings.connect(servers)).await {
            Ok(Ok(client)) => return Ok((client, link)),
            Ok(Err(source)) if is_refusal(&source) => {
                return Err(ConnectError::Refused {
                    url: without_credentials(&options.url),
                    source: source.into(),
                });
            }
            Ok(Err(source)) => last = source.into(),
            Err(_elapsed) => break,
        }
        if Instant::now() + wait > deadline {
            break;
        }
        sleep(wait).await;
    }
    let url = without_credentials(&options.url);
    Err(ConnectError::Unreachable { url, within: options.connect_within, source: last })
}

fn is_refusal(error: &async_nats::ConnectError) -> bool {
    use async_nats::ConnectErrorKind::{Authentication, AuthorizationViolation};
    matches!(error.kind(), Authentication | AuthorizationViolation)
}

async fn settings(
    options: &NatsOptions,
    servers: &[ServerAddr],
    link: watch::Sender<Link>,
) -> Result<ConnectOptions, ConnectError> {
    let settings = ConnectOptions::new()
        .name(&options.name)
        .ping_interval(PING_INTERVAL)
        .connection_timeout(GREETING)
        .subscription_capacity(SUBSCRIPTION_CAPACITY)
        .client_capacity(CLIENT_CAPACITY)
        .max_reconnects(None)
        .event_callback(move |event| {
            note(&link, &event);
            std::future::ready(())
        });
    let settings = with_credentials_of(settings, servers);
    let Some(path) = &options.credentials else { return Ok(settings) };
    settings
        .credentials_file(path)
        .await
        .map_err(|source| ConnectError::Credentials { path: path.clone(), source })
}

fn note(link: &watch::Sender<Link>, event: &Event) {
    let up = match event {
        Event::Connected => true,
        Event::Disconnected | Event::Closed => false,
        Event::LameDuckMode | Event::Draining => return tracing::debug!(%event, "nats: {event}"),
        Event::SlowConsumer(_) | Event::ServerError(_) | Event::ClientError(_) => {
            return tracing::warn!(%event, "nats: {event}");
        }
    };
    // The very first connection is no change.
    link.send_if_modified(|link| {
        let changed = link.up != up;
        *link = Link { up, changes: link.changes + u64::from(changed) };
        changed
    });
    if matches!(event, Event::Closed) {
        return; // That was us.
    }
    let changes = link.borrow().changes;
    match up {
        true if changes > 0 => tracing::info!("nats: the server is back"),
        true => {}
        false => tracing::warn!("nats: the server is gone; trying to reach it"),
    }
}
