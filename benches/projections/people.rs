//! People who live in the house until it has seen enough: by real commands, so that the log is one that could be.
//!
//! Each comes in, brings two characters and a lorebook, and has four conversations of twenty turns. Now and then a reply
//! is asked for once more, a message is edited or deleted, another variant is chosen. Most commits are messages and
//! replies, as everywhere that people talk.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::{
    Aggregate, Command, Fold, Id,
    character::{
        CharacterId, CreateCharacter, Description, Greetings, Personality, Profile, ReviseCharacter, Standing,
    },
    conversation::{
        Candidate, ChooseVariant, CompleteReply, ConversationId, DeleteMessage, EditMessage, Greeting,
        MessageId, PromptRecord, RegenerateReply, RenameConversation, ReplyId, SendMessage,
        StartConversation,
    },
    lorebook::{AddEntries, CreateLorebook, Entry, Settings},
    user::{IssueApiKey, RegisterUser, Rights, UserId},
};
use innkeeper::{
    execute::{Envelope, Executor, Kept, Remembered},
    stamp,
};
use tokio::task::JoinSet;

use crate::said::text;

/// How many live at the same time.
const PEOPLE: usize = 192;
/// How many conversations somebody has.
const CONVERSATIONS: usize = 4;
/// How often something is said and answered in each.
const TURNS: usize = 20;

/// Lets people live until they have made so many commits.
pub(crate) async fn live(executor: &Executor, commits: u64) {
    let left = Arc::new(AtomicU64::new(commits));
    let mut people = JoinSet::new();
    for _ in 0..PEOPLE {
        let (executor, left) = (executor.clone(), left.clone());
        people.spawn(async move {
            while (Person { executor: &executor, left: &left, me: stamp::id() }).lives().await.is_some() {}
        });
    }
    people.join_all().await;
}

struct Person<'a> {
    executor: &'a Executor,
    left: &'a AtomicU64,
    me: UserId,
}

impl Person<'_> {
    /// Does something, unless enough has been done.
    async fn does<A, C>(&self, id: Id<A>, command: C) -> Option<()>
    where
        A: Aggregate + Kept + Remembered + Fold<Of = A>,
        C: Command<A>,
    {
        let one_less = |left: u64| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).ok()?;
        self.executor.execute(id, &command, &Envelope::from_user(self.me)).await.unwrap();
        Some(())
    }

    async fn lives(&self) -> Option<()> {
        self.does(self.me, RegisterUser { name: "Mira".into() }).await?;
        let (key, hash) = (stamp::id(), "0".repeat(64));
        self.does(self.me, IssueApiKey { key, hash, label: "phone".into(), rights: Rights::default() })
            .await?;
        let company = [self.invents().await?, self.invents().await?];
        self.writes_a_book().await?;
        for number in 0..CONVERSATIONS {
            self.talks(company[number % company.len()]).await?;
        }
        Some(())
    }

    async fn invents(&self) -> Option<CharacterId> {
        let (id, owner) = (stamp::id(), self.me);
        let description = Description { name: "Aqua".into(), text: text(), ..Description::default() };
        let greetings = Greetings { solo: vec![text(), text()], group: vec![] };
        let profile = Profile { description, greetings, ..Profile::default() };
        self.does(id, CreateCharacter { owner, profile }).await?;
        let personality = Some(Personality { summary: text(), ..Personality::default() });
        let revision = ReviseCharacter {
            by: self.me,
            personality,
            description: None,
            greetings: None,
            instructions: None,
            appearance: None,
            voice: None,
        };
        self.does(id, revision).await?;
        Some(id)
    }

    async fn writes_a_book(&self) -> Option<()> {
        let (id, owner) = (stamp::id(), self.me);
        let settings = Settings { name: "The well".into(), ..Settings::default() };
        self.does(id, CreateLorebook { owner, settings }).await?;
        let entry = |uid| Entry { uid, content: text(), keys: vec!["well".into()], ..Entry::default() };
        self.does(id, AddEntries { by: self.me, entries: (0..10).map(entry).collect() }).await
    }

    async fn talks(&self, character: CharacterId) -> Option<()> {
        let (by, id) = (self.me, stamp::id());
        let greeting =
            Greeting { message: stamp::id(), character, variants: vec![text(), text()], chosen: 0 };
        let start = StartConversation {
            owner: by,
            characters: vec![character],
            title: None,
            persona: None,
            greeting: Some(greeting),
        };
        self.does(id, start).await?;
        for turn in 0..TURNS {
            let (message, reply) = self.says(id, character).await?;
            match turn % 10 {
                3 => self.asks_once_more(id, &reply).await?,
                5 => self.does(id, EditMessage { by, message, text: text() }).await?,
                7 => self.does(id, DeleteMessage { by, message }).await?,
                _ => {}
            }
        }
        self.does(id, RenameConversation { by, title: Some("At the well".into()) }).await
    }

    /// Something is said, and answered.
    async fn says(&self, id: ConversationId, character: CharacterId) -> Option<(MessageId, Candidate)> {
        let (message, reply) = (stamp::id(), candidate(character));
        let candidates = vec![reply.clone()];
        self.does(id, SendMessage { by: self.me, message, text: text(), candidates }).await?;
        self.does(id, answer(reply.reply)).await?;
        Some((message, reply))
    }

    async fn asks_once_more(&self, id: ConversationId, old: &Candidate) -> Option<()> {
        let (by, reply) = (self.me, stamp::id());
        let again = RegenerateReply {
            by,
            instead_of: old.reply,
            reply,
            standing: Standing::Active,
            dice: stamp::dice(),
        };
        self.does(id, again).await?;
        self.does(id, answer(reply)).await?;
        self.does(id, ChooseVariant { by, message: old.message, variant: 0 }).await
    }
}

fn candidate(character: CharacterId) -> Candidate {
    Candidate {
        character,
        standing: Standing::Active,
        reply: stamp::id(),
        message: stamp::id(),
        dice: stamp::dice(),
    }
}

fn answer(reply: ReplyId) -> CompleteReply {
    CompleteReply {
        reply,
        text: text(),
        attempt: 1,
        run: 1,
        prompt: PromptRecord { hash: "0".repeat(64), ..PromptRecord::default() },
        provider: "demo".into(),
        model: Some("parrot".into()),
        finish: Some("stop".into()),
        usage: None,
        took_ms: 12,
    }
}
