//! A lorebook: what a world knows, entry by entry, for the characters that it is linked to.
//!
//! ```text
//!                                       RetireLorebook
//! Unknown ── CreateLorebook ──► whole ──────────────────► retired
//!    │                          │   ▲ ◄──────────────────
//!    │                          └───┘    RestoreLorebook, ImportLorebook
//!    │         AddEntries, ReviseEntry, RemoveEntry, ReviseLorebook
//!    │                              ▲
//!    └─ ImportLorebook ──► coming ──┘ ContinueImport, until every entry of the file is here
//! ```
//!
//! A real book does not fit into one commit, so an import begins with the first entries and goes on with the others.
//! One that broke off goes on where it stopped when the file is imported again, because its id follows from the file.
//!
//! Invariants: a lorebook has one owner for ever and only they change it; no two of its entries have one number; until
//! an import is whole nothing else changes its entries; a retired one is changed only by being restored; every text,
//! list and value in it is bounded. Nothing is decided when the same file is imported again, something is revised to
//! what it is, a link is made or cut twice, a retired one is retired again, or an active one restored.

mod add_entries;
mod check;
mod continue_import;
mod create;
mod entries;
mod events;
mod import;
mod link;
mod rejection;
mod remove_entry;
mod restore;
mod retire;
mod revise;
mod revise_entry;
mod settings;
#[cfg(test)]
pub(crate) mod spec;
mod unlink;

use std::collections::BTreeSet;

pub use add_entries::AddEntries;
pub use cards::lorebook::Entry;
pub(crate) use check::weighed;
pub use check::{entries as check_entries, weight};
pub use continue_import::ContinueImport;
pub use create::CreateLorebook;
pub use entries::Entries;
pub use events::{
    EntriesAdded, EntryRemoved, EntryRevised, LorebookCreated, LorebookEvent, LorebookImported,
    LorebookLinked, LorebookRestored, LorebookRetired, LorebookRevised, LorebookUnlinked,
};
pub use import::ImportLorebook;
pub use link::{Link, LinkLorebook, Target};
pub use rejection::LorebookRejected;
pub use remove_entry::RemoveEntry;
pub use restore::RestoreLorebook;
pub use retire::RetireLorebook;
pub use revise::ReviseLorebook;
pub use revise_entry::ReviseEntry;
pub use settings::{Extras, Original, Settings};
pub use unlink::UnlinkLorebook;

use serde::{Deserialize, Serialize};

use crate::{Aggregate, Id, Private, commit::Kind, user::UserId};

/// The id of a lorebook.
pub type LorebookId = Id<Lorebook>;

/// A lorebook, as decisions and prompts need to know it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Lorebook {
    /// Nothing is known under this id.
    #[default]
    Unknown,
    /// A book is.
    Known(Box<Book>),
}

/// A lorebook that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// Whose it is.
    pub owner: UserId,
    /// Whether it may be used.
    pub standing: Standing,
    /// What it is called, and how it is searched.
    pub settings: Settings,
    /// What other programs keep in it.
    pub extras: Extras,
    /// What it knows.
    pub entries: Entries,
    /// For whom it is.
    pub links: BTreeSet<Link>,
    /// The file that it came from.
    pub original: Option<Original>,
    /// How many entries of that file have arrived.
    pub arrived: usize,
    /// Whether it still says what that file says.
    pub wording: Wording,
}

/// Whether a lorebook may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It may.
    Active,
    /// It was retired.
    Retired,
}

/// Whether a lorebook still says what its file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wording {
    /// It does.
    Original,
    /// Somebody has changed it, or there was no file.
    Changed,
}

impl Lorebook {
    /// The book, if it is known.
    pub fn book(&self) -> Option<&Book> {
        match self {
            Self::Unknown => None,
            Self::Known(book) => Some(book),
        }
    }

    /// The book, if this user owns it.
    fn owned_by(&self, user: UserId) -> Result<&Book, LorebookRejected> {
        self.book().filter(|book| book.owner == user).ok_or(LorebookRejected::UnknownLorebook)
    }

