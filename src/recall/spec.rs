//! What the rule says, case by case.

mod impersonating;

use super::laws::{
    house::{Answered, House},
    nextchat::Session,
};

const HELLO: (&str, &str) = ("user", "Hello");
const HI: (&str, &str) = ("assistant", "Hi, I am Aqua.");

fn takes(house: &mut House, messages: &[(&'static str, &str)], answer: &str) -> Answered {
    let request = messages.iter().map(|(role, text)| (*role, (*text).to_owned())).collect();
    house.takes(&request, answer).expect("no errand")
}

fn words(house: &House, answered: &Answered) -> Vec<String> {
    house.kept[&answered.conversation].transcript.story().map(|line| line.text().to_owned()).collect()
}

/// A session in which all this was said, and so many letters of each answer heard.
fn session(house: &mut House, said: &[(&str, &str, usize)]) -> Session {
    let mut session = Session::default();
    for (input, answer, letters) in said {
        house.takes(&session.request(input), answer).expect("no errand");
        session.heard(input, &answer[..*letters]);
    }
    session
}

/// A house in which somebody said hello.
fn greeted() -> (House, Answered) {
    let mut house = House::default();
    let answered = takes(&mut house, &[HELLO], HI.1);
    (house, answered)
}

#[test]
fn nothing_of_ours_begins_a_conversation() {
    let (mut house, first) = greeted();
    let second = takes(&mut house, &[("user", "Good evening")], "Come in.");
    assert_ne!(first.conversation, second.conversation);
}

#[test]
fn the_last_words_of_ours_say_where_it_goes_on() {
    let (mut house, first) = greeted();
    let second = takes(&mut house, &[HELLO, HI, ("user", "Who?")], "Aqua.");
    assert_eq!(first.conversation, second.conversation);
    assert_eq!(words(&house, &second), ["Hello", HI.1, "Who?", "Aqua."]);
}

#[test]
fn instructions_and_summaries_of_the_client_are_no_part_of_it() {
    let (mut house, first) = greeted();
    let recap = ("system", "This is a summary of the chat history as a recap: they met.");
    let second = takes(&mut house, &[recap, HI, ("user", "Who?")], "Aqua.");
    assert_eq!(first.conversation, second.conversation);
}

#[test]
fn a_retry_is_a_variant() {
    let (mut house, first) = greeted();
    let second = takes(&mut house, &[HELLO], "Hey.");
    assert_eq!((first.conversation, second.sent), (second.conversation, 0));
    assert_eq!(words(&house, &second), ["Hello", "Hey."]);
}

#[test]
fn what_was_stopped_is_known_by_its_beginning() {
    let (mut house, first) = greeted();
    let second = takes(&mut house, &[HELLO, ("assistant", "Hi, I "), ("user", "Who?")], "Aqua.");
    assert_eq!(first.conversation, second.conversation);
    let third = takes(&mut house, &[HELLO, ("assistant", ""), ("user", "Who?")], "Aqua again.");
    assert_eq!(words(&house, &third), ["Hello", HI.1, "Who?", "Aqua again."]);
}

#[test]
fn an_edited_reply_branches_from_what_went_before() {
    let (mut house, first) = greeted();
    takes(&mut house, &[HELLO, HI, ("user", "Who?")], "Aqua, of the well.");
    let edited = ("assistant", "Bard, of the hall.");
    let third = takes(&mut house, &[HELLO, HI, ("user", "Who?"), edited, ("user", "Sing")], "La.");
    assert_ne!(first.conversation, third.conversation);
    assert_eq!(words(&house, &third), ["Hello", HI.1, "Who?", edited.1, "Sing", "La."]);
    assert_eq!(words(&house, &first), ["Hello", HI.1, "Who?", "Aqua, of the well."]);
}

#[test]
fn an_edited_message_branches_and_the_words_behind_it_come_along() {
    let (mut house, first) = greeted();
    let second = takes(&mut house, &[("user", "Good evening"), HI, ("user", "Who?")], "Aqua.");
    assert_ne!(first.conversation, second.conversation);
    assert_eq!(words(&house, &second), ["Good evening", HI.1, "Who?", "Aqua."]);
}

#[test]
fn who_goes_on_from_an_earlier_place_branches_there() {
    let (mut house, first) = greeted();
    takes(&mut house, &[HELLO, HI, ("user", "Who?")], "Aqua.");
    let third = takes(&mut house, &[HELLO, HI, ("user", "Where?")], "Here.");
    assert_ne!(first.conversation, third.conversation);
    assert_eq!(words(&house, &third), ["Hello", HI.1, "Where?", "Here."]);
}

#[test]
fn two_that_began_alike_come_apart_at_the_second_turn() {
    let (mut house, _) = greeted();
    takes(&mut house, &[HELLO], "Hey.");
    let one = takes(&mut house, &[HELLO, HI, ("user", "One")], "1");
    let two = takes(&mut house, &[HELLO, ("assistant", "Hey."), ("user", "Two")], "2");
    assert_ne!(one.conversation, two.conversation);
    assert_eq!(words(&house, &one), ["Hello", HI.1, "One", "1"]);
    assert_eq!(words(&house, &two), ["Hello", "Hey.", "Two", "2"]);
}

#[test]
fn of_several_that_fit_the_one_of_which_more_agrees_is_meant() {
    let (mut house, first) = greeted();
    takes(&mut house, &[HELLO, HI, ("user", "Well?")], "Yes.");
    let other = takes(&mut house, &[("user", "Good evening")], "Come in.");
    takes(&mut house, &[("assistant", "Come in."), ("user", "Well?")], "Yes.");
    let last = takes(&mut house, &[HI, ("user", "Well?"), ("assistant", "Yes."), ("user", "So?")], "So.");
    assert_eq!(last.conversation, first.conversation);
    assert_ne!(last.conversation, other.conversation);
}

#[test]
fn words_of_a_character_say_more_than_those_of_people() {
    let mut house = House::default();
    let said = [("Red", "A rose.", 7), ("Well?", "A well.", 7), ("Deep?", "A bucket falls.", 1)];
    let mut meant = session(&mut house, &said);
    session(&mut house, &[("Blue", "A lake.", 7), ("Well?", "A pump.", 7), ("Otherwise 0", "A splash.", 1)]);
    meant.edit(1, 0);
    let answered = house.takes(&meant.request("So?"), "So.").expect("no errand");
    let told = ["Red", "A rose.", "Well?", "A well.", "Otherwise 0", "A", "So?", "So."];
    assert_eq!(words(&house, &answered), told);
}

/// Two sessions with different pasts send the very same, letter by letter. Whatever the rule says, it says it to both; so
/// it keeps what was sent, and gives it nobody's past.
#[test]
fn what_could_have_come_from_either_of_two_is_begun_anew() {
    let mut house = House::default();
    let requests =
        [("Red", "A rose.", "Deep?"), ("Blue", "A lake.", "Cold?")].map(|(first, answer, second)| {
            let said = [(first, answer, 7), (second, "A bucket falls.", 1), ("Yes", "A splash.", 1)];
            let mut session = session(&mut house, &said);
            session.edit(3, 0);
            session.request("So?")
        });
    assert_eq!(requests[0], requests[1]);
    let before: Vec<_> = house.kept.keys().copied().collect();
    let answered = house.takes(&requests[0], "So.").expect("no errand");
    assert_eq!(words(&house, &answered), ["Otherwise 0", "A", "Yes", "A", "So?", "So."]);
    assert!(!before.contains(&answered.conversation));
}

#[test]
fn a_history_from_elsewhere_is_taken_in() {
    let mut house = House::default();
    let foreign = ("assistant", "I am a language model.");
    let first = takes(&mut house, &[HELLO, foreign, ("user", "Be Aqua")], "Splash.");
    assert_eq!(words(&house, &first), ["Hello", foreign.1, "Be Aqua", "Splash."]);
    let second = takes(
        &mut house,
        &[HELLO, foreign, ("user", "Be Aqua"), ("assistant", "Splash."), ("user", "Hm")],
        "Drip.",
    );
    assert_eq!(first.conversation, second.conversation);
}

#[test]
fn a_greeting_alone_is_everybodys() {
    let mut house = House::default();
    let greeting = ("assistant", "Splash! Who are you?");
    let first = takes(&mut house, &[greeting, ("user", "Mira")], "Welcome.");
    let second = takes(&mut house, &[greeting, ("user", "Tom")], "Welcome, Tom.");
    assert_ne!(first.conversation, second.conversation);
}

#[test]
fn error_messages_of_the_client_are_forgotten() {
    let (mut house, first) = greeted();
    for error in [
        "```json\n{\n  \"error\": true,\n  \"message\": \"Failed to fetch\"\n}\n```",
        "Sign in first.\n\n```json\n{\"error\": {\"message\": \"no\", \"code\": \"invalid_api_key\"}}\n```",
    ] {
        let next = takes(
            &mut house,
            &[HELLO, HI, ("user", "Who?"), ("assistant", error), ("user", "Who?")],
            "Aqua.",
        );
        assert_ne!(words(&house, &next).len(), 0);
        assert!(!words(&house, &next).iter().any(|words| words.contains("json")));
    }
    let code = "Look:\n```json\n{\"a\": 1}\n```";
    let next = takes(&mut house, &[HELLO, ("user", "Show me JSON")], code);
    let after =
        takes(&mut house, &[("user", "Show me JSON"), ("assistant", code), ("user", "Thanks")], "Sure.");
    assert_eq!(next.conversation, after.conversation);
    assert_ne!(first.sent, 0);
}
