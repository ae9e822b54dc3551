//! ContinueImport: more entries of the file that a lorebook came from arrive.
//!
//! A part says where in the file it begins, so that whatever arrived before is passed over: an import that broke off is
//! finished by repeating it.

use super::{EntriesAdded, Entry, Lorebook, LorebookEvent, LorebookRejected, check};
use crate::{Command, bounds, user::UserId};

/// Take more of a file in.
#[derive(Debug, Clone)]
pub struct ContinueImport {
    /// Who brings it.
    pub by: UserId,
    /// The digest of the file.
    pub digest: String,
    /// How many entries of the file come before these.
    pub from: usize,
    /// The next ones.
    pub entries: Vec<Entry>,
}

impl Command<Lorebook> for ContinueImport {
    const NAME: &'static str = "continue_import";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        let book = lorebook.active_of(self.by)?;
        let original = book.original.as_ref().filter(|original| original.digest == self.digest);
        let original = original.ok_or(LorebookRejected::AlreadyHere)?;
        if book.is_whole() {
            return Ok(vec![]);
        }
        let known = book.arrived.checked_sub(self.from).ok_or(LorebookRejected::Incomplete)?;
        let news = self.entries.get(known..).unwrap_or_default();
        if news.is_empty() {
            return Ok(vec![]);
        }
        bounds::count("entries of this file", book.arrived + news.len(), original.entries)?;
        check::entries(news)?;
        check::are_new(news, &book.entries)?;
        Ok(vec![EntriesAdded { entries: news.iter().cloned().map(Into::into).collect() }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        lorebook::{
            LorebookRetired,
            spec::{added, created, imported, mira, storms, tides, vlad},
        },
        spec::given,
    };

    fn more(from: usize, entries: impl Into<Vec<Entry>>) -> ContinueImport {
        ContinueImport { by: mira(), digest: "aa".into(), from, entries: entries.into() }
    }

    #[test]
    fn the_rest_of_a_file_arrives() {
        given::<Lorebook>([imported(2, [tides()])]).when(more(1, [storms()])).then([added([storms()])]);
    }

    #[test]
    fn what_arrived_before_does_not_arrive_twice() {
        given::<Lorebook>([imported(3, [tides()])])
            .when(more(0, [tides(), storms()]))
            .then([added([storms()])]);
        given::<Lorebook>([imported(3, [tides()]), added([storms()])])
            .when(more(1, [storms()]))
            .then_nothing();
    }

    #[test]
    fn a_whole_lorebook_takes_nothing_more_in() {
        given::<Lorebook>([imported(2, [tides()]), added([storms()])])
            .when(more(1, [storms()]))
            .then_nothing();
    }

    #[test]
    fn a_part_whose_forerunner_is_missing_has_to_wait() {
        given::<Lorebook>([imported(3, [tides()])])
            .when(more(2, [storms()]))
            .then_rejected(LorebookRejected::Incomplete);
    }

    #[test]
    fn more_than_the_file_has_is_refused() {
        given::<Lorebook>([imported(2, [tides()])])
            .when(more(1, [storms(), Entry { uid: 3, ..storms() }]))
            .then_rejected(OutOfBounds::TooMany { what: "entries of this file", most: 2 }.into());
    }

    #[test]
    fn another_file_is_none_of_its_business() {
        let other = ContinueImport { digest: "bb".into(), ..more(1, [storms()]) };
        given::<Lorebook>([imported(2, [tides()])]).when(other).then_rejected(LorebookRejected::AlreadyHere);
        given::<Lorebook>([created()]).when(more(0, [storms()])).then_rejected(LorebookRejected::AlreadyHere);
    }

    #[test]
    fn somebody_elses_lorebook_and_a_retired_one_take_nothing_in() {
        given::<Lorebook>([imported(2, [tides()])])
            .when(ContinueImport { by: vlad(), ..more(1, [storms()]) })
            .then_rejected(LorebookRejected::UnknownLorebook);
        given::<Lorebook>([imported(2, [tides()]), LorebookRetired {}.into()])
            .when(more(1, [storms()]))
            .then_rejected(LorebookRejected::Retired);
    }
}
