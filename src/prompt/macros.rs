//! Macros: what stands in double braces in the texts of a card, and what it becomes.
//!
//! They are those of SillyTavern that need nothing but the scene, case-insensitive and nestable; one that we do not
//! know stays as it is, for whoever knows it. Chance follows from the reply's dice, and time is that of the request in
//! UTC, so that the same scene gives the same words. What is said in the conversation is not expanded: words that
//! were said are said.
//!
//! A text is read once, from left to right. The texts that macros bring in hold macros themselves: one that would bring
//! a text into itself stays as it is, and so does one beyond the bounds of nesting, number and length.

mod chance;
mod clock;

use time::OffsetDateTime;

use super::dice::Dice;

/// How deep macros may stand in macros.
const NESTING: usize = 16;
/// How many macros are expanded in a text.
const MACROS: usize = 16_384;
/// How many bytes macros bring into a text.
const BYTES: usize = 256 * 1024;

/// Who and what the macros stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Cast {
    /// What the speaker is called.
    pub(super) char: String,
    /// What the person is called.
    pub(super) user: String,
    /// Everybody who takes part but the person.
    pub(super) group: String,
    /// Who the person is.
    pub(super) persona: String,
    /// Who the speaker is.
    pub(super) description: String,
    /// What it is like.
    pub(super) personality: String,
    /// Where they are.
    pub(super) scenario: String,
    /// What the text takes the place of.
    pub(super) original: String,
}

/// Expands the texts of one scene.
#[derive(Debug, Clone)]
pub(super) struct Macros {
    /// What they stand for.
    pub(super) cast: Cast,
    /// The dice of the reply.
    pub(super) dice: u64,
    /// When the reply was asked for.
    pub(super) at: OffsetDateTime,
}

impl Macros {
    /// The text of the part of this name, with its macros expanded.
    pub(super) fn expand(&self, part: &str, text: &str) -> String {
        let dice = Dice::of(self.dice, part);
        Expansion { macros: self, dice, macros_left: MACROS, bytes_left: BYTES, within: vec![] }.text(text)
    }
}

/// The expansion of one text, with what is left of its bounds.
struct Expansion<'a> {
    macros: &'a Macros,
    dice: Dice,
    macros_left: usize,
    bytes_left: usize,
    /// The texts that are being brought in, each by the one before it.
    within: Vec<&'static str>,
}

/// A text in the making, and the macros around the place where it is written.
#[derive(Default)]
struct Page {
    written: String,
    open: Vec<String>,
}

impl Page {
    /// Opens a macro; what comes next is its inside.
    fn open(&mut self) {
        if self.open.len() == NESTING {
            return self.written.push_str("{{");
        }
        self.open.push(std::mem::take(&mut self.written));
    }

    /// Closes the innermost macro and gives its inside away.
    fn close(&mut self) -> Option<String> {
        let around = self.open.pop()?;
        Some(std::mem::replace(&mut self.written, around))
    }

    /// The whole text; macros that nobody closed are none.
    fn finish(mut self) -> String {
        while let Some(inside) = self.close() {
            self.written.push_str("{{");
            self.written.push_str(&inside);
        }
        self.written
    }
}

