//! From the profile of a character to the sheet of a card: the way back of an import.
//!
//! What only this house knows (the structured personality, the voice, looks in words) has no place in a card.

use domain::character::{DepthPrompt, Profile};

/// What a card says of this character.
pub(super) fn of(profile: &Profile) -> cards::Sheet {
    let Profile { description, personality, greetings, instructions, .. } = profile.clone();
    let mut solo = greetings.solo.into_iter();
    cards::Sheet {
        name: description.name,
        nickname: description.nickname,
        description: description.text,
        personality: personality.summary,
        scenario: description.scenario,
        first_message: solo.next().unwrap_or_default(),
        example_messages: instructions.examples,
        creator_notes: description.creator_notes,
        system_prompt: instructions.system,
        post_history_instructions: instructions.post_history,
        alternate_greetings: solo.collect(),
        group_only_greetings: greetings.group,
        tags: description.tags,
        creator: description.creator,
        character_version: description.version,
        depth_prompt: instructions.depth_prompt.map(depth_prompt),
        talkativeness: share(instructions.talkativeness),
        lorebook: None,
    }
}

fn depth_prompt(at_depth: DepthPrompt) -> cards::DepthPrompt {
    cards::DepthPrompt { prompt: at_depth.prompt, depth: at_depth.depth, role: at_depth.role.into() }
}

/// The number as it is spelt.
fn share(number: f64) -> f32 {
    number.to_string().parse().unwrap_or(cards::Sheet::TALKATIVENESS)
}
