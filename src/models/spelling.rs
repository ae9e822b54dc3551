//! How a name is spelt as the id of a model, and how ids that came through a client are compared.
//!
//! NextChat reads lists of ids in a syntax of its own (`,` `=` `@`, a leading `+` or `-`, the word `all`), and thinks
//! things of a model whose id holds certain letters: whoever has a `vl` in their name is taken for a model that sees
//! pictures, `o3` loses its instructions, `gpt-` gets others. A mark is replaced by one that looks like it, and a word
//! is broken by a character that nobody sees. Comparing undoes both, and forgives case and spaces.

/// Nobody sees it: it keeps letters from being joined, which ours are not.
const UNSEEN: char = '\u{200C}';

/// The most characters of an id, without a tag.
const LONGEST: usize = 96;

/// Marks that mean something in a list of models, and what stands for them.
const MARKS: [(char, char); 3] = [(',', '\u{201A}'), ('=', '\u{FF1D}'), ('@', '\u{FF20}')];

/// Marks that mean something in front, and what stands for them there.
const SIGNS: [(char, char); 2] = [('+', '\u{FF0B}'), ('-', '\u{2011}')];

/// Letters by which NextChat tells what a model can do.
const TELLING: [&str; 13] = [
    "vl", "vision", "o1", "o3", "o4", "gpt", "claude", "gemini", "learnlm", "grok", "glm", "deepseek", "dall",
];

/// Ids that mean something else.
const TAKEN: [&str; 2] = ["all", super::UTILITY];

/// The name as an id that a client takes for nothing but a name.
pub fn spell(name: &str) -> String {
    let plain = tidy(name);
    let plain: String = plain.chars().take(LONGEST).map(|letter| stand_in(letter, &MARKS)).collect();
    let mut letters = plain.trim().chars();
    let first = letters.next().map_or('\u{2026}', |letter| stand_in(letter, &SIGNS));
    broken(std::iter::once(first).chain(letters))
}

/// What two ids are compared by.
pub fn fold(id: &str) -> String {
    let original = |letter| {
        let known = MARKS.iter().chain(&SIGNS).find(|(_, stands_in)| *stands_in == letter);
        known.map_or(letter, |(mark, _)| *mark)
    };
    tidy(id).chars().filter(|letter| !is_unseen(*letter)).map(original).flat_map(char::to_lowercase).collect()
}

/// One line, with single spaces.
fn tidy(text: &str) -> String {
    let visible = |letter: char| if letter.is_control() || is_direction(letter) { ' ' } else { letter };
    let line: String = text.chars().map(visible).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn stand_in(letter: char, table: &[(char, char)]) -> char {
    table.iter().find(|(mark, _)| *mark == letter).map_or(letter, |(_, stands_in)| *stands_in)
}

/// Puts something that nobody sees into every telling word.
fn broken(letters: impl Iterator<Item = char>) -> String {
    let text: String = letters.collect();
    let low = text.to_ascii_lowercase();
    let whole = TAKEN.contains(&low.as_str());
    let mut broken = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        broken.push(letter);
        if TELLING.iter().any(|word| low[at..].starts_with(word)) || (whole && at == 0) {
            broken.push(UNSEEN);
        }
    }
    broken
}

fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// Marks that turn the direction of what follows, and would turn the list around.
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod spec {
    use proptest::prelude::*;

    use super::*;

    /// What NextChat would take a model for by its id (facts §2).
    fn is_taken_for_something(id: &str) -> bool {
        let low = id.to_lowercase();
        let holds = ["vl", "vision", "o3", "o4-mini", "gpt-4", "claude", "gemini", "learnlm", "grok-4"];
        let begins = ["o1", "gpt", "chatgpt", "deepseek-", "dall-e-3", "+", "-"];
        holds.iter().any(|word| low.contains(word))
            || begins.iter().any(|word| low.starts_with(word))
            || id.contains([',', '=', '@', '\n'])
            || low == "all"
            || id.trim() != id
            || id.is_empty()
    }

    #[test]
    fn a_plain_name_is_its_own_id() {
        for name in ["Seraphina", "Aqua", "Frau Müller", "小雪", "Dr. Who?"] {
            assert_eq!(spell(name), name);
        }
    }

    #[test]
    fn names_that_mean_something_else_are_broken_where_nobody_sees_it() {
        for name in ["Vlad", "Pavlov", "Evlyn", "o3", "Envision", "all", "ALL", "gpt-4o", "Claudette 4", "o1"]
        {
            let id = spell(name);
            assert!(!is_taken_for_something(&id), "{id:?}");
            assert_eq!(id.replace(UNSEEN, ""), name);
        }
    }

    #[test]
    fn marks_of_the_list_are_replaced_by_their_likes() {
        assert_eq!(spell("Smith, John"), "Smith\u{201A} John");
        assert_eq!(spell("x=y@home"), "x\u{FF1D}y\u{FF20}home");
        assert_eq!(spell("-Aqua-"), "\u{2011}Aqua-");
        assert_eq!(spell(" \n"), "\u{2026}");
    }

    proptest! {
        #[test]
        fn whatever_the_name_its_id_is_taken_for_nothing_and_folds_alike(name in "\\PC{0,40}|[ovlgpt,=@+ 134-]{0,12}") {
            let id = spell(&name);
            prop_assert!(!is_taken_for_something(&id), "{:?}", id);
            prop_assert_eq!(fold(&id), fold(&spell(&id)));
        }
    }
}
