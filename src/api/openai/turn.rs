//! A turn: where a request belongs is found, and what it wants is carried out.
//!
//! Requests of one person to the same characters come one behind the other, so that each sees what the one before it
//! did; the version of the conversation guards it against everybody else, and on a conflict it is found anew. What the
//! read side does not know yet is waited for before anything is looked up.

mod anew;
mod begin;
mod branch;
mod carry;
pub(super) mod settle;

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use domain::{
    bounds,
    character::CharacterId,
    conversation::{Conversation, ConversationId, ConversationRejected, ReplyId, Transcript},
    user::UserId,
};
use moka::sync::Cache;
use projections::prints;
use std::sync::Arc;
use tokio::sync::Mutex;

pub(super) use settle::Ear;

use self::anew::Saying;
use super::speech;
use crate::{
    api::{after, problem::Problem},
    execute::{Envelope, ExecuteError, Expected},
    house::House,
    recall::{Asked, Errand, Role, Story, Verdict, Wish, locate},
};

/// How often a place is looked for anew when others were faster.
const ATTEMPTS: usize = 16;

/// By how many of the last turns conversations are looked up.
const TELLING: usize = 32;

/// By how many beginnings of replies, where these lead nowhere.
const BEGUN: usize = 4;

/// How many words of a conversation become its title.
const TITLE_WORDS: usize = 5;

/// What a client wants of which characters.
pub(super) struct Turn {
    pub(super) house: House,
    pub(super) user: UserId,
    pub(super) company: Vec<CharacterId>,
    pub(super) asked: Asked,
    /// The trace that it belongs to, as a W3C `traceparent`.
    pub(super) trace: Option<String>,
}

/// Why a turn was not taken.
pub(super) enum Untaken {
    /// Somebody was faster: look again.
    Overtaken,
    /// Something went wrong.
    Problem(Problem),
}

impl From<Problem> for Untaken {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<ExecuteError<ConversationRejected>> for Untaken {
    fn from(error: ExecuteError<ConversationRejected>) -> Self {
        match error {
            ExecuteError::Stale { .. } => Self::Overtaken,
            error => Self::Problem(error.into()),
        }
    }
}

type Line = (UserId, Vec<CharacterId>);

/// Who waits for whom. A line that nobody stands in is forgotten.
static LINES: LazyLock<Cache<Line, Arc<Mutex<()>>>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_idle(Duration::from_secs(600)).build());

/// Takes a turn: the replies that it asked for.
pub(super) async fn take(turn: Turn) -> Result<Vec<speech::Asked>, Problem> {
    // Before anything begins: what cannot be said shall leave nothing behind.
    let bounded = match &turn.asked.wish {
        Wish::Say(words) => bounds::spoken("the message", words, bounds::MESSAGE),
        Wish::Impersonate(Some(words)) => bounds::spoken("the instruction", words, bounds::MESSAGE),
        Wish::Impersonate(None) | Wish::GoOn | Wish::Again | Wish::Help | Wish::Show | Wish::Errand(_) => {
            Ok(())
        }
    };
    bounded.map_err(|error| Problem::rejected(&ConversationRejected::from(error)))?;
    let line = LINES.get_with((turn.user, turn.company.clone()), Arc::default);
    for _ in 0..ATTEMPTS {
        let in_line = line.lock().await;
        let Place { stories, saying, verdict } = place(&turn).await?;
        if let Some(saying) = anew::awaited(&verdict, &saying, &turn.asked) {
            drop(in_line);
            settle::wait(&turn.house, saying.conversation, saying.reply).await?;
            continue;
        }
        if let Verdict::Wait { story, replies } = &verdict {
            drop(in_line);
            settle::settle(&turn, stories[*story].conversation, replies).await?;
            continue;
        }
        match carry::out(&turn, &stories, verdict).await {
            Ok(replies) => return Ok(replies),
            Err(Untaken::Overtaken) => {}
            Err(Untaken::Problem(problem)) => return Err(problem),
        }
    }
    Err(Problem::away("contended", "too many wrote at once; ask again in a moment"))
}

/// Where a request stands, and among which conversations it was looked for.
struct Place {
    stories: Vec<Story>,
    saying: Vec<Saying>,
    verdict: Verdict,
}

/// Finds the place of a request. Where no whole words lead to one, the beginnings of replies that were stopped may.
async fn place(turn: &Turn) -> Result<Place, Problem> {
    let Turn { house, user, company, asked, .. } = turn;
    after::catch_up(house).await;
    let mut known = BTreeMap::from_iter(prints::find(&house.pool, *user, company, &telling(asked)).await?);
    if matches!(asked.wish, Wish::Impersonate(_)) || !asked.proposals.is_empty() {
        known.extend(prints::proposed(&house.pool, *user, company).await?);
    }
    let place = place_among(house, asked, &known).await?;
    let begun = begun(asked);
    if begun.is_empty() || !matches!(place.verdict, Verdict::Begin { .. } | Verdict::Nothing) {
        return Ok(place);
    }
    known.extend(prints::find_begun(&house.pool, *user, company, &begun).await?);
    place_among(house, asked, &known).await
}

