//! `/projections`: how far the read models are, for whoever runs the house; to build them anew, and to try again what was
//! parked.
//!
//! Neither is a command of the log: the rows follow from it, and nothing that happened changes. Only the owner may.

pub mod list;
pub mod rebuild;
pub mod retry;
pub mod show;

use projections::Projection;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{at::Named, problem::Problem};
use crate::{
    house::House,
    projector::{retry::RetryError, status::StatusError},
};

/// What can be asked about projections.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(show::show))
        .routes(routes!(rebuild::rebuild))
        .routes(routes!(retry::retry))
}

/// The name of a projection.
#[derive(Debug, Clone, Deserialize)]
pub struct Name(String);

impl Named for Name {
    fn missing() -> Problem {
        let all: Vec<_> = projections::all().iter().map(|it| it.name).collect();
        Problem::not_found("projection-not-found", "there is no such projection")
            .detail(format!("there are: {}", all.join(", ")))
    }
}

impl Name {
    /// The projection of this name.
    pub fn find(&self) -> Result<Projection, Problem> {
        projections::all().into_iter().find(|it| it.name == self.0).ok_or_else(Self::missing)
    }
}

impl From<StatusError> for Problem {
    fn from(error: StatusError) -> Self {
        match error {
            StatusError::Load(error) => error.into(),
            StatusError::Database(error) => error.into(),
        }
    }
}

impl From<RetryError> for Problem {
    fn from(error: RetryError) -> Self {
        match error {
            RetryError::Load(error) => error.into(),
            RetryError::Database(error) => error.into(),
        }
    }
}
