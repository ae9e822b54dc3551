//! Carrying a verdict out: commands like everybody else's, and the replies that they ask for.

use domain::{
    character::{Character, CharacterId},
    conversation::{
        Candidate, ChooseVariant, Conversation, ConversationId, MessageId, RegenerateReply, ReplyId,
        RequestImpersonation, RequestReply, Room, SendMessage, Speaker, Transcript,
    },
};

use super::{Turn, Untaken, begin, branch};
use crate::{
    api::{
        characters::standing,
        openai::speech::{self, Voice},
        problem::Problem,
        replies::place::{self, Place},
    },
    recall::{Story, Then, Verdict},
    stamp,
};

/// Carries a verdict out; the replies that came of it, in the order in which they are told.
pub(super) async fn out(
    turn: &Turn,
    stories: &[Story],
    verdict: Verdict,
) -> Result<Vec<speech::Asked>, Untaken> {
    match verdict {
        Verdict::Begin { then } => {
            let (conversation, version) = begin::begin(turn).await?;
            then_at(turn, conversation, version, then).await
        }
        Verdict::GoOn { story, choose, post, then } => {
            let story = &stories[story];
            let version = choose_all(turn, story, choose).await?;
            let version = post_all(turn, story.conversation, version, post).await?;
            then_at(turn, story.conversation, version, then).await
        }
        Verdict::Again { story, replies } => again(turn, &stories[story], &replies).await,
        Verdict::Branch { story, keep, choose, add, then } => {
            let (conversation, version) = branch::branch(turn, &stories[story], keep, &choose, add).await?;
            then_at(turn, conversation, version, then).await
        }
        Verdict::Wait { .. } => Err(Untaken::Overtaken),
        Verdict::Nothing => {
            Err(Problem::invalid("nothing-said", "there is no reply yet that could be said otherwise").into())
        }
    }
}

/// Lets these wordings count.
async fn choose_all(turn: &Turn, story: &Story, choose: Vec<(MessageId, u32)>) -> Result<u64, Untaken> {
    let mut version = story.version;
    for (message, variant) in choose {
        let command = ChooseVariant { by: turn.user, message, variant };
        version = turn.house.executor.execute(story.conversation, &command, &turn.on(version)).await?.version;
    }
    Ok(version)
}

/// Says what the person had said before and nobody heard.
pub(super) async fn post_all(
    turn: &Turn,
    conversation: ConversationId,
    mut version: u64,
    post: Vec<String>,
) -> Result<u64, Untaken> {
    for text in post {
        let command = SendMessage { by: turn.user, message: stamp::id(), text, candidates: vec![] };
        version = turn.house.executor.execute(conversation, &command, &turn.on(version)).await?.version;
    }
    Ok(version)
}

async fn then_at(
    turn: &Turn,
    conversation: ConversationId,
    version: u64,
    then: Then,
) -> Result<Vec<speech::Asked>, Untaken> {
    match then {
        Then::Say(text) => say(turn, conversation, version, text).await,
        Then::Answer => answer(turn, conversation, version).await,
        Then::Impersonate(instruction) => impersonate(turn, conversation, version, instruction).await,
    }
}

async fn say(
    turn: &Turn,
    conversation: ConversationId,
    version: u64,
    text: String,
) -> Result<Vec<speech::Asked>, Untaken> {
    let mut candidates = vec![];
    for character in &turn.company {
        candidates.push(candidate(turn, *character).await?);
    }
    let wanted = expected(turn, conversation, &candidates).await?;
    let command = SendMessage { by: turn.user, message: stamp::id(), text, candidates };
    let accepted = turn.house.executor.execute(conversation, &command, &turn.on(version)).await?;
    asked(turn, conversation, accepted.position.sequence, wanted).await
}

/// Whoever is to speak speaks: everybody, after something that the person said; else who spoke last, or the first.
async fn answer(
    turn: &Turn,
    conversation: ConversationId,
    version: u64,
) -> Result<Vec<speech::Asked>, Untaken> {
    let last = turn.house.executor.look_after::<Transcript, _>(conversation, version, |seen| {
        seen.state().story().next_back().map(|line| line.speaker)
    });
    let speakers = match last.await.map_err(Problem::from)? {
        Some(Speaker::User(_)) => turn.company.clone(),
        Some(Speaker::Character(character)) => vec![character],
        Some(Speaker::Narrator) | None => turn.company.iter().take(1).copied().collect(),
    };
    let mut candidates = vec![];
    for character in speakers {
        candidates.push(candidate(turn, character).await?);
    }
    let wanted = expected(turn, conversation, &candidates).await?;
    let (mut sequence, mut envelope) = (version, turn.on(version));
    for candidate in candidates {
        let command = RequestReply { by: turn.user, candidate };
        sequence = turn.house.executor.execute(conversation, &command, &envelope).await?.position.sequence;
        envelope = turn.envelope();
    }
    asked(turn, conversation, sequence, wanted).await
}

