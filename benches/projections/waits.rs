//! How long it takes until the rows say what a command did: when nothing else happens, and at 70 % of what the house can.
//!
//! What it can is found out first, with many who each wait for their rows before they say the next thing. Then as much is
//! said as is to be, at its times, whether the house keeps up or not: a wait begins when it was time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::conversation::{ConversationId, SendMessage};
use innkeeper::{
    execute::Envelope,
    house::House,
    projector::{self, ProjectorError},
    stamp,
};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    figures::Figures,
    said::{MIRA, beginning, message},
};

/// How many say something at the same time, each in a conversation of their own.
const CROWD: usize = 128;
/// How long a row may be waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much of what the house can it is asked for.
const LOAD: f64 = 0.7;
/// How often those things are said whose time has come.
const TICK: Duration = Duration::from_millis(1);

pub(crate) struct Waits {
    pub(crate) idle: Figures,
    pub(crate) most: Figures,
    pub(crate) loaded: Figures,
}

/// In a house that projects itself, as most do.
pub(crate) async fn measure(house: &House, alone: usize, counted: Duration) -> Waits {
    let stop = CancellationToken::new();
    let projector = tokio::spawn(projector::run(house.clone(), stop.clone()));
    let crowd = Crowd::gather(house).await;
    let idle = crowd.one_after_the_other(alone).await;
    let most = crowd.all_at_once(counted).await;
    let loaded = crowd.at_their_times(most.per_s() * LOAD, counted).await;
    stop.cancel();
    ended(projector).await;
    Waits { idle, most, loaded }
}

async fn ended(projector: JoinHandle<Result<(), ProjectorError>>) {
    projector.await.unwrap().unwrap();
}

#[derive(Clone)]
struct Crowd {
    house: House,
    rooms: Arc<Vec<ConversationId>>,
}

impl Crowd {
    async fn gather(house: &House) -> Self {
        let rooms: Vec<ConversationId> = (0..CROWD).map(|_| stamp::id()).collect();
        for room in &rooms {
            house.executor.execute(*room, &beginning(), &Envelope::from_user(MIRA)).await.unwrap();
        }
        let crowd = Self { house: house.clone(), rooms: Arc::new(rooms) };
        crowd.is_seen(0, message(), Instant::now()).await;
        crowd
    }

    /// Says something, and waits until it is in the rows.
    async fn is_seen(&self, who: usize, message: SendMessage, since: Instant) -> Duration {
        let (room, envelope) = (self.rooms[who % self.rooms.len()], Envelope::from_user(MIRA));
        let accepted = self.house.executor.execute(room, &message, &envelope).await.unwrap();
        let position = accepted.position;
        self.house.progress.wait_for(position, position.epoch, PATIENCE).await.unwrap();
        since.elapsed()
    }

    async fn one_after_the_other(&self, times: usize) -> Figures {
        let (mut waits, began) = (vec![], Instant::now());
        for _ in 0..times {
            waits.push(self.is_seen(0, message(), Instant::now()).await);
        }
        Figures::new(waits, began.elapsed())
    }

    async fn all_at_once(&self, counted: Duration) -> Figures {
        let (mut people, until) = (JoinSet::new(), Instant::now() + counted);
        for who in 0..self.rooms.len() {
            let crowd = self.clone();
            people.spawn(async move {
                let mut waits = vec![];
                while Instant::now() < until {
                    waits.push(crowd.is_seen(who, message(), Instant::now()).await);
                }
                waits
            });
        }
        Figures::new(people.join_all().await.concat(), counted)
    }

    async fn at_their_times(&self, per_s: f64, counted: Duration) -> Figures {
        let (mut people, began) = (JoinSet::new(), Instant::now());
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut said = 0_u32;
        while began.elapsed() < counted {
            ticks.tick().await;
            while due(said, per_s) <= began.elapsed() {
                let (crowd, since) = (self.clone(), began + due(said, per_s));
                people.spawn(async move { crowd.is_seen(said as usize, message(), since).await });
                said += 1;
            }
        }
        Figures::new(people.join_all().await, counted)
    }
}

/// When something is to be said.
fn due(number: u32, per_s: f64) -> Duration {
    Duration::from_secs_f64(f64::from(number) / per_s)
}
