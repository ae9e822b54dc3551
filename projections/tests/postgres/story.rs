//! What happens in the tests: a log in memory that numbers its commits, and the people who appear in it.

use domain::{
    Aggregate, Id,
    character::{
        Appearance, CharacterCreated, CharacterId, Description, Greetings, Personality, Picture, Profile,
    },
    commit::{Actor, AggregateKey, Commit, Digest, Epoch, Position, Recorded, RecordedEvent},
    conversation::{
        Conversation, ConversationEvent, ConversationId, ConversationStarted, ImpersonationRequested,
        MessageSent, PromptRecord, ReplyCompleted, ReplyRequested,
    },
    user::UserId,
};
use projections::{Projection, Standing};
use sqlx::{AssertSqlSafe, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(crate) const EPOCH: Epoch = Epoch::new(0x5f0c_2a11);
pub(crate) const NOON: OffsetDateTime = time::macros::datetime!(2026-01-02 12:00 UTC);
const TABLES: [&str; 12] = [
    "users",
    "api_keys",
    "characters",
    "conversations",
    "messages",
    "message_variants",
    "replies",
    "character_interactions",
    "lorebooks",
    "lorebook_entries",
    "lorebook_links",
    "personas",
];

/// A small, readable id.
pub(crate) fn id<Kind>(number: u128) -> Id<Kind> {
    Id::new(Uuid::from_u128(number))
}

pub(crate) fn mira() -> UserId {
    id(1)
}

pub(crate) fn vlad() -> UserId {
    id(2)
}

pub(crate) fn aqua() -> CharacterId {
    id(10)
}

pub(crate) fn bard() -> CharacterId {
    id(11)
}

pub(crate) fn talk() -> ConversationId {
    id(30)
}

pub(crate) fn at(sequence: u64) -> Position {
    Position { epoch: EPOCH, sequence }
}

/// When the commit of this sequence was taken in.
pub(crate) fn when(sequence: u64) -> OffsetDateTime {
    NOON + Duration::seconds(i64::try_from(sequence).unwrap())
}

/// A log in memory.
#[derive(Default, Clone)]
pub(crate) struct Log {
    pub(crate) commits: Vec<Recorded>,
    /// Whose the next ones are; Mira's, if nobody is named.
    pub(crate) whose: Option<UserId>,
}

impl Log {
    /// All these events in one commit.
    pub(crate) fn tell<A: Aggregate>(
        &mut self,
        aggregate: Id<A>,
        events: impl IntoIterator<Item = A::Event>,
    ) {
        let sequence = u64::try_from(self.commits.len()).unwrap() + 1;
        let events =
            events.into_iter().map(|event| RecordedEvent { id: id(0), event: event.into() }).collect();
        self.commits.push(Recorded {
            position: at(sequence),
            aggregate: AggregateKey { kind: A::KIND, id: aggregate.uuid() },
            commit: Commit {
                id: id(sequence.into()),
                command: id(sequence.into()),
                fingerprint: None,
                at: when(sequence),
                actor: Actor::House,
                correlation: None,
                causation: None,
                after: 0,
                prev: None,
                whose: Some(self.whose.unwrap_or_else(mira)),
                events,
            },
            digest: Digest::new([sequence.to_le_bytes()[0]; 32]),
        });
    }

    /// A commit for each of these events of the one conversation.
    pub(crate) fn talk(events: impl IntoIterator<Item = ConversationEvent>) -> Self {
        let mut log = Self::default();
        events.into_iter().for_each(|event| log.tell::<Conversation>(talk(), [event]));
        log
    }

    pub(crate) fn end(&self) -> Position {
        self.commits.last().map_or(at(0), |commit| commit.position)
    }
}

/// Applies everything in one batch.
pub(crate) async fn project(pool: &PgPool, log: &Log) {
    for Standing { at, projections, .. } in
        projections::begin(pool, &projections::all(), EPOCH).await.unwrap()
    {
        let applied = projections::apply_batch(pool, &projections, at, &log.commits).await.unwrap();
        assert_eq!((applied.position, applied.parked), (log.end(), vec![]));
    }
}

/// All rows of all projections, in an order of their own.
pub(crate) async fn dump(pool: &PgPool) -> Vec<(&'static str, Vec<serde_json::Value>)> {
    let mut dump = vec![];
    for table in TABLES {
        let rows = format!("select to_jsonb(t) from {table} t order by to_jsonb(t)::text");
        dump.push((table, sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(pool).await.unwrap()));
    }
    dump
}

/// The projection of this name.
pub(crate) fn projection(name: &str) -> Projection {
    projections::all().into_iter().find(|projection| projection.name == name).unwrap()
}

pub(crate) fn profile(name: &str) -> Profile {
    Profile {
        description: Description {
            name: name.into(),
            text: "Lives in a well.".into(),
            scenario: "At the well.".into(),
            tags: vec!["water".into(), "kind".into()],
            ..Description::default()
        },
        personality: Personality { summary: "cheerful".into(), ..Personality::default() },
        greetings: Greetings { solo: vec!["Splash.".into()], group: vec![] },
        appearance: Appearance {
            avatar: Some(Picture { digest: "ab12".into(), media_type: "image/png".into() }),
            ..Appearance::default()
        },
        ..Profile::default()
    }
}

pub(crate) fn created(name: &str) -> CharacterCreated {
    CharacterCreated { owner: mira(), profile: Box::new(profile(name)).into() }
}

pub(crate) fn started() -> ConversationEvent {
    ConversationStarted { owner: mira(), characters: vec![aqua(), bard()], title: None, persona: None }.into()
}

pub(crate) fn sent(message: u128, text: &str) -> ConversationEvent {
    MessageSent { message: id(message), author: mira(), text: text.into() }.into()
}

/// The reply of this number becomes the message of its number and 500.
pub(crate) fn requested(reply: u128, turn: Option<u128>) -> ConversationEvent {
    requested_as(reply, reply + 500, turn)
}

pub(crate) fn requested_as(reply: u128, message: u128, turn: Option<u128>) -> ConversationEvent {
    ReplyRequested { reply: id(reply), message: id(message), character: aqua(), turn: turn.map(id), dice: 6 }
        .into()
}

/// What Mira could say to Aqua is asked for.
pub(crate) fn impersonation(reply: u128, turn: Option<u128>) -> ConversationEvent {
    let (turn, instruction) = (turn.map(id), Some("Be rude".into()));
    ImpersonationRequested { reply: id(reply), character: aqua(), turn, dice: 6, instruction }.into()
}

pub(crate) fn completed(reply: u128, text: &str) -> ConversationEvent {
    ReplyCompleted {
        reply: id(reply),
        text: text.into(),
        attempt: 1,
        run: 7,
        prompt: PromptRecord { hash: "c0ffee".into(), ..PromptRecord::default() },
        provider: "demo".into(),
        model: Some("parrot".into()),
        finish: Some("stop".into()),
        usage: None,
        took_ms: 12,
    }
    .into()
}
