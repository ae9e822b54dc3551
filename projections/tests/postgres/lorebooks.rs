//! Lorebooks in rows: what arrives in parts, what is changed, linked and put away, and that the rows say what the rules
//! say.

use domain::{
    Aggregate, Command, Private,
    character::CharacterId,
    lorebook::{
        AddEntries, ContinueImport, CreateLorebook, EntriesAdded, Entry, EntryRemoved, EntryRevised, Extras,
        ImportLorebook, Link, LinkLorebook, Lorebook, LorebookCreated, LorebookEvent, LorebookId,
        LorebookImported, LorebookLinked, LorebookRestored, LorebookRetired, LorebookRevised,
        LorebookUnlinked, Original, RemoveEntry, RestoreLorebook, RetireLorebook, ReviseEntry,
        ReviseLorebook, Settings, Target, UnlinkLorebook, Wording,
    },
};
use projections::{
    lorebooks::{self, Filter, Retired},
    page::{Limit, Paging},
};
use serde_json::Value;
use sqlx::PgPool;

use crate::{
    laws::Dice,
    server::database,
    story::{Log, aqua, bard, id, mira, project, vlad, when},
};

const FILE: usize = 40;

fn sea() -> LorebookId {
    id(40)
}

fn named(name: &str) -> Settings {
    Settings { name: name.into(), ..Settings::default() }
}

fn entry(uid: u64, content: &str) -> Entry {
    Entry { uid, content: content.into(), ..Entry::default() }
}

fn all(entries: Vec<Entry>) -> Vec<Private<Entry>> {
    entries.into_iter().map(Private::Known).collect()
}

fn file(entries: usize) -> Original {
    Original { digest: "ab12".into(), format: "sillytavern".into(), size: 9, entries }
}

fn imported(of: usize, entries: Vec<Entry>) -> LorebookEvent {
    let settings = Settings {
        description: "All that is wet.".into(),
        scan_depth: Some(4),
        token_budget: Some(2_048),
        recursive_scanning: Some(true),
        ..named("The sea")
    };
    let (extras, original) = (Box::<Extras>::default().into(), file(of).into());
    LorebookImported { owner: mira(), settings: settings.into(), extras, original, entries: all(entries) }
        .into()
}

fn created(name: &str) -> LorebookEvent {
    LorebookCreated { owner: mira(), settings: named(name).into() }.into()
}

fn book(events: impl IntoIterator<Item = LorebookEvent>) -> Log {
    let mut log = Log::default();
    events.into_iter().for_each(|event| log.tell(sea(), [event]));
    log
}

async fn read(pool: &PgPool, lorebook: LorebookId) -> Vec<Entry> {
    let (mut read, mut after) = (vec![], None);
    loop {
        let paging = Paging { limit: Limit::try_new(3).unwrap(), after };
        let page = lorebooks::entries(pool, mira(), lorebook, paging).await.unwrap().unwrap();
        read.extend(page.items.into_iter().map(|row| row.entry));
        let Some(cursor) = page.next_cursor else { break read };
        after = Some(cursor.parse().unwrap());
    }
}

async fn contents(pool: &PgPool) -> Vec<String> {
    read(pool, sea()).await.into_iter().map(|entry| entry.content).collect()
}

async fn names(pool: &PgPool, filter: &Filter) -> Vec<String> {
    let page = lorebooks::list(pool, mira(), filter, Paging::default()).await.unwrap();
    page.items.into_iter().map(|row| row.name).collect()
}

/// A lorebook to which something happens at random.
pub(crate) struct Tome {
    id: LorebookId,
    state: Lorebook,
}

impl Tome {
    pub(crate) fn new(number: u128) -> Self {
        Self { id: id(number), state: Lorebook::default() }
    }

    fn give(&mut self, log: &mut Log, command: &impl Command<Lorebook>) {
        let Ok(events) = command.decide(&self.state) else { return };
        if events.is_empty() {
            return;
        }
        events.iter().for_each(|event| self.state.evolve(event));
        log.tell(self.id, events);
    }

    pub(crate) fn go_on(&mut self, log: &mut Log, dice: &mut Dice) {
        let by = mira();
        let step = log.end().sequence;
        let uid = dice.below(60);
        let fresh = entry(uid, &format!("Line {step}"));
        match dice.below(24) {
            0..=7 => self.arrive(log, usize::try_from(dice.below(5)).unwrap()),
            8..=10 => self.give(log, &AddEntries { by, entries: vec![fresh, entry(1_000 + step, "More")] }),
            11..=13 => self.give(log, &ReviseEntry { by, entry: fresh }),
            14..=15 => self.give(log, &RemoveEntry { by, uid }),
            16 => self.give(log, &ReviseLorebook { by, settings: named(&format!("Book {step}")) }),
            17 => self.give(log, &LinkLorebook { by, to: Target::Account }),
            18 => self.give(log, &LinkLorebook { by, to: Target::Character { id: aqua(), owner: by } }),
            19 => self.give(log, &UnlinkLorebook { by, from: Link::Character(aqua()) }),
            20 => self.give(log, &UnlinkLorebook { by, from: Link::Account }),
            21 => self.give(log, &RetireLorebook { by }),
            _ => self.give(log, &RestoreLorebook { by }),
        }
    }

