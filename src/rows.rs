//! Every row of a list, for those in the house who want all of them.
//!
//! The lists of the read side come in pages, so that nobody asks for more than a page at once; this asks for one page after
//! the other, the next one only when somebody wants its rows.

use futures_util::{Stream, TryStreamExt, stream};
use projections::page::{BadCursor, Cursor, Limit, Page, Paging};

/// The rows of all the pages that `list` answers, in its order, until the first error.
pub fn all<Row, Listing>(list: impl Fn(Paging) -> Listing) -> impl Stream<Item = Result<Row, sqlx::Error>>
where
    Listing: Future<Output = Result<Page<Row>, sqlx::Error>>,
{
    let first = Paging { limit: Limit::try_new(Limit::MOST.into()).unwrap_or_default(), after: None };
    let pages = stream::try_unfold(Some(first), move |paging| {
        let listing = paging.map(&list);
        async move {
            let Some(listing) = listing else { return Ok::<_, sqlx::Error>(None) };
            let page = listing.await?;
            let next = after(&page)?.map(|cursor| Paging { after: Some(cursor), ..first });
            Ok(Some((stream::iter(page.items.into_iter().map(Ok)), next)))
        }
    });
    pages.try_flatten()
}

/// Behind which row the next page begins, if there is one.
fn after<Row>(page: &Page<Row>) -> Result<Option<Cursor>, sqlx::Error> {
    let cursor = page.next_cursor.as_deref().map(str::parse).transpose();
    cursor.map_err(|error: BadCursor| sqlx::Error::Decode(error.into()))
}

#[cfg(test)]
mod spec {
    use std::sync::Mutex;

    use futures_util::StreamExt;

    use super::*;

    /// A list of three pages of one row each; the last one has no cursor.
    async fn page(asked: &Mutex<Vec<Option<String>>>, paging: Paging) -> Result<Page<usize>, sqlx::Error> {
        let mut asked = asked.lock().expect("nobody panicked");
        asked.push(paging.after.map(|cursor| cursor.to_string()));
        let next_cursor = (asked.len() < 3).then(|| format!("{:048x}", asked.len()));
        Ok(Page { items: vec![asked.len()], next_cursor })
    }

    #[tokio::test]
    async fn every_page_is_asked_for_behind_the_one_before() {
        let asked = Mutex::default();

        let rows: Vec<_> = all(|paging| page(&asked, paging)).try_collect().await.unwrap();

        assert_eq!(rows, [1, 2, 3]);
        let cursors = [None, Some(format!("{:048x}", 1)), Some(format!("{:048x}", 2))];
        assert_eq!(asked.into_inner().unwrap(), cursors);
    }

    #[tokio::test]
    async fn who_has_enough_asks_for_no_more() {
        let asked = Mutex::default();

        let rows: Vec<_> = all(|paging| page(&asked, paging)).take(1).collect().await;

        assert_eq!((rows.len(), asked.into_inner().unwrap().len()), (1, 1));
    }

    #[tokio::test]
    async fn the_first_error_ends_it() {
        let rows: Vec<Result<(), _>> = all(|_| async { Err(sqlx::Error::PoolClosed) }).collect().await;

        assert!(matches!(rows[..], [Err(sqlx::Error::PoolClosed)]));
    }
}
