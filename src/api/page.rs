//! Lists in pages: `?limit=&cursor=` in, `{items, next_cursor}` out.

use projections::page::{self, Limit, Paging};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;

/// Which page is asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// How many entries at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; none for the first page.
    #[param(pattern = "^([0-9a-f]{48})?$")]
    cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<Item> {
    /// Its entries.
    pub items: Vec<Item>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

impl PageParams {
    /// The page, if there can be one.
    pub fn paging(&self) -> Result<Paging, Problem> {
        let limit = self.limit.map(Limit::try_new).transpose();
        let limit = limit.map_err(|error| Problem::bad_request("bad-request", error.to_string()))?;
        let cursor = self.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(str::parse).transpose();
        let after = cursor
            .map_err(|error: page::BadCursor| Problem::bad_request("malformed-cursor", error.to_string()))?;
        Ok(Paging { limit: limit.unwrap_or_default(), after })
    }
}

impl<Item> Page<Item> {
    /// The page of rows, as it is shown.
    pub fn of<Row>(page: page::Page<Row>) -> Self
    where
        Item: From<Row>,
    {
        Self { items: page.items.into_iter().map(Item::from).collect(), next_cursor: page.next_cursor }
    }
}
