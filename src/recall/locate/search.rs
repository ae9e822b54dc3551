//! Looking for the place: by the last words of a character that a story knows, or by its very beginning.

use std::cmp::Reverse;

use super::{
    said,
    walk::{self, Cut},
};
use crate::recall::{
    story::{Fit, Story},
    turns::{Asked, Role, Turn, Wish},
};

/// So many bytes of words are nobody else's.
const TELLING: usize = 32;

/// A place in a story.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) story: usize,
    /// How many lines of the story are before it.
    pub(super) at: usize,
    /// Lines whose other wording the client knows, and which.
    pub(super) choose: Vec<(usize, usize)>,
    /// What the client tells behind it that the story does not have.
    pub(super) add: Vec<Turn>,
    /// From where on the client tells something else.
    pub(super) cut: Option<Cut>,
}

/// What the words of a character lead to.
pub(super) enum Found {
    Here(Place),
    UnderWay { story: usize, replies: Vec<ReplyId> },
}

/// By the last words of a character that any story knows.
pub(super) fn anchored(stories: &[Story], turns: &[Turn]) -> Option<Found> {
    let spoken = |turn: &usize| turns[*turn].role == Role::Character && !turns[*turn].words.is_empty();
    (0..turns.len()).rev().filter(spoken).find_map(|anchor| {
        let here = best(stories, turns, anchor).map(Found::Here);
        here.or_else(|| under_way(stories, turns, anchor))
    })
}

fn best(stories: &[Story], turns: &[Turn], anchor: usize) -> Option<Place> {
    let mut best = None;
    for (number, story) in stories.iter().enumerate() {
        for at in (0..story.len()).filter(|at| !story.is_greeting(*at)) {
            let Some(fit) = story.fit(at, &turns[anchor]) else { continue };
            let back = walk::back(story, at, turns, anchor);
            let begun = matches!(fit, Fit::Begun(_));
            let agrees = back.cut.is_none();
            let agreed = back.agreed + walk::ahead(story, at + 1, &turns[anchor + 1..]);
            let telling = agreed > 0 || (!begun && (agrees || turns[anchor].words.len() >= TELLING));
            let rank = (agrees && !back.lacks, agreed, back.whole, !begun, Reverse(number), at);
            if telling && best.as_ref().is_none_or(|(other, _)| *other < rank) {
                best = Some((rank, (number, at, fit, back)));
            }
        }
    }
    let (_, (number, at, fit, back)) = best?;
    let story = &stories[number];
    let mut place =
        Place { story: number, at: at + 1, choose: back.choose, cut: back.cut, ..Place::default() };
    if fit.variant() != story.chosen(at) {
        place.choose.push((at, fit.variant()));
    }
    walk::on(story, &mut place, &turns[anchor + 1..]);
    Some(place)
}

/// A client that stopped a reply has its beginning before the story has any of it.
fn under_way(stories: &[Story], turns: &[Turn], stopped: usize) -> Option<Found> {
    let asked = stopped.checked_sub(1).filter(|asked| turns[*asked].role == Role::Person)?;
    stories.iter().enumerate().find_map(|(number, story)| {
        (0..story.len()).rev().find_map(|at| {
            let same = matches!(story.fit(at, &turns[asked]), Some(Fit::Whole(_)));
            let agrees = || walk::back(story, at, turns, asked).cut.is_none();
            let replies = story.begun_at(at + 1, &turns[stopped].words);
            (same && !replies.is_empty() && agrees()).then_some(Found::UnderWay { story: number, replies })
        })
    })
}

/// Behind what the client tells, from the very beginning on. `greeting` is with how many turns of a character it begins.
pub(super) fn at_the_root(number: usize, story: &Story, asked: &Asked, greeting: usize) -> Option<Place> {
    let greeted = (0..story.len()).take_while(|at| story.is_greeting(*at)).count();
    let told = |at: usize| story.is_told(at, &asked.turns[at]);
    if greeted != greeting || !(0..greeted).all(told) {
        return None;
    }
    let mut place = Place { story: number, at: greeted, ..Place::default() };
    walk::on(story, &mut place, &asked.turns[greeting..]);
    // A story of which the client knows nothing but the greeting may be anybody's.
    let repeated = || match &asked.wish {
        Wish::Say(words) => story.fit(place.at, &said(words)).is_some(),
        Wish::GoOn | Wish::Again | Wish::Help | Wish::Show | Wish::Errand(_) => false,
    };
    (place.at > greeted || repeated()).then_some(place)
}
