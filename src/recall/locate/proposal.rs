//! By words that were proposed to the person: a client that asked for several proposals, one behind the other, may send
//! nothing else of its story.

use super::{Verdict, behind, search::Place, walk};
use crate::recall::{
    story::Story,
    turns::{Asked, Proposed, Role, Turn},
};

/// What is to be done where the last of these proposals was made that any story knows.
pub(super) fn told(stories: &[Story], asked: &Asked) -> Option<Verdict> {
    let known = asked.proposals.iter().rev().filter(|proposed| !proposed.words.is_empty());
    let places = known.flat_map(|proposed| (0..stories.len()).map(move |story| (story, proposed)));
    places.into_iter().find_map(|(number, proposed)| {
        let (story, greeting) = (&stories[number], greeted(&stories[number], &asked.turns));
        let place = place(number, story, asked, proposed, greeting)?;
        behind(story, &place, asked, greeting)
    })
}

/// With how many lines of its greeting a client begins.
fn greeted(story: &Story, turns: &[Turn]) -> usize {
    let told = |(at, turn): &(usize, &Turn)| story.is_greeting(*at) && story.is_told(*at, turn);
    turns.iter().enumerate().take_while(told).count()
}

/// The place, if the client tells nothing else of a character and what the person said there before.
fn place(number: usize, story: &Story, asked: &Asked, proposed: &Proposed, greeting: usize) -> Option<Place> {
    let at = story.proposed_at(&proposed.words)?;
    let (before, behind) = asked.turns.split_at(proposed.behind.max(greeting));
    let said = &before[greeting..];
    let agrees = |(line, turn): (usize, &Turn)| story.is_told(line, turn);
    let only_the_person = asked.turns[greeting..].iter().all(|turn| turn.role == Role::Person);
    let told = at.checked_sub(said.len()).is_some_and(|from| (from..at).zip(said).all(agrees));
    let mut place = Place { story: number, at, ..Place::default() };
    walk::on(story, &mut place, behind);
    (only_the_person && told).then_some(place)
}
