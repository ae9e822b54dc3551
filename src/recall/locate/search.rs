//! Looking for the place: by the last words of a character that a story knows, or by its very beginning.

use std::cmp::Reverse;

use domain::conversation::{Line, ReplyId};

use super::{
    said,
    walk::{self, Back, Cut},
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
    UnderWay {
        story: usize,
        replies: Vec<ReplyId>,
    },
    /// Several places that contradict it alike.
    Unclear,
}

/// How much speaks for a place. What comes first counts more; of equals, the newest story and the last place are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Evidence {
    /// Nothing contradicts it.
    agrees: bool,
    /// So many bytes of a character's words agree: few of them are said twice, while people say the same again and again.
    heard: usize,
    /// So many turns agree.
    turns: usize,
    /// The client tells it from its beginning.
    whole: bool,
    /// The words that lead here were heard to their end.
    ended: bool,
}

/// A place that may be meant.
struct Candidate {
    evidence: Evidence,
    story: usize,
    line: usize,
    back: Back,
    kind: Kind,
}

enum Kind {
    /// The line says the words.
    Said(Fit),
    /// Behind the line they are being said.
    UnderWay(Vec<ReplyId>),
}

/// By the last words of a character that any story knows.
pub(super) fn anchored(stories: &[Story], turns: &[Turn]) -> Option<Found> {
    let spoken = |turn: &usize| turns[*turn].role == Role::Character && !turns[*turn].words.is_empty();
    (0..turns.len()).rev().filter(spoken).find_map(|anchor| best(stories, turns, anchor))
}

fn best(stories: &[Story], turns: &[Turn], anchor: usize) -> Option<Found> {
    let mut candidates: Vec<_> = (0..stories.len())
        .flat_map(|story| {
            let said = said_in(stories, story, turns, anchor);
            said.chain(under_way_in(stories, story, turns, anchor))
        })
        .collect();
    let newest = |one: &Candidate| (one.evidence, Reverse(one.story), one.line);
    let at = (0..candidates.len()).max_by_key(|at| newest(&candidates[*at]))?;
    let best = candidates.swap_remove(at);
    if candidates.iter().any(|other| is_as_likely(stories, &best, other)) {
        return Some(Found::Unclear);
    }
    let (number, story) = (best.story, &stories[best.story]);
    let fit = match best.kind {
        Kind::Said(fit) => fit,
        Kind::UnderWay(replies) => return Some(Found::UnderWay { story: number, replies }),
    };
    let Back { choose, cut, .. } = best.back;
    let mut place = Place { story: number, at: best.line + 1, choose, cut, ..Place::default() };
    if fit.variant() != story.chosen(best.line) {
        place.choose.push((best.line, fit.variant()));
    }
    walk::on(story, &mut place, &turns[anchor + 1..]);
    Some(Found::Here(place))
}

/// Whether two places are contradicted alike, and what went before differs: then neither is known to be meant.
fn is_as_likely(stories: &[Story], best: &Candidate, other: &Candidate) -> bool {
    let past = |one: &Candidate| one.back.cut.map(|cut| stories[one.story].before(cut.keep));
    let differ = |one: &[Line], other: &[Line]| {
        one.len() != other.len() || one.iter().zip(other).any(|(one, other)| one.text() != other.text())
    };
    best.evidence == other.evidence
        && past(best).zip(past(other)).is_some_and(|(best, other)| differ(best, other))
}

/// Lines that say the words, and for which something speaks beside them.
fn said_in<'a>(
    stories: &'a [Story],
    number: usize,
    turns: &'a [Turn],
    anchor: usize,
) -> impl Iterator<Item = Candidate> + 'a {
    let (story, turn) = (&stories[number], &turns[anchor]);
    (0..story.len()).filter(|line| !story.is_greeting(*line)).filter_map(move |line| {
        let fit = story.fit(line, turn)?;
        let back = walk::back(story, line, turns, anchor);
        let ended = matches!(fit, Fit::Whole(_));
        let evidence = Evidence {
            agrees: back.cut.is_none() && !back.lacks,
            heard: back.heard,
            turns: back.agreed + walk::ahead(story, line + 1, &turns[anchor + 1..]),
            whole: back.whole,
            ended,
        };
        let alone = turn.words.len() >= TELLING || (ended && back.cut.is_none());
        (evidence.turns > 0 || alone).then_some(Candidate {
            evidence,
            story: number,
            line,
            back,
            kind: Kind::Said(fit),
        })
    })
}

/// Lines behind which the words are being said: a client that stopped a reply has its beginning before the story has any
/// of it.
fn under_way_in<'a>(
    stories: &'a [Story],
    number: usize,
    turns: &'a [Turn],
    anchor: usize,
) -> impl Iterator<Item = Candidate> + 'a {
    let story = &stories[number];
    let asked = anchor.checked_sub(1).filter(|asked| turns[*asked].role == Role::Person);
    let asked = asked.filter(|_| story.is_under_way());
    asked.into_iter().flat_map(|asked| (0..story.len()).map(move |line| (asked, line))).filter_map(
        move |(asked, line)| {
            let Some(Fit::Whole(_)) = story.fit(line, &turns[asked]) else { return None };
            let replies = story.begun_at(line + 1, &turns[anchor].words);
            let back = walk::back(story, line, turns, asked);
            let evidence = Evidence {
                agrees: !back.lacks,
                heard: back.heard,
                turns: back.agreed + 1,
                whole: back.whole,
                ended: false,
            };
            let agrees = !replies.is_empty() && back.cut.is_none();
            agrees.then_some(Candidate { evidence, story: number, line, back, kind: Kind::UnderWay(replies) })
        },
    )
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
