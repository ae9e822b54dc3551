use super::*;

#[test]
fn the_parts_come_in_the_order_that_cards_are_written_for() {
    given().whole_card().greets(50, &["Splash, {{user}}."]).says(60, "Hello").then(&[
        "system: Card. House.",
        "system: A sailor.",
        "system: Aqua is a tide.",
        "system: Blue.",
        "system: salty\nTraits: moody.",
        "system: By the sea.",
        "system: An example of how Aqua speaks:",
        "system (example_user): Who?",
        "system (example_assistant): Me.\nAlways.",
        "system: An example of how Aqua speaks:",
        "system (example_assistant): Splash.",
        "assistant: Splash, {{user}}.",
        "user: Hello",
        "system: Be brief.",
    ]);
}

#[test]
fn what_says_nothing_is_left_out() {
    let mut bare = given().says(60, "Hello");
    bare.profile.instructions.post_history = " \n".into();
    bare.profile.instructions.system = "\n".into();
    bare.profile.description.scenario = "{{// nothing}}".into();
    bare.then(&["system: House.", "system: A sailor.", "user: Hello"]);
}

#[test]
fn the_house_has_a_system_text_of_its_own() {
    let prompt = Given { system: None, ..given().says(60, "Hello") }.prompt();
    assert!(prompt.messages[0].content.starts_with("You are Aqua, in a conversation with Mira."));
}

#[test]
fn a_character_may_open_the_conversation() {
    given().then(&["system: House.", "system: A sailor."]);
}

#[test]
fn the_depth_prompt_is_so_many_messages_from_the_end() {
    let talk = || given().says(60, "One").character_says(61, aqua(), "Two").says(62, "Three");
    let at = |depth| told(&talk().depth_prompt(depth, Role::System).prompt())[2..].to_vec();
    assert_eq!(at(0), ["user: One", "assistant: Two", "user: Three", "system: Deep."]);
    assert_eq!(at(1), ["user: One", "assistant: Two", "system: Deep.", "user: Three"]);
    assert_eq!(at(3), ["system: Deep.", "user: One", "assistant: Two", "user: Three"]);
    assert_eq!(at(u32::MAX), at(3));
}

#[test]
fn the_depth_prompt_speaks_as_whom_it_wants() {
    given().says(60, "One").depth_prompt(0, Role::Assistant).then(&[
        "system: House.",
        "system: A sailor.",
        "user: One",
        "assistant: Deep.",
    ]);
}

#[test]
fn in_a_group_characters_have_their_names_before_their_words() {
    let mut group = given()
        .with_bard()
        .greets(50, &["Splash."])
        .says(60, "Hello")
        .character_says(61, bard(), "Tralala.")
        .depth_prompt(0, Role::System);
    group.profile.instructions.post_history = "Only {{group}}.".into();
    group.then(&[
        "system: House.",
        "system: A sailor.",
        "assistant: Aqua: Splash.",
        "user: Hello",
        "assistant: Bard: Tralala.",
        "system: Deep.",
        "system: The next reply is Aqua's. Write it as Aqua alone.",
        "system: Only Aqua, Bard.",
    ]);
}

#[test]
fn in_a_group_it_is_nobodys_turn_when_the_person_is_to_speak() {
    given().with_bard().says(60, "Hello").impersonates(None).then(&[
        "system: House.",
        "system: A sailor.",
        "user: Hello",
        "system: Speak for Mira.",
    ]);
}

#[test]
fn words_from_elsewhere_have_the_name_under_which_they_were_said() {
    let history = |speaker, name: Option<&str>, hidden| {
        let (message, variants, at) = (id(50), vec!["It rains.".into()], OffsetDateTime::UNIX_EPOCH);
        let name = name.map(Into::into);
        let rain =
            AdoptedMessage { message, origin: message, speaker, variants, chosen: 0, at, name, hidden };
        let mut scene = given().says(60, "One");
        scene.events.insert(0, HistoryAdopted { owner: mira(), messages: vec![rain] }.into());
        let told = told(&scene.prompt());
        told[..told.len() - 1].last().cloned().unwrap()
    };
    assert_eq!(history(Speaker::Narrator, Some("The weather"), false), "system: The weather: It rains.");
    assert_eq!(history(Speaker::Narrator, None, false), "system: It rains.");
    assert_eq!(history(Speaker::Character(aqua()), Some("The tide"), false), "assistant: It rains.");
    assert!(!history(Speaker::Narrator, None, true).contains("It rains."));
}

