//! What was said, from the newest message back to the first one that has no room; nothing older goes in, so that the
//! history has no holes.
//!
//! In a group the words of a character come after its name, because to the model all characters speak as one.

use domain::{
    character::Role,
    conversation::{Line, MessageId, Speaker},
};

use super::{Message, Overflow, Scene};

/// The newest messages that fit, in the order in which they were said, and what is left of the tokens. The very newest
/// one must fit.
pub(super) fn newest(scene: &Scene<'_>, mut left: u32) -> Result<(Vec<(MessageId, Message)>, u32), Overflow> {
    let mut said = vec![];
    for line in scene.transcript.before(scene.request).into_iter().rev() {
        if line.text().trim().is_empty() {
            continue;
        }
        let message = as_message(scene, line);
        let needed = scene.counter.message(&message);
        match left.checked_sub(needed) {
            Some(rest) => left = rest,
            None if said.is_empty() => return Err(Overflow::Newest { needed, left }),
            None => break,
        }
        said.push((line.message, message));
    }
    said.reverse();
    Ok((said, left))
}

fn as_message(scene: &Scene<'_>, line: &Line) -> Message {
    let name = line.name.as_deref();
    let (role, name) = match line.speaker {
        Speaker::User(_) => (Role::User, None),
        Speaker::Character(character) => {
            (Role::Assistant, name.or(scene.name_of(character)).filter(|_| scene.is_group()))
        }
        // Whoever spoke elsewhere and is not here is told by name, or else the model takes the words for its own.
        Speaker::Narrator => (Role::System, name),
    };
    match name {
        Some(name) => Message::new(role, &format!("{name}: {}", line.text())),
        None => Message::new(role, line.text()),
    }
}
