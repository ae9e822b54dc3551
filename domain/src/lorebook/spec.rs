//! Which book the specs of lorebooks are about.

use cards::lorebook::Entry;

use super::{EntriesAdded, Extras, LorebookCreated, LorebookEvent, LorebookImported, Original, Settings};
use crate::{character::CharacterId, spec::id, user::UserId};

pub(crate) fn mira() -> UserId {
    id(1)
}

pub(crate) fn vlad() -> UserId {
    id(2)
}

pub(crate) fn aqua() -> CharacterId {
    id(10)
}

pub(crate) fn the_sea() -> Settings {
    Settings { name: "The sea".into(), description: "All that is wet.".into(), ..Settings::default() }
}

pub(crate) fn tides() -> Entry {
    entry(1, "They come twice a day.")
}

pub(crate) fn storms() -> Entry {
    entry(2, "They come as they like.")
}

pub(crate) fn entry(uid: u64, content: &str) -> Entry {
    Entry {
        uid,
        keys: vec![content.split(' ').next().unwrap().into()],
        content: content.into(),
        ..Entry::default()
    }
}

/// A file of so many entries.
pub(crate) fn file(entries: usize) -> Original {
    Original { digest: "aa".into(), format: "sillytavern".into(), size: 2, entries }
}

/// The beginning of a file of so many entries.
pub(crate) fn imported(of: usize, entries: impl Into<Vec<Entry>>) -> LorebookEvent {
    LorebookImported {
        owner: mira(),
        settings: the_sea().into(),
        extras: Box::<Extras>::default().into(),
        original: file(of).into(),
        entries: entries.into().into_iter().map(Into::into).collect(),
    }
    .into()
}

pub(crate) fn created() -> LorebookEvent {
    LorebookCreated { owner: mira(), settings: the_sea().into() }.into()
}

pub(crate) fn added(entries: impl Into<Vec<Entry>>) -> LorebookEvent {
    EntriesAdded { entries: entries.into().into_iter().map(Into::into).collect() }.into()
}

mod folding {
    use super::*;
    use crate::{
        Aggregate,
        lorebook::{EntryRemoved, EntryRevised, Link, Lorebook, LorebookLinked, LorebookRevised, Wording},
    };

    fn folded(events: impl IntoIterator<Item = LorebookEvent>) -> Lorebook {
        let mut lorebook = Lorebook::default();
        events.into_iter().for_each(|event| lorebook.evolve(&event));
        lorebook
    }

    fn wording(events: impl IntoIterator<Item = LorebookEvent>) -> Wording {
        folded(events).book().unwrap().wording
    }

    #[test]
    fn a_lorebook_says_what_its_file_says_until_somebody_changes_it() {
        let whole = || vec![imported(2, [tides()]), added([storms()])];
        let then = |event: LorebookEvent| whole().into_iter().chain([event]);
        assert_eq!(wording(whole()), Wording::Original);
        assert_eq!(wording(then(LorebookLinked { to: Link::Account }.into())), Wording::Original);
        for change in [
            added([entry(3, "More.")]),
            EntryRevised { entry: Box::new(entry(1, "Other.")).into() }.into(),
            EntryRemoved { uid: 1 }.into(),
            LorebookRevised { settings: the_sea().into() }.into(),
        ] {
            assert_eq!(wording(then(change.clone())), Wording::Changed, "{change:?}");
        }
        assert_eq!(wording([created()]), Wording::Changed);
    }

    #[test]
    fn it_is_whole_once_every_entry_of_its_file_is_here() {
        let coming = folded([imported(2, [tides()])]);
        let whole = folded([imported(2, [tides()]), added([storms()])]);
        assert!(!coming.book().unwrap().is_whole());
        assert!(whole.book().unwrap().is_whole() && folded([created()]).book().unwrap().is_whole());
        assert_eq!(whole.book().unwrap().to_plain().entries, [tides(), storms()]);
    }
}
