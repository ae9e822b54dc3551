//! By words that were proposed to the person: a client that asked for several proposals, one behind the other, may send
//! nothing else of its story.
//!
//! A story is meant only if it knows the last of them and nothing that is told contradicts it. Of several places, those at
//! which the story begins as the client does go before the others, then those in a story that knows more of the proposals
//! (a branch knows those that were made in it), then those in the newest story.

use super::{Verdict, behind, search::Place, walk};
use crate::recall::{
    story::Story,
    turns::{Asked, Role},
};

/// A place in a story that may be meant.
struct Found {
    place: Place,
    /// With how many lines its greeting ends.
    greeting: usize,
    /// What speaks for it: that nothing goes before all that the client tells, and how many of the proposals are known.
    evidence: (bool, usize),
}

/// What is to be done where the last proposal was made that the client has.
pub(super) fn told(stories: &[Story], asked: &Asked) -> Option<Verdict> {
    let found: Vec<_> = (0..stories.len()).flat_map(|number| find(stories, number, asked)).collect();
    let most = found.iter().map(|found| found.evidence).max()?;
    let mut likely = found.iter().filter(|found| found.evidence == most);
    likely.find_map(|Found { place, greeting, .. }| behind(&stories[place.story], place, asked, *greeting))
}

fn find(stories: &[Story], number: usize, asked: &Asked) -> Vec<Found> {
    let story = &stories[number];
    let last = asked.proposals.iter().rev().find(|proposed| !proposed.words.is_empty());
    let Some(last) = last else { return vec![] };
    let known = story.knows(&asked.proposals);
    let places = story.proposed_at(&last.words).into_iter();
    let found = places.filter_map(|(at, variant)| {
        let (place, greeting, unseen) = agrees(story, (number, at, variant), asked, last.behind)?;
        Some(Found { place, greeting, evidence: (unseen == 0, known) })
    });
    found.collect()
}

/// The place, if the client has the same greeting, and before it told only what the person said there; with how many lines
/// the greeting ends, and how many lines go before all that the client tells.
fn agrees(
    story: &Story,
    (number, at, variant): (usize, usize, usize),
    asked: &Asked,
    turns_before: usize,
) -> Option<(Place, usize, usize)> {
    let greeting = (0..story.len()).take_while(|at| story.is_greeting(*at)).count();
    let (lead, said) = asked.turns.split_at_checked(greeting)?;
    let (before, after) = said.split_at_checked(turns_before.checked_sub(greeting)?)?;
    let from = at.checked_sub(before.len()).filter(|from| *from >= greeting)?;
    let tells =
        |from: usize, turns: &[_]| turns.iter().zip(from..).all(|(turn, line)| story.is_told(line, turn));
    let only_the_person = said.iter().all(|turn| turn.role == Role::Person);
    if !only_the_person || !tells(0, lead) || !tells(from, before) {
        return None;
    }
    let other = at.checked_sub(1).filter(|line| story.chosen(*line) != variant);
    let choose = other.map(|line| (line, variant)).into_iter().collect();
    let mut place = Place { story: number, at, choose, ..Place::default() };
    walk::on(story, &mut place, after);
    Some((place, greeting, from - greeting))
}
