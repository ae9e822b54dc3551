//! `Ink-After`: a query that waits, within bounds, until the read side has got to a position: so that a caller reads
//! their own writes. `?after=` says the same where headers cannot be set.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use domain::commit::Position;
use serde::Deserialize;
use utoipa::IntoParams;

use super::problem::Problem;
use crate::house::House;

/// How long one waits for something that may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(2);

/// The query has waited for what it asked for.
#[derive(Debug, Clone, Copy)]
pub struct After;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AfterParam {
    /// Answer only when the read side has got to this position (an `Ink-Position`). The header `Ink-After` says the
    /// same.
    #[param(example = "5f0c2a11-1042", pattern = "^([0-9a-f]{8}-[0-9]{1,19})?$")]
    after: Option<String>,
}

/// The position in `Ink-After` or `?after=`, if there is one.
pub fn position(parts: &Parts) -> Result<Option<Position>, Problem> {
    let query = || Query::<AfterParam>::try_from_uri(&parts.uri).ok()?.0.after;
    let header = parts.headers.get("ink-after").map(|value| value.to_str().unwrap_or_default().to_owned());
    header.or_else(query).filter(|text| !text.is_empty()).map(|text| parse(&text)).transpose()
}

/// Reads a position.
pub fn parse(text: &str) -> Result<Position, Problem> {
    text.parse().map_err(|error: domain::commit::NotAPosition| {
        Problem::bad_request("malformed-position", error.to_string())
    })
}

impl FromRequestParts<House> for After {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Problem> {
        if let Some(position) = position(parts)? {
            let patience = house.config.http.after_patience;
            house.progress.wait_for(position, house.journal().epoch(), patience).await?;
        }
        Ok(Self)
    }
}

/// Looks for a row, and once more when everything is in the rows that the log holds now.
pub async fn find<Row, Looking>(house: &House, look: impl Fn() -> Looking) -> Result<Option<Row>, Problem>
where
    Looking: Future<Output = Result<Option<Row>, sqlx::Error>>,
{
    if let Some(row) = look().await? {
        return Ok(Some(row));
    }
    catch_up(house).await;
    Ok(look().await?)
}

/// Waits, within bounds, until everything is in the rows that the log holds now.
pub async fn catch_up(house: &House) {
    let last = house.journal().last().await.unwrap_or_else(|_| house.tail.reached());
    // Whoever did not see it arrive in time looks all the same.
    let _ = house.progress.wait_for(last, house.journal().epoch(), ON_ITS_WAY).await;
}
