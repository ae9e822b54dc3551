//! The parameters of a query. What cannot be read is told by the parameter's name, never by its value.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// Parameters that could be read.
#[derive(Debug, Clone, Copy)]
pub struct Asked<Params>(pub Params);

impl<S: Send + Sync, Params: DeserializeOwned> FromRequestParts<S> for Asked<Params> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<Params>::from_request_parts(parts, state).await;
        query.map(|Query(params)| Self(params)).map_err(|_| {
            Problem::bad_request("bad-request", "a parameter of the query cannot be read")
                .detail("compare the parameters with the page at /api/docs")
        })
    }
}
