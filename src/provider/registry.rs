//! Who shares what: one provider per connection, one session per SillyTavern account, one breaker per endpoint.
//!
//! Settings are merged anew for every reply; the things that must outlive a reply are found here by what they are made
//! of. All caches are bounded, because users bring settings of their own, and forget what nobody has used for an hour.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use reqwest::Client;

use super::breaker::{Breaker, Rules};
use super::demo::Demo;
use super::openai::{Endpoint, OpenAi};
use super::patience::{Patience, Patient};
use super::settings::Connection;
use super::sillytavern::SillyTavern;
use super::sillytavern::choice::{self, Preference, Wish};
use super::sillytavern::session::{Door, Session};
use super::{Provider, http};

const MOST: u64 = 10_000;
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3_600);

/// How we deal with models, whichever they are.
#[derive(Clone, Debug)]
pub struct Manners {
    pub outside: http::Outside,
    pub patience: Patience,
    pub breaker: Rules,
    /// The demo's rest before each word.
    pub demo_pause: Duration,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            outside: http::Outside::default(),
            patience: Patience::default(),
            breaker: Rules::default(),
            demo_pause: Duration::from_millis(15),
        }
    }
}

/// All providers of this process.
pub struct Providers {
    http: Client,
    manners: Manners,
    providers: Cache<Connection, Arc<dyn Provider>>,
    sessions: Cache<Door, Arc<Session>>,
    breakers: Cache<Server, Arc<Breaker>>,
}

/// What is up or down as a whole. A SillyTavern stands for as many servers as there are upstreams behind it.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Server {
    Direct(String),
    Behind { sillytavern: String, upstream: String },
}

impl Providers {
    /// It fails only where the platform's certificates cannot be read.
    pub fn new(manners: Manners) -> reqwest::Result<Self> {
        Ok(Self {
            http: http::client(&manners.outside)?,
            manners,
            providers: cache(),
            sessions: cache(),
            breakers: cache(),
        })
    }

    pub fn provider(&self, connection: &Connection) -> Arc<dyn Provider> {
        self.providers.get_with_by_ref(connection, || self.build(connection))
    }

    /// Lets go of every connection, because whose secrets are in which is not known here: they are built anew when they
    /// are needed.
    pub fn forget(&self) {
        self.providers.invalidate_all();
        self.sessions.invalidate_all();
        self.breakers.invalidate_all();
        self.providers.run_pending_tasks();
        self.sessions.run_pending_tasks();
        self.breakers.run_pending_tasks();
    }

    fn build(&self, connection: &Connection) -> Arc<dyn Provider> {
        let bare: Arc<dyn Provider> = match connection.clone() {
            // Nothing to be patient with.
            Connection::Demo => return Arc::new(Demo::with_pause(self.manners.demo_pause)),
            Connection::OpenAi { url, key, model, usage } => {
                Arc::new(OpenAi::new(self.http.clone(), Endpoint { url, key, model, usage }))
            }
            Connection::SillyTavern { door, wish } => {
                Arc::new(SillyTavern::new(self.session(&door), Preference::new(wish)))
            }
        };
        let breaker =
            self.breakers.get_with(server(connection), || Breaker::new(self.manners.breaker.clone()));
        Arc::new(Patient::new(bare, self.manners.patience.clone(), breaker))
    }

    fn session(&self, door: &Door) -> Arc<Session> {
        self.sessions.get_with_by_ref(door, || Arc::new(Session::new(self.http.clone(), door.clone())))
    }
}

fn cache<K: std::hash::Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>() -> Cache<K, V> {
    Cache::builder().max_capacity(MOST).time_to_idle(FORGOTTEN_AFTER).build()
}

fn server(connection: &Connection) -> Server {
    match connection {
        Connection::Demo => Server::Direct(String::new()),
        Connection::OpenAi { url, .. } => Server::Direct(url.to_string()),
        Connection::SillyTavern { door, wish } => {
            Server::Behind { sillytavern: door.url.to_string(), upstream: upstream(door, wish) }
        }
    }
}

/// What an account chose for itself may be anything, so such an upstream is known by the account.
fn upstream(door: &Door, wish: &Wish) -> String {
    match wish {
        Wish::AsInSillyTavern { .. } => {
            format!(
                "chosen by {}",
                door.account.as_ref().map_or("the owner", |account| account.name.as_str())
            )
        }
        Wish::Source { source, endpoint: choice::Endpoint::Usual, .. } => source.clone(),
        Wish::Source {
            endpoint: choice::Endpoint::Custom(url) | choice::Endpoint::Proxy(url, _), ..
        } => url.clone(),
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::provider::settings::{Kind, ProviderSettings};

    fn endpoint(url: &str, model: &str) -> Connection {
        let settings = ProviderSettings {
            kind: Some(Kind::OpenAi),
            url: Some(url.into()),
            model: Some(model.into()),
            ..ProviderSettings::default()
        };
        settings.connection().unwrap()
    }

    #[test]
    fn what_is_forgotten_is_built_anew() {
        let providers = Providers::new(Manners::default()).unwrap();
        let here = endpoint("http://x/v1", "a");
        let before = providers.provider(&here);
        providers.forget();
        assert_eq!((providers.providers.entry_count(), providers.breakers.entry_count()), (0, 0));
        assert!(!Arc::ptr_eq(&before, &providers.provider(&here)));
    }

    #[test]
    fn equal_settings_share_a_provider_and_equal_endpoints_a_breaker() {
        let providers = Providers::new(Manners::default()).unwrap();
        let (here, again) = (endpoint("http://x/v1", "a"), endpoint("http://x/v1", "a"));
        let (other_model, elsewhere) = (endpoint("http://x/v1", "b"), endpoint("http://y/v1", "a"));

        let built =
            [&here, &again, &other_model, &elsewhere].map(|connection| providers.provider(connection));

        assert!(Arc::ptr_eq(&built[0], &built[1]));
        assert!(!Arc::ptr_eq(&built[0], &built[2]));
        assert!(server(&here) == server(&other_model) && server(&here) != server(&elsewhere));
    }
}