async fn place_among(house: &House, asked: &Asked, known: &Known) -> Result<Place, Problem> {
    let (stories, saying) = read(house, known).await?;
    let verdict = locate(&stories, asked);
    Ok(Place { stories, saying, verdict })
}

/// Conversations that may be meant, and their versions.
type Known = BTreeMap<ConversationId, u64>;

/// These conversations, the newest first, as they are now, and what is being said in them.
async fn read(house: &House, known: &Known) -> Result<(Vec<Story>, Vec<Saying>), Problem> {
    let (mut stories, mut saying) = (Vec::with_capacity(known.len()), vec![]);
    for (&conversation, &version) in known {
        let Some((story, under_way)) = story(house, conversation, version).await? else { continue };
        stories.push(story);
        saying.extend(under_way);
    }
    stories.sort_by_key(|story| std::cmp::Reverse(story.version));
    Ok((stories, saying))
}

/// What characters said last, in the eyes of the client.
fn begun(asked: &Asked) -> Vec<&str> {
    let heard = asked.turns.iter().rev().filter(|turn| turn.role == Role::Character);
    heard.take(BEGUN).map(|turn| turn.words.as_str()).collect()
}

/// The prints of the words that are looked up.
fn telling(asked: &Asked) -> Vec<prints::Print> {
    let turns = asked.turns.iter().rev().take(TELLING).map(|turn| turn.words.as_str());
    let said = match &asked.wish {
        Wish::Say(words) => Some(words.as_str()),
        Wish::GoOn | Wish::Again | Wish::Impersonate(_) | Wish::Help | Wish::Show | Wish::Errand(_) => None,
    };
    let mut prints: Vec<_> = turns.chain(said).filter(|words| !words.is_empty()).map(prints::print).collect();
    prints.sort_unstable();
    prints.dedup();
    prints
}

/// A conversation as it is compared, and what is being said in it; none if it is not open.
async fn story(
    house: &House,
    id: ConversationId,
    version: u64,
) -> Result<Option<(Story, Vec<Saying>)>, Problem> {
    let (room, version) = house
        .executor
        .look_after::<Conversation, _>(id, version, |seen| {
            let room = match seen.state() {
                Conversation::Open(room) => Some(room.clone()),
                Conversation::Unknown | Conversation::Gathering { .. } | Conversation::Closed(_) => None,
            };
            (room, seen.version())
        })
        .await?;
    let Some(room) = room else { return Ok(None) };
    let transcript =
        house.executor.look_after::<Transcript, _>(id, version, |seen| seen.state().clone()).await?;
    let mut heard: BTreeMap<ReplyId, String> = BTreeMap::new();
    for reply in room.under_way(|_| true) {
        heard.insert(reply, house.text_so_far(reply).await);
    }
    let saying = Saying::of(id, &transcript, &heard);
    Ok(Some((Story::new(id, version, &transcript, &room, &heard), saying)))
}

/// Runs an errand: from what is kept, and without asking a model.
pub(super) async fn errand(
    house: &House,
    user: UserId,
    company: &[CharacterId],
    asked: &Asked,
    errand: Errand,
) -> Result<String, Problem> {
    match errand {
        Errand::Summary => Ok(SUMMARY.to_owned()),
        Errand::Title => {
            after::catch_up(house).await;
            let known = prints::find(&house.pool, user, company, &telling(asked)).await?;
            let (stories, _) = read(house, &known.into_iter().collect()).await?;
            let begun = asked.turns.iter().find(|turn| turn.role == Role::Person);
            let begun = || begun.map(|turn| turn.words.clone());
            let title = stories.first().and_then(Story::title).or_else(begun);
            Ok(title
                .map(|title| shortened(&title))
                .filter(|title| !title.is_empty())
                .unwrap_or_else(|| "…".into()))
        }
    }
}

/// What a client is to remember. The house remembers the rest.
const SUMMARY: &str = "Everything that was said is kept, and known to the character.";

/// The first words of a text, without what stands around them.
fn shortened(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().take(TITLE_WORDS).collect();
    let letters: String = words.join(" ").chars().take(60).collect();
    letters.trim_matches(|letter: char| letter.is_ascii_punctuation()).to_owned()
}

impl Turn {
    /// The envelope of a command that holds for any version.
    fn envelope(&self) -> Envelope {
        Envelope { correlation: self.trace.clone(), ..Envelope::from_user(self.user) }
    }

    /// The envelope of a command that was decided upon by this version.
    fn on(&self, version: u64) -> Envelope {
        Envelope { expected: Expected::Version(version), ..self.envelope() }
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_title_is_a_few_words_without_marks_around_them() {
        assert_eq!(shortened("\"Where  is the well, and who lives in it?\""), "Where is the well, and");
        assert_eq!(shortened("..."), "");
    }
}
