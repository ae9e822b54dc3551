//! `?at=`: something as it was, at a position of the log or at a time. Its owner sees what they see of the present.

use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
};
use domain::commit::{AggregateKey, Recorded};
use serde::Deserialize;
use utoipa::IntoParams;

use super::problem::Problem;
use crate::{
    house::House,
    past::{self, Moment, NoMoment, PastError},
};

/// The place of the past that is asked for, if it is not the present.
#[derive(Debug, Clone, Copy)]
pub struct Then(Option<Moment>);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AtParam {
    /// As it was, at this position of the log or at this time (RFC 3339).
    #[param(example = "5f0c2a11-1042")]
    at: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Then {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let at = Query::<AtParam>::try_from_uri(&parts.uri).ok().and_then(|Query(param)| param.at);
        let moment = at.filter(|text| !text.is_empty()).map(|text| text.parse()).transpose();
        let moment =
            moment.map_err(|error: NoMoment| Problem::bad_request("malformed-moment", error.to_string()))?;
        Ok(Self(moment))
    }
}

impl Then {
    /// The commits of this aggregate up to there; none if the present is asked for.
    pub async fn commits(
        self,
        house: &House,
        aggregate: AggregateKey,
    ) -> Result<Option<Vec<Recorded>>, Problem> {
        match self.0 {
            Some(moment) => Ok(Some(past::until(house.journal(), aggregate, moment).await?)),
            None => Ok(None),
        }
    }
}

impl From<PastError> for Problem {
    fn from(error: PastError) -> Self {
        match error {
            PastError::AnotherLog => Self::new(StatusCode::CONFLICT, "another-log", error.to_string()),
            PastError::Beyond(_) => Self::invalid("beyond-the-log", error.to_string()),
            PastError::Load(error) => error.into(),
        }
    }
}
