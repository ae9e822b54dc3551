//! Candidates: every place where words of a character were said, and what speaks for it.

use std::cmp::Reverse;

use domain::conversation::{Line, ReplyId};

use super::walk::{self, Back};
use crate::recall::{
    story::{Fit, Story},
    turns::{Asked, Role, Turn},
};

/// So many bytes of words are nobody else's.
const TELLING: usize = 32;

/// How much speaks for a place. What comes first counts more; of equals, the newest story and the last place are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Evidence {
    /// So many bytes of a character's words agree: few of them are said twice, while people say the same again and again.
    /// Each contradiction takes as much away as words weigh that are nobody else's.
    pub(super) words: isize,
    /// So many proposals to the person are known that the client has.
    proposals: usize,
    /// So many turns agree.
    turns: usize,
    /// The client tells it from its beginning.
    whole: bool,
    /// The words that lead here were heard to their end.
    ended: bool,
}

/// A place that may be meant.
pub(super) struct Candidate {
    pub(super) evidence: Evidence,
    pub(super) story: usize,
    pub(super) line: usize,
    pub(super) back: Back,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// The line says the words.
    Said(Fit),
    /// Behind the line they are being said.
    UnderWay(Vec<ReplyId>),
}

impl Candidate {
    /// What it is compared by.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        (self.evidence, Reverse(self.story), self.line)
    }

    /// Whether another place is contradicted just as this one is, and what the client does not tell of them differs: then
    /// neither is known to be meant.
    pub(super) fn is_no_likelier(&self, other: &Self, stories: &[Story]) -> bool {
        let past = |one: &Self| one.back.cut.map(|_| stories[one.story].before(one.back.unseen));
        let differ = |one: &[Line], other: &[Line]| {
            one.len() != other.len() || one.iter().zip(other).any(|(one, other)| one.text() != other.text())
        };
        self.evidence == other.evidence
            && past(self).zip(past(other)).is_some_and(|(one, other)| differ(one, other))
    }
}

/// All places that these words may mean.
pub(super) fn of(stories: &[Story], asked: &Asked, anchor: usize) -> Vec<Candidate> {
    let places = |number: usize| {
        let proposals = stories[number].knows(&asked.proposals);
        let said = said_in(stories, number, &asked.turns, anchor);
        let all = said.chain(under_way_in(stories, number, &asked.turns, anchor));
        all.map(move |one| Candidate { evidence: Evidence { proposals, ..one.evidence }, ..one })
    };
    (0..stories.len()).flat_map(places).collect()
}

/// Whether a character says something in a turn.
pub(super) fn is_spoken(turn: &Turn) -> bool {
    turn.role == Role::Character && !turn.words.is_empty()
}

/// The way back. Whoever was greeted as some story begins is in none that begins otherwise.
fn way_back(stories: &[Story], story: &Story, line: usize, turns: &[Turn], number: usize) -> Back {
    let back = walk::back(story, line, turns, number);
    let greeted = |story: &Story| story.is_greeting(0) && story.is_told(0, &turns[0]);
    if !greeted(story) && stories.iter().any(greeted) { back.contradicted() } else { back }
}

/// What the words weigh that were found on the way back from here, and these. Words behind them that were not are odd.
fn weight(back: &Back, turns: &[Turn], anchor: usize) -> isize {
    let unknown = turns[anchor + 1..].iter().filter(|turn| is_spoken(turn)).count();
    (back.heard + turns[anchor].words.len()).cast_signed() - ((back.odd + unknown) * TELLING).cast_signed()
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
        let back = way_back(stories, story, line, turns, anchor);
        let ended = matches!(fit, Fit::Whole(_));
        let evidence = Evidence {
            words: weight(&back, turns, anchor),
            proposals: 0,
            turns: back.agreed + walk::ahead(story, line + 1, &turns[anchor + 1..]),
            whole: back.whole,
            ended,
        };
        let counts = match back.cut {
            None => evidence.turns > 0 || ended,
            Some(_) => back.heard > 0 || turn.words.len() >= TELLING,
        };
        counts.then_some(Candidate { evidence, story: number, line, back, kind: Kind::Said(fit) })
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
            let back = (!replies.is_empty()).then(|| way_back(stories, story, line, turns, asked))?;
            let evidence = Evidence {
                words: weight(&back, turns, anchor),
                proposals: 0,
                turns: back.agreed + 1,
                whole: back.whole,
                ended: false,
            };
            let agrees = back.cut.is_none();
            agrees.then_some(Candidate { evidence, story: number, line, back, kind: Kind::UnderWay(replies) })
        },
    )
}
