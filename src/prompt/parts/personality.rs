//! A personality in words: the card's summary as it is, and the structured profile as plain lines below it.

use domain::character::Personality;

/// The words; empty if there is nothing to say.
pub(super) fn words(personality: &Personality) -> String {
    let profile = &personality.profile;
    let mut lines = vec![personality.summary.clone()];
    if !profile.traits.is_empty() {
        lines.push(format!("Traits: {}.", profile.traits.join(", ")));
    }
    lines.extend(labelled("Background", &profile.background));
    lines.extend(labelled("Way of speaking", &profile.speaking_style));
    for rule in &profile.behavioral_patterns {
        lines.extend(labelled(&format!("When {}", rule.trigger), &rule.behavior));
    }
    for feeling in &profile.emotional_responses {
        lines.extend(labelled(&format!("Feeling {}", feeling.emotion), &feeling.response));
    }
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}

fn labelled(label: &str, words: &str) -> Option<String> {
    (!words.trim().is_empty()).then(|| format!("{label}: {words}"))
}

#[cfg(test)]
mod spec {
    use super::*;
    use domain::character::{BehaviorRule, EmotionalResponse, PersonalityProfile};

    #[test]
    fn a_card_has_its_summary_alone() {
        let personality = Personality { summary: "salty".into(), ..Personality::default() };
        assert_eq!(words(&personality), "salty");
        assert_eq!(words(&Personality::default()), "");
    }

    #[test]
    fn a_profile_is_told_in_plain_lines() {
        let profile = PersonalityProfile {
            traits: vec!["brave".into(), "moody".into()],
            background: "Born of a storm.".into(),
            speaking_style: "In waves.".into(),
            behavioral_patterns: vec![BehaviorRule { trigger: "teased".into(), behavior: "splashes".into() }],
            emotional_responses: vec![EmotionalResponse { emotion: "joy".into(), response: "foams".into() }],
        };
        let told = words(&Personality { summary: "salty".into(), profile });
        assert_eq!(
            told.lines().collect::<Vec<_>>(),
            [
                "salty",
                "Traits: brave, moody.",
                "Background: Born of a storm.",
                "Way of speaking: In waves.",
                "When teased: splashes",
                "Feeling joy: foams",
            ]
        );
    }
}
