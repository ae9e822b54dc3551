//! People at NextChat: what they do with its buttons, each in sessions of their own.
//!
//! It knows nothing of who keeps the conversations, so that the rule alone and the whole house are held to the same.

use proptest::prelude::*;

use super::{
    claims::Claims,
    nextchat::{Answers, IMPERSONATE, PROPOSAL, Request, Session, WINDOW, impersonates},
};

/// What somebody does next, in which of the sessions.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    seat: usize,
    act: Act,
}

#[derive(Debug, Clone)]
enum Act {
    Opens { greeted: bool },
    Says { words: usize, stop: Option<usize> },
    Impersonates { stop: Option<usize> },
    SaysTheProposal,
    Retries,
    Edits { back: usize, words: u8 },
    Deletes { back: usize },
    Forks,
    AsksForTitle,
    AsksForSummary,
}

/// So many deeds, one behind the other.
pub(crate) fn deeds(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Deed>> {
    let deed = (0..6_usize, act()).prop_map(|(seat, act)| Deed { seat, act });
    prop::collection::vec(deed, count)
}

fn act() -> impl Strategy<Value = Act> {
    let stop = || prop::option::weighted(0.2, 0..20_usize);
    prop_oneof![
        2 => any::<bool>().prop_map(|greeted| Act::Opens { greeted }),
        8 => (0..WORDS.len(), stop()).prop_map(|(words, stop)| Act::Says { words, stop }),
        3 => stop().prop_map(|stop| Act::Impersonates { stop }),
        2 => Just(Act::SaysTheProposal),
        3 => Just(Act::Retries),
        1 => (0..WINDOW, 0..3_u8).prop_map(|(back, words)| Act::Edits { back, words }),
        1 => (0..WINDOW).prop_map(|back| Act::Deletes { back }),
        1 => Just(Act::Forks),
        1 => Just(Act::AsksForTitle),
        1 => Just(Act::AsksForSummary),
    ]
}

/// Few different words, so that sessions often say the same.
const WORDS: [&str; 4] = ["Hello", "Yes", "And then?", "Tell me more"];

/// What everybody's character says first, where they are greeted.
const GREETING: &str = "Splash! Who are you?";

/// What a client remembers of a summary.
const RECAP: &str = "This is a summary of the chat history as a recap: all of it.";

/// What somebody wants of whoever keeps the conversations.
pub(crate) enum Want {
    /// Nothing: it happens in the client alone.
    Nothing,
    /// A title or a summary, which shall change nothing.
    Errand(Request),
    /// An answer.
    Answer(Saying),
}

/// Something that is said in a session, and how many letters of the answer are listened to.
pub(crate) struct Saying {
    pub(crate) seat: usize,
    pub(crate) input: String,
    pub(crate) request: Request,
    pub(crate) stop: Option<usize>,
}

impl Saying {
    /// Whether the answer is only proposed.
    pub(crate) fn impersonates(&self) -> bool {
        impersonates(&self.input)
    }
}

/// A session, and what it may claim.
#[derive(Debug, Clone)]
pub(crate) struct Seat<Id> {
    pub(crate) session: Session,
    pub(crate) claims: Claims,
    /// The conversation that answered last.
    pub(crate) at: Option<Id>,
}

/// Everybody, with all of their sessions.
#[derive(Debug)]
pub(crate) struct People<Id> {
    pub(crate) seats: Vec<Seat<Id>>,
    /// Everything that was ever answered.
    answers: Answers,
}

impl<Id: Clone> People<Id> {
    pub(crate) fn new() -> Self {
        Self { seats: vec![], answers: Answers::default() }
    }

    /// Does it, as far as the client goes.
    pub(crate) fn want(&mut self, deed: &Deed) -> Want {
        if let Act::Opens { greeted } = deed.act {
            let session = Session::with(greeted.then_some(GREETING));
            self.seats.push(Seat { session, claims: Claims::default(), at: None });
        }
        let Some(number) = deed.seat.checked_rem(self.seats.len()) else { return Want::Nothing };
        let seat = &mut self.seats[number];
        let has_begun = !seat.session.messages.is_empty();
        match deed.act {
            Act::Says { words, stop } => Want::Answer(self.saying(number, WORDS[words].to_owned(), stop)),
            Act::Impersonates { stop } => Want::Answer(self.saying(number, IMPERSONATE.to_owned(), stop)),
            Act::SaysTheProposal => match seat.session.proposal() {
                Some(input) => Want::Answer(self.saying(number, input, None)),
                None => Want::Nothing,
            },
            Act::Retries => match seat.session.retry() {
                Some(input) => Want::Answer(self.saying(number, input, None)),
                None => Want::Nothing,
            },
            Act::Edits { back, words } => {
                seat.claims.lost |= seat.session.edit(back, words);
                Want::Nothing
            }
            Act::Deletes { back } => {
                seat.claims.lost |= seat.session.delete(back);
                Want::Nothing
            }
            Act::Forks => {
                let fork = seat.clone();
                self.seats.push(fork);
                Want::Nothing
            }
            Act::AsksForTitle if has_begun => Want::Errand(seat.session.title()),
            Act::AsksForSummary if has_begun => {
                let request = seat.session.summary();
                seat.session.memory = Some(RECAP.to_owned());
                Want::Errand(request)
            }
            Act::Opens { .. } | Act::AsksForTitle | Act::AsksForSummary => Want::Nothing,
        }
    }

    fn saying(&mut self, number: usize, input: String, stop: Option<usize>) -> Saying {
        let others = self.seats.iter().enumerate().filter(|(other, _)| *other != number);
        let others: Vec<_> = others.map(|(_, seat)| &seat.session).collect();
        let tells = self.seats[number].session.tells(&self.answers, &others);
        let seat = &mut self.seats[number];
        seat.claims.lost |= !tells;
        let request = seat.session.request(&input);
        Saying { seat: number, input, request, stop }
    }

    /// They heard so much of an answer, and it may be known which conversation it came from.
    pub(crate) fn hear(&mut self, saying: &Saying, answer: &str, heard: &str, at: Option<Id>) -> &Seat<Id> {
        let all = if saying.impersonates() { &mut self.answers.proposed } else { &mut self.answers.said };
        all.push(answer.trim_start_matches(PROPOSAL).to_owned());
        let seat = &mut self.seats[saying.seat];
        seat.session.heard(&saying.input, heard);
        seat.at = at;
        seat
    }

    /// What everybody says at last, and hears to its end.
    pub(crate) fn good_night(&mut self) -> Vec<Saying> {
        (0..self.seats.len()).map(|seat| self.saying(seat, "Good night".into(), None)).collect()
    }
}
