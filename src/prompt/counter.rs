//! Counts tokens with a real tokenizer, because a prompt that is too long by one token is refused by the model.
//!
//! The tables are OpenAI's, which fit its own models to the token and are a fair measure for others. They are loaded
//! once, when first needed ([`Counter::warm`] does it at the start), and what was counted is remembered, so that a long
//! history is not counted anew at every turn.
//!
//! A text longer than [`PIECE`] is counted in pieces. The tokenizer's expressions backtrack, and give up with an error
//! on a long run of the same sort of character; in pieces they never do, and no text takes more than linear time. At
//! each seam the sum may be a few tokens off, in practice too high.

use std::{collections::HashSet, sync::LazyLock};

use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tiktoken_rs::{
    CoreBPE, cl100k_base_singleton, o200k_base_singleton,
    tokenizer::{Tokenizer, get_tokenizer},
};

use super::Message;

/// What every message costs besides its words.
const MESSAGE: u32 = 3;
/// What a name costs besides its words.
const NAME: u32 = 1;
/// What every prompt costs besides its messages.
const PROMPT: u32 = 3;
/// The longest text, in bytes, that is counted in one piece.
const PIECE: usize = 16 * 1024;
/// Shorter texts, in bytes, are counted sooner than looked up.
const WORTH_REMEMBERING: usize = 4;
/// How many counts are remembered: at some 100 bytes each, a few megabytes.
const REMEMBERED: u64 = 65_536;

/// Which tables a model reads with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vocabulary {
    /// Of GPT-4o and everything since; also for models that we do not know.
    O200k,
    /// Of GPT-4 and GPT-3.5.
    Cl100k,
}

/// Counts tokens. Clones share what they remember.
#[derive(Debug, Clone)]
pub struct Counter {
    vocabulary: Vocabulary,
    counted: Cache<(Vocabulary, [u8; 32]), u32>,
}

impl Default for Counter {
    fn default() -> Self {
        Self { vocabulary: Vocabulary::O200k, counted: Cache::new(REMEMBERED) }
    }
}

impl Counter {
    /// The counter for this model, with the same memory.
    pub fn for_model(&self, model: &str) -> Self {
        Self { vocabulary: Vocabulary::of(model), counted: self.counted.clone() }
    }

    /// Which tables it counts with.
    pub fn vocabulary(&self) -> Vocabulary {
        self.vocabulary
    }

    /// Loads the tables now rather than at the first count; it takes some tenths of a second, so the start does it.
    pub fn warm(&self) {
        self.vocabulary.tables();
    }

    /// How many tokens the text has.
    pub fn text(&self, text: &str) -> u32 {
        if text.len() < WORTH_REMEMBERING {
            return self.vocabulary.count(text);
        }
        let key = (self.vocabulary, Sha256::digest(text.as_bytes()).into());
        self.counted.get_with(key, || self.vocabulary.count(text))
    }

    /// How many tokens the message takes up in a prompt, as SillyTavern counts too: three, and those of every value, and
    /// one for having a name. A prompt costs `PROMPT` besides.
    pub fn message(&self, message: &Message) -> u32 {
        let name = message.name.as_deref().map_or(0, |name| NAME + self.text(name));
        [self.text(message.role_name()), self.text(&message.content), name]
            .into_iter()
            .fold(MESSAGE, u32::saturating_add)
    }

    /// How many tokens the whole prompt has.
    pub fn prompt<'a>(&self, messages: impl IntoIterator<Item = &'a Message>) -> u32 {
        messages.into_iter().map(|message| self.message(message)).fold(PROMPT, u32::saturating_add)
    }
}

impl Vocabulary {
    /// The tables of the model of this name, with or without its vendor before a slash.
    pub fn of(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model);
        match get_tokenizer(name) {
            Some(Tokenizer::Cl100kBase) => Self::Cl100k,
            _ => Self::O200k,
        }
    }

    fn tables(self) -> &'static CoreBPE {
        match self {
            Self::O200k => o200k_base_singleton(),
            Self::Cl100k => cl100k_base_singleton(),
        }
    }

    fn count(self, text: &str) -> u32 {
        pieces(text).map(|piece| self.count_piece(piece)).fold(0, u32::saturating_add)
    }

    /// Special tokens are counted as the plain text that they look like: nobody's message ends a prompt.
    fn count_piece(self, piece: &str) -> u32 {
        static NOTHING_SPECIAL: LazyLock<HashSet<&str>> = LazyLock::new(HashSet::new);
        // No token is shorter than a byte, so the length is a safe answer should the tokenizer give up after all.
        let count = self.tables().count(piece, &NOTHING_SPECIAL).unwrap_or(piece.len());
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// The text in pieces of at most [`PIECE`] bytes, cut before a space where there is one, as the tokenizer does itself.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = rest.split_at(seam(rest));
        rest = after;
        Some(piece)
    })
}

