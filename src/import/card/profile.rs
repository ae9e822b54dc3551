//! From the sheet of a card to the profile of a character.
//!
//! Cards come from strangers, so what is merely too long for a name, a word or a list is cut, and said; a long text that
//! is out of bounds is not cut, because half a description is another one: the rules refuse it.

use std::collections::BTreeSet;

use cards::Sheet;
use domain::{
    bounds,
    character::{
        Appearance, DepthPrompt, Description, Greetings, Instructions, Personality, PersonalityProfile,
        Profile, Voice,
    },
};

use crate::import::CardWarning;

/// The profile, and what had to be cut.
pub(super) fn of(sheet: &Sheet) -> (Profile, Vec<CardWarning>) {
    let mut scissors = Scissors::default();
    let profile = Profile {
        description: description(sheet, &mut scissors),
        personality: Personality {
            summary: sheet.personality.clone(),
            profile: PersonalityProfile::default(),
        },
        greetings: greetings(sheet, &mut scissors),
        instructions: instructions(sheet),
        appearance: Appearance::default(),
        voice: Voice::default(),
    };
    (profile, scissors.warnings)
}

fn description(sheet: &Sheet, scissors: &mut Scissors) -> Description {
    let nickname = sheet.nickname.as_deref().filter(|nickname| !nickname.trim().is_empty());
    Description {
        name: scissors.word("data.name", &sheet.name, bounds::NAME),
        nickname: nickname.map(|nickname| scissors.word("data.nickname", nickname, bounds::NAME)),
        text: sheet.description.clone(),
        scenario: sheet.scenario.clone(),
        tags: tags(sheet, scissors),
        creator_notes: sheet.creator_notes.clone(),
        creator: scissors.word("data.creator", &sheet.creator, bounds::NAME),
        version: scissors.word("data.character_version", &sheet.character_version, bounds::NAME),
    }
}

/// Tags once each, in the order of the card.
fn tags(sheet: &Sheet, scissors: &mut Scissors) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let words = sheet.tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty() && seen.insert(*tag));
    let words: Vec<_> = words.collect();
    scissors
        .list("data.tags", &words)
        .iter()
        .map(|tag| scissors.word("data.tags", tag, bounds::WORD))
        .collect()
}

fn greetings(sheet: &Sheet, scissors: &mut Scissors) -> Greetings {
    let solo: Vec<_> = std::iter::once(&sheet.first_message).chain(&sheet.alternate_greetings).collect();
    let group: Vec<_> = sheet.group_only_greetings.iter().collect();
    Greetings {
        solo: spoken(scissors.list("data.alternate_greetings", &solo)),
        group: spoken(scissors.list("data.group_only_greetings", &group)),
    }
}

/// Those that say something.
fn spoken(texts: &[&String]) -> Vec<String> {
    texts.iter().filter(|text| !text.trim().is_empty()).map(|text| (*text).clone()).collect()
}

fn instructions(sheet: &Sheet) -> Instructions {
    Instructions {
        system: sheet.system_prompt.clone(),
        post_history: sheet.post_history_instructions.clone(),
        examples: sheet.example_messages.clone(),
        depth_prompt: sheet.depth_prompt.as_ref().map(depth_prompt),
        talkativeness: talkativeness(sheet.talkativeness),
    }
}

fn depth_prompt(at_depth: &cards::DepthPrompt) -> DepthPrompt {
    DepthPrompt { prompt: at_depth.prompt.clone(), depth: at_depth.depth, role: at_depth.role.into() }
}

/// The number as it was spelt: 0.7, not 0.699999988079071.
fn talkativeness(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(0.5_f64).clamp(0.0, 1.0)
}

/// Cuts what is too long, and remembers that it did.
#[derive(Default)]
struct Scissors {
    warnings: Vec<CardWarning>,
}

impl Scissors {
    fn word(&mut self, at: &str, word: &str, most: usize) -> String {
        if word.len() <= most {
            return word.to_owned();
        }
        self.warn(at, format!("longer than {most} bytes; the rest was cut off"));
        word[..word.floor_char_boundary(most)].to_owned()
    }

    fn list<'a, T>(&mut self, at: &str, list: &'a [T]) -> &'a [T] {
        if list.len() <= bounds::LIST {
            return list;
        }
        self.warn(at, format!("more than {} entries; the rest was left out", bounds::LIST));
        &list[..bounds::LIST]
    }

    fn warn(&mut self, at: &str, message: String) {
        let warning = CardWarning { code: "cut".to_owned(), at: at.to_owned(), message };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    fn aqua() -> Sheet {
        Sheet {
            name: "Aqua".into(),
            first_message: "Hello!".into(),
            alternate_greetings: vec![" ".into(), "Good evening!".into()],
            tags: vec!["water".into(), " water ".into(), String::new(), "goddess".into()],
            nickname: Some(" ".into()),
            talkativeness: 0.7,
            depth_prompt: Some(cards::DepthPrompt {
                prompt: "Stay calm.".into(),
                depth: 4,
                role: cards::Role::User,
            }),
            ..Sheet::default()
        }
    }

    #[test]
    fn a_sheet_becomes_a_profile() {
        let (profile, warnings) = of(&aqua());
        assert_eq!(profile.description.name, "Aqua");
        assert_eq!(profile.description.nickname, None);
        assert_eq!(profile.description.tags, ["water", "goddess"]);
        assert_eq!(profile.greetings.solo, ["Hello!", "Good evening!"]);
        assert_eq!(
            profile.instructions.depth_prompt.as_ref().map(|at_depth| at_depth.role),
            Some(domain::character::Role::User)
        );
        assert_eq!(profile.instructions.talkativeness.to_string(), "0.7");
        assert_eq!((profile.check(), warnings), (Ok(()), vec![]));
    }

    #[test]
    fn what_is_too_long_for_a_word_is_cut_and_said() {
        let sheet = Sheet {
            creator: "é".repeat(200),
            tags: (0..300).map(|number| format!("tag {number}")).collect(),
            ..aqua()
        };
        let (profile, warnings) = of(&sheet);
        assert_eq!(profile.description.creator.len(), 254);
        assert_eq!(profile.description.tags.len(), bounds::LIST);
        assert_eq!(profile.check(), Ok(()));
        let places: Vec<_> = warnings.iter().map(|warning| warning.at.as_str()).collect();
        assert_eq!(places, ["data.tags", "data.creator"]);
    }

    #[test]
    fn a_long_text_is_left_to_the_rules() {
        let (profile, _) = of(&Sheet { description: "a".repeat(bounds::TEXT + 1), ..aqua() });
        assert!(profile.check().is_err());
    }
}
