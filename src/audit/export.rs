//! Lets the log out as lines of JSON: sealed, as it is stored and as an offline verifier reads it; or opened, for people
//! who may read it.

use domain::audit::Words;
use futures_util::{Stream, StreamExt};
use serde_json::json;

use super::{AuditError, history::shown, message, of_replay};
use crate::house::House;

/// The commits of a stretch, a line each, until the first thing that is wrong.
pub fn lines(
    house: &House,
    from: u64,
    to: u64,
    words: Words,
) -> impl Stream<Item = Result<String, AuditError>> + use<> {
    let after = from.saturating_sub(1);
    let house = house.clone();
    house.journal().replay(after, to).then(move |stored| {
        let house = house.clone();
        async move {
            let stored = stored.map_err(|error| of_replay(error, to))?;
            Ok(match words {
                Words::Sealed => proofs::to_line(&message(&stored)),
                Words::Opened => opened(&house, &stored).await,
            })
        }
    })
}

/// The commit as it reads. One that cannot be read says so, and the others go on.
async fn opened(house: &House, stored: &nats::Stored) -> String {
    let position = house.journal().at(stored.sequence).to_string();
    let line = match house.journal().open_stored(stored).await {
        Ok(recorded) => shown(&recorded),
        Err(error) => json!({ "position": position, "subject": stored.subject, "error": error.to_string() }),
    };
    line.to_string()
}
