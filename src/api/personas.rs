//! `/personas`: bring in, make up, list, show, revise, retire and restore; their pictures, which one is the usual, and all
//! of them as other programs take them.

pub mod avatar;
pub mod create;
pub mod export;
pub mod import;
pub mod list;
pub mod parts;
pub mod restore;
pub mod retire;
pub mod revise;
pub mod show;
pub mod usual;

use domain::{
    lorebook::Lorebook,
    persona::{Guise, Persona, PersonaId, Profile},
    user::UserId,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{lorebooks, problem::Problem};
use crate::{execute::Folded, house::House};

/// What can be asked about personas.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(import::import))
        .routes(routes!(export::export))
        .routes(routes!(usual::show, usual::choose, usual::lay_down))
        .routes(routes!(list::list, create::create))
        .routes(routes!(show::show, revise::revise, retire::retire))
        .routes(routes!(restore::restore))
        .routes(routes!(avatar::avatar, avatar::replace, avatar::remove))
}

/// A persona that was made up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewPersona)]
pub struct New {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: PersonaId,
    /// What it is called.
    pub name: String,
    /// Where in the log it came in.
    pub position: String,
}

/// Where a persona is shown.
pub fn location(persona: PersonaId) -> String {
    format!("/api/v1/personas/{persona}")
}

/// The guise, if this user owns it; a stranger's is as good as none.
pub fn owned(persona: &Folded<Persona>, user: UserId) -> Result<&Guise, Problem> {
    persona.state().owned_by(user).map_err(|rejection| Problem::rejected(&rejection))
}

/// Holds if the lorebook of a persona is its owner's.
async fn check_lorebook(house: &House, user: UserId, profile: &Profile) -> Result<(), Problem> {
    let Some(id) = profile.lorebook else { return Ok(()) };
    house.executor.look::<Lorebook, _>(id, |lorebook| lorebooks::owned(lorebook, user).map(drop)).await?
}
