//! A voice without a model, so that a first visit hears somebody at once.
//!
//! It never pretends: each answer says that it is a demo and how to bring a real model. It is a function of the prompt's
//! last message and the character's name alone, so that a test, or a reader of the log, gets the same answer again.

use std::time::Duration;

use futures_util::future::{self, BoxFuture, FutureExt};
use futures_util::stream::{self, StreamExt};

use super::{Generation, Piece, Pieces, Provider, ProviderError, Role, Usage};

/// As much of the person's words as is quoted back.
const QUOTE: usize = 80;

pub struct Demo {
    pause: Duration,
}

impl Default for Demo {
    fn default() -> Self {
        Self::with_pause(Duration::from_millis(15))
    }
}

impl Demo {
    /// A demo that rests this long before each word.
    pub fn with_pause(pause: Duration) -> Self {
        Self { pause }
    }

    fn speak(&self, generation: &Generation) -> Pieces {
        let answer = answer(generation);
        let words: Vec<_> = answer.split_inclusive(' ').map(str::to_owned).collect();
        let usage = Usage { prompt_tokens: 0, completion_tokens: words.len() as u64 };
        let finish = Piece::Finish { reason: Some("stop".into()), usage: Some(usage) };
        let pause = self.pause;
        let spoken = stream::iter(words).then(move |word| async move {
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            Ok(Piece::Text(word))
        });
        spoken.chain(stream::iter([Ok(finish)])).boxed()
    }
}

impl Provider for Demo {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn generate<'a>(&'a self, generation: &'a Generation) -> BoxFuture<'a, Result<Pieces, ProviderError>> {
        future::ready(Ok(self.speak(generation))).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        future::ready(Ok(())).boxed()
    }
}

fn answer(generation: &Generation) -> String {
    let name = if generation.character.trim().is_empty() { "your host" } else { generation.character.trim() };
    let heard = generation.messages.iter().rev().find(|message| message.role == Role::User);
    let greeting = match heard.map(|message| quoted(&message.content)).filter(|quote| !quote.is_empty()) {
        Some(quote) => format!("*{} and repeats it slowly.* “{quote}” {}", gesture(&quote), remark(&quote)),
        None => {
            "*looks up and smiles.* You have not said anything yet, and still I am glad that you came.".into()
        }
    };
    format!(
        "{greeting}\n\nI should be honest with you: I am only the demo voice of {name}. There is no model behind me, so \
         I cannot really think about what you say. To hear {name} for real, start Innkeeper with \
         `INNKEEPER_PROVIDER=sillytavern` and `INNKEEPER_SILLYTAVERN_URL` (your SillyTavern, with its models), or with \
         `INNKEEPER_PROVIDER=openai`, `INNKEEPER_OPENAI_URL` and `INNKEEPER_OPENAI_MODEL` (any OpenAI-compatible \
         endpoint). Everything that we say until then is kept."
    )
}

/// The first line, shortened at a word.
fn quoted(words: &str) -> String {
    let line = words.trim().lines().next().unwrap_or_default().replace('\0', "\u{fffd}");
    if line.chars().count() <= QUOTE {
        return line;
    }
    let start: String = line.chars().take(QUOTE).collect();
    let end = start.rfind(' ').unwrap_or(start.len());
    format!("{}…", &start[..end])
}

fn gesture(quote: &str) -> &'static str {
    pick(quote, ["listens", "tilts the head", "leans closer", "nods"])
}

fn remark(quote: &str) -> &'static str {
    if quote.ends_with('?') {
        return "A good question; it deserves a better answer than mine.";
    }
    pick(quote, ["I like how you say that.", "I shall remember it.", "Go on, I am listening.", "Well said."])
}

/// One of four by the letters of the quote: variety without dice.
fn pick(quote: &str, choices: [&'static str; 4]) -> &'static str {
    let sum = quote.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    choices[(sum >> 3) % choices.len()]
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::provider::{ChatMessage, Sampling};

    fn asked(words: &str) -> Generation {
        Generation {
            model: None,
            messages: vec![ChatMessage { role: Role::User, content: words.into(), name: None }],
            sampling: Sampling::default(),
            character: "Mira".into(),
            user: "Tom".into(),
        }
    }

    #[test]
    fn the_same_words_get_the_same_answer() {
        assert_eq!(answer(&asked("Hello there")), answer(&asked("Hello there")));
        assert_ne!(answer(&asked("Hello there")), answer(&asked("Good night")));
    }

    #[test]
    fn it_says_what_it_is_and_how_to_do_better() {
        let answer = answer(&asked("Who are you?"));

        for part in
            ["demo", "Mira", "“Who are you?”", "INNKEEPER_PROVIDER=sillytavern", "INNKEEPER_OPENAI_URL"]
        {
            assert!(answer.contains(part), "{part} in {answer}");
        }
    }

    #[test]
    fn a_long_speech_is_quoted_by_its_first_words() {
        let quote = quoted(&"über alle Berge ".repeat(20));

        assert!(quote.chars().count() <= QUOTE + 1 && quote.ends_with('…'), "{quote}");
    }

    #[test]
    fn it_speaks_word_by_word_and_then_finishes() {
        let said = Demo::with_pause(Duration::ZERO).speak(&asked("Hi"));
        let pieces: Vec<_> = said.collect::<Vec<_>>().now_or_never().expect("without a pause nothing waits");

        assert!(pieces.len() > 20);
        assert!(matches!(pieces.last(), Some(Ok(Piece::Finish { .. }))));
    }
}
