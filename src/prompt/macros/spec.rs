use super::*;
use proptest::prelude::*;
use time::macros::datetime;

fn macros() -> Macros {
    Macros {
        cast: Cast {
            char: "Aqua".into(),
            user: "Mira".into(),
            group: "Aqua, Bard".into(),
            persona: "A sailor called {{user}}.".into(),
            description: "{{char}} is a tide.".into(),
            personality: "salty".into(),
            scenario: "By the sea.".into(),
            original: "You are {{char}}.".into(),
        },
        dice: 6,
        at: datetime!(2026-06-03 16:05:09 +2),
    }
}

fn expanded(text: &str) -> String {
    macros().expand("a part", text)
}

#[test]
fn names_and_texts_take_the_place_of_their_macros() {
    assert_eq!(expanded("{{char}} and {{user}} of {{group}}"), "Aqua and Mira of Aqua, Bard");
    assert_eq!(expanded("{{description}} {{personality}} {{scenario}}"), "Aqua is a tide. salty By the sea.");
    assert_eq!(expanded("{{persona}} {{original}}"), "A sailor called Mira. You are Aqua.");
}

#[test]
fn case_and_room_around_a_name_do_not_matter() {
    assert_eq!(
        expanded("{{CHAR}} {{ User }} <user> <BOT> <Char> <GROUP>"),
        "Aqua Mira Mira Aqua Aqua Aqua, Bard"
    );
}

#[test]
fn what_nobody_knows_stays_as_it_is() {
    for text in [
        "{{getvar::mood}}",
        "{{}}",
        "{char}",
        "}} {{",
        "{{char",
        "char}}",
        "<users>",
        "<",
        "{",
        "{{roll:lots}}",
        "{{roll:0d6}}",
        "{{char::x}}",
        "{{chär}}",
        "{{{{",
        "{{é}}",
    ] {
        assert_eq!(expanded(text), text);
    }
}

#[test]
fn braces_around_a_macro_stay() {
    assert_eq!(expanded("{{{char}}} {{{{char}}}}"), "{Aqua} {{Aqua}}");
}

#[test]
fn macros_stand_in_macros() {
    assert_eq!(expanded("{{random::{{char}}::{{char}}}}"), "Aqua");
    assert_eq!(expanded("{{unknown {{user}}}}"), "{{unknown Mira}}");
}

#[test]
fn comments_say_nothing_and_trim_takes_the_line_ends_around_it() {
    assert_eq!(expanded("a{{// {{user}} is not told}}b"), "ab");
    assert_eq!(expanded("a\r\n\n{{trim}}\n\nb{{newline}}c"), "ab\nc");
}

#[test]
fn time_is_that_of_the_request_in_utc() {
    assert_eq!(expanded("{{time}}|{{isotime}}"), "2:05 PM|14:05");
    assert_eq!(expanded("{{weekday}}, {{date}}, {{isodate}}"), "Wednesday, June 3, 2026, 2026-06-03");
    let midnight = Macros { at: datetime!(2026-06-03 0:00 UTC), ..macros() };
    assert_eq!(midnight.expand("a part", "{{time}}"), "12:00 AM");
}

#[test]
fn chance_follows_from_the_dice() {
    let text =
        "{{random:a,b,c,d}} {{random::a::b::c::d}} {{roll:2d6}} {{roll d20}} {{roll::1d4+2}} {{pick::a::b}}";
    assert_eq!(expanded(text), expanded(text));
    let throws: std::collections::BTreeSet<_> =
        (0..50).map(|dice| Macros { dice, ..macros() }.expand("a part", text)).collect();
    assert!(throws.len() > 40);
}

#[test]
fn these_dice_give_these_words_for_ever() {
    let text = "{{random:a,b,c,d}}{{random::a::b::c::d}} {{roll:2d6}} {{roll:d20}} {{pick::a::b::c::d}}";
    assert_eq!(expanded(text), "da 8 20 c");
}

#[test]
fn one_of_a_list_is_one_of_its_entries() {
    for dice in 0..50 {
        let macros = Macros { dice, ..macros() };
        assert!(["a", "b", "c, d"].contains(&macros.expand("a part", r"{{random: a, b ,c\, d}}").as_str()));
        assert!(["a, b", "c"].contains(&macros.expand("a part", "{{random::a, b::c}}").as_str()));
        let roll: u32 = macros.expand("a part", "{{roll:3d6+10}}").parse().unwrap();
        assert!((13..=28).contains(&roll));
    }
}

#[test]
fn the_same_list_is_picked_from_alike_wherever_it_stands() {
    for dice in 0..50 {
        let macros = Macros { dice, ..macros() };
        let picks = macros.expand("a part", "{{pick::a::b::c::d}}{{random:x,y}}{{pick::a::b::c::d}}");
        assert_eq!(picks[..1], picks[2..]);
        assert_eq!(macros.expand("another", "{{pick::a::b::c::d}}"), picks[..1]);
    }
}

#[test]
fn a_text_is_not_brought_into_itself() {
    let mut macros = macros();
    macros.cast.description = "A tide: {{description}}, {{scenario}}".into();
    macros.cast.scenario = "By the sea of {{description}}".into();
    let told = macros.expand("a part", "{{description}}");
    assert_eq!(told, "A tide: {{description}}, By the sea of {{description}}");
}

#[test]
fn texts_that_bring_in_each_other_come_to_an_end() {
    let mut macros = macros();
    macros.cast.description = "{{scenario}}{{persona}}".repeat(4_000);
    macros.cast.scenario = "{{description}}{{persona}}".repeat(4_000);
    macros.cast.persona = "{{personality}} ".repeat(4_000);
    let text = "{{description}}".repeat(8_000);
    let expanded = macros.expand("a part", &text);
    assert!(expanded.len() <= text.len() + BYTES);
}

#[test]
fn endless_braces_come_to_an_end() {
    for text in ["{", "{{", "{{char}}", "}", "<", "{{a", "{{//", "{{{{{{}}"] {
        let text = text.repeat(128 * 1024 / text.len());
        assert!(expanded(&text).len() <= text.len() + BYTES);
    }
}

proptest! {
    #[test]
    fn no_text_is_too_strange_to_be_expanded(
        text in r"(\{|\{\{|\}|\}\}|::|:|,|char|random|roll|2d6|trim|\n|<|user|>|//|é|description|[a-z ]){0,60}",
        description in r"(\{\{|\}\}|description|scenario|char| ){0,30}",
        dice: u64,
    ) {
        let mut macros = Macros { dice, ..macros() };
        macros.cast.description = description;
        let once = macros.expand("a part", &text);
        prop_assert!(once.len() <= text.len() + BYTES);
        prop_assert_eq!(once, macros.expand("a part", &text));
    }

    #[test]
    fn a_text_without_macros_stays_as_it_is(text in r"[^{}<]{0,200}") {
        prop_assert_eq!(expanded(&text), text);
    }
}