#[test]
fn in_a_group_examples_have_names_too() {
    let mut group = given().with_bard().says(60, "Hello");
    group.profile.instructions.examples = "A scene.\n{{char}}: Splash.\nBard: Tralala.\n{{user}}: Ha.".into();
    let prompt = told(&group.prompt());
    assert_eq!(
        prompt[2..7],
        [
            "system: An example of how Aqua speaks:",
            "system: A scene.",
            "system (example_assistant): Aqua: Splash.",
            "system (example_assistant): Bard: Tralala.",
            "system (example_user): Ha.",
        ]
    );
}

#[test]
fn what_the_person_could_say_is_asked_for_at_the_very_end() {
    let mut talk = given().greets(50, &["Splash."]).says(60, "Hello").character_says(61, aqua(), "Hi");
    talk.profile.instructions.post_history = "Be brief.".into();
    let told = ["system: House.", "system: A sailor.", "assistant: Splash.", "user: Hello", "assistant: Hi"];
    let asked = |more: &[&'static str]| [&told, more].concat();
    let mut talk = talk.impersonates(None);
    talk.then(&asked(&["system: Be brief.", "system: Speak for Mira."]));
    talk = talk.impersonates(Some("Mistrust {{char}}."));
    talk.then(&asked(&["system: Be brief.", "system: Speak for Mira.", "system: Mistrust Aqua."]));
}

#[test]
fn another_variant_is_told_what_the_first_one_was_told() {
    let first = given().says(60, "Hello");
    let told_first = first.prompt();
    let mut again = first.character_says(570, aqua(), "Hi").says(62, "How are you?");
    again.request = Request { reply: id(71), turn: Some(id(60)), ..again.request };
    assert_eq!(again.prompt(), told_first);
}

#[test]
fn what_was_said_is_not_expanded_and_line_ends_are_of_one_sort() {
    let prompt = given().says(60, "{{random:a,b}}\r\n<USER>").prompt();
    assert_eq!(prompt.messages[2].content, "{{random:a,b}}\n<USER>");
}

#[test]
fn chance_follows_from_the_dice_of_the_reply() {
    let with_dice = |dice| {
        let mut scene = given().says(60, "Hello");
        scene.profile.description.text = "{{random:a,b,c,d,e,f,g,h}}{{roll:d1000}}".into();
        scene.request.dice = dice;
        scene.prompt()
    };
    assert_eq!(with_dice(1), with_dice(1));
    assert_ne!(with_dice(1).record.hash, with_dice(2).record.hash);
}

#[test]
fn a_greeting_is_expanded_once() {
    let persona = Persona { name: "Mira".into(), ..Persona::default() };
    let mut profile = given().profile;
    profile.description.nickname = Some("Splashy".into());
    let at = datetime!(2026-06-03 14:05 UTC);
    let said = |persona| {
        expand_greeting(
            "{{char}}: hi {{user}}, <BOT> of {{group}} on {{weekday}}",
            &profile,
            persona,
            &["Splashy", "Bard"],
            6,
            at,
        )
    };
    assert_eq!(said(Some(&persona)), "Splashy: hi Mira, Splashy of Splashy, Bard on Wednesday");
    assert_eq!(said(None), "Splashy: hi User, Splashy of Splashy, Bard on Wednesday");
}

#[test]
fn the_record_tells_what_went_in() {
    let scene = given().with_bard().greets(50, &["Splash."]).says(60, "Hello");
    let Prompt { messages, record } = scene.prompt();
    assert_eq!(record.assembly, ASSEMBLY);
    assert_eq!(record.conversation, 42);
    assert_eq!(record.characters, [(aqua(), 3), (bard(), 4)].into());
    assert_eq!((record.from, record.messages), (Some(message_id(50)), 2));
    assert_eq!(record.tokens, scene.counter.prompt(&messages));
    assert_eq!(record.budget, 8_192 - 1_024);
    assert_eq!(record.hash, digest::of(&messages));
}

#[test]
fn a_message_goes_to_the_model_as_its_api_takes_it() {
    let message = Message::new(Role::System, "Splash.");
    assert_eq!(serde_json::to_string(&message).unwrap(), r#"{"role":"system","content":"Splash."}"#);
    let named = serde_json::to_string(&message.named("example_user")).unwrap();
    assert_eq!(named, r#"{"role":"system","content":"Splash.","name":"example_user"}"#);
}
