//! `GET /masks.json`: characters and groups as the page's masks, with a mask for each greeting.
//!
//! A mask brings its greeting, sends all of its history, makes no summaries and no titles of its own, and leaves errands
//! to a model that is no character. Greetings are said in full here, in the name of whoever is logged in, or as
//! whom they chose to talk.

use std::collections::HashMap;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use cards::{
    Sheet,
    mask::{self, Setting},
};
use domain::{
    character::{CharacterId, Profile},
    conversation::Persona,
    user::{User, UserId},
};
use futures_util::{StreamExt, TryStreamExt};
use projections::characters::{self, CharacterProfile};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::config::PROVIDER;
use crate::{
    api::{after, auth::Caller, problem::Problem},
    house::House,
    models::{self, Model},
    personas, prompt, rows, stamp,
};

/// How many characters have masks: those that came last. The others are models all the same.
const CHARACTERS: usize = 1_000;
/// How many bytes of greetings are told.
const GREETINGS: usize = 16 * 1024 * 1024;

/// All masks of whoever is logged in.
pub(super) async fn masks(State(house): State<House>, caller: Option<Caller>) -> Result<Response, Problem> {
    let masks = match caller {
        Some(caller) => {
            after::catch_up(&house).await;
            all(&house, caller.user).await?
        }
        None => vec![],
    };
    let now_only = [(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"))];
    // The page shows the masks of all its languages.
    Ok((now_only, Json(json!({"cn": [], "tw": [], "en": masks}))).into_response())
}

async fn all(house: &House, owner: UserId) -> Result<Vec<Value>, Problem> {
    let catalogue = models::of(house, owner).await?;
    let cast = cast(house, owner).await?;
    let user = name_of(house, owner).await?;
    let (mut masks, mut bytes) = (vec![], 0);
    for model in catalogue.offered() {
        let company: Option<Vec<_>> = model.company.iter().map(|character| cast.get(character)).collect();
        let Some(company) = company else { continue };
        let persona = personas::chosen(house, owner, &model.company).await?.unwrap_or_else(|| called(&user));
        let more = of_model(model, &company, &persona);
        bytes += more.iter().map(|mask| mask["context"].to_string().len()).sum::<usize>();
        if bytes > GREETINGS {
            tracing::warn!("not all masks are told: the greetings are too long together");
            break;
        }
        masks.extend(more);
    }
    Ok(masks)
}

/// The characters who speak, as many as have masks.
async fn cast(house: &House, owner: UserId) -> Result<HashMap<CharacterId, CharacterProfile>, sqlx::Error> {
    let rows = rows::all(|paging| characters::profiles(&house.pool, owner, paging));
    rows.take(CHARACTERS).map_ok(|row| (row.id, row)).try_collect().await
}

/// Whoever is logged in, where they chose nobody to be.
fn called(user: &str) -> Persona {
    Persona { name: user.to_owned(), ..Persona::default() }
}

/// What somebody is called.
pub(super) async fn name_of(house: &House, user: UserId) -> Result<String, Problem> {
    let name =
        house.executor.look::<User, _>(user, |user| user.state().person().map(|person| person.name.clone()));
    Ok(name.await?.unwrap_or_default())
}

/// A mask for each greeting of a model; one without, if there is none.
fn of_model(model: &Model, company: &[&CharacterProfile], persona: &Persona) -> Vec<Value> {
    let Some(speaker) = company.first() else { return vec![] };
    let names: Vec<_> = company.iter().map(|one| one.profile.spoken_name()).collect();
    let greetings = said(&speaker.profile, &names, persona);
    let name = match company {
        [one] if models::spelling::spell(&one.profile.description.name) == model.id => {
            one.profile.description.name.clone()
        }
        _ => model.id.clone(),
    };
    of(&name, greetings, &model.id, &persona.name, model.created_at)
}

/// The masks of this name that begin with these words.
pub(super) fn of(
    name: &str,
    greetings: Vec<String>,
    model: &str,
    user: &str,
    since: OffsetDateTime,
) -> Vec<Value> {
    let mut greetings = greetings.into_iter();
    let sheet = Sheet {
        name: name.to_owned(),
        first_message: greetings.next().unwrap_or_default(),
        alternate_greetings: greetings.collect(),
        ..Sheet::default()
    };
    let setting = Setting {
        model,
        provider: PROVIDER,
        utility_model: models::UTILITY,
        user,
        created_at: since.unix_timestamp().saturating_mul(1_000),
        ..Setting::default()
    };
    mask::write_all(&sheet, &setting)
}

/// The greetings as they are said in this company.
fn said(speaker: &Profile, company: &[&str], persona: &Persona) -> Vec<String> {
    let greetings = &speaker.greetings;
    let group = company.len() > 1 && !greetings.group.is_empty();
    let texts = if group { &greetings.group } else { &greetings.solo };
    let (dice, at) = (stamp::dice(), stamp::now());
    texts
        .iter()
        .map(|text| prompt::expand_greeting(text, speaker, Some(persona), company, dice, at))
        .collect()
}
