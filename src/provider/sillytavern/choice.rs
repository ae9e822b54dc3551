//! Which of SillyTavern's sources answers, and with what settings.
//!
//! Either our settings name the source, or they do not: then it is the one that the owner has chosen in SillyTavern
//! itself, with their model, their custom endpoint and their samplers, read from the settings that SillyTavern keeps.
//! So whoever talks with a model in SillyTavern today has nothing to configure here but its address.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::session::Session;
use crate::provider::error::ProviderError;
use crate::provider::reply::bounded_body;
use crate::provider::wire::ChatRequest;
use crate::secret::Secret;

const SETTINGS: &str = "api/settings/get";
const LARGEST_SETTINGS: usize = 16 << 20;
/// A change in SillyTavern reaches us within this time.
const FRESH: Duration = Duration::from_secs(20);

/// What `/generate` takes beside the chat itself.
#[derive(Serialize)]
pub struct Choice {
    #[serde(rename = "chat_completion_source")]
    source: String,
    #[serde(skip)]
    model: Option<String>,
    /// The fields of this source, under SillyTavern's names for them.
    #[serde(flatten)]
    fields: Map<String, Value>,
    #[serde(skip)]
    sampling: Value,
}

/// What our own settings say about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wish {
    /// Whatever is chosen in SillyTavern; the model may still be ours.
    AsInSillyTavern {
        model: Option<String>,
    },
    Source {
        source: String,
        model: Option<String>,
        endpoint: Endpoint,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// The one that belongs to the source.
    Usual,
    /// `custom_url`, for the source `custom`.
    Custom(String),
    /// `reverse_proxy` and its password.
    Proxy(String, Option<Secret>),
}

/// The wish, and what became of it lately.
pub struct Preference {
    wish: Wish,
    known: Mutex<Option<(Instant, Arc<Choice>)>>,
}

impl Preference {
    pub fn new(wish: Wish) -> Self {
        Self { wish, known: Mutex::new(None) }
    }

    /// The choice to use now; it asks SillyTavern only where it must, and not each time.
    pub(super) async fn settle(&self, session: &Session) -> Result<Arc<Choice>, ProviderError> {
        if let Some(choice) = self.known() {
            return Ok(choice);
        }
        let choice = Arc::new(match &self.wish {
            Wish::AsInSillyTavern { model } => Choice::of_owner(&settings(session).await?, model.as_deref())?,
            Wish::Source { source, model, endpoint } => Choice::of_ours(source, model.as_deref(), endpoint),
        });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), Arc::clone(&choice)));
        Ok(choice)
    }

    fn known(&self) -> Option<Arc<Choice>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, choice) = known.as_ref()?;
        let holds = matches!(self.wish, Wish::Source { .. }) || since.elapsed() < FRESH;
        holds.then(|| Arc::clone(choice))
    }
}

/// The fields may hold the owner's passwords and headers.
impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice")
            .field("source", &self.source)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl Choice {
    fn of_ours(source: &str, model: Option<&str>, endpoint: &Endpoint) -> Self {
        // Without this the sources that know a system prompt get it as words of the user.
        let mut fields = Map::from_iter([("use_sysprompt".into(), Value::Bool(true))]);
        match endpoint {
            Endpoint::Usual => {}
            Endpoint::Custom(url) => drop(fields.insert("custom_url".into(), json!(url))),
            Endpoint::Proxy(url, password) => {
                fields.insert("reverse_proxy".into(), json!(url));
                fields.insert("proxy_password".into(), json!(password.as_ref().map_or("", Secret::expose)));
            }
        }
        Self { source: source.into(), model: model.map(str::to_owned), fields, sampling: Value::Null }
    }

    /// The owner's choice, from the blob that SillyTavern keeps for its front end.
    fn of_owner(blob: &Value, model: Option<&str>) -> Result<Self, ProviderError> {
        let chosen =
            blob.get("oai_settings").filter(|chosen| chosen.is_object()).ok_or(ProviderError::Nonsense)?;
        let source = chosen["chat_completion_source"].as_str().unwrap_or("openai");
        let fields =
            FIELDS.iter().filter(|(of, _)| of.is_empty() || of.contains(&source)).flat_map(|(_, names)| {
                names.iter().filter_map(|name| Some(((*name).to_owned(), chosen.get(*name)?.clone())))
            });
        let owners = chosen[model_key(source)].as_str().filter(|name| !name.is_empty());
        Ok(Self {
            source: source.into(),
            model: model.or(owners).map(str::to_owned),
            fields: fields.filter(|(_, value)| !value.is_null() && *value != "").collect(),
            sampling: chosen.clone(),
        })
    }

    pub(super) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Where our settings are silent, the owner's samplers hold.
    pub(super) fn lend_sampling(&self, chat: &mut ChatRequest<'_>) {
        let number = |key: &str| self.sampling[key].as_f64();
        chat.temperature = chat.temperature.or_else(|| number("temp_openai"));
        chat.top_p = chat.top_p.or_else(|| number("top_p_openai"));
        chat.frequency_penalty = chat.frequency_penalty.or_else(|| number("freq_pen_openai"));
        chat.presence_penalty = chat.presence_penalty.or_else(|| number("pres_pen_openai"));
        let tokens =
            self.sampling["openai_max_tokens"].as_u64().and_then(|tokens| u32::try_from(tokens).ok());
        chat.max_tokens = chat.max_tokens.or(tokens);
    }
}

