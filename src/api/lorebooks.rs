//! `/lorebooks`: import, make up, list, show, revise, retire and restore; their entries, for whom they are, and their
//! files.

pub mod add;
pub mod create;
pub mod entries;
pub mod file;
pub mod import;
pub mod link;
pub mod list;
pub mod parts;
pub mod remove;
pub mod restore;
pub mod retire;
pub mod revise;
pub mod revise_entry;
pub mod show;

use domain::{
    lorebook::{Book, Lorebook, LorebookId},
    user::UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{at::Named, problem::Problem};
use crate::{execute::Folded, house::House};

/// What can be asked about lorebooks.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(import::import))
        .routes(routes!(list::list, create::create))
        .routes(routes!(show::show, revise::revise, retire::retire))
        .routes(routes!(restore::restore))
        .routes(routes!(entries::list, add::add))
        .routes(routes!(entries::show, revise_entry::revise, remove::remove))
        .routes(routes!(link::link, link::unlink))
        .routes(routes!(file::file))
}

/// A lorebook that was made up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewLorebook)]
pub struct New {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: LorebookId,
    /// What it is called.
    pub name: String,
    /// Where in the log it came in.
    pub position: String,
}

/// The number of an entry, in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct EntryNumber(pub u64);

impl Named for EntryNumber {
    fn missing() -> Problem {
        Problem::not_found("entry-not-found", "the lorebook has no such entry")
    }
}

/// Where a lorebook is shown.
pub fn location(lorebook: LorebookId) -> String {
    format!("/api/v1/lorebooks/{lorebook}")
}

/// The book, if this user owns it; a stranger's is as good as none.
pub fn owned(lorebook: &Folded<Lorebook>, user: UserId) -> Result<&Book, Problem> {
    let book = lorebook.state().book().filter(|book| book.owner == user);
    book.ok_or_else(LorebookId::missing)
}
