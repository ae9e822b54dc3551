//! Lorebooks: random commands that are repeated, random events in random order, and what then holds.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::{
    Past,
    conversations::{character, owner, private, text},
};
use crate::{
    Aggregate, Private,
    lorebook::{
        AddEntries, ContinueImport, CreateLorebook, EntriesAdded, Entry, EntryRemoved, EntryRevised, Extras,
        ImportLorebook, Link, LinkLorebook, Lorebook, LorebookCreated, LorebookEvent, LorebookImported,
        LorebookLinked, LorebookRestored, LorebookRetired, LorebookRevised, LorebookUnlinked, Original,
        RemoveEntry, RestoreLorebook, RetireLorebook, ReviseEntry, ReviseLorebook, Settings, Target,
        UnlinkLorebook, Wording,
    },
};

#[derive(Debug, Clone)]
enum Step {
    Import(Box<ImportLorebook>),
    Continue(ContinueImport),
    Create(CreateLorebook),
    Add(AddEntries),
    ReviseEntry(Box<ReviseEntry>),
    RemoveEntry(RemoveEntry),
    Revise(ReviseLorebook),
    Link(LinkLorebook),
    Unlink(UnlinkLorebook),
    Retire(RetireLorebook),
    Restore(RestoreLorebook),
}

impl Step {
    fn happens(&self, past: &mut Past<Lorebook>) -> Result<(), TestCaseError> {
        match self {
            Self::Import(command) => past.obeys(command.as_ref()),
            Self::Continue(command) => past.obeys(command),
            Self::Create(command) => past.obeys(command),
            Self::Add(command) => past.obeys(command),
            Self::ReviseEntry(command) => past.obeys(command.as_ref()),
            Self::RemoveEntry(command) => past.obeys(command),
            Self::Revise(command) => past.obeys(command),
            Self::Link(command) => past.obeys(command),
            Self::Unlink(command) => past.obeys(command),
            Self::Retire(command) => past.obeys(command),
            Self::Restore(command) => past.obeys(command),
        }
    }
}

/// The only file of these laws, cut into parts anywhere.
fn file() -> Vec<Entry> {
    (0..6).map(|uid| Entry { uid, content: format!("Line {uid}."), ..Entry::default() }).collect()
}

fn part(from: usize, count: usize) -> Vec<Entry> {
    file().into_iter().skip(from).take(count).collect()
}

fn original() -> impl Strategy<Value = Original> {
    prop_oneof![8 => Just("aa"), 1 => Just("bb")].prop_map(|digest| Original {
        digest: digest.into(),
        format: "sillytavern".into(),
        size: 2,
        entries: file().len(),
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    (text(), prop::option::of(0..3_u32)).prop_map(|(name, scan_depth)| Settings {
        name,
        scan_depth,
        ..Settings::default()
    })
}

prop_compose! {
    fn entry()(
        uid in 0..9_u64,
        content in text(),
        probability in prop_oneof![Just(100.0), Just(f64::NAN), Just(-0.0), Just(0.0)],
        kept in prop_oneof![Just(json!(null)), Just(json!([1.0])), Just(json!("\0"))],
    ) -> Entry {
        let mut entry = Entry { uid, content, probability, ..Entry::default() };
        entry.rest.insert("kept".into(), kept);
        entry
    }
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    prop::collection::vec(entry(), 0..3)
}

fn link() -> impl Strategy<Value = Link> {
    prop_oneof![Just(Link::Account), character().prop_map(Link::Character)]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        Just(Target::Account),
        (character(), owner()).prop_map(|(id, owner)| Target::Character { id, owner })
    ]
}

fn import() -> impl Strategy<Value = Step> {
    (owner(), settings(), original(), 0..4_usize).prop_map(|(owner, settings, original, count)| {
        let (extras, entries) = (Extras::default(), part(0, count));
        Step::Import(Box::new(ImportLorebook { owner, settings, extras, original, entries }))
    })
}

fn create() -> impl Strategy<Value = Step> {
    (owner(), settings()).prop_map(|(owner, settings)| Step::Create(CreateLorebook { owner, settings }))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => import(),
        4 => (owner(), original(), 0..6_usize, 0..4_usize).prop_map(|(by, original, from, count)| {
            let (digest, entries) = (original.digest, part(from, count));
            Step::Continue(ContinueImport { by, digest, from, entries })
        }),
        1 => create(),
        2 => (owner(), entries()).prop_map(|(by, entries)| Step::Add(AddEntries { by, entries })),
        2 => (owner(), entry()).prop_map(|(by, entry)| Step::ReviseEntry(Box::new(ReviseEntry { by, entry }))),
        1 => (owner(), 0..9_u64).prop_map(|(by, uid)| Step::RemoveEntry(RemoveEntry { by, uid })),
        1 => (owner(), settings()).prop_map(|(by, settings)| Step::Revise(ReviseLorebook { by, settings })),
        1 => (owner(), target()).prop_map(|(by, to)| Step::Link(LinkLorebook { by, to })),
        1 => (owner(), link()).prop_map(|(by, from)| Step::Unlink(UnlinkLorebook { by, from })),
        1 => owner().prop_map(|by| Step::Retire(RetireLorebook { by })),
        2 => owner().prop_map(|by| Step::Restore(RestoreLorebook { by })),
    ]
}

