//! What each browser gets, case by case; NextChat's own merging stands in for the browser.

use domain::{Id, conversation::ConversationId};
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;

const HERS: Option<&str> = Some("hers");
const OTHER: Option<&str> = Some("other");

fn story(number: u128, lines: &[(u128, &'static str, &str)]) -> Story {
    let line = |(number, role, text): &(u128, &'static str, &str)| Line {
        id: Id::new(Uuid::from_u128(*number)),
        role,
        text: (*text).to_owned(),
        wordings: vec![(*text).to_owned()],
        at: OffsetDateTime::UNIX_EPOCH,
    };
    Story {
        id: ConversationId::new(Uuid::from_u128(number)),
        topic: "Aqua".into(),
        updated_at: OffsetDateTime::UNIX_EPOCH,
        mask: json!({"name": "Aqua"}),
        lines: lines.iter().map(line).collect(),
    }
}

fn evening() -> Story {
    story(1, &[(11, "user", "Good evening"), (12, "assistant", "The kettle sings.")])
}

/// The same evening, when it had gone on.
fn night() -> Story {
    story(
        1,
        &[
            (11, "user", "Good evening"),
            (12, "assistant", "The kettle sings."),
            (13, "user", "And now?"),
            (14, "assistant", "It whistles."),
        ],
    )
}

fn never(_: MessageId) -> bool {
    false
}

/// What a browser has, as `session: words, words`.
fn shown(state: &State) -> Vec<String> {
    let text = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
    let shown = sessions(state).iter().map(|session| {
        let words = messages(session).iter().map(text).collect::<Vec<_>>();
        format!("{}: {}", id(session).unwrap_or_default().trim_start_matches(['0', '-']), words.join(" "))
    });
    shown.collect()
}

fn chat(name: &str, said: &[(&str, &str, &str)]) -> Value {
    let said = said.iter().map(|(id, role, text)| json!({"id": id, "role": role, "content": text}));
    json!({"id": name, "messages": said.collect::<Vec<_>>()})
}

fn state(sessions: &[Value]) -> State {
    merge::with_sessions(State::new(), sessions.to_vec())
}

/// What NextChat does with what it gets: sessions by id, messages by id, nothing ever goes.
fn synced(local: &State, remote: &State) -> State {
    let mut all = sessions(local).to_vec();
    for session in sessions(remote).iter().filter(|session| !messages(session).is_empty()) {
        match all.iter_mut().find(|known| id(known) == id(session)) {
            None => all.push(session.clone()),
            Some(known) => {
                let new = messages(session).iter();
                let new: Vec<_> =
                    new.filter(|new| !messages(known).iter().any(|old| id(old) == id(new))).collect();
                let new: Vec<_> = new.into_iter().cloned().collect();
                known["messages"].as_array_mut().unwrap().extend(new);
            }
        }
    }
    state(&all)
}

#[test]
fn a_conversation_from_elsewhere_appears_and_only_once() {
    let mut kept = Kept::default();
    let mut browser = state(&[]);
    for _ in 0..3 {
        browser = synced(&browser, &give_out(&kept, HERS, &[evening()], never));
        take_in(&mut kept, browser.clone(), HERS, &[evening()]);
    }
    assert_eq!(shown(&browser), ["1: Good evening The kettle sings."]);
}

#[test]
fn a_conversation_goes_on_elsewhere_and_what_is_new_comes_into_its_session() {
    let mut kept = Kept::default();
    let mut browser = synced(&state(&[]), &give_out(&kept, HERS, &[evening()], never));
    take_in(&mut kept, browser.clone(), HERS, &[evening()]);
    browser = synced(&browser, &give_out(&kept, HERS, &[night()], never));
    assert_eq!(shown(&browser), ["1: Good evening The kettle sings. And now? It whistles."]);
}

#[test]
fn what_was_said_in_a_browser_does_not_come_to_it_again_and_comes_to_the_others_once() {
    let own = chat("own", &[("a", "user", "Good evening"), ("b", "assistant", "The kettle sings.")]);
    let mut kept = Kept::default();
    let mut hers = state(&[own]);
    for _ in 0..3 {
        hers = synced(&hers, &give_out(&kept, HERS, &[evening()], |_| true));
        take_in(&mut kept, hers.clone(), HERS, &[evening()]);
    }
    assert_eq!(shown(&hers), ["own: Good evening The kettle sings."]);
    let other = synced(&state(&[]), &give_out(&kept, OTHER, &[evening()], never));
    assert_eq!(shown(&other), ["1: Good evening The kettle sings."]);

    // It went on elsewhere: what is new comes into the session that she has.
    let later = synced(&hers, &give_out(&kept, HERS, &[night()], never));
    assert_eq!(shown(&later), ["own: Good evening The kettle sings. And now? It whistles."]);
}

#[test]
fn a_session_from_elsewhere_that_goes_on_here_has_nothing_twice() {
    let mut kept = Kept::default();
    let browser = synced(&state(&[]), &give_out(&kept, HERS, &[evening()], never));
    take_in(&mut kept, browser.clone(), HERS, &[evening()]);
    let mut talked = sessions(&browser)[0].clone();
    for (id, role, text) in [("x", "user", "And now?"), ("y", "assistant", "It whistles.")] {
        talked["messages"].as_array_mut().unwrap().push(json!({"id": id, "role": role, "content": text}));
    }
    let lately = |message: MessageId| message.uuid().as_u128() > 12;
    let mut hers = state(&[talked]);
    for _ in 0..2 {
        hers = synced(&hers, &give_out(&kept, HERS, &[night()], lately));
        take_in(&mut kept, hers.clone(), HERS, &[night()]);
    }
    // By now it is known for good, also when nothing is remembered.
    hers = synced(&hers, &give_out(&kept, HERS, &[night()], never));
    assert_eq!(shown(&hers), ["1: Good evening The kettle sings. And now? It whistles."]);
    let other = synced(&state(&[]), &give_out(&kept, OTHER, &[night()], never));
    assert_eq!(shown(&other), ["1: Good evening The kettle sings. And now? It whistles."]);
}

#[test]
fn a_browser_that_was_cleared_gets_everything_back() {
    let own = chat("own", &[("a", "user", "Good evening"), ("b", "assistant", "The kettle sings.")]);
    let foreign = chat("foreign", &[("c", "user", "2+2?"), ("d", "assistant", "4")]);
    let mut kept = Kept::default();
    take_in(&mut kept, state(&[own, foreign]), HERS, &[evening()]);
    let cleared = synced(&state(&[]), &give_out(&kept, HERS, &[evening()], never));
    assert_eq!(shown(&cleared), ["own: Good evening The kettle sings.", "foreign: 2+2? 4"]);
}

#[test]
fn sessions_that_are_no_conversations_of_ours_are_what_they_were() {
    let alike = chat("alike", &[("a", "user", "Good evening"), ("b", "assistant", "No kettle here.")]);
    let silent = chat("silent", &[("c", "user", "Good evening")]);
    let mut kept = Kept::default();
    take_in(&mut kept, state(&[alike, silent]), None, &[evening()]);
    let given = give_out(&kept, OTHER, &[evening()], never);
    assert_eq!(
        shown(&given),
        ["1: Good evening The kettle sings.", "alike: Good evening No kettle here.", "silent: Good evening"]
    );
}

#[test]
fn two_sessions_with_the_same_words_are_two_conversations() {
    let words = [("a", "user", "Good evening"), ("b", "assistant", "The kettle sings.")];
    let (one, two) = (evening(), Story { id: ConversationId::new(Uuid::from_u128(2)), ..evening() });
    let mut kept = Kept::default();
    take_in(&mut kept, state(&[chat("x", &words), chat("y", &words)]), HERS, &[one.clone(), two.clone()]);
    let given = give_out(&kept, HERS, &[one, two], never);
    assert_eq!(shown(&given), ["x: Good evening The kettle sings.", "y: Good evening The kettle sings."]);
}

#[test]
fn a_wording_that_was_chosen_since_is_told() {
    let mut kept = Kept::default();
    let browser = synced(&state(&[]), &give_out(&kept, HERS, &[evening()], never));
    take_in(&mut kept, browser, HERS, &[evening()]);
    let reworded = story(1, &[(11, "user", "Good evening"), (12, "assistant", "The kettle hums.")]);
    let given = give_out(&kept, HERS, &[reworded], never);
    assert_eq!(shown(&given), ["1: Good evening The kettle hums."]);
}

#[test]
fn only_so_many_browsers_are_remembered() {
    let mut kept = Kept::default();
    for number in 0..BROWSERS + 10 {
        take_in(&mut kept, state(&[]), Some(&format!("browser {number}")), &[]);
    }
    assert_eq!(kept.browsers.len(), BROWSERS);
    assert!(kept.browsers.contains_key("browser 73") && !kept.browsers.contains_key("browser 3"));
}

#[test]
fn a_group_that_answers_in_one_message_is_recognised_part_by_part() {
    let both = story(1, &[(11, "user", "Hello"), (12, "assistant", "Splash."), (13, "assistant", "Strum.")]);
    let answer = format!("{}Splash.\n\n{}Strum.", marks::speaker("Aqua"), marks::speaker("Bard"));
    let own = chat("own", &[("a", "user", "Hello"), ("b", "assistant", &answer)]);
    let mut kept = Kept::default();
    take_in(&mut kept, state(&[own]), HERS, std::slice::from_ref(&both));
    let given = give_out(&kept, HERS, std::slice::from_ref(&both), never);
    assert_eq!(sessions(&given).len(), 1);
    assert_eq!(messages(&sessions(&given)[0]).len(), 2, "{given:?}");
}

#[test]
fn what_was_only_proposed_to_the_person_keeps_no_session_from_being_recognised() {
    let proposal = format!("{}And now?", marks::proposal());
    let own = chat(
        "own",
        &[
            ("a", "user", "Good evening"),
            ("b", "assistant", "The kettle sings."),
            ("c", "user", "/impersonate"),
            ("d", "assistant", &proposal),
            ("e", "user", &proposal),
            ("f", "assistant", "It whistles."),
        ],
    );
    let mut kept = Kept::default();
    take_in(&mut kept, state(&[own]), HERS, &[night()]);
    let given = give_out(&kept, HERS, &[night()], never);
    assert_eq!(sessions(&given).len(), 1);
    assert_eq!(messages(&sessions(&given)[0]).len(), 6, "nothing is told twice: {given:?}");
}
