//! Given what happened, then this was said, and a reply is told so much of it.

use super::*;
use crate::{
    conversation::{
        HistoryAdopted, ImpersonationRequested,
        spec::{
            aqua, bard, completed, greeted, impersonation, reply_message, requested, requested_as, sent,
            started,
        },
    },
    spec::id,
};

fn transcript(events: impl IntoIterator<Item = ConversationEvent>) -> Transcript {
    let mut transcript = Transcript::default();
    let when = When { sequence: 1, at: OffsetDateTime::UNIX_EPOCH };
    events.into_iter().for_each(|event| transcript.fold(&event, when));
    transcript
}

fn texts<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Vec<&'a str> {
    lines.into_iter().map(Line::text).collect()
}

fn asked(transcript: &Transcript, reply: u128) -> Request {
    Request::from(&transcript.replies[&id(reply)])
}

#[test]
fn a_variant_takes_the_place_of_its_message_and_counts() {
    let transcript = transcript([
        started(),
        sent(60, "Hello"),
        requested(70, aqua(), Some(60)),
        completed(70, "Hi"),
        requested_as(71, aqua(), reply_message(70), Some(60)),
        completed(71, "Hey"),
    ]);
    assert_eq!(texts(transcript.story()), ["Hello", "Hey"]);
    assert_eq!(transcript.lines[1].variants.len(), 2);
}

#[test]
fn a_reply_answers_its_turn_and_knows_what_others_said_to_it() {
    let transcript = transcript([
        started(),
        greeted(),
        sent(60, "Hello"),
        requested(70, aqua(), Some(60)),
        requested(71, bard(), Some(60)),
        completed(70, "Hi"),
    ]);
    assert_eq!(texts(transcript.before(&asked(&transcript, 71))), ["Splash.", "Hello", "Hi"]);
}

#[test]
fn a_reply_does_not_know_what_was_said_after_its_turn() {
    let transcript = transcript([
        started(),
        sent(60, "Hello"),
        requested(70, aqua(), Some(60)),
        sent(61, "Are you there?"),
        requested(71, aqua(), Some(61)),
    ]);
    assert_eq!(texts(transcript.before(&asked(&transcript, 70))), ["Hello"]);
    assert_eq!(texts(transcript.before(&asked(&transcript, 71))), ["Hello", "Are you there?"]);
}

#[test]
fn what_is_hidden_stands_in_the_story_and_is_not_told() {
    let hidden = AdoptedMessage {
        message: id(60),
        origin: id(60),
        speaker: Speaker::Narrator,
        variants: vec!["(a note)".into()],
        chosen: 0,
        at: OffsetDateTime::UNIX_EPOCH,
        name: None,
        hidden: true,
    };
    let history = HistoryAdopted { owner: id(1), messages: vec![hidden] }.into();
    let transcript = transcript([started(), history, sent(61, "Hello"), requested(70, aqua(), Some(61))]);
    assert_eq!(texts(transcript.story()), ["(a note)", "Hello"]);
    assert_eq!(texts(transcript.before(&asked(&transcript, 70))), ["Hello"]);
}

#[test]
fn another_variant_knows_only_what_came_before_its_message() {
    let transcript = transcript([
        started(),
        sent(60, "Hello"),
        requested(70, aqua(), Some(60)),
        completed(70, "Hi"),
        sent(61, "How are you?"),
        requested_as(71, aqua(), reply_message(70), Some(60)),
    ]);
    assert_eq!(texts(transcript.before(&asked(&transcript, 71))), ["Hello"]);
}

#[test]
fn what_the_person_could_say_is_asked_with_the_story_so_far_and_never_part_of_it() {
    let transcript = transcript([
        started(),
        sent(60, "Hello"),
        requested(70, aqua(), Some(60)),
        completed(70, "Hi"),
        impersonation(80, Some(570)),
        sent(61, "How are you?"),
        completed(80, "I go"),
        requested(71, aqua(), Some(61)),
    ]);
    let impersonation = ImpersonationRequested {
        reply: id(80),
        character: aqua(),
        turn: Some(id(570)),
        dice: 6,
        instruction: None,
    };
    assert_eq!(texts(transcript.before(&Request::from(&impersonation))), ["Hello", "Hi"]);
    assert_eq!(texts(transcript.before(&asked(&transcript, 71))), ["Hello", "Hi", "How are you?"]);
    assert_eq!(texts(transcript.story()), ["Hello", "Hi", "How are you?"]);
    let proposed = Proposal { reply: id(80), turn: Some(id(570)), variant: 0, text: "I go".into() };
    assert_eq!(transcript.proposals, [proposed]);
}

#[test]
fn only_the_last_proposals_are_remembered() {
    let asked = (100..130).map(|reply| impersonation(reply, None));
    let transcript = transcript(std::iter::once(started()).chain(asked));
    let remembered: Vec<_> = transcript.proposals.iter().map(|proposal| proposal.reply).collect();
    assert_eq!(remembered, (130 - 16..130).map(id).collect::<Vec<_>>());
}
