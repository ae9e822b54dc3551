//! RemoveEntry: a lorebook knows something no more.

use super::{EntryRemoved, Lorebook, LorebookEvent, LorebookRejected};
use crate::{Command, user::UserId};

/// Take an entry out.
#[derive(Debug, Clone)]
pub struct RemoveEntry {
    /// Who wants it.
    pub by: UserId,
    /// The number of the entry.
    pub uid: u64,
}

impl Command<Lorebook> for RemoveEntry {
    const NAME: &'static str = "remove_entry";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        let book = lorebook.open_to(self.by)?;
        book.entries.get(self.uid).ok_or(LorebookRejected::UnknownEntry)?;
        Ok(vec![EntryRemoved { uid: self.uid }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        lorebook::spec::{added, created, imported, mira, tides, vlad},
        spec::given,
    };

    fn remove() -> RemoveEntry {
        RemoveEntry { by: mira(), uid: 1 }
    }

    #[test]
    fn an_entry_is_removed_and_then_it_is_not_there() {
        let history = [created(), added([tides()])];
        given::<Lorebook>(history.clone()).when(remove()).then([EntryRemoved { uid: 1 }.into()]);
        given::<Lorebook>(history.into_iter().chain([EntryRemoved { uid: 1 }.into()]))
            .when(remove())
            .then_rejected(LorebookRejected::UnknownEntry);
    }

    #[test]
    fn a_lorebook_that_is_still_coming_in_loses_nothing() {
        given::<Lorebook>([imported(2, [tides()])])
            .when(remove())
            .then_rejected(LorebookRejected::Incomplete);
    }

    #[test]
    fn somebody_elses_lorebook_is_unknown() {
        given::<Lorebook>([created(), added([tides()])])
            .when(RemoveEntry { by: vlad(), ..remove() })
            .then_rejected(LorebookRejected::UnknownLorebook);
    }
}
