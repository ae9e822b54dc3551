//! What the person could say is proposed, and no part of any story until they say it.

use super::{HELLO, HI, greeted, takes, words};
use crate::recall::{laws::house::House, marks};

const IMPERSONATE: (&str, &str) = ("user", "/impersonate");

fn proposed(words: &str) -> String {
    marks::proposal() + words
}

#[test]
fn a_proposal_is_asked_for_where_the_story_ends_and_leaves_it_as_it_is() {
    let (mut house, first) = greeted();
    let asked = takes(&mut house, &[HELLO, HI, IMPERSONATE], "I go.");
    assert_eq!((asked.conversation, asked.sent), (first.conversation, 0));
    assert_eq!(words(&house, &asked), ["Hello", HI.1]);
    let next = takes(
        &mut house,
        &[HELLO, HI, IMPERSONATE, ("assistant", &proposed("I go.")), ("user", "Who?")],
        "Me.",
    );
    assert_eq!(next.conversation, first.conversation);
    assert_eq!(words(&house, &next), ["Hello", HI.1, "Who?", "Me."]);
}

#[test]
fn who_says_what_was_proposed_says_it_like_anything_else() {
    let (mut house, first) = greeted();
    takes(&mut house, &[HELLO, HI, IMPERSONATE], "I go.");
    let told = proposed("I go.");
    let copied = takes(&mut house, &[HELLO, HI, IMPERSONATE, ("assistant", &told), ("user", &told)], "Stay!");
    assert_eq!(words(&house, &copied), ["Hello", HI.1, "I go.", "Stay!"]);
    let window = [("assistant", &*told), ("user", &*told), ("assistant", "Stay!"), ("user", "No.")];
    let next = takes(&mut house, &window, "Oh.");
    assert_eq!(next.conversation, first.conversation);
    assert_eq!(words(&house, &next), ["Hello", HI.1, "I go.", "Stay!", "No.", "Oh."]);
}

#[test]
fn another_proposal_may_be_asked_for_and_a_stopped_or_deleted_one_is_none() {
    let (mut house, first) = greeted();
    takes(&mut house, &[HELLO, HI, IMPERSONATE], "I go.");
    takes(&mut house, &[HELLO, HI, IMPERSONATE], "I stay.");
    for left in [&[("assistant", "\u{2061}I s")][..], &[("assistant", "\u{2061}")], &[("assistant", "")], &[]]
    {
        let mut told = vec![HELLO, HI, IMPERSONATE];
        told.extend(left);
        told.push(IMPERSONATE);
        let asked = takes(&mut house, &told, "I sit.");
        assert_eq!(asked.conversation, first.conversation, "{left:?}");
        assert_eq!(words(&house, &asked), ["Hello", HI.1]);
    }
}

#[test]
fn of_a_story_only_proposals_may_be_sent() {
    let (mut house, first) = greeted();
    let [go, stay] = ["I go.", "I stay."].map(proposed);
    takes(&mut house, &[HELLO, HI, IMPERSONATE], "I go.");
    takes(&mut house, &[HELLO, HI, IMPERSONATE, ("assistant", &go), IMPERSONATE], "I stay.");
    let window = [IMPERSONATE, ("assistant", &*go), IMPERSONATE, ("assistant", &*stay), ("user", "Who?")];
    let next = takes(&mut house, &window, "Me.");
    assert_eq!(next.conversation, first.conversation);
    assert_eq!(words(&house, &next), ["Hello", HI.1, "Who?", "Me."]);
    let again = takes(&mut house, &window, "I.");
    assert_eq!(words(&house, &again), ["Hello", HI.1, "Who?", "I."]);
}

#[test]
fn of_words_that_contradict_a_proposal_it_is_not_the_story() {
    let (mut house, first) = greeted();
    takes(&mut house, &[HELLO, HI, IMPERSONATE], "I go.");
    let told =
        [("assistant", "I never said so."), IMPERSONATE, ("assistant", "\u{2061}I go."), ("user", "Who?")];
    let other = takes(&mut house, &told, "Me.");
    assert_ne!(other.conversation, first.conversation);
}

#[test]
fn who_asks_before_anybody_spoke_begins_one_conversation_and_goes_on_in_it() {
    let greeting = ("assistant", "Splash! Who are you?");
    for before in [&[greeting][..], &[]] {
        let mut house = House::default();
        let told = |more: &[(&'static str, &'static str)]| [before, more].concat();
        let first = takes(&mut house, &told(&[IMPERSONATE]), "I am Mira.");
        let retried = takes(&mut house, &told(&[IMPERSONATE]), "I am Tom.");
        assert_eq!(first.conversation, retried.conversation);
        let proposal = ("assistant", "\u{2061}I am Tom.");
        let next = takes(&mut house, &told(&[IMPERSONATE, proposal, ("user", "I am Vlad.")]), "Welcome.");
        assert_eq!(first.conversation, next.conversation);
        assert_eq!(words(&house, &next)[before.len()..], ["I am Vlad.", "Welcome."]);
        let other = takes(&mut house, &told(&[IMPERSONATE]), "I am Bard.");
        assert_ne!(first.conversation, other.conversation, "that one has begun");
    }
}

#[test]
fn what_is_said_otherwise_is_the_answer_in_front_of_a_proposal() {
    let (mut house, first) = greeted();
    takes(&mut house, &[HELLO, HI, IMPERSONATE], "I go.");
    let told = [HELLO, HI, IMPERSONATE, ("assistant", "\u{2061}I go."), ("user", "/swipe")];
    let swiped = takes(&mut house, &told, "Hey.");
    assert_eq!(
        (swiped.conversation, words(&house, &swiped)),
        (first.conversation, vec!["Hello".into(), "Hey.".into()])
    );
    let next = takes(&mut house, &[&told[..], &[("assistant", "Hey."), ("user", "Who?")]].concat(), "Me.");
    assert_eq!((next.conversation, words(&house, &next).len()), (first.conversation, 4));
}
