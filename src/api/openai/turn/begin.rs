//! A new conversation, with what the client told before: a greeting, or a history that nobody here knows.
//!
//! A greeting that is one of the character's own comes with the others as its wordings. A history from elsewhere is
//! taken in as a chat from a file is, and kept as SillyTavern's lines, so that it can leave like any other.

use cards::chat::{self, Chat, Part, Speaker as Author, Variant};
use domain::{
    bounds,
    character::{Character, Profile, Standing},
    conversation::{
        AdoptConversation, AdoptHistory, AdoptedMessage, ConversationId, ConversationRejected, Greeting,
        Manuscript, Persona, StartConversation,
    },
};
use projections::prints;

use super::{Turn, Untaken, branch::told, carry};
use crate::{
    api::{
        conversations::{branch, import, start},
        idempotency,
        problem::Problem,
    },
    personas, prompt,
    recall::{Role, Turn as Said},
    stamp,
};

/// What went before, in the eyes of the client.
enum Before<'a> {
    Nothing,
    Greeting(&'a str),
    /// Only the person spoke, and was not heard.
    Unheard,
    History,
}

/// Begins a conversation; its id and its version.
pub(super) async fn begin(turn: &Turn) -> Result<(ConversationId, u64), Untaken> {
    let company = company(turn).await?;
    let persona = personas::chosen(&turn.house, turn.user, &turn.company).await.map_err(Problem::from)?;
    let turns: Vec<_> = turn.asked.turns.iter().filter(|said| !said.words.is_empty()).cloned().collect();
    bounds::count("messages in a conversation", turns.len(), bounds::MESSAGES)
        .map_err(|error| Problem::rejected(&ConversationRejected::from(error)))?;
    match before(&turns) {
        Before::Nothing => start(turn, persona, None).await,
        Before::Greeting(words) => {
            let greeting = greeting(turn, &company, persona.as_ref(), words);
            start(turn, persona, Some(greeting)).await
        }
        Before::Unheard => {
            let (id, version) = start(turn, persona, None).await?;
            let post = turns.into_iter().map(|said| said.words).collect();
            Ok((id, carry::post_all(turn, id, version, post).await?))
        }
        Before::History => adopt(turn, &company, persona, turns).await,
    }
}

fn before(turns: &[Said]) -> Before<'_> {
    match turns {
        [] => Before::Nothing,
        [Said { role: Role::Character, words }] => Before::Greeting(words),
        turns if turns.iter().all(|said| said.role == Role::Person) => Before::Unheard,
        _ => Before::History,
    }
}

/// Who takes part. With characters who have retired no conversation begins.
async fn company(turn: &Turn) -> Result<Vec<Profile>, Problem> {
    let mut company = Vec::with_capacity(turn.company.len());
    for character in &turn.company {
        let known = turn.house.executor.look::<Character, _>(*character, |seen| {
            let sheet = seen.state().sheet().filter(|sheet| sheet.standing == Standing::Active);
            sheet.map(|sheet| sheet.profile.clone())
        });
        company.push(known.await?.ok_or_else(|| Problem::rejected(&ConversationRejected::CharacterRetired))?);
    }
    Ok(company)
}

async fn start(
    turn: &Turn,
    persona: Option<Persona>,
    greeting: Option<Greeting>,
) -> Result<(ConversationId, u64), Untaken> {
    let (owner, characters) = (turn.user, turn.company.clone());
    let command = StartConversation { owner, characters, title: None, persona, greeting };
    let id: ConversationId = stamp::id();
    let accepted = turn.house.executor.execute(id, &command, &turn.envelope()).await?;
    Ok((id, accepted.version))
}

/// The greeting that the client shows: one of the first character's, or words of the client's own.
fn greeting(turn: &Turn, company: &[Profile], persona: Option<&Persona>, words: &str) -> Greeting {
    let names: Vec<_> = company.iter().map(Profile::spoken_name).collect();
    let own = company.first().map(|speaker| {
        let (dice, at) = (stamp::dice(), stamp::now());
        let said = start::greetings(speaker, company.len()).iter();
        said.map(|text| prompt::expand_greeting(text, speaker, persona, &names, dice, at)).collect::<Vec<_>>()
    });
    let own = own.unwrap_or_default();
    let known = own.iter().position(|text| prints::normal(text) == words);
    let (variants, chosen) = match known {
        Some(chosen) => start::bounded(own, chosen),
        None => (vec![words.to_owned()], 0),
    };
    let character = turn.company.first().copied().unwrap_or_else(stamp::id);
    Greeting { message: stamp::id(), character, variants, chosen }
}

/// Takes a history in that was said elsewhere.
async fn adopt(
    turn: &Turn,
    company: &[Profile],
    persona: Option<Persona>,
    turns: Vec<Said>,
) -> Result<(ConversationId, u64), Untaken> {
    let file = chat::write_jsonl(&lines(company, prompt::user_name(persona.as_ref()), &turns));
    let manuscript = Manuscript { digest: idempotency::digest(&file), chat: 0 };
    turn.house.objects.put(turn.user, &file).await.map_err(Problem::from)?;
    let id: ConversationId = stamp::id();
    // Under the ids that an import gives, so that it leaves as one.
    let numbered = |(nth, said)| {
        let message = import::message_id(id, nth);
        AdoptedMessage { message, origin: message, ..told(turn, said) }
    };
    let mut parts = branch::parts(turns.into_iter().enumerate().map(numbered).collect());
    let messages = parts.pop().unwrap_or_default();
    for messages in parts {
        turn.house
            .executor
            .execute(id, &AdoptHistory { owner: turn.user, messages }, &turn.envelope())
            .await?;
    }
    let (owner, characters) = (turn.user, turn.company.clone());
    let command = AdoptConversation { owner, characters, title: None, persona, manuscript, messages };
    let accepted = turn.house.executor.execute(id, &command, &turn.envelope()).await?;
    Ok((id, accepted.version))
}

/// The history as SillyTavern keeps one.
fn lines(company: &[Profile], user: &str, turns: &[Said]) -> Chat {
    let character = company.first().map_or("", |profile| profile.spoken_name());
    let line = |said: &Said| {
        let (part, name) = match said.role {
            Role::Person => (Part::User, user),
            Role::Character => (Part::Character, character),
        };
        chat::Turn {
            speaker: Author { part, name: name.to_owned(), ..Author::default() },
            variants: vec![Variant { text: said.words.clone(), ..Variant::default() }],
            at: Some(stamp::now()),
            ..chat::Turn::default()
        }
    };
    Chat {
        user: user.to_owned(),
        character: character.to_owned(),
        turns: turns.iter().map(line).collect(),
        created: Some(stamp::now()),
        ..Chat::default()
    }
}
