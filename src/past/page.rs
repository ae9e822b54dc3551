//! A page of the past: what had begun by then, each folded from its own commits.
//!
//! This costs a look into the log for each entry, and all the commits that the entry had by then. So a page ends early
//! when it has read many; its cursor goes on where it ended.

use domain::{Aggregate, commit::Recorded};
use nats::Journal;
use projections::{page::Page, past::Begun};

use super::{Moment, PastError, commits};

/// A page ends when it has read as many commits.
const READ: usize = 20_000;

/// The entries of a page as they were. What turns out not to have been there leaves a shorter page.
pub async fn page<A: Aggregate, Row>(
    journal: &Journal,
    begun: Page<Begun<A>>,
    moment: Moment,
    fold: impl Fn(&[Recorded]) -> Result<Option<Row>, sqlx::Error>,
) -> Result<Page<Row>, PastError> {
    let (mut items, mut read) = (vec![], 0);
    let mut left = begun.items.into_iter().peekable();
    while let Some(Begun { id, cursor }) = left.next() {
        let commits = commits(journal, id.key(), moment).await?;
        read += commits.len();
        items.extend(fold(&commits)?);
        if read >= READ && left.peek().is_some() {
            return Ok(Page { items, next_cursor: Some(cursor.to_string()) });
        }
    }
    Ok(Page { items, next_cursor: begun.next_cursor })
}
