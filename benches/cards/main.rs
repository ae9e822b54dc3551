//! How fast cards are read and written, and what memory that takes, beside the best parser that we found:
//! `character-foundry` 0.5.0 of npm, on the same files in the same run.
//!
//! A picture of half a megabyte with a card in it, a lorebook of two megabytes in SillyTavern's shape, the same as a list,
//! and a card with it inside. The peer runs in Node with its own warm code; it is fetched from npm once, into the cache
//! folder. What it calls writing a lorebook is `JSON.stringify`, for it has nothing else.
//!
//! Lorebooks are read without a tree, also the one inside of a card, which is what taking a card in needs. Whoever edits
//! such a card, or converts it, asks for the whole of its tree, and waits until the book's is grown: that is an errand of
//! its own here, for which the peer's reading, after which its tree is there, is the measure.
//!
//! Memory comes from mimalloc, as in the house, with a count of it in between.
//!
//! `cargo bench -p cards --bench cards`

mod files;
mod peer;

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    hint::black_box,
    io::Write,
    path::{Path, PathBuf},
    time::Instant,
};

use mimalloc::MiMalloc;
use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait};
use serde::Serialize;

#[global_allocator]
static MEMORY: PeakMemAlloc<MiMalloc> = PeakMemAlloc::new(MiMalloc);

/// How often each errand is run; the median counts.
const ROUNDS: usize = 21;
/// What is to be reached: so many times the peer's speed, and at most so many times the file in memory.
const FASTER: f64 = 5.0;
const HEAVIER: f64 = 3.0;

/// The whole report.
#[derive(Serialize)]
struct Report {
    milliseconds: BTreeMap<&'static str, f64>,
    peer: peer::Report,
    /// How many times faster we are, for each errand.
    ratios: BTreeMap<&'static str, f64>,
    /// Peak memory beside the file, in files.
    memory: BTreeMap<&'static str, f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cards");
    fs::create_dir_all(&folder)?;
    let files = Files {
        picture: files::picture()?,
        book: files::book(),
        list: files::list_book()?,
        card: files::card_with_book()?,
    };
    let places = files.write_to(&folder)?;

    let milliseconds = measure(&files)?;
    let memory = weigh(&files);
    let peer = peer::measure(ROUNDS, &places)?;
    let faster = |(errand, ours): (&&'static str, &f64)| {
        (*errand, peer.milliseconds.get(*errand).copied().unwrap_or(f64::NAN) / ours)
    };
    let ratios = milliseconds.iter().map(faster).collect();
    let report = Report { milliseconds, peer, ratios, memory };

    std::io::stdout().write_all(table(&report).as_bytes())?;
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    fs::create_dir_all(&out)?;
    fs::write(out.join("cards.json"), serde_json::to_vec_pretty(&report)?)?;
    Ok(())
}

/// What is read and written.
struct Files {
    picture: Vec<u8>,
    book: Vec<u8>,
    list: Vec<u8>,
    card: Vec<u8>,
}

impl Files {
    /// Writes them down for the peer; answers where, in the order in which it expects them.
    fn write_to(&self, folder: &Path) -> std::io::Result<Vec<PathBuf>> {
        let Self { picture, book, list, card } = self;
        let files = [("picture.png", picture), ("book.json", book), ("list.json", list), ("card.json", card)];
        let write = |(name, bytes)| {
            let place = folder.join(name);
            fs::write(&place, bytes).map(|()| place)
        };
        files.into_iter().map(write).collect()
    }
}

fn measure(files: &Files) -> Result<BTreeMap<&'static str, f64>, cards::Refusal> {
    let Files { picture, book, list, card: whole } = files;
    let card = cards::read(picture)?;
    let portrait = card.portrait().unwrap_or_default();
    let lore = cards::lorebook::read(book)?.lorebook;
    Ok(BTreeMap::from([
        ("read the picture", median(|| drop(black_box(cards::read(picture))))),
        ("write the picture", median(|| drop(black_box(cards::write_png(&portrait, card.tree()))))),
        ("read the lorebook", median(|| drop(black_box(cards::lorebook::read(book))))),
        ("read the list book", median(|| drop(black_box(cards::lorebook::read(list))))),
        ("read the card with it", median(|| drop(black_box(card_and_book(whole))))),
        ("read its whole tree", median(|| drop(black_box(whole_tree(whole))))),
        ("write the lorebook", median(|| drop(black_box(cards::lorebook::write_sillytavern_text(&lore))))),
    ]))
}

fn median(errand: impl Fn()) -> f64 {
    let mut took: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            errand();
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[ROUNDS / 2]
}

/// A card, and its lorebook as one that can be used. (The peer keeps it as it lies in the card.)
fn card_and_book(bytes: &[u8]) -> Result<(cards::Card, cards::lorebook::Lorebook), cards::Refusal> {
    let card = cards::read(bytes)?;
    let (book, _) = card.sheet.lorebook.as_ref().ok_or(cards::Refusal::NotALorebook)?.read()?;
    Ok((card, book))
}

fn whole_tree(bytes: &[u8]) -> Result<serde_json::Value, cards::Refusal> {
    cards::read(bytes).map(cards::Card::into_tree)
}

fn weigh(files: &Files) -> BTreeMap<&'static str, f64> {
    let Files { picture, book, list, card: whole } = files;
    BTreeMap::from([
        ("read the picture", files_in_memory(picture, || drop(black_box(cards::read(picture))))),
        ("read the lorebook", files_in_memory(book, || drop(black_box(cards::lorebook::read(book))))),
        ("read the list book", files_in_memory(list, || drop(black_box(cards::lorebook::read(list))))),
        ("read the card with it", files_in_memory(whole, || drop(black_box(card_and_book(whole))))),
        ("read its whole tree", files_in_memory(whole, || drop(black_box(whole_tree(whole))))),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "megabytes")]
fn files_in_memory(file: &[u8], errand: impl Fn()) -> f64 {
    MEMORY.reset_peak_memory();
    errand();
    MEMORY.get_peak_memory() as f64 / file.len() as f64
}

fn table(report: &Report) -> String {
    let mut table =
        format!("{:<22}{:>10}{:>14}{:>10}{:>18}\n", "ms", "cards", "foundry", "faster", "memory, in files");
    for (errand, ours) in &report.milliseconds {
        let theirs = report.peer.milliseconds.get(*errand).copied().unwrap_or(f64::NAN);
        let memory = report.memory.get(errand).map_or(String::new(), |files| format!("{files:.2}"));
        let ratio = report.ratios.get(errand).copied().unwrap_or(f64::NAN);
        table += &format!("{errand:<22}{ours:>10.3}{theirs:>14.3}{ratio:>10.1}{memory:>18}\n");
    }
    let slowest = report.ratios.values().copied().fold(f64::INFINITY, f64::min);
    let heaviest = report.memory.values().copied().fold(0.0, f64::max);
    table
        + &format!(
            "\n{} {slowest:.1} times the peer's speed, of at least {FASTER}\n{} {heaviest:.2} files in memory, of at most {HEAVIER}\n",
            verdict(slowest >= FASTER),
            verdict(heaviest <= HEAVIER),
        )
}

fn verdict(reached: bool) -> &'static str {
    if reached { "pass" } else { "MISS" }
}
