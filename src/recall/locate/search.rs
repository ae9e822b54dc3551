//! Looking for the place: by the last words of a character that a story knows, or by its very beginning.

use domain::conversation::ReplyId;

use super::{
    candidates::{self, Kind, is_spoken},
    said,
    walk::{self, Back, Cut},
};
use crate::recall::{
    story::Story,
    turns::{Asked, Turn, Wish},
};

/// So many of a character's last words are tried.
const ANCHORS: usize = 8;

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

/// By the last words of a character that any story knows; or, where they are contradicted, by some before them for which
/// more speaks.
pub(super) fn anchored(stories: &[Story], asked: &Asked) -> Option<Found> {
    let turns = &asked.turns;
    let spoken = (0..turns.len()).rev().filter(|turn| is_spoken(&turns[*turn]));
    let places = spoken.map(|anchor| best(stories, asked, anchor)).skip_while(Option::is_none).take(ANCHORS);
    let mut found: Option<(isize, Found)> = None;
    for (words, place) in places.flatten() {
        if found.as_ref().is_none_or(|(most, _)| *most < words) {
            found = Some((words, place));
        }
        if found.as_ref().is_some_and(|(_, found)| found.agrees()) {
            break;
        }
    }
    found.map(|(_, found)| found)
}

impl Found {
    fn agrees(&self) -> bool {
        match self {
            Self::Here(place) => place.cut.is_none(),
            Self::UnderWay { .. } => true,
            Self::Unclear => false,
        }
    }
}

/// What most speaks for, of all places where these words were said, and how much.
fn best(stories: &[Story], asked: &Asked, anchor: usize) -> Option<(isize, Found)> {
    let mut candidates = candidates::of(stories, asked, anchor);
    let at = (0..candidates.len()).max_by_key(|at| candidates[*at].rank())?;
    let best = candidates.swap_remove(at);
    if candidates.iter().any(|other| best.is_no_likelier(other, stories)) {
        return Some((best.evidence.words, Found::Unclear));
    }
    let (number, story) = (best.story, &stories[best.story]);
    let fit = match best.kind {
        Kind::Said(fit) => fit,
        Kind::UnderWay(replies) => {
            return Some((best.evidence.words, Found::UnderWay { story: number, replies }));
        }
    };
    let Back { choose, cut, .. } = best.back;
    let mut place = Place { story: number, at: best.line + 1, choose, cut, ..Place::default() };
    if fit.variant() != story.chosen(best.line) {
        place.choose.push((best.line, fit.variant()));
    }
    walk::on(story, &mut place, &asked.turns[anchor + 1..]);
    Some((best.evidence.words, Found::Here(place)))
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
    // A story of which the client knows nothing but the greeting may be anybody's, unless nobody has begun it yet.
    let repeated = || match &asked.wish {
        Wish::Say(words) => story.fit(place.at, &said(words)).is_some(),
        Wish::GoOn | Wish::Again | Wish::Impersonate(_) | Wish::Help | Wish::Show | Wish::Errand(_) => false,
    };
    (place.at > greeted || repeated() || story.is_untouched(greeted)).then_some(place)
}
