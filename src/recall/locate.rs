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
//! Where no words of a character are known, words that were proposed to the person say as well where they were proposed,
//! if nothing that is told contradicts it.
//!
//! Of several places, one that agrees goes before one that does not, then the one of which more agrees, words of characters
//! before all, then the newest. A place that does not agree counts only if more than its own words speak for it, and if no
//! other one does so alike: then what is sent could have come from either, and a new conversation begins with it. So
//! conversations are told apart as soon as a client sends anything in which they differ, and one is never taken for another
//! that contradicts it.

mod candidates;
mod decide;
mod proposal;
mod search;
mod walk;

use domain::conversation::{MessageId, ReplyId};
use projections::prints;

use super::{
    story::Story,
    turns::{Asked, Role, Turn, Wish},
};
use search::{Found, Place};

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
    /// What the person could say is proposed to them, in this way if they want any.
    Impersonate(Option<String>),
}

/// Where the request stands. Of several stories that it could mean, those that come first are preferred.
pub fn locate(stories: &[Story], asked: &Asked) -> Verdict {
    match search::anchored(stories, asked) {
        Some(Found::UnderWay { story, replies }) => Verdict::Wait { story, replies },
        Some(Found::Here(place)) => decide::at(&stories[place.story], &place, asked),
        Some(Found::Unclear) => begin(asked),
        None => {
            proposal::told(stories, asked).or_else(|| rooted(stories, asked)).unwrap_or_else(|| begin(asked))
        }
    }
}

fn begin(asked: &Asked) -> Verdict {
    then(&asked.wish).map_or(Verdict::Nothing, |then| Verdict::Begin { then })
}

/// By the very beginning of a story, where a client has heard nothing but a greeting.
fn rooted(stories: &[Story], asked: &Asked) -> Option<Verdict> {
    let greeting = asked.turns.iter().take_while(|turn| turn.role == Role::Character).count();
    stories.iter().enumerate().find_map(|(number, story)| {
        let place = search::at_the_root(number, story, asked, greeting)?;
        behind(story, &place, asked, greeting)
    })
}

/// What is to be done at a place that words of a character do not vouch for, behind a greeting of so many lines.
fn behind(story: &Story, place: &Place, asked: &Asked, greeting: usize) -> Option<Verdict> {
    match decide::at(story, place, asked) {
        // Of a story in which nobody has said anything alike, there is nothing to branch from.
        Verdict::Branch { .. } if place.at <= greeting => None,
        Verdict::Nothing | Verdict::Begin { .. } => None,
        verdict => Some(verdict),
    }
}

fn then(wish: &Wish) -> Option<Then> {
    match wish {
        Wish::Say(words) => Some(Then::Say(words.clone())),
        Wish::GoOn => Some(Then::Answer),
        Wish::Impersonate(instruction) => Some(Then::Impersonate(instruction.clone())),
        Wish::Again | Wish::Help | Wish::Show | Wish::Errand(_) => None,
    }
}

fn said(words: &str) -> Turn {
    Turn { role: Role::Person, words: prints::normal(words).into_owned() }
}
