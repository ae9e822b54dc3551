//! Settings of model providers, as they are sent and shown: for a user and for a character alike.

use domain::{provider::ProviderChoice, user::UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use crate::{
    house::House,
    provider::{ProviderSettings, settings::SettingsError},
    provider_choice::{self, ChoiceError},
    secret::Secret,
};

/// Which model answers, and how it chooses its words. What is left out is as the house (or, for a character, its owner)
/// has it. Secrets are shown as `***`; to send `***` back keeps them.
#[derive(Debug, ToSchema)]
#[schema(as = ProviderSettings)]
#[expect(dead_code, reason = "it only describes the settings, which are read and checked by the provider")]
pub struct Described {
    /// Which back end: `sillytavern`, `openai` or `demo`.
    #[schema(example = "openai")]
    kind: Option<String>,
    /// SillyTavern's address, or that of an OpenAI-compatible API up to its `/v1`.
    url: Option<String>,
    /// Which model.
    model: Option<String>,
    /// SillyTavern's `chat_completion_source`; where there is none, the one that is chosen in SillyTavern.
    source: Option<String>,
    /// Basic auth of SillyTavern.
    user: Option<String>,
    /// Basic auth of SillyTavern.
    password: Option<String>,
    /// SillyTavern's accounts mode.
    account: Option<String>,
    /// SillyTavern's accounts mode.
    account_password: Option<String>,
    /// Key of an OpenAI-compatible API.
    key: Option<String>,
    /// Asks an OpenAI-compatible API to count the tokens of a stream.
    include_usage: Option<bool>,
    /// For SillyTavern's source `custom`.
    custom_url: Option<String>,
    /// For SillyTavern's source `openai` and some others.
    reverse_proxy: Option<String>,
    /// For `reverse_proxy`.
    proxy_password: Option<String>,
    /// How freely the model chooses.
    #[schema(minimum = 0, maximum = 5)]
    temperature: Option<f64>,
    /// From how likely words it chooses.
    #[schema(minimum = 0, maximum = 1)]
    top_p: Option<f64>,
    /// The longest reply, in tokens.
    #[schema(minimum = 1, maximum = 131072)]
    max_tokens: Option<u32>,
    /// How much it avoids words that were said.
    #[schema(minimum = -2, maximum = 2)]
    presence_penalty: Option<f64>,
    /// How much it avoids words that were said often.
    #[schema(minimum = -2, maximum = 2)]
    frequency_penalty: Option<f64>,
    /// Where it stops.
    #[schema(max_items = 16)]
    stop: Option<Vec<String>>,
}

/// The settings of a choice, with masks for secrets when it is written out.
pub fn shown(
    choice: &ProviderChoice,
    owner: UserId,
    house: &House,
) -> Result<impl Serialize + use<>, Problem> {
    Ok(provider_choice::settings_of(choice, owner, &house.vault)?)
}

/// The choice of these settings, if anybody may write them down.
pub fn chosen(
    settings: &ProviderSettings,
    before: &ProviderChoice,
    owner: UserId,
    house: &House,
) -> Result<ProviderChoice, Problem> {
    settings.check()?;
    if has_nul(settings) {
        return Err(SettingsError::BadText("stop").into());
    }
    Ok(provider_choice::choice_of(settings, before, owner, &house.vault)?)
}

/// Texts that the settings' own check leaves alone.
fn has_nul(settings: &ProviderSettings) -> bool {
    let secrets = [&settings.password, &settings.account_password, &settings.key, &settings.proxy_password];
    let secrets = secrets.into_iter().flatten().map(Secret::expose);
    let stops = settings.stop.iter().flatten().map(String::as_str);
    secrets.chain(stops).any(|text| text.contains('\0'))
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        Self::invalid("out-of-bounds", error.to_string())
    }
}

impl From<ChoiceError> for Problem {
    fn from(error: ChoiceError) -> Self {
        Self::fault(&error)
    }
}
