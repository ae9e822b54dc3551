//! Long aggregates and their snapshots, seen from inside: only there can a snapshot be forged.
//!
//! The stories about people cannot tell whether a snapshot was taken, and that is the point of one.

use std::sync::Arc;

use domain::{
    RULES,
    commit::Epoch,
    conversation::{Conversation, ConversationId, RenameConversation, StartConversation},
    user::UserId,
};
use innkeeper::{
    execute::{Accepted, Envelope, Executor, Folded, Memory, Outcome},
    stamp,
};
use nats::{Journal, JournalOptions, NatsOptions, Sitter, Snapshots, connect, ensure, keys::Pocket};
use serde_json::{Value, json};

use crate::servers::Place;

/// More commits than are ever loaded without looking for a snapshot.
const MANY: usize = 300;

/// A log with one long conversation, and its snapshots.
struct Long {
    journal: Journal,
    snapshots: Snapshots,
    mira: UserId,
    conversation: ConversationId,
    /// The first renaming, for whoever repeats it.
    first: Envelope,
}

fn titled(number: usize) -> String {
    format!("Title {number}")
}

impl Long {
    async fn conversation() -> Self {
        let place = Place::new().await;
        let options =
            NatsOptions { prefix: place.prefix.parse().unwrap(), ..NatsOptions::new(place.nats_url) };
        let nats = connect(&options).await.unwrap();
        ensure(&nats, Epoch::new(7)).await.unwrap();
        let journal =
            Journal::open(&nats, Arc::new(Pocket::default()), JournalOptions::default()).await.unwrap();
        let snapshots = Snapshots::of(&nats, &journal);
        let mira = stamp::id();
        let long =
            Self { journal, snapshots, mira, conversation: stamp::id(), first: Envelope::from_user(mira) };
        let house = long.opens();
        let beginning = StartConversation {
            owner: mira,
            characters: vec![stamp::id()],
            title: None,
            persona: None,
            greeting: None,
        };
        house.execute(long.conversation, &beginning, &Envelope::from_user(mira)).await.unwrap();
        long.rename(&house, 0, &long.first).await;
        for number in 1..MANY {
            long.rename(&house, number, &Envelope::from_user(mira)).await;
        }
        long
    }

    /// A house that knows nothing yet.
    fn opens(&self) -> Executor {
        Executor::new(self.journal.clone(), Memory::of(self.snapshots.clone()))
    }

    async fn rename(&self, house: &Executor, number: usize, envelope: &Envelope) -> Accepted {
        let command = RenameConversation { by: self.mira, title: Some(titled(number)) };
        house.execute(self.conversation, &command, envelope).await.unwrap()
    }

    /// What it is called, in the eyes of a house that has just opened.
    async fn title(&self) -> String {
        let title = |folded: &Folded<Conversation>| folded.state().room().unwrap().title.clone().unwrap();
        self.opens().look(self.conversation, title).await.unwrap()
    }

    fn sitter(&self) -> Sitter {
        Sitter { fold: "conversation", id: self.conversation.uuid(), rules: RULES }
    }

    /// The snapshot that was written behind, once it is there.
    async fn snapshot(&self) -> u64 {
        loop {
            match self.snapshots.get::<Folded<Conversation>>(self.sitter()).await {
                Ok((version, _)) => return version,
                Err(nats::Unusable::Absent) => tokio::task::yield_now().await,
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    async fn forge(&self, snapshot: &Value) {
        let forged: Folded<Conversation> = serde_json::from_value(snapshot.clone()).unwrap();
        self.snapshots.put(self.sitter(), self.mira, forged.version(), &forged).await.unwrap();
    }
}

/// The same state, called something that it never was called.
fn retitled(mut snapshot: Value) -> Value {
    snapshot["state"]["Open"]["title"] = json!("Forged");
    snapshot
}

#[tokio::test]
async fn a_long_conversation_is_loaded_from_its_snapshot_and_goes_on() {
    let long = Long::conversation().await;
    let version = long.snapshot().await;
    assert!(version > 128, "{version}");
    assert_eq!(long.title().await, titled(MANY - 1));
    let house = long.opens();
    let repeated = long.rename(&house, 0, &long.first).await;
    assert_eq!(repeated.outcome, Outcome::Repeated, "what was carried out is remembered with it");
    let next = long.rename(&house, MANY, &Envelope::from_user(long.mira)).await;
    assert_eq!(next.outcome, Outcome::Decided);
    assert_eq!(long.title().await, titled(MANY));
}

#[tokio::test]
async fn a_snapshot_is_believed_only_if_the_log_has_the_commit_at_which_it_stands() {
    let long = Long::conversation().await;
    long.snapshot().await;
    // One that stands at the last commit of all, so that what is in it is what is seen.
    let house = long.opens();
    let whole = |folded: &Folded<Conversation>| serde_json::to_value(folded).unwrap();
    let last = retitled(house.look(long.conversation, whole).await.unwrap());
    let version = last["version"].as_u64().unwrap();

    long.forge(&last).await;
    assert_eq!(long.title().await, "Forged", "as it is, it is what is loaded");

    let mut newer = last.clone();
    newer["version"] = json!(version + 1);
    long.forge(&newer).await;
    assert_eq!(long.title().await, titled(MANY - 1), "it is newer than the log");

    let mut of_another_log = last.clone();
    of_another_log["digest"][0] = json!(of_another_log["digest"][0].as_u64().unwrap() ^ 1);
    long.forge(&of_another_log).await;
    assert_eq!(long.title().await, titled(MANY - 1), "it stands at another commit");

    let mut of_somebody_else = last.clone();
    of_somebody_else["version"] = json!(1);
    long.forge(&of_somebody_else).await;
    assert_eq!(
        long.title().await,
        titled(MANY - 1),
        "it stands at another aggregate's commit, or an older one"
    );
}
