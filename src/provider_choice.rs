//! Between the settings of a model provider, as people write them, and the choice that an event carries.
//!
//! Plain values stand in the event under their names, each as JSON; the secrets are sealed together, for their owner
//! only. Whoever writes `***` for a secret, as it was shown to them, keeps the one that they had.

use std::collections::BTreeMap;

use domain::{provider::ProviderChoice, user::UserId};
use serde_json::{Map, Value};

use crate::{
    provider::ProviderSettings,
    secret::Secret,
    vault::{Vault, VaultError},
};

/// Why settings cannot be read out of an event, or written into one.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// The secrets cannot be sealed or opened.
    #[error("the secrets of the provider settings cannot be sealed or opened")]
    Vault(#[from] VaultError),
    /// The values are no settings of this version.
    #[error("the provider settings cannot be read")]
    Unreadable(#[source] serde_json::Error),
}

/// The settings that somebody chose.
pub fn settings_of(
    choice: &ProviderChoice,
    owner: UserId,
    vault: &Vault,
) -> Result<ProviderSettings, ChoiceError> {
    let mut fields = choice
        .settings
        .iter()
        .map(|(name, value)| Ok((name.clone(), serde_json::from_str(value)?)))
        .collect::<Result<Map<String, Value>, _>>()
        .map_err(ChoiceError::Unreadable)?;
    if let Some(sealed) = &choice.sealed {
        let opened = vault.open(owner, sealed)?;
        let secrets: Map<String, Value> = serde_json::from_str(&opened).map_err(ChoiceError::Unreadable)?;
        fields.extend(secrets);
    }
    serde_json::from_value(Value::Object(fields)).map_err(ChoiceError::Unreadable)
}

/// The choice of these settings, by somebody who had chosen `before`. The same settings are the same choice.
pub fn choice_of(
    settings: &ProviderSettings,
    before: &ProviderChoice,
    owner: UserId,
    vault: &Vault,
) -> Result<ProviderChoice, ChoiceError> {
    let known = settings_of(before, owner, vault)?;
    let settings = kept(settings, &known);
    if settings == known {
        return Ok(before.clone());
    }
    let secrets = secrets(&settings);
    let plain = serde_json::to_value(&settings).map_err(ChoiceError::Unreadable)?;
    let plain = plain.as_object().into_iter().flatten();
    let plain = plain.filter(|(name, _)| !secrets.contains_key(name.as_str()));
    let sealed = (!secrets.is_empty()).then(|| {
        let secrets = serde_json::to_string(&secrets).map_err(ChoiceError::Unreadable)?;
        Ok::<_, ChoiceError>(vault.seal(owner, &secrets)?)
    });
    Ok(ProviderChoice {
        settings: plain.map(|(name, value)| (name.clone(), value.to_string())).collect(),
        sealed: sealed.transpose()?,
    })
}

/// The settings, with the secrets that were only shown as a mask put back.
fn kept(settings: &ProviderSettings, known: &ProviderSettings) -> ProviderSettings {
    let keep = |new: &Option<Secret>, old: &Option<Secret>| match new {
        Some(secret) if secret.is_mask() => old.clone(),
        new => new.clone(),
    };
    ProviderSettings {
        password: keep(&settings.password, &known.password),
        account_password: keep(&settings.account_password, &known.account_password),
        key: keep(&settings.key, &known.key),
        proxy_password: keep(&settings.proxy_password, &known.proxy_password),
        ..settings.clone()
    }
}

/// The secrets in the clear, under the names of their fields.
fn secrets(settings: &ProviderSettings) -> BTreeMap<&'static str, &str> {
    let all = [
        ("password", &settings.password),
        ("account_password", &settings.account_password),
        ("key", &settings.key),
        ("proxy_password", &settings.proxy_password),
    ];
    all.into_iter().filter_map(|(name, secret)| Some((name, secret.as_ref()?.expose()))).collect()
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{provider::settings::Kind, stamp};

    fn vault() -> Vault {
        Vault::new(&stamp::secret()).unwrap()
    }

    fn settings() -> ProviderSettings {
        ProviderSettings {
            kind: Some(Kind::OpenAi),
            url: Some("https://models.example/v1".into()),
            key: Some(Secret::new("sk-1234")),
            temperature: Some(0.7),
            stop: Some(vec!["\n".into()]),
            ..ProviderSettings::default()
        }
    }

    #[test]
    fn settings_come_back_as_they_were_chosen_and_no_secret_stands_in_the_clear() {
        let (vault, mira) = (vault(), stamp::id());
        let choice = choice_of(&settings(), &ProviderChoice::default(), mira, &vault).unwrap();
        assert_eq!(choice.settings["temperature"], "0.7");
        assert!(!format!("{choice:?}").contains("sk-1234"));
        assert_eq!(settings_of(&choice, mira, &vault).unwrap(), settings());
    }

    #[test]
    fn the_same_settings_are_the_same_choice_and_the_mask_keeps_the_secret() {
        let (vault, mira) = (vault(), stamp::id());
        let choice = choice_of(&settings(), &ProviderChoice::default(), mira, &vault).unwrap();
        let shown: ProviderSettings =
            serde_json::from_str(&serde_json::to_string(&settings()).unwrap()).unwrap();
        assert_eq!(choice_of(&shown, &choice, mira, &vault).unwrap(), choice);
        let warmer = ProviderSettings { temperature: Some(1.0), ..shown };
        let choice = choice_of(&warmer, &choice, mira, &vault).unwrap();
        assert_eq!(settings_of(&choice, mira, &vault).unwrap().key, Some(Secret::new("sk-1234")));
    }

    #[test]
    fn nothing_chosen_is_no_settings() {
        let (vault, mira) = (vault(), stamp::id());
        let nothing = ProviderChoice::default();
        assert_eq!(settings_of(&nothing, mira, &vault).unwrap(), ProviderSettings::default());
        assert_eq!(choice_of(&ProviderSettings::default(), &nothing, mira, &vault).unwrap(), nothing);
    }
}
