//! ReviseEntry: an entry of a lorebook becomes another one.

use super::{Entry, EntryRevised, Lorebook, LorebookEvent, LorebookRejected, check};
use crate::{Command, user::UserId};

/// Let an entry be this one.
#[derive(Debug, Clone)]
pub struct ReviseEntry {
    /// Who wants it.
    pub by: UserId,
    /// The whole entry, with the number of the old one.
    pub entry: Entry,
}

impl Command<Lorebook> for ReviseEntry {
    const NAME: &'static str = "revise_entry";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        let book = lorebook.open_to(self.by)?;
        let old = book.entries.get(self.entry.uid).ok_or(LorebookRejected::UnknownEntry)?;
        check::entry(&self.entry)?;
        if *old == self.entry {
            return Ok(vec![]);
        }
        Ok(vec![EntryRevised { entry: Box::new(self.entry.clone()).into() }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::{self, OutOfBounds},
        lorebook::{
            LorebookRetired,
            spec::{added, created, entry, imported, mira, storms, tides, vlad},
        },
        spec::given,
    };

    fn calmer() -> Entry {
        entry(1, "They come no more.")
    }

    fn revise(entry: Entry) -> ReviseEntry {
        ReviseEntry { by: mira(), entry }
    }

    #[test]
    fn an_entry_is_revised_once() {
        let revised: LorebookEvent = EntryRevised { entry: Box::new(calmer()).into() }.into();
        given::<Lorebook>([created(), added([tides()])]).when(revise(calmer())).then([revised.clone()]);
        given::<Lorebook>([created(), added([tides()]), revised]).when(revise(calmer())).then_nothing();
    }

    #[test]
    fn an_entry_that_is_not_there_cannot_be_revised() {
        given::<Lorebook>([created(), added([storms()])])
            .when(revise(calmer()))
            .then_rejected(LorebookRejected::UnknownEntry);
    }

    #[test]
    fn nobody_revises_what_is_not_theirs_not_whole_or_retired() {
        given::<Lorebook>([created(), added([tides()])])
            .when(ReviseEntry { by: vlad(), ..revise(calmer()) })
            .then_rejected(LorebookRejected::UnknownLorebook);
        given::<Lorebook>([imported(2, [tides()])])
            .when(revise(calmer()))
            .then_rejected(LorebookRejected::Incomplete);
        given::<Lorebook>([created(), added([tides()]), LorebookRetired {}.into()])
            .when(revise(calmer()))
            .then_rejected(LorebookRejected::Retired);
    }

    #[test]
    fn a_content_beyond_its_bound_is_refused() {
        let endless = Entry { content: "a".repeat(bounds::ENTRY_TEXT + 1), ..tides() };
        let reason = OutOfBounds::TooLong { what: "the content", most: bounds::ENTRY_TEXT };
        given::<Lorebook>([created(), added([tides()])])
            .when(revise(endless))
            .then_rejected(LorebookRejected::BadEntry { uid: 1, reason });
    }
}
