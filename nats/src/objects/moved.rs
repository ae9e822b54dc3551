//! Files as they are stored, sealed, for those who take them away and bring them back.

use std::io::Cursor;

use time::OffsetDateTime;

use super::{MAX_OBJECT, ObjectError, Objects, unavailable};
use crate::codec::sealed_file;

impl Objects {
    /// The names of all files, or of those that were stored since then.
    pub async fn names(&self, since: Option<OffsetDateTime>) -> Result<Vec<String>, ObjectError> {
        let is_new = |modified| since.zip(modified).is_none_or(|(since, modified)| modified >= since);
        let all = self.all(|object| !object.deleted && is_new(object.modified)).await?;
        Ok(all.into_iter().map(|object| object.name).collect())
    }

    /// What is stored under this name, still sealed.
    pub async fn sealed(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        self.stored(name).await
    }

    /// Puts back what was stored under this name, instead of what is there: of archives, the later one is right.
    pub async fn put_sealed(&self, name: &str, sealed: Vec<u8>) -> Result<(), ObjectError> {
        if sealed.len() > MAX_OBJECT + sealed_file::LONGER {
            return Err(ObjectError::TooLarge { size: sealed.len() });
        }
        self.bucket.put(name, &mut Cursor::new(sealed)).await.map(drop).map_err(unavailable)
    }
}
