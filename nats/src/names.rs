//! The names in the streams of this house beside the log: subjects, and what objects are called. For whoever looks whether
//! anything is left of somebody.

use async_nats::jetstream::stream::Stream;
use base64::{Engine, engine::general_purpose::URL_SAFE};
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};

use crate::{Cause, Nats};

/// What stands before the name of an object in the subject that tells of it.
const OBJECT: &str = ".M.";

/// The names in one stream.
pub struct Names {
    /// The stream.
    pub stream: String,
    /// Each subject; for an object its name.
    pub names: BoxStream<'static, Result<String, Cause>>,
}

impl Nats {
    /// The streams beside the log, each with its names.
    pub async fn names(&self) -> Result<Vec<Names>, Cause> {
        let streams: Vec<_> = self.jetstream.stream_names().try_collect().await?;
        let mut all = vec![];
        for stream in streams.into_iter().filter(|stream| self.is_beside_the_log(stream)) {
            all.push(names(self.jetstream.get_stream_no_info(&stream).await?, stream).await?);
        }
        Ok(all)
    }

    fn is_beside_the_log(&self, stream: &str) -> bool {
        let log = self.subjects.log_stream();
        let prefix = log.strip_suffix("LOG").unwrap_or(&log);
        let ours = ["", "OBJ_", "KV_"]
            .iter()
            .any(|kind| stream.strip_prefix(kind).is_some_and(|stream| stream.starts_with(prefix)));
        ours && stream != log
    }
}

async fn names(of: Stream<()>, stream: String) -> Result<Names, Cause> {
    let subjects = of.info_with_subjects(">").await?;
    let names = subjects.map(|subject| match subject {
        Ok((subject, _)) => Ok(called(&subject).unwrap_or(subject)),
        Err(error) => Err(error.into()),
    });
    Ok(Names { stream, names: names.boxed() })
}

/// What an object is called, of whose subject this is.
fn called(subject: &str) -> Option<String> {
    let (_, name) = subject.strip_prefix("$O.")?.split_once(OBJECT)?;
    String::from_utf8(URL_SAFE.decode(name).ok()?).ok()
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn objects_are_known_by_their_names_and_all_else_by_its_subject() {
        let subject = format!("$O.INK_OBJECTS.M.{}", URL_SAFE.encode("somebody/something"));
        assert_eq!(called(&subject).as_deref(), Some("somebody/something"));
        assert_eq!(called("ink.snapshot.character.1.2.0"), None);
        assert_eq!(called("$O.INK_OBJECTS.C.abc"), None);
    }
}
