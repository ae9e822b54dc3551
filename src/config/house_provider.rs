//! Which back end answers where nobody has chosen: the one that is named, else the one whose address is set, else the
//! demo.

use serde::{Deserialize, Serialize};

use super::{Config, ConfigError};
use crate::{
    provider::{ProviderSettings, settings::Kind},
    secret::Secret,
};

/// The back ends.
pub type ProviderKind = Kind;

/// SillyTavern as a back end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SillyTavernConfig {
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The user of its basic authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password of its basic authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// The account, in its accounts mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The password of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_password: Option<Secret>,
    /// The source that it is to ask (`custom`, `openai`, …); without one, the one that is chosen in SillyTavern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The model of that source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The endpoint of the source `custom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_url: Option<String>,
    /// The reverse proxy of the source `openai` and others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverse_proxy: Option<String>,
    /// Its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_password: Option<Secret>,
}

/// An OpenAI-compatible endpoint as a back end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpenAiConfig {
    /// Its address, up to and with `/v1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// Asks for the tokens of a stream to be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_usage: Option<bool>,
}

pub(super) fn settings(config: &Config) -> Result<ProviderSettings, ConfigError> {
    let kind = config.provider.unwrap_or_else(|| guess(config));
    let settings = match kind {
        Kind::SillyTavern => sillytavern(&config.sillytavern),
        Kind::OpenAi => openai(&config.openai),
        Kind::Demo => ProviderSettings::default(),
    };
    let sampling = config.sampling.clone();
    let settings = ProviderSettings {
        kind: Some(kind),
        temperature: sampling.temperature,
        top_p: sampling.top_p,
        max_tokens: sampling.max_tokens,
        ..settings
    };
    settings.check()?;
    settings.connection()?;
    Ok(settings)
}

fn guess(config: &Config) -> Kind {
    if config.sillytavern.url.is_some() {
        return Kind::SillyTavern;
    }
    if config.openai.url.is_some() { Kind::OpenAi } else { Kind::Demo }
}

fn sillytavern(config: &SillyTavernConfig) -> ProviderSettings {
    let config = config.clone();
    ProviderSettings {
        url: config.url,
        user: config.user,
        password: config.password,
        account: config.account,
        account_password: config.account_password,
        source: config.source,
        model: config.model,
        custom_url: config.custom_url,
        reverse_proxy: config.reverse_proxy,
        proxy_password: config.proxy_password,
        ..ProviderSettings::default()
    }
}

fn openai(config: &OpenAiConfig) -> ProviderSettings {
    let config = config.clone();
    ProviderSettings {
        url: config.url,
        model: config.model,
        key: config.key,
        include_usage: config.include_usage,
        ..ProviderSettings::default()
    }
}