    /// So many more entries of the file; a book of an odd number is made up instead.
    fn arrive(&mut self, log: &mut Log, count: usize) {
        let part = |from: usize| {
            (from..(from + count).min(FILE))
                .map(|nth| entry(u64::try_from(nth).unwrap(), "Of the file"))
                .collect()
        };
        match self.state.book().map(|book| book.arrived) {
            None if self.id.uuid().as_u128() % 2 == 1 => {
                self.give(log, &CreateLorebook { owner: mira(), settings: named("Made up") });
            }
            None => {
                let (settings, extras, original) = (named("Brought"), Extras::default(), file(FILE));
                let entries = part(0);
                self.give(log, &ImportLorebook { owner: mira(), settings, extras, original, entries });
            }
            Some(from) => {
                let (by, digest, entries) = (mira(), "ab12".into(), part(from));
                self.give(log, &ContinueImport { by, digest, from, entries });
            }
        }
    }
}

#[tokio::test]
async fn the_rows_of_a_lorebook_say_what_the_rules_say() {
    for seed in [1, 2, 3, 4] {
        let pool = database().await;
        let (mut log, mut dice) = (Log::default(), Dice(seed));
        let mut tome = Tome::new(40 + u128::from(seed % 2));
        (0..150).for_each(|_| tome.go_on(&mut log, &mut dice));
        project(&pool, &log).await;

        let book = tome.state.book().unwrap();
        let row = lorebooks::show(&pool, mira(), tome.id).await.unwrap().unwrap();
        assert_eq!(
            read(&pool, tome.id).await,
            book.entries.iter().cloned().collect::<Vec<_>>(),
            "seed {seed}"
        );
        assert_eq!(row.entry_count, u64::try_from(book.entries.len()).unwrap());
        assert_eq!(
            (row.entries_expected == 0, row.is_changed),
            (book.is_whole(), book.wording == Wording::Changed)
        );
        assert_eq!((row.name.as_str(), row.version), (book.settings.name.as_str(), log.end().sequence));
        let characters: Vec<CharacterId> =
            book.links.contains(&Link::Character(aqua())).then(aqua).into_iter().collect();
        assert_eq!((row.character_ids, row.is_global), (characters, book.links.contains(&Link::Account)));
    }
}

#[tokio::test]
async fn a_long_file_arrives_in_parts_and_in_its_order() {
    let pool = database().await;
    let mut log = book([imported(5, vec![entry(9, "a"), entry(0, "b")])]);
    project(&pool, &log).await;
    let row = lorebooks::show(&pool, mira(), sea()).await.unwrap().unwrap();
    assert_eq!((row.entry_count, row.entries_expected, row.is_changed), (2, 3, false));
    assert_eq!(
        (row.scan_depth, row.token_budget, row.recursive_scanning),
        (Some(4), Some(2_048), Some(true))
    );

    log.tell(
        sea(),
        [EntriesAdded { entries: all(vec![entry(7, "c"), entry(3, "d"), entry(4, "e")]) }.into()],
    );
    project(&pool, &log).await;
    assert_eq!(contents(&pool).await, ["a", "b", "c", "d", "e"]);
    let row = lorebooks::show(&pool, mira(), sea()).await.unwrap().unwrap();
    assert_eq!((row.entry_count, row.entries_expected, row.is_changed), (5, 0, false));
    assert_eq!(
        (row.original_digest.as_deref(), row.original_format.as_deref()),
        (Some("ab12"), Some("sillytavern"))
    );
    assert_eq!((row.created_at, row.updated_at, row.version), (when(1), when(2), 2));
}

