//! The house: what every role of a process shares. Opened once, handed around by clone.

use std::{ops::Deref, sync::Arc, time::Duration};

use domain::{conversation::ReplyId, user::UserId};
use nats::{Journal, Nats, Objects, Snapshots, Tokens};
use sqlx::PgPool;
use tokio::time::timeout;

use crate::{
    audit::Notary,
    config::Config,
    door::Door,
    erasure::Keepsakes,
    execute::{Executor, Memory},
    keys::Ring,
    progress::Progress,
    prompt::Counter,
    provider::{ProviderSettings, Providers},
    relay::{Board, Listener, Live, Mirrors, StreamId},
    tail::Tail,
    thumbnail::Thumbnails,
    vault::Vault,
};

/// What every role shares. A clone is another door to the same house.
#[derive(Clone)]
pub struct House(Arc<Rooms>);

/// What is in the house.
pub struct Rooms {
    /// What is in force.
    pub config: Config,
    /// The connection to NATS.
    pub nats: Nats,
    /// The write path.
    pub executor: Executor,
    /// The keys to what people said.
    pub keys: Ring,
    /// Files by their digest.
    pub objects: Objects,
    /// The read models.
    pub pool: PgPool,
    /// How far the projections are.
    pub progress: Progress,
    /// What this process hears of the log.
    pub tail: Tail,
    /// Which replies are live here.
    pub board: Board,
    /// The texts of replies that are said elsewhere.
    pub mirrors: Mirrors,
    /// Where replies come from.
    pub providers: Arc<Providers>,
    /// What seals the secrets of provider settings.
    pub vault: Vault,
    /// How browsers come in.
    pub door: Arc<Door>,
    /// Signs checkpoints of the log, and knows those that were signed.
    pub notary: Notary,
    /// Counts the tokens of prompts.
    pub counter: Counter,
    /// Small pictures that were made.
    pub thumbnails: Thumbnails,
    /// Which back end answers where neither a user nor a character has chosen.
    pub provider: ProviderSettings,
}

impl Deref for House {
    type Target = Rooms;

    fn deref(&self) -> &Rooms {
        &self.0
    }
}

/// Whether a worker of this process may say replies that are listened to here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workers {
    /// It may: it gets a head start before one is looked for elsewhere.
    Here,
    /// They are elsewhere.
    Elsewhere,
}

/// How long a worker here may take before one elsewhere is looked for.
const HEAD_START: Duration = Duration::from_millis(250);

/// How long the database may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

impl House {
    /// Brings the parts together.
    pub fn new(parts: Parts, workers: Workers) -> Self {
        let Parts {
            config,
            nats,
            journal,
            keys,
            objects,
            pool,
            progress,
            providers,
            provider,
            vault,
            door,
            notary,
        } = parts;
        let memory = Memory::of(Snapshots::of(&nats, &journal));
        let executor = Executor::new(journal, memory);
        let board = Board::default();
        let (thumbnails, providers, door) = (Thumbnails::default(), Arc::new(providers), Arc::new(door));
        let keepsakes = Keepsakes {
            keys: keys.clone(),
            thumbnails: thumbnails.clone(),
            providers: providers.clone(),
            door: door.clone(),
        };
        let head_start = match workers {
            Workers::Here => HEAD_START,
            Workers::Elsewhere => Duration::ZERO,
        };
        Self(Arc::new(Rooms {
            tail: Tail::new(executor.clone(), board.clone(), keepsakes),
            keys,
            objects,
            mirrors: Mirrors::new(Tokens::new(nats.clone()), head_start),
            providers,
            config,
            nats,
            executor,
            pool,
            progress,
            board,
            vault,
            notary,
            door,
            counter: Counter::default(),
            thumbnails,
            provider,
        }))
    }

    /// The log.
    pub fn journal(&self) -> &Journal {
        self.executor.journal()
    }

    /// Hangs up, so that the servers can go without anybody missing them.
    pub async fn close(&self) {
        self.nats.close().await;
        // A connection that is in use is not waited for: what it does is not acknowledged yet, or is in the log.
        drop(timeout(FAREWELL, async { tokio::join!(self.pool.close(), self.keys.close()) }).await);
    }

    /// Lets go of everything that this process keeps of a person who was erased, replies that are being said among it.
    pub fn let_go(&self, user: UserId) {
        self.tail.let_go(user);
    }

    /// Puts a reply on the board, to be listened to, before or while it is said.
    pub fn expect(&self, reply: ReplyId) -> Arc<Live> {
        let live = self.board.open(reply);
        if !live.is_local() && !live.is_over() {
            self.mirrors.keep(reply, &live);
        }
        live
    }

    /// Listens to a reply that was expected.
    pub fn listen(live: &Arc<Live>, last: Option<StreamId>) -> Listener {
        Listener::new(live.clone(), last)
    }

    /// The words of a reply until now, wherever it is said; none if nobody says it.
    pub async fn text_so_far(&self, reply: ReplyId) -> String {
        match self.board.find(reply).filter(|live| live.is_local()) {
            Some(live) => live.text(),
            None => self.mirrors.ask(reply).await.unwrap_or_default(),
        }
    }
}

/// What a house is made of.
pub struct Parts {
    /// What is in force.
    pub config: Config,
    /// The connection to NATS.
    pub nats: Nats,
    /// The log.
    pub journal: Journal,
    /// The keys to what people said.
    pub keys: Ring,
    /// Files by their digest.
    pub objects: Objects,
    /// The read models.
    pub pool: PgPool,
    /// How far the projections are.
    pub progress: Progress,
    /// Where replies come from.
    pub providers: Providers,
    /// Which of them answers where nobody has chosen.
    pub provider: ProviderSettings,
    /// What seals secrets.
    pub vault: Vault,
    /// How browsers come in.
    pub door: Door,
    /// What signs checkpoints of the log.
    pub notary: Notary,
}