impl Expansion<'_> {
    fn text(&mut self, text: &str) -> String {
        let mut page = Page::default();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}', '<']) {
            page.written.push_str(&rest[..at]);
            rest = self.step(&rest[at..], &mut page);
        }
        page.written.push_str(rest);
        page.finish()
    }

    /// Writes what begins with a brace or an angle, and gives back what comes after it.
    fn step<'t>(&mut self, text: &'t str, page: &mut Page) -> &'t str {
        if text.starts_with('{') {
            return open_braces(text, page);
        }
        if let Some(after) = text.strip_prefix("}}") {
            return self.close(after, page);
        }
        if let Some((value, after)) = self.legacy(text) {
            page.written.push_str(&value);
            return after;
        }
        page.written.push_str(&text[..1]);
        &text[1..]
    }

    fn close<'t>(&mut self, after: &'t str, page: &mut Page) -> &'t str {
        let Some(inside) = page.close() else {
            page.written.push_str("}}");
            return after;
        };
        if inside.trim().eq_ignore_ascii_case("trim") {
            let kept = page.written.trim_end_matches(['\r', '\n']).len();
            page.written.truncate(kept);
            return after.trim_start_matches(['\r', '\n']);
        }
        match self.value(inside.trim()) {
            Some(value) => page.written.push_str(&value),
            None => page.written.extend(["{{", &inside, "}}"]),
        }
        after
    }

    /// `<USER>` and the like, which old cards have.
    fn legacy<'t>(&mut self, text: &'t str) -> Option<(String, &'t str)> {
        let cast = &self.macros.cast;
        let marks =
            [("<user>", &cast.user), ("<bot>", &cast.char), ("<char>", &cast.char), ("<group>", &cast.group)];
        let (mark, value) = marks
            .into_iter()
            .find(|(mark, _)| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)))?;
        self.macros_left = self.macros_left.checked_sub(1)?;
        Some((self.bring(value)?, &text[mark.len()..]))
    }

    /// What a macro becomes; nothing if we do not know it, or if it is one too many.
    fn value(&mut self, inside: &str) -> Option<String> {
        self.macros_left = self.macros_left.checked_sub(1)?;
        if inside.starts_with("//") {
            return Some(String::new());
        }
        let end = inside.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(inside.len());
        let (name, argument) = inside.split_at(end);
        let name = name.to_ascii_lowercase();
        if argument.is_empty() {
            return self.plain(&name);
        }
        let argument = argument.strip_prefix("::").or_else(|| argument.strip_prefix([':', ' ']))?.trim();
        let Self { macros, dice, .. } = self;
        match name.as_str() {
            "random" => chance::one_of(argument, dice),
            // The same list gives the same pick wherever it stands, for as long as the dice are the same.
            "pick" => chance::one_of(argument, &mut Dice::of(macros.dice, argument)),
            "roll" => chance::roll(argument, dice),
            _ => None,
        }
    }

    /// What a macro without arguments becomes.
    fn plain(&mut self, name: &str) -> Option<String> {
        let Macros { cast, at, .. } = self.macros;
        match name {
            "char" => self.bring(&cast.char),
            "user" => self.bring(&cast.user),
            "group" => self.bring(&cast.group),
            "persona" => self.bring_in("persona", &cast.persona),
            "description" => self.bring_in("description", &cast.description),
            "personality" => self.bring_in("personality", &cast.personality),
            "scenario" => self.bring_in("scenario", &cast.scenario),
            "original" => self.bring_in("original", &cast.original),
            "newline" => Some("\n".into()),
            _ => self.bring(&clock::read(name, *at)?),
        }
    }

    /// A name, as it is.
    fn bring(&mut self, words: &str) -> Option<String> {
        self.bytes_left = self.bytes_left.checked_sub(words.len())?;
        Some(words.to_owned())
    }

    /// A text, with its own macros expanded. It is paid for before, so that no time is spent on one that is too long.
    fn bring_in(&mut self, name: &'static str, text: &str) -> Option<String> {
        if self.within.contains(&name) {
            return None;
        }
        self.bytes_left = self.bytes_left.checked_sub(text.len())?;
        self.within.push(name);
        let expanded = self.text(text);
        self.within.pop();
        Some(expanded)
    }
}

/// Opens a macro for every two braces of the run that the text begins with; an odd one stands before them.
fn open_braces<'t>(text: &'t str, page: &mut Page) -> &'t str {
    let after = text.trim_start_matches('{');
    let braces = text.len() - after.len();
    if braces % 2 == 1 {
        page.written.push('{');
    }
    (0..braces / 2).for_each(|_| page.open());
    after
}

#[cfg(test)]
mod spec;
