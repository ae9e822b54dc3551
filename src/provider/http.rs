//! The one HTTP client towards models.
//!
//! One client, so that connections are shared and the process has one place for its limits. It sets no total timeout,
//! for a reply may take minutes: [`super::patience`] watches what matters instead. It follows no redirects, which would
//! carry a key to another host, and reads no proxy from the environment unless told to, for a proxy that buffers
//! breaks streams in a way that is hard to find.

use std::time::Duration;

use reqwest::{Client, ClientBuilder, redirect};

/// How to reach the outside.
#[derive(Clone, Debug)]
pub struct Outside {
    /// How long a TCP and TLS handshake may take.
    pub connect: Duration,
    pub proxy: Proxy,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    #[default]
    None,
    /// `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`.
    FromEnvironment,
}

impl Default for Outside {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), proxy: Proxy::None }
    }
}

/// Builds the client. It fails only where the platform's certificates cannot be read.
pub fn client(outside: &Outside) -> reqwest::Result<Client> {
    builder(outside).build()
}

/// What the client is built with; so is that of the webhooks, which go elsewhere.
pub fn builder(outside: &Outside) -> ClientBuilder {
    // A second installation is refused, and then the first one serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("innkeeper/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(outside.connect)
        .redirect(redirect::Policy::none())
        .referer(false)
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(30))
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(20))
        .http2_adaptive_window(true)
        .pool_idle_timeout(Duration::from_secs(60))
        .pool_max_idle_per_host(64);
    match outside.proxy {
        Proxy::None => builder.no_proxy(),
        Proxy::FromEnvironment => builder,
    }
}
