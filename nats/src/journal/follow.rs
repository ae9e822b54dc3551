//! Follows the whole log from a sequence, for ever: whatever ends underneath is made again where it stopped.
//!
//! Three things are never papered over, and end the stream: a hole in the sequence, a log that was made anew, and one
//! that is shorter than what was seen. A commit that cannot be read is told and passed, because what to do about it is
//! the reader's decision.
//!
//! Consumers have been seen to stall. So whoever hears nothing for a while asks where the log ends, and starts over if
//! it should have heard something; its place in the log is its own, so this is always safe.

use std::{collections::VecDeque, time::Duration};

use async_nats::jetstream::{
    Message,
    consumer::{AckPolicy, DeliverPolicy, pull},
};
use domain::commit::{AggregateKey, Position, Recorded};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::time::{sleep, timeout};

use super::{Journal, Rewound, Shut};
use crate::{Cause, backoff, checks::epoch_of, codec::DecodeError, keys::KeyError, tap::Tap};

/// How many commits may be on their way to one follower.
const BATCH: usize = 500;
/// How long the server keeps a consumer that nobody asks for messages any more.
const FORGOTTEN: Duration = Duration::from_secs(30);
/// How many commits are opened together, if they are here.
const GATHER: usize = 128;
/// Between attempts, when patience is over.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What a follower has to know or to decide.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// A commit is missing in the log. Nothing more comes.
    #[error("the log has a hole: {found} follows where {expected} should be")]
    Hole {
        /// What should have come.
        expected: Position,
        /// What came.
        found: Position,
    },
    /// The log is not the one that was followed. Nothing more comes.
    #[error(transparent)]
    Rewound(#[from] Rewound),
    /// This commit cannot be read; the next come all the same.
    #[error("cannot read the commit at {position}")]
    Unreadable {
        /// Where it is.
        position: Position,
        /// Whose it is.
        aggregate: AggregateKey,
        /// Why not.
        source: DecodeError,
    },
    /// This commit belongs to a kind of aggregate that this version does not know; the next come all the same.
    #[error("the commit at {position} is of no aggregate that this house knows")]
    Stranger {
        /// Where it is.
        position: Position,
    },
}

impl FollowError {
    /// Whether nothing more comes.
    pub const fn is_end(&self) -> bool {
        matches!(self, Self::Hole { .. } | Self::Rewound(_))
    }
}

impl Journal {
    /// Every commit after this sequence, in order, as it comes.
    pub fn follow(&self, after: u64) -> BoxStream<'static, Result<Recorded, FollowError>> {
        stream::unfold(Some(Follower::new(self, after)), |follower| async move {
            let mut follower = follower?;
            let item = follower.next().await;
            let ended = matches!(&item, Err(error) if error.is_end());
            Some((item, (!ended).then_some(follower)))
        })
        .boxed()
    }
}

pub(super) struct Follower {
    journal: Journal,
    /// The last sequence that was received.
    after: u64,
    /// What was received and not yet handed out.
    waiting: VecDeque<Result<Recorded, FollowError>>,
    tap: Option<Tap>,
    /// A sequence that came too early. If it comes first again on a new consumer, there is a hole.
    suspect: Option<u64>,
}

/// Why a consumer is of no more use.
enum Broken {
    End(FollowError),
    Again(Cause),
}

impl Follower {
    pub(super) fn new(journal: &Journal, after: u64) -> Self {
        Self { journal: journal.clone(), after, waiting: VecDeque::new(), tap: None, suspect: None }
    }

    /// The last sequence that was received.
    pub(super) const fn after(&self) -> u64 {
        self.after
    }

    async fn next(&mut self) -> Result<Recorded, FollowError> {
        let mut waits = backoff::patient();
        loop {
            if let Some(recorded) = self.waiting.pop_front() {
                return recorded;
            }
            match self.gather().await {
                Ok(messages) => self.open(&messages).await,
                Err(broken) => self.again(broken, waits.next()).await?,
            }
        }
    }

    /// The next message, as it is stored. Who asks for this does not ask for commits.
    pub(super) async fn message(&mut self) -> Result<Message, FollowError> {
        let mut waits = backoff::patient();
        loop {
            match self.receive().await {
                Ok(message) => return Ok(message),
                Err(broken) => self.again(broken, waits.next()).await?,
            }
        }
    }

    /// Waits, to follow anew; or tells why there is no more to come.
    async fn again(&mut self, broken: Broken, wait: Option<Duration>) -> Result<(), FollowError> {
        match broken {
            Broken::End(error) => Err(error),
            Broken::Again(cause) => {
                tracing::debug!(after = self.after, cause, "nats: following the log anew");
                self.tap = None;
                sleep(wait.unwrap_or(LONGEST_WAIT)).await;
                Ok(())
            }
        }
    }

    /// The message right behind the last one, and those behind it that are here already.
    async fn gather(&mut self) -> Result<Vec<(u64, Message)>, Broken> {
        let message = self.receive().await?;
        let mut messages = vec![(self.after, message)];
        while messages.len() < GATHER {
            let Some(Ok(message)) = self.tap.as_mut().and_then(Tap::ready) else { break };
            // What is wrong here shows again when the next one is received.
            if sequence(&message).and_then(|found| self.in_turn(found)).is_err() {
                self.tap = None;
                break;
            }
            messages.push((self.after, message));
        }
        Ok(messages)
    }