fn seam(text: &str) -> usize {
    if text.len() <= PIECE {
        return text.len();
    }
    let end = text.floor_char_boundary(PIECE);
    match text[..end].rfind(' ') {
        Some(space) if space > PIECE / 2 => space,
        _ => end,
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use domain::character::Role;
    use proptest::prelude::*;

    /// Texts, and how many tokens the `tiktoken` of OpenAI (as SillyTavern 1.19.0 ships it) counted in them, first with
    /// `o200k_base`, then with `cl100k_base`.
    const COUNTED_ELSEWHERE: [(&str, u32, u32); 24] = [
        ("hello world", 2, 2),
        ("Hello, world!", 4, 4),
        ("a", 1, 1),
        ("   ", 1, 1),
        ("\n\n\n", 1, 1),
        ("The quick brown fox jumps over the lazy dog.", 10, 10),
        ("supercalifragilisticexpialidocious", 10, 11),
        ("it's we'll I'M", 4, 6),
        ("1234567890", 4, 4),
        ("3.14159 + 2.71828 = 5.85987", 16, 16),
        ("fn main() {\n    println!(\"hi\");\n}\n", 10, 10),
        ("Grüße aus München, schöne Straße", 8, 9),
        ("Привет, как дела?", 6, 8),
        ("こんにちは世界", 2, 4),
        ("你好，世界", 3, 6),
        ("مرحبا بالعالم", 4, 10),
        ("🦀🌊👩‍👩‍👧‍👦", 16, 24),
        ("*She smiles.* \"Come in,\" she says…", 11, 11),
        ("<|endoftext|>", 7, 7),
        ("{{char}}: <START>", 7, 7),
        ("\r\n\t\t\tx", 3, 3),
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 4, 4),
        ("é", 1, 1),
        ("HTTPServerError_404-retry_after", 8, 7),
    ];

    fn said(content: &str) -> Message {
        Message { role: Role::User, content: content.into(), name: None }
    }

    #[test]
    fn it_counts_what_the_tokenizer_of_openai_counts() {
        let o200k = Counter::default();
        let cl100k = o200k.for_model("gpt-4");
        for (text, new, old) in COUNTED_ELSEWHERE {
            assert_eq!((o200k.text(text), cl100k.text(text)), (new, old), "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_off_by_no_more_than_a_few_tokens_a_seam() {
        let long = "The tide came in and she said, \"Wait!\" ".repeat(2000);
        let counted_elsewhere = 22_001;
        let counted = Counter::default().text(&long);
        let seams = u32::try_from(long.len() / PIECE).unwrap();
        assert!(counted >= counted_elsewhere && counted <= counted_elsewhere + 3 * seams, "{counted}");
    }

    #[test]
    fn a_model_is_known_by_its_name() {
        for old in ["gpt-4", "gpt-4-turbo", "gpt-3.5-turbo-0125", "openai/gpt-4"] {
            assert_eq!(Vocabulary::of(old), Vocabulary::Cl100k, "{old}");
        }
        for new in ["gpt-4o", "gpt-4.1-mini", "gpt-5", "o3", "llama-3.1-8b", "mistralai/mistral-nemo", ""] {
            assert_eq!(Vocabulary::of(new), Vocabulary::O200k, "{new}");
        }
    }

    #[test]
    fn a_message_costs_three_more_than_its_words_and_a_name_one_more() {
        let counter = Counter::default();
        assert_eq!(counter.message(&said("hello world")), 3 + 1 + 2);
        let named = Message { name: Some("hello".into()), ..said("hello world") };
        assert_eq!(counter.message(&named), 3 + 1 + 2 + 1 + 1);
        assert_eq!(counter.prompt([&said("hello world"), &said("a")]), 6 + 5 + 3);
    }

    #[test]
    fn a_text_is_remembered_for_its_own_vocabulary_only() {
        let o200k = Counter::default();
        let cl100k = o200k.for_model("gpt-4");
        let text = "Привет, как дела? ".repeat(20);
        assert!(o200k.text(&text) < cl100k.text(&text));
        assert_eq!(o200k.text(&text), Vocabulary::O200k.count(&text));
        assert_eq!(cl100k.text(&text), Vocabulary::Cl100k.count(&text));
    }

    #[test]
    fn no_text_is_too_strange_to_be_counted() {
        let counter = Counter::default();
        for unit in [
            "a",
            " ",
            "A",
            "\n",
            " \n",
            "\t ",
            "é",
            "中",
            "🦀",
            "'",
            "1",
            "aA",
            ".",
            "\u{301}",
            "<|endoftext|>",
        ] {
            let text = unit.repeat(256 * 1024 / unit.len());
            let count = counter.text(&text);
            assert!(count > 0 && usize::try_from(count).unwrap() <= text.len());
        }
    }

    proptest! {
        #[test]
        fn a_text_has_at_least_one_token_and_no_more_than_bytes(text in "\\PC{1,400}") {
            let count = usize::try_from(Counter::default().text(&text)).unwrap();
            prop_assert!((1..=text.len()).contains(&count));
        }

        #[test]
        fn the_pieces_are_the_text(text in "[a-zé中🦀 \n]{0,50}", times in 1_usize..2_000) {
            let text = text.repeat(times);
            prop_assert!(pieces(&text).all(|piece| piece.len() <= PIECE && !piece.is_empty()));
            prop_assert_eq!(pieces(&text).collect::<String>(), text);
        }
    }
}
