//! Where the words about the person stand.

use domain::persona::{Placement, Position};

use super::*;

fn at(position: Position, depth: u32, role: Role) -> Placement {
    Placement { position, depth, role }
}

fn talk() -> Given {
    given().says(60, "One").character_says(61, aqua(), "Two").says(62, "Three")
}

#[track_caller]
fn tells(placement: Placement, expected: &[&str]) {
    assert_eq!(told(&talk().held_as("{{user}} rows.", placement).prompt())[1..], *expected, "{placement:?}");
}

#[test]
fn it_stands_where_the_persona_says() {
    let usual = ["system: Mira rows.", "user: One", "assistant: Two", "user: Three"];
    tells(Placement::default(), &usual);
    let near = ["user: One", "assistant: Two", "user: Mira rows.", "user: Three"];
    tells(at(Position::AtDepth, 1, Role::User), &near);
    tells(at(Position::Nowhere, 1, Role::User), &["user: One", "assistant: Two", "user: Three"]);
}

#[test]
fn beside_an_authors_note_it_stands_where_that_would() {
    for position in [Position::AboveNote, Position::BelowNote] {
        // The story is shorter than that.
        tells(
            at(position, 0, Role::Assistant),
            &["system: Mira rows.", "user: One", "assistant: Two", "user: Three"],
        );
    }
    let long = talk().character_says(63, aqua(), "Four").says(64, "Five");
    let prompt = long.held_as("{{user}} rows.", at(Position::AboveNote, 0, Role::Assistant)).prompt();
    assert_eq!(told(&prompt)[1..4], ["user: One", "system: Mira rows.", "assistant: Two"]);
}

#[test]
fn at_one_depth_the_houses_words_are_nearest_the_end_and_one_speaker_says_it_all() {
    let both =
        |role, other| talk().depth_prompt(1, role).held_as("{{user}} rows.", at(Position::AtDepth, 1, other));
    let told = |scene: Given| told(&scene.prompt())[3..].to_vec();
    assert_eq!(told(both(Role::System, Role::User)), ["user: Mira rows.", "system: Deep.", "user: Three"]);
    assert_eq!(
        told(both(Role::User, Role::Assistant)),
        ["assistant: Mira rows.", "user: Deep.", "user: Three"]
    );
    assert_eq!(told(both(Role::System, Role::System)), ["system: Deep.\nMira rows.", "user: Three"]);
    let farther =
        talk().depth_prompt(2, Role::System).held_as("Rows.", at(Position::AtDepth, 9, Role::System));
    assert_eq!(self::told(&farther.prompt())[1..4], ["system: Rows.", "user: One", "system: Deep."]);
}

#[test]
fn it_is_paid_for_and_recorded() {
    let scene = talk().held_as("Rows.", at(Position::AtDepth, 1, Role::System)).depth_prompt(1, Role::System);
    let Prompt { messages, record } = scene.prompt();
    assert_eq!((record.tokens, record.persona), (scene.counter.prompt(&messages), Some(7)));
    assert_eq!(talk().prompt().record.persona, None, "of one that has no history there is no version");
}

#[test]
fn a_part_is_played_as_it_is_by_now_only_while_it_is_that_one() {
    let taken = Persona { id: Some(id(40)), ..mira_herself() };
    let older = (Persona { description: "Grey by now.".into(), ..taken.clone() }, 9);
    let part = Part::of(&taken, Some(&older));
    assert_eq!((part.persona, part.version), (&older.0, Some(9)));
    let another = (Persona { id: Some(id(41)), ..taken.clone() }, 9);
    for now in [Some(&another), None] {
        let part = Part::of(&taken, now);
        assert_eq!((part.persona, part.version), (&taken, None));
    }
}
