//! The small model of NextChat to which the rule of recall is held alone, at random against the whole house: whatever
//! people do with its buttons, each session finds its conversation as it shows it.
//!
//! `PROPTEST_CASES` makes a run longer (256 is one guest, and as many more for each further one), `PROPTEST_RNG_SEED` the
//! same again.

#[path = "../../src/recall/laws/claims.rs"]
mod claims;
#[path = "../../src/recall/laws/nextchat.rs"]
mod nextchat;
#[path = "../../src/recall/laws/people.rs"]
mod people;

use std::hash::{BuildHasher, Hasher, RandomState};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;

use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::model_stub::{Stub, told};
use claims::Line;
use nextchat::PROPOSAL;
use people::{Deed, People, Saying, Want};

/// So many things somebody does.
const DEEDS: usize = 40;

/// So many cases are one guest.
const CASES: u32 = 256;

struct Visit {
    mira: Guest,
    stub: Stub,
    people: People<String>,
    answers: usize,
}

#[tokio::test]
async fn whatever_people_do_each_session_finds_its_conversation() {
    let config = Config::default();
    let seed = match config.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().build_hasher().finish(),
    };
    eprintln!("the same again: PROPTEST_RNG_SEED={seed} PROPTEST_CASES={}", config.cases);
    let guests = config.cases.div_ceil(CASES);
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..config });
    for _ in 0..guests {
        let deeds = people::deeds(DEEDS..DEEDS + 1).new_tree(&mut runner).unwrap().current();
        Visit::new().await.lives(&deeds).await;
    }
}

impl Visit {
    async fn new() -> Self {
        let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
        mira.speaks_through(&stub, "tells").await;
        mira.invents("Aqua").await;
        Self { mira, stub, people: People::new(), answers: 0 }
    }

    async fn lives(mut self, deeds: &[Deed]) {
        for deed in deeds {
            match self.people.want(deed) {
                Want::Nothing => {}
                Want::Errand(request) => drop(self.mira.is_told("Aqua", &borrowed(&request)).await),
                Want::Answer(saying) => self.is_answered(&saying).await,
            }
        }
        for saying in self.people.good_night() {
            self.is_answered(&saying).await;
        }
        for seat in &self.people.seats {
            let at = seat.at.as_ref().expect("everybody heard an answer to its end");
            seat.claims.are_kept(&seat.session, &self.lines(at).await);
        }
        assert_eq!(self.stub.tally().asked, self.answers, "errands ask nobody, and nobody is asked twice");
    }

    async fn is_answered(&mut self, saying: &Saying) {
        let answer = told(self.answers);
        let shown = if saying.impersonates() { format!("{PROPOSAL}{answer}") } else { answer.clone() };
        self.answers += 1;
        let mut chunks = self.mira.completes("Aqua", &borrowed(&saying.request)).await;
        let Some(letters) = saying.stop else {
            assert_eq!(chunks.heard().await.text, shown);
            if saying.impersonates() {
                self.people.hear(saying, &answer, &shown, None);
                return;
            }
            let (at, lines) = self.answered(&answer).await;
            let seat = self.people.hear(saying, &answer, &answer, Some(at));
            seat.claims.are_met(&seat.session, &lines);
            return;
        };
        let heard = chunks.hears(letters).await;
        drop(chunks);
        let asked = self.answers;
        self.stub.until(|tally| tally.asked == asked).await;
        self.people.hear(saying, &answer, &heard, None);
    }

    /// The conversation that ends with this answer, which is nobody else's.
    async fn answered(&self, answer: &str) -> (String, Vec<Line>) {
        let mut found = vec![];
        for conversation in self.mira.conversations().await {
            let lines = self.lines(&conversation).await;
            if lines.last().is_some_and(|line| line.text == answer) {
                found.push((conversation, lines));
            }
        }
        assert_eq!(found.len(), 1, "{answer} was stored {} times", found.len());
        found.swap_remove(0)
    }

    async fn lines(&self, conversation: &str) -> Vec<Line> {
        self.mira.story(conversation).await.iter().map(line).collect()
    }
}

fn line(message: &Value) -> Line {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let role = if message["speaker"]["kind"] == "user" { "user" } else { "assistant" };
    let variants = message["variants"].as_array().expect("variants").iter().map(text).collect();
    Line { role, text: text(&message["text"]), variants }
}

fn borrowed(request: &nextchat::Request) -> Vec<(&'static str, &str)> {
    request.iter().map(|(role, text)| (*role, text.as_str())).collect()
}
