//! What came in, what was here already, what was repaired, and what was refused and why: for people and for programs.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
};

use indicatif::ProgressBar;
use serde::Serialize;

/// As many lines as people read of one sort.
const READABLE: usize = 50;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fate {
    /// It came in.
    Imported,
    /// It was here already.
    Present,
    /// It would come in, if this were no rehearsal.
    Ready,
    /// It was refused.
    Refused,
    /// There is no place for it.
    LeftOut,
}

/// Why something did not come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Trouble {
    /// As a stable name.
    pub(super) code: String,
    /// For people.
    pub(super) message: String,
}

impl Trouble {
    pub(super) fn new(code: &str, message: String) -> Self {
        Self { code: code.to_owned(), message }
    }
}

impl From<&cards::Refusal> for Trouble {
    fn from(refusal: &cards::Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string())
    }
}

/// What is said of one file. The fields are for ever.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    pub(super) file: String,
    pub(super) what: &'static str,
    pub(super) outcome: Fate,
    /// The id that it has here.
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    /// What was repaired: how often, by code.
    pub(super) warnings: BTreeMap<String, usize>,
    pub(super) error: Option<Trouble>,
}

impl Line {
    pub(super) fn new(file: &str, what: &'static str, outcome: Fate) -> Self {
        let file = file.to_owned();
        Self { file, what, outcome, id: None, name: None, warnings: BTreeMap::new(), error: None }
    }

    pub(super) fn because(self, trouble: Trouble) -> Self {
        Self { error: Some(trouble), ..self }
    }
}

/// The lines while they come together.
pub(super) struct Tally {
    lines: Mutex<Vec<Line>>,
    bar: ProgressBar,
}

impl Tally {
    pub(super) fn new(bar: ProgressBar) -> Self {
        Self { lines: Mutex::default(), bar }
    }

    pub(super) fn note(&self, line: Line) {
        self.bar.set_message(line.file.clone());
        self.bar.inc(1);
        // A file of settings has a line for each persona.
        let told = self.bar.position();
        self.bar.set_length(self.bar.length().unwrap_or_default().max(told));
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    pub(super) fn finish(self) -> Report {
        self.bar.finish_and_clear();
        let mut lines = self.lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        lines.sort_by(|one, other| (one.what, &one.file).cmp(&(other.what, &other.file)));
        Report(lines)
    }
}

/// All lines, in order.
pub(super) struct Report(Vec<Line>);

impl Report {
    /// Whether nothing was refused.
    pub(super) fn is_whole(&self) -> bool {
        self.0.iter().all(|line| line.outcome != Fate::Refused)
    }

    /// A JSON line a file.
    pub(super) fn lines(&self) -> String {
        // A line has texts as keys and no number that JSON lacks: it always has one.
        self.0.iter().map(|line| serde_json::to_string(line).unwrap_or_default() + "\n").collect()
    }

    /// The table for people.
    pub(super) fn table(&self) -> String {
        if self.0.is_empty() {
            return "there is nothing here that can be brought in\n".to_owned();
        }
        let mut counts: BTreeMap<&str, BTreeMap<Fate, usize>> = BTreeMap::new();
        let mut repaired: BTreeMap<&str, usize> = BTreeMap::new();
        for line in &self.0 {
            *counts.entry(line.what).or_default().entry(line.outcome).or_default() += 1;
            line.warnings.iter().for_each(|(code, count)| *repaired.entry(code).or_default() += count);
        }
        let heads = [
            (Fate::Imported, "came in"),
            (Fate::Present, "was here"),
            (Fate::Ready, "would come"),
            (Fate::Refused, "refused"),
            (Fate::LeftOut, "left out"),
        ];
        let heads = heads.into_iter().filter(|(fate, _)| self.0.iter().any(|line| line.outcome == *fate));
        let heads: Vec<_> = heads.collect();
        let mut text = self.listed("refused", Fate::Refused);
        text += &self.listed("left out", Fate::LeftOut);
        text += &self.warned(&repaired);
        text += &format!("{:<12}", "");
        let row = |name: &str, count: &dyn Fn(Fate) -> usize| {
            heads.iter().fold(format!("{name:<12}"), |row, (fate, _)| row + &format!("{:>12}", count(*fate)))
                + "\n"
        };
        heads.iter().for_each(|(_, head)| text += &format!("{head:>12}"));
        text.push('\n');
        for (what, fates) in &counts {
            text += &row(what, &|fate| fates.get(&fate).copied().unwrap_or_default());
        }
        text += &row("in all", &|fate| self.0.iter().filter(|line| line.outcome == fate).count());
        text
    }

    fn warned(&self, repaired: &BTreeMap<&str, usize>) -> String {
        if repaired.is_empty() {
            return String::new();
        }
        let files = self.0.iter().filter(|line| !line.warnings.is_empty()).count();
        let codes: Vec<_> = repaired.iter().map(|(code, count)| format!("{code} ×{count}")).collect();
        format!("repaired in {files} files: {}\n\n", codes.join(", "))
    }

    fn listed(&self, head: &str, fate: Fate) -> String {
        let lines: Vec<_> = self.0.iter().filter(|line| line.outcome == fate).collect();
        let mut text = if lines.is_empty() { String::new() } else { format!("{head}:\n") };
        for Line { file, error, .. } in lines.iter().take(READABLE) {
            let error = error.as_ref();
            let (code, why) = error.map_or(("", ""), |error| (error.code.as_str(), error.message.as_str()));
            // Writing to memory does not fail.
            let _ = writeln!(text, "  {file}\n    {why} ({code})");
        }
        if lines.len() > READABLE {
            text += &format!("  and {} more; --json lists them all\n", lines.len() - READABLE);
        }
        if !lines.is_empty() {
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    fn report() -> Report {
        let tally = Tally::new(ProgressBar::hidden());
        let mended = Line {
            warnings: [("turned-into-list".to_owned(), 2)].into(),
            ..Line::new("b.png", "character", Fate::Imported)
        };
        tally.note(mended);
        tally.note(Line::new("a.png", "character", Fate::Present));
        tally.note(
            Line::new("c.png", "character", Fate::Refused)
                .because(Trouble::new("no-name", "it has no name".into())),
        );
        tally.finish()
    }

    #[test]
    fn people_read_counts_and_reasons() {
        let table = report().table();
        let expected = "refused:\n  c.png\n    it has no name (no-name)\n\n\
            repaired in 1 files: turned-into-list ×2\n\n"
            .to_owned()
            + "                 came in    was here     refused\n\
            character              1           1           1\n\
            in all                 1           1           1\n";
        assert_eq!(table, expected);
        assert!(!report().is_whole());
    }

    #[test]
    fn the_bar_is_as_long_as_there_are_lines() {
        let bar = ProgressBar::hidden();
        bar.set_length(1);
        let tally = Tally::new(bar.clone());
        for name in ["Ann", "Captain"] {
            tally.note(Line::new(name, "persona", Fate::Imported));
        }

        assert_eq!((bar.position(), bar.length()), (2, Some(2)));
    }

    #[test]
    fn programs_read_a_line_a_file() {
        let lines = report().lines();
        let first = lines.lines().next().unwrap();
        let expected = r#"{"file":"a.png","what":"character","outcome":"present","id":null,"name":null,"warnings":{},"error":null}"#;
        assert_eq!((lines.lines().count(), first), (3, expected));
    }
}
