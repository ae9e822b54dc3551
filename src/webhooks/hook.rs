//! A webhook: where events are told to, which ones, and under which key they are signed.

use domain::{Id, character::CharacterId, user::UserId};
use nats::{KeptHook, Wants};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::signature::SigningKey;
use crate::vault::{Vault, VaultError};

/// The id of a webhook.
pub type WebhookId = Id<Hook>;

/// A webhook.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Its id.
    pub id: WebhookId,
    /// Where events are told to.
    pub url: Url,
    /// What they are signed with.
    pub key: SigningKey,
    /// Which types of events; all, if none is named.
    pub types: Vec<String>,
    /// Only events that name this character.
    pub character: Option<CharacterId>,
    /// From when on.
    pub since: OffsetDateTime,
    /// When it was added.
    pub added_at: OffsetDateTime,
    /// Whether it is told anything.
    pub state: State,
}

/// Whether a hook is told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = WebhookState)]
pub enum State {
    /// It is.
    Active,
    /// Its receiver said that it is gone for good (410), so it is left alone.
    Gone,
}

/// As it is kept, to be sealed as a whole: an address can be as secret as a key.
#[derive(Serialize, Deserialize)]
struct Kept {
    url: String,
    key: String,
    types: Vec<String>,
    character: Option<CharacterId>,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    added_at: OffsetDateTime,
    state: State,
}

impl Hook {
    /// Which events are to be delivered to it.
    pub(super) fn wants(&self) -> Wants {
        Wants { types: self.types.clone(), since: self.since }
    }

    /// Seals it for the house. Bound to its id, so that no other can be put in its place.
    pub(super) fn sealed(&self, vault: &Vault) -> Result<String, VaultError> {
        let kept = Kept {
            url: self.url.to_string(),
            key: self.key.to_keep(),
            types: self.types.clone(),
            character: self.character,
            since: self.since,
            added_at: self.added_at,
            state: self.state,
        };
        let words = serde_json::to_string(&kept).map_err(|_| VaultError::CannotSeal)?;
        vault.seal(UserId::new(self.id.uuid()), &words)
    }

    /// Opens what was sealed.
    pub(super) fn open(vault: &Vault, sealed: &KeptHook) -> Result<Self, VaultError> {
        let settings = std::str::from_utf8(&sealed.settings).map_err(|_| VaultError::DoesNotOpen)?;
        let words = Zeroizing::new(vault.open(UserId::new(sealed.id), settings)?);
        let kept: Kept = serde_json::from_str(&words).map_err(|_| VaultError::DoesNotOpen)?;
        Ok(Self {
            id: WebhookId::new(sealed.id),
            url: kept.url.parse().map_err(|_| VaultError::DoesNotOpen)?,
            key: SigningKey::kept(&kept.key).ok_or(VaultError::DoesNotOpen)?,
            types: kept.types,
            character: kept.character,
            since: kept.since,
            added_at: kept.added_at,
            state: kept.state,
        })
    }
}

#[cfg(test)]
mod spec {
    use uuid::Uuid;

    use super::*;
    use crate::stamp;

    #[test]
    fn a_hook_is_kept_sealed_and_opens_as_itself_only() {
        let vault = Vault::new(&stamp::secret()).unwrap();
        let hook = Hook {
            id: WebhookId::new(Uuid::from_u128(7)),
            url: "https://example.com/hook?token=hunter2".parse().unwrap(),
            key: SigningKey::mint(),
            types: vec!["MessageSent".into()],
            character: None,
            since: OffsetDateTime::UNIX_EPOCH,
            added_at: OffsetDateTime::UNIX_EPOCH,
            state: State::Active,
        };
        let settings = hook.sealed(&vault).unwrap();
        assert!(!settings.contains("hunter2"));
        let kept = KeptHook { id: hook.id.uuid(), revision: 1, settings: settings.into() };
        let again = Hook::open(&vault, &kept).unwrap();
        assert_eq!((&again.url, again.key.to_keep()), (&hook.url, hook.key.to_keep()));
        let moved = KeptHook { id: Uuid::from_u128(8), ..kept };
        assert_eq!(Hook::open(&vault, &moved).unwrap_err(), VaultError::DoesNotOpen);
    }
}
