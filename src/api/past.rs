//! `?at=`: something as it was, at a position of the log or at a time. Its owner sees what they see of the present.

use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
};
use domain::{
    Aggregate,
    commit::{AggregateKey, Recorded},
};
use projections::{
    page::Page,
    past::{Begun, Horizon},
};
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

    /// A page of what had begun by then, as it was; none if the present is asked for. The read side knows what had begun,
    /// so it is waited for, within bounds.
    pub async fn page<A, Row, Looking>(
        self,
        house: &House,
        begun: impl FnOnce(Horizon) -> Looking,
        fold: impl Fn(&[Recorded]) -> Result<Option<Row>, sqlx::Error>,
    ) -> Result<Option<Page<Row>>, Problem>
    where
        A: Aggregate,
        Looking: Future<Output = Result<Page<Begun<A>>, sqlx::Error>>,
    {
        let Some(moment) = self.0 else { return Ok(None) };
        let end = past::end(house.journal(), moment).await?;
        house.progress.wait_for(end, end.epoch, house.config.http.after_patience).await?;
        Ok(Some(past::page(house.journal(), begun(moment.into()).await?, moment, fold).await?))
    }

    /// Whether the past is asked for.
    pub const fn is_past(self) -> bool {
        self.0.is_some()
    }
}

impl From<PastError> for Problem {
    fn from(error: PastError) -> Self {
        match error {
            PastError::AnotherLog => Self::new(StatusCode::CONFLICT, "another-log", error.to_string()),
            PastError::Beyond(_) => Self::invalid("beyond-the-log", error.to_string()),
            PastError::Load(error) => error.into(),
            PastError::Fold(error) => error.into(),
        }
    }
}