#[tokio::test]
async fn an_entry_is_revised_in_its_place_and_a_removed_one_leaves_no_gap() {
    let pool = database().await;
    let first = vec![entry(1, "a"), entry(2, "b"), entry(3, "c")];
    let log = book([
        imported(3, first),
        EntryRevised { entry: Box::new(entry(1, "A")).into() }.into(),
        EntryRemoved { uid: 2 }.into(),
        EntriesAdded { entries: all(vec![entry(2, "d")]) }.into(),
        LorebookRevised { settings: named("The shore").into() }.into(),
    ]);
    project(&pool, &log).await;
    assert_eq!(contents(&pool).await, ["A", "c", "d"]);
    let row = lorebooks::show(&pool, mira(), sea()).await.unwrap().unwrap();
    assert_eq!(
        (row.name.as_str(), row.scan_depth, row.entry_count, row.is_changed),
        ("The shore", None, 3, true)
    );
    let one = lorebooks::entry(&pool, mira(), sea(), 3).await.unwrap().unwrap();
    assert_eq!(one.entry, entry(3, "c"));
    assert_eq!(lorebooks::entry(&pool, mira(), sea(), 4).await.unwrap(), None);
    assert_eq!(lorebooks::entry(&pool, vlad(), sea(), 3).await.unwrap(), None);
}

#[tokio::test]
async fn what_other_programs_keep_is_kept_as_they_spelt_it() {
    let pool = database().await;
    let spelt = r#"{"z":1.0,"a":[1e+400000,123456789012345678901234567890,-0.0]}"#;
    let mut strange = entry(1, "a\0b");
    strange.rest.insert("kept".into(), serde_json::from_str(spelt).unwrap());
    project(&pool, &book([imported(1, vec![strange])])).await;
    let read = read(&pool, sea()).await.remove(0);
    assert_eq!((read.content.as_str(), read.rest["kept"].to_string().as_str()), ("a\u{FFFD}b", spelt));
}

#[tokio::test]
async fn a_lorebook_is_found_by_its_name_and_by_its_character_and_hidden_once_retired() {
    let pool = database().await;
    let mut log = book([created("The sea"), LorebookLinked { to: Link::Character(aqua()) }.into()]);
    log.tell::<Lorebook>(id(41), [created("100% desert"), LorebookLinked { to: Link::Account }.into()]);
    log.tell::<Lorebook>(id(42), [created("The old sea"), LorebookRetired {}.into()]);
    let his = LorebookCreated { owner: vlad(), settings: named("His sea").into() };
    log.tell::<Lorebook>(id(43), [his.into()]);
    project(&pool, &log).await;

    let asking = |query: &str| Filter { query: Some(query.into()), ..Filter::default() };
    let of = |character| Filter { character: Some(character), ..Filter::default() };
    assert_eq!(names(&pool, &Filter::default()).await, ["100% desert", "The sea"]);
    assert_eq!(names(&pool, &asking("SEA")).await, ["The sea"]);
    assert_eq!(names(&pool, &asking("%")).await, ["100% desert"]);
    assert_eq!(names(&pool, &asking(&"a".repeat(256))).await, [""; 0]);
    let all = Filter { retired: Retired::Included, ..asking("sea") };
    assert_eq!(names(&pool, &all).await, ["The old sea", "The sea"]);
    assert_eq!(names(&pool, &of(aqua())).await, ["The sea"]);
    assert_eq!(names(&pool, &of(bard())).await, [""; 0]);
    assert!(lorebooks::show(&pool, mira(), id(41)).await.unwrap().unwrap().is_global);

    log.tell(id::<Lorebook>(42), [LorebookRestored {}.into()]);
    log.tell(id::<Lorebook>(41), [LorebookUnlinked { from: Link::Account }.into()]);
    log.tell(sea(), [LorebookUnlinked { from: Link::Character(aqua()) }.into()]);
    project(&pool, &log).await;
    assert_eq!(names(&pool, &asking("old")).await, ["The old sea"]);
    assert_eq!(names(&pool, &of(aqua())).await, [""; 0]);
    assert!(!lorebooks::show(&pool, mira(), id(41)).await.unwrap().unwrap().is_global);
}

#[tokio::test]
async fn somebody_elses_lorebook_is_answered_like_an_unknown_one() {
    let pool = database().await;
    project(&pool, &book([imported(1, vec![entry(1, "a")])])).await;
    assert_eq!(lorebooks::show(&pool, vlad(), sea()).await.unwrap(), None);
    assert_eq!(lorebooks::entries(&pool, vlad(), sea(), Paging::default()).await.unwrap(), None);
    assert_eq!(lorebooks::entries(&pool, mira(), id(41), Paging::default()).await.unwrap(), None);
}

#[tokio::test]
async fn a_whole_page_of_a_long_lorebook_can_use_its_index() {
    let pool = database().await;
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql("set enable_seqscan = off; set enable_sort = off;")
        .execute(&mut *connection)
        .await
        .unwrap();
    let plan: Value = sqlx::query_scalar(
        "explain (format json) select entry from lorebook_entries
         where lorebook_id = '00000000-0000-0000-0000-000000000028' and ordinal > 5 order by ordinal limit 3",
    )
    .fetch_one(&mut *connection)
    .await
    .unwrap();
    assert!(plan.to_string().contains("lorebook_entries_in_order"), "{plan}");
}