/// What the person could say to whoever spoke last.
async fn impersonate(
    turn: &Turn,
    conversation: ConversationId,
    version: u64,
    instruction: Option<String>,
) -> Result<Vec<speech::Asked>, Untaken> {
    let listener = turn.house.executor.look_after::<Conversation, _>(conversation, version, |seen| {
        seen.state().room().and_then(Room::listener)
    });
    let character = listener.await.map_err(Problem::from)?.ok_or(Untaken::Overtaken)?;
    let standing = turn.house.executor.look(character, standing).await.map_err(Problem::from)?;
    let (by, reply, dice) = (turn.user, stamp::id(), stamp::dice());
    let place = Place { owner: by, conversation, message: None, character };
    let wanted = wanted(turn, reply, place, Voice::Proposal);
    let command = RequestImpersonation { by, reply, character, standing, dice, instruction };
    let accepted = turn.house.executor.execute(conversation, &command, &turn.on(version)).await?;
    asked(turn, conversation, accepted.position.sequence, vec![wanted]).await
}

/// An answer in other words.
async fn again(turn: &Turn, story: &Story, replies: &[ReplyId]) -> Result<Vec<speech::Asked>, Untaken> {
    let known =
        turn.house.executor.look_after::<Conversation, _>(story.conversation, story.version, |seen| {
            let room = seen.state().room();
            let of = |reply: &ReplyId| {
                let asked = room.and_then(|room| room.replies.get(reply))?;
                Some((asked.character, asked.message?))
            };
            replies.iter().map(|reply| Some((*reply, of(reply)?))).collect::<Option<Vec<_>>>()
        });
    let known = known.await.map_err(Problem::from)?.ok_or(Untaken::Overtaken)?;
    let (mut wanted, mut version) = (vec![], story.version);
    for (instead_of, (character, message)) in known {
        let standing =
            turn.house.executor.look::<Character, _>(character, standing).await.map_err(Problem::from)?;
        let (reply, dice) = (stamp::id(), stamp::dice());
        let candidate = Candidate { character, standing, reply, message, dice };
        wanted.extend(expected(turn, story.conversation, &[candidate]).await?);
        let command = RegenerateReply { by: turn.user, instead_of, reply, standing, dice };
        let envelope = if version == story.version { turn.on(version) } else { turn.envelope() };
        version = turn.house.executor.execute(story.conversation, &command, &envelope).await?.version;
    }
    asked(turn, story.conversation, version, wanted).await
}

pub(super) async fn candidate(turn: &Turn, character: CharacterId) -> Result<Candidate, Problem> {
    let standing = turn.house.executor.look(character, standing).await?;
    Ok(Candidate { character, standing, reply: stamp::id(), message: stamp::id(), dice: stamp::dice() })
}

/// Puts replies on the board before they are asked for, so that no token of them is missed.
async fn expected(
    turn: &Turn,
    conversation: ConversationId,
    candidates: &[Candidate],
) -> Result<Vec<speech::Asked>, Problem> {
    let mut wanted = Vec::with_capacity(candidates.len());
    for Candidate { character, reply, message, .. } in candidates {
        let name = match turn.company.len() {
            0 | 1 => None,
            _ => name(turn, *character).await?,
        };
        let place = Place { owner: turn.user, conversation, message: Some(*message), character: *character };
        wanted.push(self::wanted(turn, *reply, place, name.map_or(Voice::Only, Voice::Of)));
    }
    Ok(wanted)
}

fn wanted(turn: &Turn, reply: ReplyId, place: Place, voice: Voice) -> speech::Asked {
    place::note(reply, place);
    speech::Asked { conversation: place.conversation, reply, voice, live: turn.house.expect(reply) }
}

async fn name(turn: &Turn, character: CharacterId) -> Result<Option<String>, Problem> {
    let name = turn.house.executor.look::<Character, _>(character, |seen| {
        seen.state().sheet().map(|sheet| sheet.profile.spoken_name().to_owned())
    });
    Ok(name.await?)
}

/// Those that were really asked for.
async fn asked(
    turn: &Turn,
    conversation: ConversationId,
    sequence: u64,
    wanted: Vec<speech::Asked>,
) -> Result<Vec<speech::Asked>, Untaken> {
    let asked = turn.house.executor.look_after::<Conversation, _>(conversation, sequence, |seen| {
        let room = seen.state().room();
        let is_asked = |one: &speech::Asked| room.is_some_and(|room| room.replies.contains_key(&one.reply));
        wanted.into_iter().filter(is_asked).collect()
    });
    Ok(asked.await.map_err(Problem::from)?)
}
