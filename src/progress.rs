//! How far the projections are, for callers that want to read their own writes.
//!
//! The projector, in whichever process it runs, notifies through Postgres when a transaction has moved its checkpoint.
//! One listener a process hears it and wakes those who wait; a slow poll behind it makes up for a notification that
//! was lost with a connection. Positions of another epoch are refused, not waited for.

use std::{sync::Arc, time::Duration};

use domain::commit::Position;
use projections::{News, Projection};
use sqlx::{PgPool, postgres::PgListener};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

/// How often the checkpoint is read when nothing is heard.
const POLL: Duration = Duration::from_secs(1);

/// How far the projections are.
#[derive(Clone)]
pub struct Progress {
    reached: watch::Receiver<Option<Position>>,
    teller: Arc<watch::Sender<Option<Position>>>,
    awaited: Arc<Notify>,
    pool: PgPool,
}

/// Why a position cannot be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// It belongs to another life of the log.
    #[error("the position belongs to another log than this house's")]
    AnotherEpoch,
    /// The projections did not get there in time.
    #[error("the read side has not got to this position yet; ask again in a moment")]
    NotYet,
}

impl Progress {
    /// Of the projections in this database.
    pub fn new(pool: PgPool) -> Self {
        let (teller, reached) = watch::channel(None);
        Self { reached, teller: Arc::new(teller), awaited: Arc::default(), pool }
    }

    /// Listens, for ever.
    pub async fn listen(self) {
        loop {
            if let Err(error) = self.hear().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "progress: the database is away");
            }
            sleep(POLL).await;
        }
    }

    async fn hear(&self) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(projections::CHANNEL).await?;
        loop {
            self.read().await?;
            while let Ok(heard) = timeout(POLL, listener.recv()).await {
                self.hear_of(heard?.payload()).await?;
            }
        }
    }

    /// News of others than just our projections do not say how far ours are: the checkpoints do.
    async fn hear_of(&self, told: &str) -> Result<(), sqlx::Error> {
        match News::heard(told) {
            Some(news) if news.are_about(&projections::all()) => self.note(news.position),
            Some(_) | None => self.read().await?,
        }
        Ok(())
    }

    /// These projections have got to this position, and others may lag behind.
    pub async fn moved(&self, position: Position, projections: &[Projection]) {
        if projections.len() == projections::all().len() {
            self.note(position);
        } else if let Err(error) = self.read().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "progress: the database is away");
        }
    }

    /// Reads how far they are. One that has yet to run keeps all of them where they were.
    pub async fn read(&self) -> Result<(), sqlx::Error> {
        if let Some(position) = projections::progress(&self.pool, &projections::all()).await? {
            self.note(position);
        }
        Ok(())
    }

    /// The projections got to this position.
    pub fn note(&self, position: Position) {
        self.teller.send_if_modified(|reached| {
            let news =
                reached.is_none_or(|old| old.epoch != position.epoch || old.sequence < position.sequence);
            if news {
                *reached = Some(position);
            }
            news
        });
    }

    /// Up to where the projections are, as far as is known here.
    pub fn reached(&self) -> Option<Position> {
        *self.reached.borrow()
    }

    /// Waits until somebody of this process waits for the projections.
    pub async fn awaited(&self) {
        self.awaited.notified().await;
    }

    /// Waits until the projections have got to a position of this log.
    pub async fn wait_for(
        &self,
        position: Position,
        log: domain::commit::Epoch,
        patience: Duration,
    ) -> Result<(), WaitError> {
        if position.epoch != log {
            return Err(WaitError::AnotherEpoch);
        }
        let there = |reached: &Option<Position>| {
            reached.is_some_and(|reached| reached.epoch == log && reached.sequence >= position.sequence)
        };
        if !there(&self.reached.borrow()) {
            self.awaited.notify_one();
        }
        let mut reached = self.reached.clone();
        let waited = timeout(patience, reached.wait_for(there)).await;
        match waited {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(WaitError::NotYet),
        }
    }
}