    /// The book, if this user owns it and it is active.
    fn active_of(&self, user: UserId) -> Result<&Book, LorebookRejected> {
        let book = self.owned_by(user)?;
        match book.standing {
            Standing::Active => Ok(book),
            Standing::Retired => Err(LorebookRejected::Retired),
        }
    }

    /// The book, if this user may change what it says.
    fn open_to(&self, user: UserId) -> Result<&Book, LorebookRejected> {
        let book = self.active_of(user)?;
        if book.is_whole() { Ok(book) } else { Err(LorebookRejected::Incomplete) }
    }
}

impl Book {
    /// Whether every entry of its file has arrived.
    pub fn is_whole(&self) -> bool {
        self.original.as_ref().is_none_or(|original| self.arrived >= original.entries)
    }

    fn evolve(&mut self, event: &LorebookEvent) {
        match event {
            LorebookEvent::LorebookImported(_) | LorebookEvent::LorebookCreated(_) => {}
            LorebookEvent::EntriesAdded(event) => self.take(&event.entries),
            LorebookEvent::EntryRevised(event) => {
                event.entry.known().into_iter().for_each(|entry| self.entries.replace((**entry).clone()));
                self.wording = Wording::Changed;
            }
            LorebookEvent::EntryRemoved(event) => {
                self.entries.remove(event.uid);
                self.wording = Wording::Changed;
            }
            LorebookEvent::LorebookRevised(event) => {
                self.settings = event.settings.or_default();
                self.wording = Wording::Changed;
            }
            LorebookEvent::LorebookLinked(event) => drop(self.links.insert(event.to)),
            LorebookEvent::LorebookUnlinked(event) => drop(self.links.remove(&event.from)),
            LorebookEvent::LorebookRetired(_) => self.standing = Standing::Retired,
            LorebookEvent::LorebookRestored(_) => self.standing = Standing::Active,
        }
    }

    /// Entries arrive: those of the file until it is whole, then those that somebody added.
    fn take(&mut self, entries: &[Private<Entry>]) {
        if self.is_whole() {
            self.wording = Wording::Changed;
        } else {
            self.arrived = self.arrived.saturating_add(entries.len());
        }
        entries.iter().filter_map(Private::known).for_each(|entry| self.entries.push(entry.clone()));
    }
}

impl Aggregate for Lorebook {
    type Event = LorebookEvent;

    const KIND: Kind = Kind::Lorebook;

    fn whose(&self, _id: LorebookId) -> Option<UserId> {
        self.book().map(|book| book.owner)
    }

    fn evolve(&mut self, event: &LorebookEvent) {
        match (&mut *self, event) {
            (Self::Unknown, LorebookEvent::LorebookImported(event)) => *self = imported(event),
            (Self::Unknown, LorebookEvent::LorebookCreated(event)) => *self = created(event),
            (Self::Known(book), event) => book.evolve(event),
            (Self::Unknown, _) => {}
        }
    }
}

fn imported(event: &LorebookImported) -> Lorebook {
    Lorebook::Known(Box::new(Book {
        extras: *event.extras.or_default(),
        entries: event.entries.iter().filter_map(Private::known).cloned().collect(),
        original: event.original.known().cloned(),
        arrived: event.entries.len(),
        wording: Wording::Original,
        ..empty(event.owner, &event.settings)
    }))
}

fn created(event: &LorebookCreated) -> Lorebook {
    Lorebook::Known(Box::new(empty(event.owner, &event.settings)))
}

fn empty(owner: UserId, settings: &Private<Settings>) -> Book {
    Book {
        owner,
        standing: Standing::Active,
        settings: settings.or_default(),
        extras: Extras::default(),
        entries: Entries::default(),
        links: BTreeSet::new(),
        original: None,
        arrived: 0,
        wording: Wording::Changed,
    }
}
