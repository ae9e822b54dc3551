//! Deciding: what a request wants at the place where it stands.

use super::{Then, Verdict, said, search::Place, then};
use crate::recall::{
    story::{Fit, Story},
    turns::{Asked, Role, Turn, Wish},
};

/// What is to be done at a place.
pub(super) fn at(story: &Story, place: &Place, asked: &Asked) -> Verdict {
    let Some(then) = then(&asked.wish) else { return otherwise(story, place, asked) };
    if let Some(cut) = place.cut {
        let add = asked.turns[cut.turn..].to_vec();
        return Verdict::Branch { story: place.story, keep: cut.keep, choose: vec![], add, then };
    }
    let place = &heard_out(story, place);
    if place.at < story.len() && place.add.is_empty() && place.choose.is_empty() {
        match &then {
            Then::Say(words) => {
                let same = matches!(story.fit(place.at, &said(words)), Some(Fit::Whole(_)));
                if same && story.is_one_answer(place.at + 1) {
                    return again(story, place.story, place.at + 1);
                }
            }
            Then::Answer if story.is_one_answer(place.at) => return again(story, place.story, place.at),
            Then::Answer | Then::Impersonate(_) => {}
        }
    }
    on(story, place, then)
}

/// Whoever stopped an answer in which several speak has not heard those behind. What a client told itself it has heard.
fn heard_out(story: &Story, place: &Place) -> Place {
    let begins = story.answer_before(place.at);
    let unheard = begins < place.at && !story.is_given(begins) && story.is_one_answer(begins);
    Place { at: if unheard { story.len() } else { place.at }, ..place.clone() }
}

/// On at the end, or in a branch.
fn on(story: &Story, place: &Place, then: Then) -> Verdict {
    let words = |turn: &Turn| turn.words.clone();
    let only_the_person = place.add.iter().all(|turn| turn.role == Role::Person);
    let is_passed =
        |(line, _): &(usize, usize)| (*line..story.len()).any(|at| story.role(at) == Some(Role::Person));
    let choose = place.choose.iter();
    let named =
        choose.filter_map(|(line, variant)| Some((story.message(*line)?, u32::try_from(*variant).ok()?)));
    let choose: Vec<_> = named.collect();
    if place.at < story.len() || !only_the_person || place.choose.iter().any(is_passed) {
        let add = place.add.clone();
        return Verdict::Branch { story: place.story, keep: place.at, choose, add, then };
    }
    let replies = match &then {
        Then::Say(_) | Then::Answer => story.under_way_at(place.at),
        // What the person could say depends on all that is being said.
        Then::Impersonate(_) => story.all_under_way(),
    };
    if !replies.is_empty() {
        return Verdict::Wait { story: place.story, replies };
    }
    Verdict::GoOn { story: place.story, choose, post: place.add.iter().map(words).collect(), then }
}

/// The last answer that the client knows, in other words.
fn otherwise(story: &Story, place: &Place, asked: &Asked) -> Verdict {
    if !matches!(asked.wish, Wish::Again) {
        return Verdict::Nothing;
    }
    let (story_number, then) = (place.story, Then::Answer);
    if let Some(cut) = place.cut {
        let mut add = asked.turns[cut.turn..].to_vec();
        add.truncate(add.iter().rposition(|turn| turn.role == Role::Person).map_or(0, |last| last + 1));
        return Verdict::Branch { story: story_number, keep: cut.keep, choose: vec![], add, then };
    }
    let place = &heard_out(story, place);
    if !place.add.is_empty() {
        return on(story, place, then);
    }
    let answer = story.answer_before(place.at);
    if story.is_one_answer(answer) {
        return again(story, story_number, answer);
    }
    Verdict::Branch { story: story_number, keep: answer, choose: vec![], add: vec![], then }
}

/// The answer from this line to the end, in other words.
fn again(story: &Story, number: usize, from: usize) -> Verdict {
    let replies = story.under_way_at(from);
    if !replies.is_empty() {
        return Verdict::Wait { story: number, replies };
    }
    let replies = story.replies_at(from);
    let adopted = (from..story.len()).any(|at| story.is_given(at));
    if adopted {
        return Verdict::Branch {
            story: number,
            keep: from,
            choose: vec![],
            add: vec![],
            then: Then::Answer,
        };
    }
    if replies.is_empty() {
        return Verdict::GoOn { story: number, choose: vec![], post: vec![], then: Then::Answer };
    }
    Verdict::Again { story: number, replies }
}
