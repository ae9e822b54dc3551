//! `PATCH /lorebooks/{id}/entries/{uid}`: an entry becomes another one. What is given is merged onto what it is now.

use axum::extract::State;
use domain::lorebook::{Book, Entry, LorebookId, ReviseEntry};
use serde_json::Value;

use super::{EntryNumber, owned, parts::LorebookEntry};
use crate::{
    api::{
        answer::{Answer, Done},
        at::{At, Named},
        body::Sent,
        merge,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Change some fields of an entry; those that are left out stay.
#[utoipa::path(
    patch, path = "/api/v1/lorebooks/{id}/entries/{uid}", tag = "lorebooks", operation_id = "revise_entry",
    params(
        ("id" = uuid::Uuid, Path, description = "The lorebook."),
        ("uid" = u64, Path, description = "The number of the entry."),
    ),
    request_body(content = Object, description = "The fields of LorebookEntry that change."),
    responses((status = 200, description = "It is so now.", body = Done))
)]
pub async fn revise(
    State(house): State<House>,
    order: Order,
    At((id, uid)): At<(LorebookId, EntryNumber)>,
    Sent { value, digest }: Sent<Value>,
) -> Result<Answer<Done>, Problem> {
    let entry = house
        .executor
        .look(id, |lorebook| owned(lorebook, order.user).and_then(|book| revised(book, uid, value)));
    let command = ReviseEntry { by: order.user, entry: entry.await?? };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope_of(&digest)).await?))
}

fn revised(book: &Book, EntryNumber(uid): EntryNumber, patch: Value) -> Result<Entry, Problem> {
    let now = book.entries.get(uid).ok_or_else(EntryNumber::missing)?;
    let entry = merge::onto::<LorebookEntry, Entry>("", now, patch)?;
    if entry.uid != uid {
        return Err(Problem::invalid("unexpected-shape", "an entry keeps its number"));
    }
    Ok(entry)
}

#[cfg(test)]
mod spec {
    use domain::{
        Aggregate,
        lorebook::{EntriesAdded, Lorebook, LorebookCreated, LorebookEvent, Settings},
    };
    use serde_json::json;

    use super::*;
    use crate::stamp;

    fn book() -> Book {
        let kept = serde_json::from_str(r#"{"mine": {"a": 1.0, "b": 2}}"#).unwrap();
        let entry =
            Entry { uid: 7, content: "Wet.".into(), sticky: Some(3), extensions: kept, ..Entry::default() };
        let mut lorebook = Lorebook::default();
        let created = LorebookCreated { owner: stamp::id(), settings: Settings::default().into() };
        lorebook.evolve(&LorebookEvent::from(created));
        lorebook.evolve(&LorebookEvent::from(EntriesAdded { entries: vec![entry.into()] }));
        lorebook.book().unwrap().clone()
    }

    fn patched(patch: Value) -> Result<Entry, Problem> {
        revised(&book(), EntryNumber(7), patch)
    }

    #[test]
    fn what_is_left_out_stays_and_what_is_null_is_emptied() {
        let entry =
            patched(json!({"content": "Dry.", "sticky": null, "extensions": {"mine": {"b": null}}})).unwrap();
        assert_eq!((entry.content.as_str(), entry.sticky, entry.uid), ("Dry.", None, 7));
        assert_eq!(entry.extensions["mine"].to_string(), r#"{"a":1.0}"#);
        assert_eq!(patched(json!({})).unwrap(), *book().entries.get(7).unwrap());
    }

    #[test]
    fn what_no_entry_has_is_refused() {
        for patch in
            [json!({"uid": 8}), json!({"colour": "blue"}), json!({"keys": "wet"}), json!({"logic": "maybe"})]
        {
            assert_eq!(patched(patch.clone()).unwrap_err().status(), 422, "{patch}");
        }
        assert_eq!(revised(&book(), EntryNumber(8), json!({})).unwrap_err().status(), 404);
    }
}
