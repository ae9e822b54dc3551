//! All files of the bucket, also while others remove some of them.
//!
//! A list of NATS ends with the last message that was pending when it began. If somebody removes that one meanwhile it
//! never comes, and the list would be waited for as long as the process lives; so after a silence it is asked for anew.

use std::time::Duration;

use async_nats::jetstream::object_store::ObjectInfo;
use futures_util::TryStreamExt;
use tokio::time::timeout;

use super::{ObjectError, Objects, unavailable};

/// How long the next file of a list may take.
const SILENCE: Duration = Duration::from_secs(2);
/// How often a list is asked for before the bucket counts as away.
const TRIES: usize = 8;

impl Objects {
    /// Those of all files that are wanted.
    pub(super) async fn all(
        &self,
        wanted: impl Fn(&ObjectInfo) -> bool,
    ) -> Result<Vec<ObjectInfo>, ObjectError> {
        for _ in 0..TRIES {
            if let Some(all) = self.list(&wanted).await? {
                return Ok(all);
            }
        }
        Err(unavailable("no list of the files came to its end"))
    }

    /// The same, if the list comes to its end.
    async fn list(
        &self,
        wanted: impl Fn(&ObjectInfo) -> bool,
    ) -> Result<Option<Vec<ObjectInfo>>, ObjectError> {
        let mut list = self.bucket.list().await.map_err(unavailable)?;
        let mut all = vec![];
        while let Ok(next) = timeout(SILENCE, list.try_next()).await {
            match next.map_err(unavailable)? {
                Some(object) if wanted(&object) => all.push(object),
                Some(_) => {}
                None => return Ok(Some(all)),
            }
        }
        Ok(None)
    }
}
