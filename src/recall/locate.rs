//! The rule: where in which story a request stands.
//!
//! ```text
//! the last words of a character that we know ──► walk back: does what went before agree?
//!        │ none                                     │ yes                   │ no
//!        ▼                                          ▼                       ▼
//! the very beginning of a story?            walk on: what is new?      a branch, from where they differ
//!        │ yes          │ no                        │
//!        ▼              ▼                           ├── nothing comes behind it ──► it goes on there
//!    as if found    a new conversation              ├── the same was said, and only answered ──► said otherwise
//!                                                   └── something else comes behind it ──► a branch
//! ```
//!
//! Of several places, one that agrees goes before one that does not, then the one of which more agrees, then the newest.
//! A place that does not agree counts only if more than its own words speak for it. So conversations are told apart as
//! soon as a client sends anything in which they differ, and one is never taken for another that contradicts it.

use std::cmp::Reverse;

use domain::conversation::{MessageId, ReplyId};
use projections::prints;

use super::{
    story::{Fit, Story},
    turns::{Asked, Role, Turn, Wish},
};

/// As many lines as may be missing in what a client tells, one behind the other.
const MISSING: usize = 8;

/// As many messages as a client sends along that is not told otherwise.
const WINDOW: usize = 4;

/// So many bytes of words are nobody else's.
const TELLING: usize = 32;

/// What is to be done about a request. Stories are counted as they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody knows it: a new conversation begins, with what the client told before.
    Begin {
        /// What happens then.
        then: Then,
    },
    /// A story goes on at its end.
    GoOn {
        /// Which.
        story: usize,
        /// Wordings that are to count first.
        choose: Vec<(MessageId, u32)>,
        /// What the person said before, and nobody heard.
        post: Vec<String>,
        /// What happens then.
        then: Then,
    },
    /// An answer is said otherwise.
    Again {
        /// In which story.
        story: usize,
        /// A reply of each message of the answer.
        replies: Vec<ReplyId>,
    },
    /// Replies are under way at this place: when they are over, ask again.
    Wait {
        /// In which story.
        story: usize,
        /// Which.
        replies: Vec<ReplyId>,
    },
    /// A branch of a story begins.
    Branch {
        /// Of which.
        story: usize,
        /// How many of its messages it takes with it.
        keep: usize,
        /// Which wordings of them count, where they are others.
        choose: Vec<(MessageId, u32)>,
        /// What was said after them, in the eyes of the client.
        add: Vec<Turn>,
        /// What happens then.
        then: Then,
    },
    /// There is nothing that could be said otherwise.
    Nothing,
}

/// What happens at the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// The person says this.
    Say(String),
    /// Whoever is to speak speaks.
    Answer,
}

/// A place in a story.
#[derive(Debug, Clone, Default)]
struct Place {
    story: usize,
    /// How many lines of the story are before it.
    at: usize,
    /// Lines whose other wording the client knows, and which.
    choose: Vec<(usize, usize)>,
    /// What the client tells behind it that the story does not have.
    add: Vec<Turn>,
    /// From where on the client tells something else.
    cut: Option<Cut>,
}

/// From which line and turn on two tell different things.
#[derive(Debug, Clone, Copy)]
struct Cut {
    keep: usize,
    turn: usize,
}

enum Found {
    Here(Place),
    UnderWay { story: usize, replies: Vec<ReplyId> },
}

/// Where the request stands. Of several stories that it could mean, those that come first are preferred.
pub fn locate(stories: &[Story], asked: &Asked) -> Verdict {
    match anchored(stories, &asked.turns) {
        Some(Found::UnderWay { story, replies }) => Verdict::Wait { story, replies },
        Some(Found::Here(place)) => decide(&stories[place.story], &place, asked),
        None => rooted(stories, asked).unwrap_or_else(|| match then(&asked.wish) {
            Some(then) => Verdict::Begin { then },
            None => Verdict::Nothing,
        }),
    }
}

/// By the last words of a character that any story knows.
fn anchored(stories: &[Story], turns: &[Turn]) -> Option<Found> {
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
            let back = walk_back(story, at, turns, anchor);
            let begun = matches!(fit, Fit::Begun(_));
            let agrees = back.cut.is_none();
            let agreed = back.agreed + ahead(story, at + 1, &turns[anchor + 1..]);
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
    walk_on(story, &mut place, &turns[anchor + 1..]);
    Some(place)
}

/// What was found on the way back.
#[derive(Debug, Default)]
struct Back {
    /// How many turns agree.
    agreed: usize,
    /// Whether both begin at the same place: likely, where a client sends fewer messages than it could.
    whole: bool,
    /// Whether the client tells more than the story has.
    lacks: bool,
    /// Where they first differ.
    cut: Option<Cut>,
    /// Other wordings in the same answer.
    choose: Vec<(usize, usize)>,
}

