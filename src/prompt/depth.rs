//! What stands so many messages from the end of the history, in SillyTavern's order: at one depth the assistant's words
//! first, then the person's, the house's nearest the end; what speaks as the same one is one message.

use std::collections::BTreeMap;

use domain::character::Role;

use super::Message;

/// The history with what stands in it, or at its beginning where it is shorter.
pub(super) fn within(mut said: Vec<Message>, at_depth: BTreeMap<u32, Vec<Message>>) -> Vec<Message> {
    let length = said.len();
    // The nearest to the end go in first, so that the places of the others stay what they are.
    for (depth, messages) in at_depth {
        let place = length.saturating_sub(usize::try_from(depth).unwrap_or(usize::MAX));
        said.splice(place..place, messages);
    }
    said
}

/// What stands at each depth, in its order.
pub(super) fn joined(at_depth: impl Iterator<Item = (u32, Message)>) -> BTreeMap<u32, Vec<Message>> {
    let mut depths: BTreeMap<u32, Vec<Message>> = BTreeMap::new();
    for (depth, message) in at_depth {
        let there = depths.entry(depth).or_default();
        match there.iter_mut().find(|other| other.role == message.role) {
            Some(same) => same.content = format!("{}\n{}", same.content, message.content),
            None => there.push(message),
        }
    }
    depths.values_mut().for_each(|there| there.sort_by_key(|message| nearness(message.role)));
    depths
}

fn nearness(role: Role) -> u8 {
    match role {
        Role::Assistant => 0,
        Role::User => 1,
        Role::System => 2,
    }
}
