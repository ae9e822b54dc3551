//! One reply while it is said: the text so far, where its tokens end, and how it ended.
//!
//! A new attempt of the worker starts the text over under a new run; listeners notice by the run.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::commit::Position;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A reply while it is said.
#[derive(Debug)]
pub struct Live {
    said: Mutex<Said>,
    changed: watch::Sender<()>,
    /// Apart from `changed`, so that whoever only waits for the end is not woken by every token.
    over: CancellationToken,
    local: AtomicBool,
    far: AtomicBool,
}

/// What was said.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// The run of the worker; 0 before any began.
    pub(super) run: u32,
    /// Which attempt this is, from 1.
    pub(super) attempt: u32,
    /// The words so far.
    pub(super) text: String,
    /// Its pieces, in order.
    pub(super) pieces: Vec<Piece>,
    /// How it ended, once it has.
    pub(super) ending: Option<Ending>,
}

/// A token; or several that came as one, where those between were lost on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// The index of its last token.
    pub(super) index: u32,
    /// Where it ends in the text.
    pub(super) end: u32,
}

/// How a reply ended. The log says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It was said.
    Completed {
        /// Where the log says so.
        position: Position,
    },
    /// It could not be said.
    Failed {
        /// Why, as a stable name.
        reason: String,
        /// Why, in a sentence for people.
        sentence: String,
        /// Where the log says so.
        position: Position,
    },
    /// The person did not want it any more.
    Cancelled {
        /// Where the log says so.
        position: Position,
    },
}

/// The final words of a reply, as the log has them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastWords<'a> {
    pub(crate) run: u32,
    pub(crate) attempt: u32,
    pub(crate) text: &'a str,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            said: Mutex::default(),
            changed: watch::Sender::new(()),
            over: CancellationToken::new(),
            local: AtomicBool::new(false),
            far: AtomicBool::new(false),
        }
    }
}

impl Live {
    /// A worker of this process begins to say it.
    pub fn begin(&self, run: u32, attempt: u32) {
        self.local.store(true, Ordering::Release);
        self.restart(run, attempt);
    }

    /// Says a token; answers its index and the offset at which it begins.
    pub fn push(&self, token: &str) -> (u32, u32) {
        let place = self.said.lock().push(token);
        self.changed.send_replace(());
        place
    }

    /// The text so far.
    pub fn text(&self) -> String {
        self.said.lock().text.clone()
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Waits until it has ended: a worker stops then.
    pub async fn over(&self) {
        self.over.cancelled().await;
    }

    /// Whether a worker of this process says it.
    pub fn is_local(&self) -> bool {
        self.local.load(Ordering::Acquire)
    }

    /// Whether somebody outside this process listens.
    pub fn has_far_listeners(&self) -> bool {
        self.far.load(Ordering::Acquire)
    }

    /// Somebody outside this process listens.
    pub fn note_far_listener(&self) {
        self.far.store(true, Ordering::Release);
    }

    /// It ended, with these words if the log has any: listeners get what they have not heard of them.
    pub(crate) fn end(&self, ending: Ending, words: Option<LastWords<'_>>) {
        {
            let mut said = self.said.lock();
            if said.ending.is_some() {
                return;
            }
            if let Some(words) = words {
                said.settle(words);
            }
            said.ending = Some(ending);
        }
        self.over.cancel();
        self.changed.send_replace(());
    }

    /// Starts over under another run.
    pub(super) fn restart(&self, run: u32, attempt: u32) {
        {
            let mut said = self.said.lock();
            if said.run == run || said.ending.is_some() {
                return;
            }
            *said = Said { run, attempt, ..Said::default() };
        }
        self.changed.send_replace(());
    }

    /// Looks at what was said, and changes it as a mirror must.
    pub(super) fn with<Answer>(&self, see: impl FnOnce(&mut Said) -> Answer) -> Answer {
        see(&mut self.said.lock())
    }

    pub(super) fn tell(&self) {
        self.changed.send_replace(());
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

impl Said {
    /// The index that the next token gets.
    pub(super) fn next(&self) -> u32 {
        self.pieces.last().map_or(0, |piece| piece.index.saturating_add(1))
    }

    /// Adds a token; answers its index and the offset at which it begins.
    pub(super) fn push(&mut self, token: &str) -> (u32, u32) {
        self.push_up_to(self.next(), token)
    }

    /// Adds all tokens up to this index, as one piece.
    pub(super) fn push_up_to(&mut self, index: u32, text: &str) -> (u32, u32) {
        let begin = length(&self.text);
        self.text.push_str(text);
        self.pieces.push(Piece { index, end: length(&self.text) });
        (index, begin)
    }

    /// The words are these in the end, whatever was heard until now.
    fn settle(&mut self, words: LastWords<'_>) {
        let heard = self.run == words.run && words.text.starts_with(&self.text);
        if !heard {
            *self = Self { run: words.run, attempt: words.attempt, ..Self::default() };
        }
        if self.text.len() < words.text.len() {
            let rest = words.text[self.text.len()..].to_owned();
            self.push(&rest);
        }
    }
}

/// Replies are bounded far below what would not fit.
fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