/// From the line at which a turn was found back to where the client's memory or the story begins.
fn walk_back(story: &Story, anchor: usize, turns: &[Turn], number: usize) -> Back {
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
            (line, turn, back.agreed) = (line - 1, turn - 1, back.agreed + 1);
        } else if said.words.is_empty() {
            // Stopped before a word was heard: whatever was said there.
            line -= usize::from(story.role(line - 1) == Some(Role::Character));
            turn -= 1;
        } else if story.is_told(line - 1, said) {
            (line, turn, back.agreed) = (line - 1, turn - 1, back.agreed + 1);
        } else if let Some(missing) = missing(story, line, said) {
            back.cut = Some(Cut { keep: line - missing, turn });
            line -= missing;
        } else if story.role(line - 1) == Some(said.role) {
            (line, turn) = (line - 1, turn - 1);
            back.cut = Some(Cut { keep: line, turn });
        } else {
            turn -= 1;
            back.cut = Some(Cut { keep: line, turn });
        }
    }
    if turn <= lead && line == turn {
        back.agreed += turn;
        back.whole = true;
    }
    // One greeting that the story lacks may be the client's own; anything else that it lacks makes it another story.
    let more = &turns[lead.min(turn)..turn];
    if line == 0 && !more.is_empty() {
        back.lacks = true;
        if !matches!(more, [Turn { role: Role::Character, .. }]) {
            back.cut = Some(Cut { keep: 0, turn: 0 });
        }
    }
    back
}

/// How many turns in front are what the story begins with. A client sends them with every request, whatever it leaves
/// out behind them: a greeting always, and examples too, if what it sends behind them is as much as it ever does.
fn lead(story: &Story, turns: &[Turn]) -> usize {
    let told = |at: usize| story.is_told(at, &turns[at]);
    let given =
        |at: usize| story.is_given(at) || (story.role(at) == Some(Role::Person) && story.is_given(at + 1));
    let greeting = (0..turns.len()).take_while(|at| story.is_greeting(*at) && told(*at)).count();
    let context = (greeting..turns.len()).take_while(|at| given(*at) && told(*at)).count();
    if turns.len() - greeting - context >= WINDOW { greeting + context } else { greeting }
}

/// How many lines the client does not have before one that it has.
fn missing(story: &Story, line: usize, turn: &Turn) -> Option<usize> {
    (1..=MISSING.min(line.saturating_sub(1))).find(|missing| {
        !turn.words.is_empty() && matches!(story.fit(line - 1 - missing, turn), Some(Fit::Whole(_)))
    })
}

/// From a place on, as far as the story tells the same.
fn walk_on(story: &Story, place: &mut Place, turns: &[Turn]) {
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
fn ahead(story: &Story, at: usize, turns: &[Turn]) -> usize {
    let mut place = Place { at, ..Place::default() };
    walk_on(story, &mut place, turns);
    place.at - at
}

/// A client that stopped a reply has its beginning before the story has any of it.
fn under_way(stories: &[Story], turns: &[Turn], stopped: usize) -> Option<Found> {
    let asked = stopped.checked_sub(1).filter(|asked| turns[*asked].role == Role::Person)?;
    stories.iter().enumerate().find_map(|(number, story)| {
        (0..story.len()).rev().find_map(|at| {
            let same = matches!(story.fit(at, &turns[asked]), Some(Fit::Whole(_)));
            let agrees = || walk_back(story, at, turns, asked).cut.is_none();
            let replies = story.begun_at(at + 1, &turns[stopped].words);
            (same && !replies.is_empty() && agrees()).then_some(Found::UnderWay { story: number, replies })
        })
    })
}

/// By the very beginning of a story, where a client has heard nothing but a greeting.
fn rooted(stories: &[Story], asked: &Asked) -> Option<Verdict> {
    let greeting = asked.turns.iter().take_while(|turn| turn.role == Role::Character).count();
    stories.iter().enumerate().find_map(|(number, story)| {
        let place = at_the_root(number, story, asked, greeting)?;
        match decide(story, &place, asked) {
            // Of a story in which nobody has said anything alike, there is nothing to branch from.
            Verdict::Branch { .. } if place.at <= greeting => None,
            Verdict::Nothing | Verdict::Begin { .. } => None,
            verdict => Some(verdict),
        }
    })
}

fn at_the_root(number: usize, story: &Story, asked: &Asked, greeting: usize) -> Option<Place> {
    let greeted = (0..story.len()).take_while(|at| story.is_greeting(*at)).count();
    let told = |at: usize| story.is_told(at, &asked.turns[at]);
    if greeted != greeting || !(0..greeted).all(told) {
        return None;
    }
    let mut place = Place { story: number, at: greeted, ..Place::default() };
    walk_on(story, &mut place, &asked.turns[greeting..]);
    // A story of which the client knows nothing but the greeting may be anybody's.
    let repeated = || match &asked.wish {
        Wish::Say(words) => story.fit(place.at, &said(words)).is_some(),
        Wish::GoOn | Wish::Again | Wish::Help | Wish::Show | Wish::Errand(_) => false,
    };
    (place.at > greeted || repeated()).then_some(place)
}

fn said(words: &str) -> Turn {
    Turn { role: Role::Person, words: prints::normal(words).into_owned() }
}

fn then(wish: &Wish) -> Option<Then> {
    match wish {
        Wish::Say(words) => Some(Then::Say(words.clone())),
        Wish::GoOn => Some(Then::Answer),
        Wish::Again | Wish::Help | Wish::Show | Wish::Errand(_) => None,
    }
}

/// What is to be done at a place.
fn decide(story: &Story, place: &Place, asked: &Asked) -> Verdict {
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
            Then::Answer => {}
        }
    }
    on(story, place, then)
}

/// Whoever stopped an answer in which several speak has not heard those behind.
fn heard_out(story: &Story, place: &Place) -> Place {
    let begins = story.answer_before(place.at);
    let unheard = begins < place.at && story.is_one_answer(begins);
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
    let replies = story.under_way_at(place.at);
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
