//! The tail: every process follows the log once, from the moment it starts, and tells its own rooms what happened.
//!
//! It says to the caches that what they keep is behind, to the board how replies ended, and to the feeds that their
//! conversation has news. Nothing here may wait: whoever has more to do is woken and reads the log itself, so a slow
//! feed loses nothing and holds nobody up.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{
    commit::{Position, Recorded},
    conversation::{Conversation, ConversationEvent, ConversationId, ReplyId},
    user::UserId,
};
use futures_util::StreamExt;
use nats::{FollowError, Journal};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::{
    door::Device,
    erasure::Keepsakes,
    execute::Executor,
    relay::{Board, Ending, LastWords},
};

/// What this process hears of the log.
#[derive(Clone)]
pub struct Tail {
    executor: Executor,
    board: Board,
    keepsakes: Keepsakes,
    news: News,
    reached: Arc<AtomicU64>,
}

/// Who waits for news of which conversation.
#[derive(Clone, Default)]
pub struct News(Arc<Mutex<HashMap<ConversationId, watch::Sender<u64>>>>);

impl News {
    /// Wakes with the sequence of the newest commit of this conversation.
    pub fn of(&self, conversation: ConversationId) -> watch::Receiver<u64> {
        let mut waiting = self.0.lock();
        waiting.retain(|_, sender| sender.receiver_count() > 0);
        waiting.entry(conversation).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    fn tell(&self, conversation: ConversationId, sequence: u64) {
        if let Some(sender) = self.0.lock().get(&conversation) {
            sender.send_replace(sequence);
        }
    }
}

impl Tail {
    /// A tail that tells these rooms.
    pub fn new(executor: Executor, board: Board, keepsakes: Keepsakes) -> Self {
        Self { executor, board, keepsakes, news: News::default(), reached: Arc::default() }
    }

    /// Who waits for news.
    pub fn news(&self) -> &News {
        &self.news
    }

    /// Up to where the log was heard.
    pub fn reached(&self) -> Position {
        self.journal().at(self.reached.load(Ordering::Acquire))
    }

    fn journal(&self) -> &Journal {
        self.executor.journal()
    }

    /// Follows the log behind this position, until it is found to be broken.
    pub async fn follow(self, from: Position) -> Result<(), FollowError> {
        self.reached.store(from.sequence, Ordering::Release);
        let mut commits = std::pin::pin!(self.journal().follow(from.sequence));
        while let Some(recorded) = commits.next().await {
            match recorded {
                Ok(recorded) => self.tell(&recorded),
                Err(error) if error.is_end() => return Err(error),
                // Whoever needs this commit will say what is wrong with it.
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "tail: passing over it");
                }
            }
        }
        Ok(())
    }

    fn tell(&self, recorded: &Recorded) {
        self.executor.caches().saw(recorded);
        Device::note_commit(recorded);
        if let Some(user) = recorded.erases() {
            self.let_go(user);
        }
        for event in recorded.events::<Conversation>() {
            self.tell_board(event, recorded.position);
        }
        self.reached.store(recorded.position.sequence, Ordering::Release);
        self.news.tell(ConversationId::new(recorded.aggregate.id), recorded.position.sequence);
    }

    /// Lets go of everything that is kept here of a person who was erased. Replies that are being said to them end.
    pub fn let_go(&self, user: UserId) {
        self.keepsakes.let_go(user);
        for entry in self.executor.caches().forget(user) {
            if let Some(folded) = entry.at_once() {
                self.fall_silent(user, folded.state());
                continue;
            }
            // Whoever has it has it for a moment.
            let tail = self.clone();
            tokio::spawn(async move {
                let folded = entry.lock().await;
                tail.fall_silent(user, folded.state());
            });
        }
    }

    /// Ends what is being said in a conversation, if it is this person's.
    fn fall_silent(&self, user: UserId, conversation: &Conversation) {
        let Some(room) = conversation.room().filter(|room| room.owner == user) else { return };
        let position = self.reached();
        for reply in room.under_way(|_| true) {
            self.end(reply, Ending::Cancelled { position }, None);
        }
    }

    fn tell_board(&self, event: &ConversationEvent, position: Position) {
        match event {
            ConversationEvent::ReplyCompleted(event) => {
                let words = LastWords { run: event.run, attempt: event.attempt, text: event.text.words() };
                self.end(event.reply, Ending::Completed { position }, Some(words));
            }
            ConversationEvent::ReplyFailed(event) => {
                let (reason, sentence) = (event.reason.clone(), event.sentence.or_default());
                self.end(event.reply, Ending::Failed { reason, sentence, position }, None);
            }
            ConversationEvent::ReplyCancelled(event) => {
                self.end(event.reply, Ending::Cancelled { position }, None);
            }
            ConversationEvent::ConversationStarted(_)
            | ConversationEvent::ConversationBranched(_)
            | ConversationEvent::ConversationAdopted(_)
            | ConversationEvent::HistoryAdopted(_)
            | ConversationEvent::CharacterGreeted(_)
            | ConversationEvent::MessageSent(_)
            | ConversationEvent::ReplyRequested(_)
            | ConversationEvent::ImpersonationRequested(_)
            | ConversationEvent::VariantChosen(_)
            | ConversationEvent::MessageEdited(_)
            | ConversationEvent::MessageDeleted(_)
            | ConversationEvent::ConversationRenamed(_)
            | ConversationEvent::ConversationPersonaChosen(_)
            | ConversationEvent::ConversationClosed(_) => {}
        }
    }

    fn end(&self, reply: ReplyId, ending: Ending, words: Option<LastWords<'_>>) {
        if let Some(live) = self.board.find(reply) {
            live.end(ending, words);
        }
        self.board.forget(reply);
    }
}
