//! Lists in pages, newest first, by keyset: a page begins behind the last row of the one before.
//!
//! The key never changes once a row is there (when it was created and its id, or its place in the conversation), so that
//! nothing is lost or told twice while rows arrive; what arrives during the reading is newer than the first page. To a
//! caller a cursor is opaque: its form may change.

use std::{fmt, str::FromStr};

use domain::user::UserId;
use serde::Serialize;
use sqlx::{
    Postgres,
    postgres::PgArguments,
    query::QueryAs,
    types::{Uuid, time::OffsetDateTime},
};

/// Which page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paging {
    /// How many rows at most.
    pub limit: Limit,
    /// Behind which row; the first page has none.
    pub after: Option<Cursor>,
}

/// How many rows a page has at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u8);

/// Not between 1 and 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page has from 1 to {} entries", Limit::MOST)]
pub struct BadLimit;

impl Limit {
    /// The most.
    pub const MOST: u8 = 100;

    /// A limit, if it is one.
    pub fn try_new(number: u32) -> Result<Self, BadLimit> {
        match u8::try_from(number) {
            Ok(number) if (1..=Self::MOST).contains(&number) => Ok(Self(number)),
            _ => Err(BadLimit),
        }
    }

    /// One row more than the page has: whether there is another page.
    pub(crate) fn and_one(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// The key of the last row of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    key: i64,
    id: Uuid,
}

/// The text is not a cursor that was answered here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor: take it from next_cursor of the page before, as it is")]
pub struct BadCursor;

/// The years that a timestamp may lie in end here, in microseconds.
const LATEST: i64 = 253_402_300_799_999_999;

impl Cursor {
    /// Before the first row of any list.
    pub(crate) const START: Self = Self { key: LATEST, id: Uuid::max() };

    /// Behind the row that was created then.
    pub(crate) fn at(created_at: OffsetDateTime, id: Uuid) -> Self {
        let micros = created_at.unix_timestamp_nanos() / 1_000;
        Self { key: i64::try_from(micros).unwrap_or(LATEST), id }
    }

    /// Behind the row at this place.
    pub(crate) fn behind(ordinal: u64, id: Uuid) -> Self {
        Self { key: crate::sql::bigint(ordinal), id }
    }

    /// When the row was created.
    pub(crate) fn created_at(self) -> OffsetDateTime {
        let nanos = i128::from(self.key) * 1_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Its place.
    pub(crate) fn ordinal(self) -> i64 {
        self.key
    }

    /// Its id.
    pub(crate) fn id(self) -> Uuid {
        self.id
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{}", self.key, self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        if text.len() != 48 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadCursor);
        }
        let (key, id) = text.split_at(16);
        let key = u64::from_str_radix(key, 16).map_err(|_| BadCursor)?.cast_signed();
        if !(-LATEST..=LATEST).contains(&key) {
            return Err(BadCursor);
        }
        Ok(Self { key, id: id.parse().map_err(|_| BadCursor)? })
    }
}

impl Paging {
    pub(crate) fn from(self) -> Cursor {
        self.after.unwrap_or(Cursor::START)
    }

    /// Binds what every list of somebody's own needs to know: `$1` whose, `$2` and `$3` behind which row, `$4` how many.
    pub(crate) fn of<Row>(self, owner: UserId, list: Listing<'_, Row>) -> Listing<'_, Row> {
        let from = self.from();
        list.bind(owner.uuid()).bind(from.created_at()).bind(from.id()).bind(self.limit.and_one())
    }
}

/// The query behind a list.
pub(crate) type Listing<'q, Row> = QueryAs<'q, Postgres, Row, PgArguments>;

/// Whether retired ones are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Retired {
    /// They are not.
    #[default]
    LeftOut,
    /// They are.
    Included,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page<T> {
    /// Its rows, newest first.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page without rows.
    pub(crate) fn empty() -> Self {
        Self { items: vec![], next_cursor: None }
    }

    /// The page out of up to one row more than it may have.
    pub(crate) fn of(mut rows: Vec<T>, limit: Limit, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let full = usize::from(limit.0);
        let more = rows.len() > full;
        rows.truncate(full);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map(|row| cursor(row).to_string());
        Self { items: rows, next_cursor }
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_printed() {
        for key in [-1, 0, 1, 1_700_000_000_123_456, LATEST, -LATEST] {
            let cursor = Cursor { key, id: Uuid::from_u128(7) };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn what_is_not_a_cursor_is_refused() {
        let foreign = ["", "abc", &"g".repeat(48), &"f".repeat(47), &"7".repeat(48), &"é".repeat(24)];
        for text in foreign {
            assert_eq!(text.parse::<Cursor>(), Err(BadCursor), "{text}");
        }
    }

    #[test]
    fn a_page_has_from_one_to_a_hundred_rows() {
        assert_eq!(Limit::try_new(0), Err(BadLimit));
        assert_eq!(Limit::try_new(101), Err(BadLimit));
        assert_eq!(Limit::try_new(256), Err(BadLimit));
        assert!(Limit::try_new(1).is_ok() && Limit::try_new(100).is_ok());
    }

    #[test]
    fn the_last_page_leads_nowhere() {
        let limit = Limit::try_new(2).unwrap();
        let cursor = |number: &u64| Cursor::behind(*number, Uuid::nil());
        assert_eq!(Page::of(vec![3, 2], limit, cursor).next_cursor, None);
        let page = Page::of(vec![3, 2, 1], limit, cursor);
        assert_eq!((page.items, page.next_cursor), (vec![3, 2], Some(cursor(&2).to_string())));
    }
}