/// Which fields of the owner's settings a source needs; an empty list of sources means all of them.
const FIELDS: &[(&[&str], &[&str])] = &[
    (&[], &["custom_prompt_post_processing", "use_sysprompt"]),
    (&["custom"], &["custom_url", "custom_include_body", "custom_exclude_body", "custom_include_headers"]),
    (
        &["claude", "openai", "mistralai", "makersuite", "vertexai", "deepseek", "xai", "zai", "moonshot"],
        &["reverse_proxy", "proxy_password"],
    ),
    (&["azure_openai"], &["azure_base_url", "azure_deployment_name", "azure_api_version"]),
    (&["vertexai"], &["vertexai_auth_mode", "vertexai_region", "vertexai_express_project_id"]),
    (&["nanogpt"], &["nanogpt_provider", "nanogpt_payg_override"]),
    (&["zai"], &["zai_endpoint"]),
    (&["siliconflow"], &["siliconflow_endpoint"]),
    (&["minimax"], &["minimax_endpoint"]),
    (&["pollinations"], &["pollinations_endpoint"]),
    (&["workers_ai"], &["workers_ai_account_id"]),
];

/// SillyTavern calls the model `<source>_model`, with one exception.
fn model_key(source: &str) -> String {
    if source == "makersuite" { "google_model".into() } else { format!("{source}_model") }
}

async fn settings(session: &Session) -> Result<Value, ProviderError> {
    let response = session.post(SETTINGS, &json!({})).await?;
    if response.status() != StatusCode::OK {
        return Err(super::refusal(response).await);
    }
    let answer = bounded_body(response, LARGEST_SETTINGS).await;
    let answer: Value = serde_json::from_slice(&answer).map_err(|_| ProviderError::Nonsense)?;
    // The settings are a JSON document inside a string.
    let blob = answer["settings"].as_str().ok_or(ProviderError::Nonsense)?;
    serde_json::from_str(blob).map_err(|_| ProviderError::Nonsense)
}

#[cfg(test)]
mod spec {
    use super::*;

    fn owner(source: &str) -> Value {
        json!({"oai_settings": {
            "chat_completion_source": source, "custom_model": "own", "google_model": "gem", "claude_model": "cl",
            "custom_url": "http://model/v1", "reverse_proxy": "http://proxy", "proxy_password": "", "temp_openai": 0.7,
            "some_secret_setting": "x",
        }})
    }

    #[test]
    fn the_owner_of_sillytavern_need_not_say_it_twice() {
        let choice = Choice::of_owner(&owner("custom"), None).unwrap();

        let sent = serde_json::to_value(&choice).unwrap();
        assert_eq!(sent, json!({"chat_completion_source": "custom", "custom_url": "http://model/v1"}));
        assert_eq!(choice.model(), Some("own"));
    }

    #[test]
    fn each_source_gets_its_own_fields_and_model() {
        let gemini = Choice::of_owner(&owner("makersuite"), None).unwrap();

        assert_eq!(gemini.model(), Some("gem"));
        assert_eq!(gemini.fields.keys().collect::<Vec<_>>(), ["reverse_proxy"]);
    }

    #[test]
    fn our_model_wins_over_the_owners() {
        assert_eq!(Choice::of_owner(&owner("claude"), Some("mine")).unwrap().model(), Some("mine"));
    }

    #[test]
    fn settings_without_a_chat_section_are_not_understood() {
        assert_eq!(Choice::of_owner(&json!({}), None).unwrap_err(), ProviderError::Nonsense);
    }

    #[test]
    fn a_source_of_ours_is_sent_with_its_endpoint() {
        let endpoint = Endpoint::Proxy("http://p".into(), Some(Secret::new("word")));

        let sent = serde_json::to_value(Choice::of_ours("openai", Some("m"), &endpoint)).unwrap();

        assert_eq!(sent["reverse_proxy"], "http://p");
        assert_eq!(sent["proxy_password"], "word");
        assert_eq!(sent["chat_completion_source"], "openai");
    }
}
