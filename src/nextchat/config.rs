//! `POST /api/config`: which models the page offers, asked for on every load.
//!
//! NextChat never asks `/v1/models`; this list is how it comes to know characters. Each is told with its provider, so that
//! the page sends it here and not elsewhere. The page's own models are taken out.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{
    api::{after, auth::Caller, problem::Problem},
    house::House,
    models::{self, Catalogue},
};

/// By which name NextChat knows whoever speaks OpenAI's language.
pub(super) const PROVIDER: &str = "OpenAI";

/// What the page is told about itself.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    /// Whether it asks for an access code: a key of this house is one.
    need_code: bool,
    hide_user_api_key: bool,
    #[serde(rename = "disableGPT4")]
    disable_gpt4: bool,
    hide_balance_query: bool,
    /// Whether a link may not set keys and servers.
    disable_fast_link: bool,
    custom_models: String,
    default_model: String,
    vision_models: String,
}

impl Told {
    fn new(need_code: bool, catalogue: &Catalogue) -> Self {
        let ids = || catalogue.offered().map(|model| model.id.as_str());
        let offered = ids().fold("-all".to_owned(), |list, id| list + ",+" + id + "@" + PROVIDER);
        Self {
            need_code,
            hide_user_api_key: true,
            disable_gpt4: false,
            hide_balance_query: true,
            disable_fast_link: true,
            custom_models: offered,
            default_model: ids().next().map(|id| format!("{id}@{PROVIDER}")).unwrap_or_default(),
            vision_models: String::new(),
        }
    }
}

/// What the page is told about itself, by whoever is logged in in it.
pub(super) async fn config(State(house): State<House>, caller: Option<Caller>) -> Result<Response, Problem> {
    let told = match caller {
        None => Told::new(true, &Catalogue::default()),
        Some(caller) => {
            // A character that came in a second ago is there.
            after::catch_up(&house).await;
            Told::new(false, &models::of(&house, caller.user).await?)
        }
    };
    let now_only = [(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"))];
    Ok((now_only, Json(told)).into_response())
}

#[cfg(test)]
mod spec {
    use projections::characters::CharacterName;
    use time::OffsetDateTime;

    use super::*;
    use crate::stamp;

    fn known(name: &str) -> CharacterName {
        let created_at = OffsetDateTime::UNIX_EPOCH;
        CharacterName { id: stamp::id(), name: name.into(), is_active: true, created_at }
    }

    #[test]
    fn characters_are_the_only_models_and_their_names_do_not_break_the_list() {
        let catalogue = Catalogue::new(&[known("Aqua"), known("Smith, John"), known("a@b=c")], &[]);
        let told = Told::new(false, &catalogue);
        let entries: Vec<_> = told.custom_models.split(',').collect();
        assert_eq!(entries.len(), 4, "{entries:?}");
        assert_eq!(entries[..2], ["-all", "+Aqua@OpenAI"]);
        assert!(entries[1..].iter().all(|entry| entry.matches('@').count() == 1 && !entry.contains('=')));
        assert_eq!(told.default_model, "Aqua@OpenAI");
    }

    #[test]
    fn the_form_is_the_one_that_the_page_knows() {
        let told = serde_json::to_value(Told::new(true, &Catalogue::default())).unwrap();
        assert_eq!(
            told,
            serde_json::json!({
                "needCode": true, "hideUserApiKey": true, "disableGPT4": false, "hideBalanceQuery": true,
                "disableFastLink": true, "customModels": "-all", "defaultModel": "", "visionModels": "",
            })
        );
    }
}
