use super::*;

/// A scene that needs exactly this many tokens with everything in it.
fn talk() -> Given {
    given()
        .whole_card()
        .greets(50, &["Splash."])
        .says(60, "Hello")
        .character_says(61, aqua(), "Hi")
        .says(62, "Bye")
}

fn needs(scene: &Given) -> u32 {
    scene.prompt().record.tokens
}

#[test]
fn what_fits_exactly_goes_in_whole() {
    let all = talk();
    let tight = talk().budget(needs(&all));
    assert_eq!(tight.prompt().messages, all.prompt().messages);
    assert_eq!(tight.prompt().record.tokens, tight.prompt().record.budget);
}

#[test]
fn examples_make_room_first_and_the_last_of_them_before_the_others() {
    let one_token_short = talk().budget(needs(&talk()) - 1).prompt();
    let told = told(&one_token_short);
    assert_eq!(told.iter().filter(|line| line.contains("An example")).count(), 1);
    assert!(told.contains(&"system (example_user): Who?".to_owned()));
    assert_eq!(one_token_short.record.messages, 4);
}

#[test]
fn then_the_oldest_messages_make_room() {
    let mut scene = talk();
    scene.profile.instructions.examples.clear();
    let tight = scene.prompt().record.tokens - 1;
    let prompt = scene.budget(tight).prompt();
    assert_eq!((prompt.record.from, prompt.record.messages), (Some(message_id(60)), 3));
    assert!(!told(&prompt).contains(&"assistant: Splash.".to_owned()));
}

#[test]
fn behind_a_message_that_has_no_room_nothing_older_goes_in() {
    let long = "A very long story. ".repeat(100);
    let scene = given().says(60, "Short").character_says(61, aqua(), &long).says(62, "Bye").budget(100);
    let prompt = scene.prompt();
    assert_eq!((prompt.record.from, prompt.record.messages), (Some(message_id(62)), 1));
}

#[test]
fn the_newest_message_always_fits_or_nothing_is_assembled() {
    let long = "A very long story. ".repeat(100);
    let overflow = given().says(60, "Short").says(61, &long).budget(100).assembled().unwrap_err();
    assert!(
        matches!(overflow, Overflow::Newest { needed, left } if needed > left && left < 100),
        "{overflow:?}"
    );
    assert!(overflow.to_string().starts_with("the newest message needs "));
    assert_eq!(overflow.reason(), "prompt-too-long");
}

#[test]
fn a_character_that_is_too_long_alone_is_told_so() {
    let mut scene = given().says(60, "Hello").budget(100);
    scene.profile.description.text = "A very long story. ".repeat(100);
    let overflow = scene.assembled().unwrap_err();
    assert!(matches!(overflow, Overflow::Fixed { needed, budget: 100 } if needed > 400), "{overflow:?}");
}

#[test]
fn a_budget_that_leaves_nothing_overflows() {
    let scene = Given { budget: Budget { context: 300, reply: 1_000 }, ..given().says(60, "Hello") };
    assert!(matches!(scene.assembled(), Err(Overflow::Fixed { budget: 0, .. })));
}

#[test]
fn a_long_conversation_is_assembled_in_no_time() {
    let mut scene = given();
    for message in 0..10_000 {
        scene =
            scene.says(10_000 + message, &format!("Message number {message}. {}", "And so on. ".repeat(20)));
    }
    let prompt = scene.prompt();
    assert!(prompt.record.messages > 50 && prompt.record.tokens <= prompt.record.budget);
}
