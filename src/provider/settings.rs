//! Which back end answers: the same settings for the house, for a user and for a character.
//!
//! They are laid over each other field by field, the later one winning. Two rules keep the house's secrets in the
//! house. Who sends replies elsewhere (another kind, another address) inherits no key and no password. And who stays
//! with the house's SillyTavern cannot change the addresses that it calls on our behalf, for it would send the keys
//! that it keeps to them.

use std::sync::Arc;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::openai::UsageReport;
use super::registry::Providers;
use super::sillytavern::choice::{Endpoint, Wish};
use super::sillytavern::session::{Credentials, Door};
use super::{Provider, Sampling};
use crate::secret::Secret;

/// Longer names, addresses and keys are no such thing.
const LONGEST: usize = 2_048;
const MOST_TOKENS: u32 = 1 << 17;
const MOST_STOPS: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    SillyTavern,
    OpenAi,
    Demo,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// SillyTavern's address, or that of an OpenAI-compatible API up to its `/v1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// SillyTavern's `chat_completion_source`; where there is none, the one that is chosen in SillyTavern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Basic auth of SillyTavern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// SillyTavern's accounts mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_password: Option<Secret>,
    /// Key of an OpenAI-compatible API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// Asks an OpenAI-compatible API to count the tokens of a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_usage: Option<bool>,
    /// For SillyTavern's source `custom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_url: Option<String>,
    /// For SillyTavern's source `openai` and some others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverse_proxy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_password: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Vec<String>>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("`url` is set but `kind` is not: is it `sillytavern` or `openai`?")]
    KindMissing,
    #[error("`url` is missing")]
    UrlMissing,
    #[error("`{0}` is not an http or https address without a user name in it")]
    BadAddress(&'static str),
    #[error("`model` is missing")]
    ModelMissing,
    #[error("`{0}` is too long or holds control characters")]
    BadText(&'static str),
    #[error("`{0}` is outside of its bounds")]
    OutOfBounds(&'static str),
}

/// Which connection the settings name: what decides whether two of them may share it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Connection {
    SillyTavern { door: Door, wish: Wish },
    OpenAi { url: Url, key: Option<Secret>, model: Option<String>, usage: UsageReport },
    Demo,
}

impl ProviderSettings {
    /// The settings in force for a character of a user of a house.
    pub fn merge(house: &Self, user: &Self, character: &Self) -> Self {
        house.clone().overlaid(user).overlaid(character)
    }

    fn overlaid(mut self, later: &Self) -> Self {
        if differs(&self.kind, &later.kind) || differs(&self.url, &later.url) {
            self.drop_access();
        }
        if self.url.is_none() {
            lay(&mut self.custom_url, &later.custom_url);
            lay(&mut self.reverse_proxy, &later.reverse_proxy);
        }
        // A password belongs to its name.
        if differs(&self.user, &later.user) {
            self.password = None;
        }
        if differs(&self.account, &later.account) {
            self.account_password = None;
        }
        lay(&mut self.kind, &later.kind);
        lay(&mut self.url, &later.url);
        lay(&mut self.model, &later.model);
        lay(&mut self.source, &later.source);
        lay(&mut self.user, &later.user);
        lay(&mut self.account, &later.account);
        for (word, newer) in self.secrets().into_iter().zip(later.clone().secrets()) {
            lay(word, &newer.take().filter(|newer| !newer.is_mask()));
        }
        lay(&mut self.include_usage, &later.include_usage);
        lay(&mut self.temperature, &later.temperature);
        lay(&mut self.top_p, &later.top_p);
        lay(&mut self.max_tokens, &later.max_tokens);
        lay(&mut self.presence_penalty, &later.presence_penalty);
        lay(&mut self.frequency_penalty, &later.frequency_penalty);
        lay(&mut self.stop, &later.stop);
        self
    }

    /// Forgets everything that was meant for the former address alone.
    fn drop_access(&mut self) {
        for word in self.secrets() {
            *word = None;
        }
        (self.url, self.custom_url, self.reverse_proxy) = (None, None, None);
        (self.user, self.account, self.source, self.model) = (None, None, None, None);
    }

    fn secrets(&mut self) -> [&mut Option<Secret>; 4] {
        [&mut self.password, &mut self.account_password, &mut self.key, &mut self.proxy_password]
    }

    /// Whether a user may write this down: bounds and shapes, not whether anybody answers there.
    pub fn check(&self) -> Result<(), SettingsError> {
        for (field, text) in self.texts() {
            if text.len() > LONGEST || text.chars().any(char::is_control) {
                return Err(SettingsError::BadText(field));
            }
        }
        for (field, address) in
            [("url", &self.url), ("custom_url", &self.custom_url), ("reverse_proxy", &self.reverse_proxy)]
        {
            address.as_deref().map(|address| self::address(field, address)).transpose()?;
        }
        for (field, number, least, most) in [
            ("temperature", self.temperature, 0.0, 5.0),
            ("top_p", self.top_p, 0.0, 1.0),
            ("presence_penalty", self.presence_penalty, -2.0, 2.0),
            ("frequency_penalty", self.frequency_penalty, -2.0, 2.0),
        ] {
            if number.is_some_and(|number| !(least..=most).contains(&number)) {
                return Err(SettingsError::OutOfBounds(field));
            }
        }
        if self.max_tokens.is_some_and(|tokens| !(1..=MOST_TOKENS).contains(&tokens)) {
            return Err(SettingsError::OutOfBounds("max_tokens"));
        }
        let stops = self.stop.as_deref().unwrap_or_default();
        if stops.len() > MOST_STOPS || stops.iter().any(|stop| stop.is_empty() || stop.len() > 256) {
            return Err(SettingsError::OutOfBounds("stop"));
        }
        Ok(())
    }

    fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let plain = [
            ("url", &self.url),
            ("model", &self.model),
            ("source", &self.source),
            ("user", &self.user),
            ("account", &self.account),
            ("custom_url", &self.custom_url),
            ("reverse_proxy", &self.reverse_proxy),
        ];
        let secret = [
            ("password", &self.password),
            ("account_password", &self.account_password),
            ("key", &self.key),
            ("proxy_password", &self.proxy_password),
        ];
        let plain = plain.into_iter().filter_map(|(field, text)| Some((field, text.as_deref()?)));
        plain.chain(secret.into_iter().filter_map(|(field, word)| Some((field, word.as_ref()?.expose()))))
    }

    /// The back end that these settings name, shared with all who name the same.
    pub fn build(&self, shared: &Providers) -> Result<Arc<dyn Provider>, SettingsError> {
        Ok(shared.provider(&self.connection()?))
    }

    pub fn connection(&self) -> Result<Connection, SettingsError> {
        self.check()?;
        match self.kind {
            None if self.url.is_some() => Err(SettingsError::KindMissing),
            None | Some(Kind::Demo) => Ok(Connection::Demo),
            Some(Kind::OpenAi) => self.openai(),
            Some(Kind::SillyTavern) => self.sillytavern(),
        }
    }

    fn openai(&self) -> Result<Connection, SettingsError> {
        let url = address("url", self.url.as_deref().ok_or(SettingsError::UrlMissing)?)?;
        let model = Some(self.model.clone().ok_or(SettingsError::ModelMissing)?);
        let requested = self.include_usage == Some(true);
        let usage = if requested { UsageReport::Requested } else { UsageReport::AsItComes };
        Ok(Connection::OpenAi { url, key: self.key.clone(), model, usage })
    }

    fn sillytavern(&self) -> Result<Connection, SettingsError> {
        let url = address("url", self.url.as_deref().ok_or(SettingsError::UrlMissing)?)?;
        let door = Door {
            url,
            basic: credentials(self.user.as_ref(), self.password.as_ref()),
            account: credentials(self.account.as_ref(), self.account_password.as_ref()),
        };
        let endpoint = match (&self.custom_url, &self.reverse_proxy) {
            (Some(custom), _) if self.source.as_deref().is_none_or(|source| source == "custom") => {
                Endpoint::Custom(custom.clone())
            }
            (_, Some(proxy)) => Endpoint::Proxy(proxy.clone(), self.proxy_password.clone()),
            _ => Endpoint::Usual,
        };
        let source = match (&self.source, &endpoint) {
            (Some(source), _) => source.clone(),
            (None, Endpoint::Custom(_)) => "custom".into(),
            (None, Endpoint::Proxy(..)) => "openai".into(),
            (None, Endpoint::Usual) => {
                let wish = Wish::AsInSillyTavern { model: self.model.clone() };
                return Ok(Connection::SillyTavern { door, wish });
            }
        };
        let wish = Wish::Source { source, model: self.model.clone(), endpoint };
        Ok(Connection::SillyTavern { door, wish })
    }

    pub fn sampling(&self) -> Sampling {
        Sampling {
            temperature: self.temperature,
            top_p: self.top_p,
            max_tokens: self.max_tokens,
            presence_penalty: self.presence_penalty,
            frequency_penalty: self.frequency_penalty,
            stop: self.stop.clone().unwrap_or_default(),
        }
    }
}

fn differs<T: PartialEq>(below: &Option<T>, above: &Option<T>) -> bool {
    above.is_some() && below != above
}

fn lay<T: Clone>(below: &mut Option<T>, above: &Option<T>) {
    if above.is_some() {
        below.clone_from(above);
    }
}

fn credentials(name: Option<&String>, password: Option<&Secret>) -> Option<Credentials> {
    Some(Credentials { name: name?.clone(), password: password.cloned().unwrap_or_default() })
}

fn address(field: &'static str, text: &str) -> Result<Url, SettingsError> {
    let bad = || SettingsError::BadAddress(field);
    let url = Url::parse(text).map_err(|_| bad())?;
    let plain = url.username().is_empty() && url.password().is_none() && url.host_str().is_some();
    if plain && matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(bad()) }
}

/// A path below an address, whether or not that ends with a slash. A query (Azure's `api-version`) stays.
pub(super) fn below(url: &Url, path: &str) -> Url {
    let mut joined = url.clone();
    joined.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
    joined
}

#[cfg(test)]
mod spec;
