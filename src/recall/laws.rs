//! Laws of the rule: a model of NextChat does anything that people do with its buttons, and after every request the
//! conversation that answers is what the session shows.
//!
//! `PROPTEST_CASES` makes a run longer, `PROPTEST_RNG_SEED` the same again.

mod claims;
pub(super) mod house;
pub(super) mod nextchat;
mod people;

use domain::conversation::{ConversationId, Speaker};
use proptest::prelude::*;

use super::marks;
use claims::Line;
use house::House;
use nextchat::{PROPOSAL, impersonates};
use people::{Deed, People, Saying, Want};

struct World {
    house: House,
    people: People<ConversationId>,
    answers: usize,
    unique: bool,
}

impl World {
    fn lives(deeds: &[Deed], unique: bool) {
        let mut world = Self { house: House::default(), people: People::new(), answers: 0, unique };
        for deed in deeds {
            match world.people.want(deed) {
                Want::Nothing => {}
                Want::Errand(request) => assert!(world.house.takes(&request, "").is_none()),
                Want::Answer(saying) => world.answers(&saying),
            }
        }
        for saying in world.people.good_night() {
            world.answers(&saying);
        }
    }

    fn answers(&mut self, saying: &Saying) {
        self.answers += 1;
        let answer = match self.unique {
            true => format!("Answer {} to that, my dear, and no word more.", self.answers),
            false => ["Yes.", "No.", "Perhaps, who knows."][self.answers % 3].to_owned(),
        };
        let answered = self.house.takes(&saying.request, &answer).expect("somebody answers");
        // Messages that the client tells behind the last answer may be new, all of them; no other is.
        let new =
            saying.request.iter().rev().take_while(|told| is_new(told)).filter(|told| is_said(told)).count();
        assert!(answered.sent <= new, "a message is stored twice");
        let answer = if saying.impersonates() { marks::proposal() + &answer } else { answer };
        let heard: String = answer.chars().take(saying.stop.unwrap_or(usize::MAX)).collect();
        let seat = self.people.hear(saying, &answer, &heard, Some(answered.conversation));
        seat.claims.are_met(&seat.session, &lines(&self.house, answered.conversation));
        for seat in &self.people.seats {
            if let Some(at) = seat.at {
                seat.claims.are_kept(&seat.session, &lines(&self.house, at));
            }
        }
    }
}

/// Whether nobody answered it yet, as far as the client tells: what is only proposed is no answer.
fn is_new((role, text): &(&str, String)) -> bool {
    *role == "user" || text.is_empty() || text.starts_with(PROPOSAL)
}

/// Whether the person said it.
fn is_said((role, text): &(&str, String)) -> bool {
    *role == "user" && !impersonates(text)
}

fn lines(house: &House, conversation: ConversationId) -> Vec<Line> {
    let line = |line: &domain::conversation::Line| Line {
        role: match line.speaker {
            Speaker::User(_) => "user",
            Speaker::Character(_) | Speaker::Narrator => "assistant",
        },
        text: line.text().to_owned(),
        variants: line.variants.iter().map(|variant| variant.text.as_str().to_owned()).collect(),
    };
    house.kept[&conversation].transcript.story().map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_client_does_its_conversation_is_what_it_shows(deeds in people::deeds(1..40)) {
        World::lives(&deeds, true);
    }

    #[test]
    fn even_where_everybody_says_the_same_no_conversation_contradicts_its_client(deeds in people::deeds(1..40)) {
        World::lives(&deeds, false);
    }
}
