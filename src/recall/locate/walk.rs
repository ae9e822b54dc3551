//! Walking along a story: how far do it and what a client tells agree, backwards and forwards from one place?

use super::search::Place;
use crate::recall::{
    story::{Fit, Story},
    turns::{Role, Turn},
};

/// As many lines as may be missing in what a client tells, one behind the other.
const MISSING: usize = 8;

/// As many messages as a client sends along that is not told otherwise.
const WINDOW: usize = 4;

/// From which line and turn on two tell different things.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) keep: usize,
    pub(super) turn: usize,
}

/// What was found on the way back.
#[derive(Debug, Default)]
pub(super) struct Back {
    /// How many turns agree.
    pub(super) agreed: usize,
    /// How many bytes of a character's words agree, in front of those that it began with.
    pub(super) heard: usize,
    /// Whether both begin at the same place: likely, where a client sends fewer messages than it could.
    pub(super) whole: bool,
    /// How many lines go before all that the client tells.
    pub(super) unseen: usize,
    /// How often they differ; what the client tells beyond the story is once.
    pub(super) odd: usize,
    /// Where they first differ.
    pub(super) cut: Option<Cut>,
    /// Other wordings in the same answer.
    pub(super) choose: Vec<(usize, usize)>,
}

impl Back {
    /// The same, contradicted from the very beginning.
    pub(super) fn contradicted(self) -> Self {
        Self { odd: self.odd + 1, cut: Some(Cut { keep: 0, turn: 0 }), unseen: 0, whole: false, ..self }
    }

    fn agree(&mut self, turn: &Turn) {
        self.agreed += 1;
        if turn.role == Role::Character {
            self.heard += turn.words.len();
        }
    }
}

/// From the line at which a turn was found back to where the client's memory or the story begins.
pub(super) fn back(story: &Story, anchor: usize, turns: &[Turn], number: usize) -> Back {
    let (mut line, mut turn, mut back) = (anchor, number, Back::default());
    let answer = story.answer_before(anchor + 1);
    let lead = lead(story, turns);
    while turn > lead && line > 0 {
        let said = &turns[turn - 1];
        let fits = if line > answer { story.fit(line - 1, said) } else { None };
        if let Some(fit) = fits.filter(|_| !said.words.is_empty()) {
            if fit.variant() != story.chosen(line - 1) {
                back.choose.push((line - 1, fit.variant()));
            }
            (line, turn) = (line - 1, turn - 1);
            back.agree(said);
        } else if said.words.is_empty() {
            (line, turn) = unheard(story, line, turn);
        } else if story.is_told(line - 1, said) {
            (line, turn) = (line - 1, turn - 1);
            back.agree(said);
        } else {
            let (before, left, odd) = beside(story, line, &turns[lead..turn]);
            (line, turn) = (before, lead + left);
            back.odd += odd;
            back.cut = Some(Cut { keep: line, turn });
        }
    }
    if turn <= lead && line == turn {
        back.agreed += turn;
        back.whole = true;
    }
    back.unseen = line;
    // One greeting that the story lacks may be the client's own; anything else that it lacks makes it another story.
    let more = &turns[lead.min(turn)..turn];
    if line == 0 && !more.is_empty() {
        back.odd += 1;
        let greeting = lead == 0 && matches!(more, [Turn { role: Role::Character, .. }]);
        if back.cut.is_some() || !greeting {
            back.cut = Some(Cut { keep: 0, turn: 0 });
        }
    }
    back
}

/// A reply that was stopped before a word was heard is whatever was said there in answer.
fn unheard(story: &Story, line: usize, turn: usize) -> (usize, usize) {
    let answers = story.role(line - 1) == Some(Role::Character) && !story.is_greeting(line - 1);
    (line - usize::from(answers), turn - 1)
}

/// Where to go on in front of a line that the last of these turns contradicts, and how many contradictions that is: the
/// line was put otherwise, or else the turn is one too many; or the client left lines out. Where most agrees, it goes on.
fn beside(story: &Story, line: usize, turns: &[Turn]) -> (usize, usize, usize) {
    let (last, said) = (turns.len() - 1, &turns[turns.len() - 1]);
    let other = if story.role(line - 1) == Some(said.role) { (line - 1, last, 1) } else { (line, last, 2) };
    let (heard, agreed) = agreement(story, other.0, &turns[..last]);
    // A line that was put otherwise is told as well.
    let otherwise = (heard, agreed + usize::from(other.2 == 1), other.2 == 1);
    let whole = |line: &usize| matches!(story.fit(*line, said), Some(Fit::Whole(variant)) if variant == story.chosen(*line));
    let left_out = (line.saturating_sub(1 + MISSING)..line - 1).filter(whole).map(|told| {
        let (heard, agreed) = agreement(story, told + 1, turns);
        ((heard, agreed, false), (told + 1, turns.len(), 1))
    });
    std::iter::once((otherwise, other))
        .chain(left_out)
        .max_by_key(|(most, _)| *most)
        .map_or(other, |(_, place)| place)
}

/// How much agrees in front of a line without anything between: bytes of a character's words, and turns.
fn agreement(story: &Story, mut line: usize, turns: &[Turn]) -> (usize, usize) {
    let (mut turn, mut heard, mut agreed) = (turns.len(), 0, 0);
    while turn > 0 && line > 0 && agreed < MISSING {
        let said = &turns[turn - 1];
        if said.words.is_empty() {
            (line, turn) = unheard(story, line, turn);
            continue;
        }
        if !story.is_told(line - 1, said) {
            break;
        }
        (line, turn, agreed) = (line - 1, turn - 1, agreed + 1);
        heard += if said.role == Role::Character { said.words.len() } else { 0 };
    }
    (heard, agreed)
}

/// How many turns in front are what the story begins with. A client sends them with every request, whatever it leaves
/// out behind them: a greeting always, and examples too, if what it sends behind them is as much as it ever does.
fn lead(story: &Story, turns: &[Turn]) -> usize {
    let told = |at: usize| story.is_told(at, &turns[at]);
    let begins = (0..turns.len().min(1)).filter(|at| story.is_greeting(*at) && told(*at));
    let given =
        |at: usize| story.is_given(at) || (story.role(at) == Some(Role::Person) && story.is_given(at + 1));
    let greeting = begins.count();
    let context = (greeting..turns.len()).take_while(|at| given(*at) && told(*at)).count();
    if turns.len() - greeting - context >= WINDOW { greeting + context } else { greeting }
}

/// From a place on, as far as the story tells the same.
pub(super) fn on(story: &Story, place: &mut Place, turns: &[Turn]) {
    for (number, turn) in turns.iter().enumerate() {
        match turn.role {
            Role::Character if turn.words.is_empty() => {
                place.at += usize::from(story.role(place.at) == Some(Role::Character));
            }
            Role::Person if matches!(story.fit(place.at, turn), Some(Fit::Whole(_))) => place.at += 1,
            Role::Person | Role::Character => {
                place.add = turns[number..].to_vec();
                return;
            }
        }
    }
}

/// How many turns agree from a place on.
pub(super) fn ahead(story: &Story, at: usize, turns: &[Turn]) -> usize {
    let mut place = Place { at, ..Place::default() };
    on(story, &mut place, turns);
    place.at - at
}
