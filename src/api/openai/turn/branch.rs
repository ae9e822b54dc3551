//! A branch of a story, as the client tells it: what both have in common comes with all its wordings, the rest as the
//! client has it.

use domain::conversation::{
    AdoptHistory, AdoptedMessage, BranchConversation, ConversationId, Line, MessageId, Speaker, Transcript,
};

use super::{Turn, Untaken};
use crate::{
    api::{conversations::branch, problem::Problem},
    recall::{Role, Story, Turn as Said},
    stamp,
};

/// Begins a branch; its id and its version.
pub(super) async fn branch(
    turn: &Turn,
    story: &Story,
    keep: usize,
    choose: &[(MessageId, u32)],
    add: Vec<Said>,
) -> Result<(ConversationId, u64), Untaken> {
    let kept = story.before(keep);
    let first = story.before(1).first();
    let Some(at) = kept.last().or(first).map(|line| line.message) else { return Err(Untaken::Overtaken) };
    let mut messages: Vec<_> = kept.iter().map(|line| taken(line, choose)).collect();
    messages.extend(add.into_iter().map(|said| told(turn, said)));
    let mut parts = branch::parts(messages);
    let messages = parts.pop().unwrap_or_default();
    let id: ConversationId = stamp::id();
    for messages in parts {
        turn.house
            .executor
            .execute(id, &AdoptHistory { owner: turn.user, messages }, &turn.envelope())
            .await?;
    }
    let source = turn.house.executor.look::<Transcript, _>(story.conversation, |seen| {
        (seen.state().title.clone(), seen.state().persona.clone())
    });
    let (title, persona) = source.await.map_err(Problem::from)?;
    let (owner, source, characters) = (turn.user, story.conversation, turn.company.clone());
    let command = BranchConversation { owner, source, at, characters, title, persona, messages };
    let accepted = turn.house.executor.execute(id, &command, &turn.envelope()).await?;
    Ok((id, accepted.version))
}

/// A message that both have, with the wording that counts for the client.
fn taken(line: &Line, choose: &[(MessageId, u32)]) -> AdoptedMessage {
    let mut message = branch::adopted(line, stamp::id());
    let chosen = choose.iter().find(|(chosen, _)| *chosen == line.message).map(|(_, variant)| *variant);
    match chosen.and_then(|variant| Some((variant, line.variants.get(usize::try_from(variant).ok()?)?))) {
        Some((variant, _)) if message.variants.len() == line.variants.len() => message.chosen = variant,
        // Of too many wordings only one came along: it is the client's.
        Some((_, wording)) => message.variants = vec![wording.text.clone().into()],
        None => {}
    }
    message
}

/// A message that only the client has. A character's words are the first one's, where several could have said them.
pub(super) fn told(turn: &Turn, said: Said) -> AdoptedMessage {
    let message = stamp::id();
    let speaker = match (said.role, turn.company.first()) {
        (Role::Person, _) => Speaker::User(turn.user),
        (Role::Character, Some(character)) => Speaker::Character(*character),
        (Role::Character, None) => Speaker::Narrator,
    };
    AdoptedMessage {
        message,
        origin: message,
        speaker,
        variants: vec![said.words.into()],
        chosen: 0,
        at: stamp::now(),
        name: None,
        hidden: false,
    }
}