/// A history that begins in most cases as lorebooks do.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let beginning = prop_oneof![3 => import(), 2 => create(), 1 => step()];
    (beginning, prop::collection::vec(step(), 0..40))
        .prop_map(|(first, rest)| std::iter::once(first).chain(rest).collect())
}

/// Entries, of which some were forgotten.
fn some_entries() -> impl Strategy<Value = Vec<Private<Entry>>> {
    prop::collection::vec(private(entry()), 0..3)
}

pub(super) fn event() -> impl Strategy<Value = LorebookEvent> {
    prop_oneof![
        (owner(), private(settings()), private(Just(Box::default())), private(original()), some_entries())
            .prop_map(|(owner, settings, extras, original, entries)| {
                LorebookImported { owner, settings, extras, original, entries }.into()
            }),
        (owner(), private(settings()))
            .prop_map(|(owner, settings)| LorebookCreated { owner, settings }.into()),
        some_entries().prop_map(|entries| EntriesAdded { entries }.into()),
        private(entry().prop_map(Box::new)).prop_map(|entry| EntryRevised { entry }.into()),
        (0..9_u64).prop_map(|uid| EntryRemoved { uid }.into()),
        private(settings()).prop_map(|settings| LorebookRevised { settings }.into()),
        link().prop_map(|to| LorebookLinked { to }.into()),
        link().prop_map(|from| LorebookUnlinked { from }.into()),
        Just(LorebookRetired {}.into()),
        Just(LorebookRestored {}.into()),
    ]
}

proptest! {
    #[test]
    fn a_command_to_a_lorebook_that_is_repeated_decides_nothing_and_the_book_makes_sense(steps in steps()) {
        let mut past = Past::default();
        for step in steps {
            step.happens(&mut past)?;
        }
        let Some(book) = past.state.book() else { return Ok(()) };
        let numbers: BTreeSet<_> = book.entries.iter().map(|entry| entry.uid).collect();
        prop_assert_eq!(numbers.len(), book.entries.len());
        if book.wording == Wording::Original {
            let here: Vec<_> = book.entries.iter().cloned().collect();
            prop_assert_eq!(here, part(0, book.arrived), "a part of the file is missing or out of place");
        }
    }

    #[test]
    fn any_events_of_a_lorebook_fold(events in prop::collection::vec(event(), 0..40)) {
        let mut lorebook = Lorebook::default();
        events.iter().for_each(|event| lorebook.evolve(event));
        let came = |event: &LorebookEvent| {
            matches!(event, LorebookEvent::LorebookImported(_) | LorebookEvent::LorebookCreated(_))
        };
        prop_assert_eq!(lorebook.book().is_some(), events.iter().any(came));
        if let Some(book) = lorebook.book() {
            prop_assert!(book.entries.iter().all(|entry| book.entries.get(entry.uid).is_some()));
            prop_assert_eq!(book.to_plain().entries.len(), book.entries.len());
        }
    }
}