    /// Opens them. While the keys are away there is nothing to do but to wait: the log goes nowhere.
    async fn open(&mut self, messages: &[(u64, Message)]) {
        let mut waits = backoff::patient();
        loop {
            match self.journal.read_all(messages).await {
                Ok(recorded) => return self.waiting.extend(recorded),
                Err(error) => {
                    told(&error, self.after);
                    sleep(waits.next().unwrap_or(LONGEST_WAIT)).await;
                }
            }
        }
    }

    /// The message right behind the last one.
    async fn receive(&mut self) -> Result<Message, Broken> {
        let watchdog = self.journal.options.watchdog;
        loop {
            let tap = match &mut self.tap {
                Some(tap) => tap,
                none => none.insert(self.journal.consume(self.after).await?),
            };
            match timeout(watchdog, tap.next()).await {
                Ok(message) => {
                    let message = message.map_err(Broken::Again)?;
                    return self.in_turn(sequence(&message)?).map(|()| message);
                }
                Err(_silence) => self.journal.is_quiet(self.after).await?,
            }
        }
    }

    fn in_turn(&mut self, found: u64) -> Result<(), Broken> {
        let expected = self.after.saturating_add(1);
        if found == expected {
            self.suspect = None;
            self.after = found;
            return Ok(());
        }
        if self.suspect != Some(found) {
            self.suspect = Some(found);
            return Err(Broken::Again("a commit came too early".into()));
        }
        let (expected, found) = (self.journal.at(expected), self.journal.at(found));
        Err(Broken::End(FollowError::Hole { expected, found }))
    }
}

impl Journal {
    /// The commits in messages of the log.
    async fn read_all(
        &self,
        messages: &[(u64, Message)],
    ) -> Result<Vec<Result<Recorded, FollowError>>, KeyError> {
        let shut = messages.iter().map(|(sequence, message)| self.shut(*sequence, message));
        let shut: Vec<_> = shut.collect();
        let known: Vec<_> = shut.iter().flatten().copied().collect();
        let mut opened = self.opened(&known).await?.into_iter();
        let recorded = shut.into_iter().map(|shut| {
            let Shut { aggregate, sequence, .. } = shut?;
            let position = self.at(sequence);
            let opened = opened.next().unwrap_or(Err(DecodeError::NoSuchKey));
            opened.map_err(|source| FollowError::Unreadable { position, aggregate, source })
        });
        Ok(recorded.collect())
    }

    /// Whose commit a message holds.
    fn shut<'m>(&self, sequence: u64, message: &'m Message) -> Result<Shut<'m>, FollowError> {
        let position = self.at(sequence);
        let aggregate = self.nats.subjects.aggregate(&message.subject);
        let aggregate = aggregate.ok_or(FollowError::Stranger { position })?;
        Ok(Shut { aggregate, sequence, body: &message.payload })
    }

    /// The commit in a message of the log.
    pub(crate) async fn read(
        &self,
        sequence: u64,
        message: &Message,
    ) -> Result<Result<Recorded, FollowError>, KeyError> {
        let shut = match self.shut(sequence, message) {
            Ok(shut) => shut,
            Err(error) => return Ok(Err(error)),
        };
        let (position, aggregate) = (self.at(sequence), shut.aggregate);
        let opened = self.opened(&[shut]).await?.pop().unwrap_or(Err(DecodeError::NoSuchKey));
        Ok(opened.map_err(|source| FollowError::Unreadable { position, aggregate, source }))
    }

    async fn consume(&self, after: u64) -> Result<Tap, Broken> {
        self.nats.connected().await;
        self.still_holds(after).await?;
        let config = pull::Config {
            description: Some("follows the log".to_owned()),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: after.saturating_add(1) },
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGOTTEN,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let consumer =
            self.stream.create_consumer(config).await.map_err(|error| Broken::Again(error.into()))?;
        Tap::open(&self.nats, &consumer, BATCH).await.map_err(Broken::Again)
    }

    /// Whether silence is right, because there is nothing to hear.
    async fn is_quiet(&self, after: u64) -> Result<(), Broken> {
        if self.still_holds(after).await? > after {
            return Err(Broken::Again("the log has grown, and nothing was heard of it".into()));
        }
        Ok(())
    }

    /// Where the log ends, if it is the one that was followed and holds what was heard.
    async fn still_holds(&self, after: u64) -> Result<u64, Broken> {
        let info = self.info().await.map_err(Broken::Again)?;
        let seen = self.epoch;
        match epoch_of(&info.config) {
            Some(found) if found != seen => return Err(ended(Rewound::OtherEpoch { seen, found })),
            _ => {}
        }
        let last = info.state.last_sequence;
        if last < after {
            return Err(ended(Rewound::Shorter { seen: self.at(after), last: self.at(last) }));
        }
        Ok(last)
    }
}

fn told(error: &KeyError, after: u64) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(error, after, "nats: the log cannot be opened, waiting for the keys");
}

fn ended(rewound: Rewound) -> Broken {
    Broken::End(FollowError::Rewound(rewound))
}

fn sequence(message: &Message) -> Result<u64, Broken> {
    message.info().map(|info| info.stream_sequence).map_err(Broken::Again)
}
