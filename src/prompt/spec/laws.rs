use proptest::prelude::*;

use super::*;

/// Words as people and cards have them, and stranger ones.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        r"(\{\{char\}\}|\{\{user\}\}|\{\{description\}\}|\{\{random:a,b\}\}|<START>|\{\{|\}\}|Aqua:|Mira:|\n|\r|[a-z]{1,8}| ){0,30}",
        r"\PC{0,60}",
        "[a-z ]{0,400}",
    ]
}

prop_compose! {
    fn scene()(
        card in prop::collection::vec(words(), 8),
        lines in prop::collection::vec((any::<bool>(), words()), 0..12),
        depth in 0_u32..6,
        dice: u64,
        context in 0_u32..1_500,
        group: bool,
    ) -> Given {
        let mut scene = given().depth_prompt(depth, Role::User);
        let profile = &mut scene.profile;
        let parts = [
            &mut profile.description.text,
            &mut profile.description.scenario,
            &mut profile.description.name,
            &mut profile.personality.summary,
            &mut profile.appearance.text,
            &mut profile.instructions.system,
            &mut profile.instructions.post_history,
            &mut profile.instructions.examples,
        ];
        parts.into_iter().zip(card).for_each(|(part, words)| *part = words);
        scene.request.dice = dice;
        scene.budget = Budget { context, reply: 100 };
        if group {
            scene = scene.with_bard();
        }
        for (number, (person, words)) in (100..).zip(lines) {
            scene = if person { scene.says(number, &words) } else { scene.character_says(number, aqua(), &words) };
        }
        scene
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_prompt_is_over_its_budget(scene in scene()) {
        let Ok(Prompt { messages, record }) = scene.assembled() else { return Ok(()) };
        prop_assert!(record.tokens <= record.budget);
        prop_assert_eq!(record.tokens, scene.counter.prompt(&messages));
        prop_assert!(messages.iter().all(|message| !message.is_blank()));
    }

    #[test]
    fn the_same_scene_gives_the_same_bytes(scene in scene()) {
        let fresh_memory = Given { counter: Counter::default(), ..given() };
        let first = scene.assembled();
        prop_assert_eq!(&first, &scene.assembled());
        prop_assert_eq!(&first, &Given { counter: fresh_memory.counter, ..scene }.assembled());
    }

    #[test]
    fn the_history_is_the_end_of_the_story(scene in scene()) {
        let Ok(Prompt { messages, record }) = scene.assembled() else { return Ok(()) };
        let transcript = scene.transcript();
        let story = transcript.before(&scene.request).into_iter().filter(|line| !line.text().trim().is_empty());
        let story: Vec<_> = story.collect();
        let (_, end) = story.split_at(story.len() - usize::try_from(record.messages).unwrap());
        prop_assert_eq!(record.from, end.first().map(|line| line.message));
        prop_assert!(!end.is_empty() || story.is_empty());

        let said = messages.iter().filter(|message| message.role != Role::System && message.content != "Deep.");
        let said: Vec<_> = said.map(|message| message.content.clone()).collect();
        prop_assert_eq!(said.len(), end.len());
        for (said, line) in said.iter().zip(end) {
            prop_assert!(said.ends_with(&line.text().replace('\r', "")));
        }
    }

    #[test]
    fn more_room_never_tells_less(scene in scene(), more in 1_u32..500) {
        let Ok(less) = scene.assembled() else { return Ok(()) };
        let budget = Budget { context: scene.budget.context + more, ..scene.budget };
        let wide = Given { budget, ..scene }.assembled().unwrap();
        prop_assert!(wide.record.messages >= less.record.messages);
    }
}
