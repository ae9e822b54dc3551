//! ImportLorebook: a lorebook comes in from a file, with the first of its entries.

use super::{
    Entries, Entry, Extras, Lorebook, LorebookEvent, LorebookImported, LorebookRejected, LorebookRestored,
    Original, Settings, Standing, check,
};
use crate::{Command, bounds, user::UserId};

/// Take a lorebook into the house, as a file describes it. What does not fit into the first commit follows by
/// [`ContinueImport`](super::ContinueImport).
#[derive(Debug, Clone)]
pub struct ImportLorebook {
    /// Whose it will be.
    pub owner: UserId,
    /// What it is called, and how it is searched.
    pub settings: Settings,
    /// What other programs keep in it.
    pub extras: Extras,
    /// The file itself.
    pub original: Original,
    /// The first entries.
    pub entries: Vec<Entry>,
}

impl ImportLorebook {
    fn check(&self) -> Result<(), LorebookRejected> {
        self.settings.check()?;
        self.extras.check()?;
        bounds::count("entries", self.original.entries, bounds::ENTRIES)?;
        bounds::count("entries of this file", self.entries.len(), self.original.entries)?;
        check::entries(&self.entries)?;
        check::are_new(&self.entries, &Entries::default())
    }
}

impl Command<Lorebook> for ImportLorebook {
    const NAME: &'static str = "import_lorebook";

    type Rejection = LorebookRejected;

    fn decide(&self, lorebook: &Lorebook) -> Result<Vec<LorebookEvent>, LorebookRejected> {
        self.check()?;
        match lorebook {
            Lorebook::Unknown => {
                let Self { owner, settings, extras, original, entries } = self.clone();
                let (settings, extras, original) =
                    (settings.into(), Box::new(extras).into(), original.into());
                let entries = entries.into_iter().map(Into::into).collect();
                Ok(vec![LorebookImported { owner, settings, extras, original, entries }.into()])
            }
            Lorebook::Known(book)
                if book.owner == self.owner && book.original.as_ref() == Some(&self.original) =>
            {
                // Who brings it again wants to have it.
                Ok(match book.standing {
                    Standing::Active => vec![],
                    Standing::Retired => vec![LorebookRestored {}.into()],
                })
            }
            Lorebook::Known(_) => Err(LorebookRejected::AlreadyHere),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        lorebook::{
            EntryRemoved, LorebookRetired,
            spec::{file, imported, mira, storms, the_sea, tides, vlad},
        },
        spec::{given, given_nothing},
    };

    fn import(of: usize, entries: impl Into<Vec<Entry>>) -> ImportLorebook {
        let (extras, original) = (Extras::default(), file(of));
        ImportLorebook { owner: mira(), settings: the_sea(), extras, original, entries: entries.into() }
    }

    #[test]
    fn a_file_brings_a_lorebook_in() {
        given_nothing::<Lorebook>()
            .when(import(2, [tides(), storms()]))
            .then([imported(2, [tides(), storms()])]);
    }

    #[test]
    fn a_long_file_begins_with_its_first_entries() {
        given_nothing::<Lorebook>().when(import(2, [tides()])).then([imported(2, [tides()])]);
    }

    #[test]
    fn a_file_brought_twice_changes_nothing() {
        given::<Lorebook>([imported(1, [tides()])]).when(import(1, [tides()])).then_nothing();
    }

    #[test]
    fn what_was_changed_since_stays_changed() {
        given::<Lorebook>([imported(1, [tides()]), EntryRemoved { uid: 1 }.into()])
            .when(import(1, [tides()]))
            .then_nothing();
    }

    #[test]
    fn a_retired_lorebook_comes_back_with_its_file() {
        given::<Lorebook>([imported(1, [tides()]), LorebookRetired {}.into()])
            .when(import(1, [tides()]))
            .then([LorebookRestored {}.into()]);
    }

    #[test]
    fn another_file_or_owner_under_the_same_id_is_refused() {
        let here = given::<Lorebook>([imported(1, [tides()])]);
        here.when(import(2, [tides()])).then_rejected(LorebookRejected::AlreadyHere);
        here.when(ImportLorebook { owner: vlad(), ..import(1, [tides()]) })
            .then_rejected(LorebookRejected::AlreadyHere);
    }

    #[test]
    fn two_entries_of_one_number_are_refused() {
        given_nothing::<Lorebook>()
            .when(import(2, [tides(), Entry { uid: 1, ..storms() }]))
            .then_rejected(LorebookRejected::EntryAlreadyHere { uid: 1 });
    }

    #[test]
    fn more_than_a_lorebook_holds_is_refused() {
        let too_many = |what, most| LorebookRejected::OutOfBounds(OutOfBounds::TooMany { what, most });
        given_nothing::<Lorebook>()
            .when(import(bounds::ENTRIES + 1, []))
            .then_rejected(too_many("entries", bounds::ENTRIES));
        given_nothing::<Lorebook>()
            .when(import(1, [tides(), storms()]))
            .then_rejected(too_many("entries of this file", 1));
    }

    #[test]
    fn an_entry_out_of_bounds_is_named() {
        let reason = OutOfBounds::Nul { what: "the content" };
        given_nothing::<Lorebook>()
            .when(import(1, [Entry { content: "\0".into(), ..tides() }]))
            .then_rejected(LorebookRejected::BadEntry { uid: 1, reason });
    }
}
