//! `/characters`: import, make up, list, show, revise, retire and restore, and their pictures and sounds.

pub mod assets;
pub mod avatar;
pub mod card;
pub mod create;
pub mod expressions;
pub mod files;
pub mod import;
pub mod list;
pub mod parts;
pub mod provider;
pub mod restore;
pub mod retire;
pub mod revise;
pub mod show;

use domain::{
    character::{Character, CharacterId, Sheet, Standing},
    user::UserId,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{at::Named, problem::Problem};
use crate::{execute::Folded, house::House};

/// What can be asked about characters.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(import::import))
        .routes(routes!(list::list, create::create))
        .routes(routes!(show::show, revise::revise, retire::retire))
        .routes(routes!(restore::restore))
        .routes(routes!(avatar::avatar, avatar::replace::replace))
        .routes(routes!(assets::list))
        .routes(routes!(assets::show))
        .routes(routes!(expressions::add, expressions::remove))
        .routes(routes!(card::card))
        .routes(routes!(provider::show, provider::choose, provider::forget))
}

/// A character that came in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewCharacter)]
pub struct New {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: CharacterId,
    /// What it is called.
    pub name: String,
    /// Where in the log it came in.
    pub position: String,
}

/// Where a character is shown.
pub fn location(character: CharacterId) -> String {
    format!("/api/v1/characters/{character}")
}

/// The sheet of a character, if this user owns it; a stranger's is as good as none.
pub fn owned(character: &Folded<Character>, user: UserId) -> Result<&Sheet, Problem> {
    let sheet = character.state().sheet().filter(|sheet| sheet.owner == user);
    sheet.ok_or_else(CharacterId::missing)
}

/// Whether a character may speak; one that nobody knows may not.
pub fn standing(character: &Folded<Character>) -> Standing {
    character.state().sheet().map_or(Standing::Retired, |sheet| sheet.standing)
}
