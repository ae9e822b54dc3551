//! AddEntries: a lorebook knows more.
//!
//! The numbers of the entries come with the command, so that a repeated command adds nothing twice.

use super::{Entries, EntriesAdded, Entry, Lorebook, LorebookEvent, LorebookRejected, check};
use crate::{Command, Private, bounds, user::UserId};

/// Put entries behind those that are here.
#[derive(Debug, Clone)]
pub struct AddEntries {
    /// Who wants it.
    pub by: UserId,
    /// The entries, each with a number that is free.
    pub entries: Vec<Entry>,
}

impl AddEntries {
    /// Those that are not here yet.
    fn news(&self, known: &Entries) -> Result<Vec<Entry>, LorebookRejected> {
        let is_new = |entry: &&Entry| known.get(entry.uid) != Some(entry);
        let news: Vec<_> = self.entries.iter().filter(is_new).cloned().collect();
        check::are_new(&news, known)?;
        Ok(news)
    }
}

impl Command<Lorebook> for AddEntries {
    const NAME: &'static str = "add_entries";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        let book = lorebook.open_to(self.by)?;
        check::entries(&self.entries)?;
        let entries = self.news(&book.entries)?;
        bounds::count("entries", book.entries.len() + entries.len(), bounds::ENTRIES)?;
        if entries.is_empty() {
            return Ok(vec![]);
        }
        let entries = entries.into_iter().map(Private::Known).collect();
        Ok(vec![EntriesAdded { entries }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        lorebook::{
            EntryRevised, LorebookRetired,
            spec::{added, created, entry, imported, mira, storms, tides, vlad},
        },
        spec::given,
    };

    fn add(entries: impl Into<Vec<Entry>>) -> AddEntries {
        AddEntries { by: mira(), entries: entries.into() }
    }

    #[test]
    fn entries_are_added_once() {
        given::<Lorebook>([created()]).when(add([tides(), storms()])).then([added([tides(), storms()])]);
        given::<Lorebook>([created(), added([tides()])])
            .when(add([tides(), storms()]))
            .then([added([storms()])]);
        given::<Lorebook>([created(), added([tides()])]).when(add([tides()])).then_nothing();
    }

    #[test]
    fn a_number_that_another_entry_has_is_refused() {
        let taken = LorebookRejected::EntryAlreadyHere { uid: 1 };
        let calmer = entry(1, "They come no more.");
        given::<Lorebook>([created(), added([tides()])])
            .when(add([calmer.clone()]))
            .then_rejected(taken.clone());
        given::<Lorebook>([created()]).when(add([tides(), calmer.clone()])).then_rejected(taken.clone());
        let revised = EntryRevised { entry: Box::new(calmer).into() }.into();
        given::<Lorebook>([created(), added([tides()]), revised]).when(add([tides()])).then_rejected(taken);
    }

    #[test]
    fn a_lorebook_that_is_still_coming_in_takes_nothing_else() {
        given::<Lorebook>([imported(2, [tides()])])
            .when(add([storms()]))
            .then_rejected(LorebookRejected::Incomplete);
    }

    #[test]
    fn somebody_elses_lorebook_and_a_retired_one_stay_as_they_are() {
        given::<Lorebook>([created()])
            .when(AddEntries { by: vlad(), ..add([tides()]) })
            .then_rejected(LorebookRejected::UnknownLorebook);
        given::<Lorebook>([created(), LorebookRetired {}.into()])
            .when(add([tides()]))
            .then_rejected(LorebookRejected::Retired);
    }

    #[test]
    fn a_lorebook_has_an_end() {
        let all: Vec<_> = (0..20_000).map(|uid| entry(uid, "Drop.")).collect();
        given::<Lorebook>([created(), added(all)])
            .when(add([entry(20_000, "Drop.")]))
            .then_rejected(OutOfBounds::TooMany { what: "entries", most: 20_000 }.into());
    }
}
