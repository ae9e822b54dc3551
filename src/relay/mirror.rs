//! Mirrors: the texts that workers of other processes say, kept here token by token.
//!
//! A mirror subscribes first, then asks for what it missed, then goes live, and asks again whenever an index is
//! missing (design: tokens travel on core NATS and may be dropped there). It ends when the reply has ended, which the
//! log tells, or when nobody here listens any more.
//!
//! Where this process has workers of its own, a reply is most likely theirs: it is put aside, and only if it has not
//! begun after a moment is it looked for elsewhere. That costs the first token no wake-up.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Arc, Weak},
    time::Duration,
};

use domain::conversation::ReplyId;
use futures_util::StreamExt;
use nats::{TextSoFar, TokenMessage, Tokens};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, timeout};

use super::{Board, Live, live::Said};

/// How long a worker may take to answer for its text.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a silent text is asked for, in case its last tokens were lost.
const SILENCE: Duration = Duration::from_secs(2);

/// How often those that were put aside are looked at.
const ROUND: Duration = Duration::from_millis(100);

/// Starts mirrors.
#[derive(Clone)]
pub struct Mirrors {
    tokens: Tokens,
    /// How long a worker of this process may take to begin before one elsewhere is looked for.
    head_start: Duration,
    aside: Arc<Mutex<VecDeque<Aside>>>,
}

/// A reply that a worker of this process will most likely say.
struct Aside {
    since: Instant,
    reply: ReplyId,
    live: Weak<Live>,
}

impl Mirrors {
    /// Over these wires; with a head start for the workers of this process, if it has any.
    pub fn new(tokens: Tokens, head_start: Duration) -> Self {
        Self { tokens, head_start, aside: Arc::default() }
    }

    /// Keeps the text as a worker elsewhere says it, unless one of this process does.
    pub fn keep(&self, reply: ReplyId, live: &Arc<Live>) {
        let live = Arc::downgrade(live);
        if self.head_start.is_zero() {
            tokio::spawn(self.clone().follow(reply, live));
            return;
        }
        self.aside.lock().push_back(Aside { since: Instant::now(), reply, live });
    }

    /// Looks, for ever, after those that were put aside.
    pub async fn look_after(self) {
        loop {
            sleep(ROUND).await;
            while let Some(Aside { reply, live, .. }) = self.overdue() {
                if wanted(&live).is_some() {
                    tokio::spawn(self.clone().follow(reply, live));
                }
            }
        }
    }

    fn overdue(&self) -> Option<Aside> {
        self.aside.lock().pop_front_if(|aside| aside.since.elapsed() >= self.head_start)
    }

    /// The text of a reply that a worker elsewhere says.
    pub async fn ask(&self, reply: ReplyId) -> Option<String> {
        Some(self.tokens.ask_text(reply.uuid(), PATIENCE).await?.text)
    }

    async fn follow(self, reply: ReplyId, live: Weak<Live>) {
        while wanted(&live).is_some() {
            if let Ok(messages) = self.tokens.subscribe(reply.uuid()).await {
                self.listen(reply, &live, messages).await;
            }
            sleep(SILENCE).await;
        }
    }

    async fn listen(
        &self,
        reply: ReplyId,
        live: &Weak<Live>,
        mut messages: impl StreamExt<Item = TokenMessage> + Unpin,
    ) {
        // Before a worker begins, nobody answers: what is said meanwhile must not wait for that.
        let (mut missed, mut is_asking) = (pin!(self.fill(reply, live)), true);
        let mut asked = Instant::now();
        while let Some(text) = wanted(live) {
            drop(text);
            let message = tokio::select! {
                () = &mut missed, if is_asking => {
                    is_asking = false;
                    continue;
                }
                message = timeout(SILENCE, messages.next()) => message,
            };
            let Some(text) = wanted(live) else { return };
            let complete = match message {
                Ok(Some(message)) => text.with(|said| said.take(&message)),
                Ok(None) => return,
                Err(_) => Taken::Gap,
            };
            text.tell();
            if complete == Taken::Gap && asked.elapsed() >= Duration::from_millis(20) {
                self.fill(reply, live).await;
                asked = Instant::now();
            }
        }
    }

    /// Asks for the text so far and takes from it what is missing here.
    async fn fill(&self, reply: ReplyId, live: &Weak<Live>) {
        let Some(so_far) = self.tokens.ask_text(reply.uuid(), PATIENCE).await else { return };
        let Some(text) = wanted(live) else { return };
        text.with(|said| said.catch_up(&so_far));
        text.tell();
    }
}

/// The live text, if somebody listens to it, it goes on, and no worker of this process says it.
fn wanted(live: &Weak<Live>) -> Option<Arc<Live>> {
    live.upgrade().filter(|live| !live.is_over() && !live.is_local())
}

/// Whether a message joined what was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Joined,
    Gap,
}

impl Said {
    fn take(&mut self, message: &TokenMessage) -> Taken {
        if self.ending.is_some() {
            return Taken::Joined;
        }
        let newer = message.attempt >= self.attempt && message.run != self.run;
        if newer {
            *self = Self { run: message.run, attempt: message.attempt, ..Self::default() };
        }
        if message.run != self.run || message.count == 0 {
            // The announcement of a run that is only heard of now may come behind lost tokens: ask.
            return if message.count == 0 { Taken::Gap } else { Taken::Joined };
        }
        let (index, next) = (message.index, u64::from(self.next()));
        if index > next || message.offset > self.text.len() as u64 {
            return Taken::Gap;
        }
        if index == next {
            let last = index + u64::from(message.count) - 1;
            self.push_up_to(u32::try_from(last).unwrap_or(u32::MAX), &message.text);
        }
        Taken::Joined
    }

    fn catch_up(&mut self, so_far: &TextSoFar) {
        if self.ending.is_some() || so_far.attempt < self.attempt {
            return;
        }
        if so_far.run != self.run || !so_far.text.starts_with(&self.text) {
            *self = Self { run: so_far.run, attempt: so_far.attempt, ..Self::default() };
        }
        let Some(last) = so_far.index.checked_sub(1).and_then(|last| u32::try_from(last).ok()) else {
            return;
        };
        if last >= self.next() {
            let missing = so_far.text[self.text.len()..].to_owned();
            self.push_up_to(last, &missing);
        }
    }
}

/// Answers, for ever, for the texts that workers of this process say.
pub async fn serve_texts(board: Board, tokens: Tokens) {
    tokens.serve_texts(move |reply| text_so_far(&board, ReplyId::new(reply))).await;
}

fn text_so_far(board: &Board, reply: ReplyId) -> Option<TextSoFar> {
    let live = board.find(reply).filter(|live| live.is_local())?;
    live.note_far_listener();
    Some(live.with(|said| TextSoFar {
        run: said.run,
        attempt: said.attempt,
        index: u64::from(said.next()),
        text: said.text.clone(),
        ended: said.ending.is_some(),
    }))
}

#[cfg(test)]
mod spec {
    use super::*;

    fn token(index: u64, offset: u64, text: &str) -> TokenMessage {
        TokenMessage { run: 7, attempt: 1, index, count: 1, offset, text: text.into() }
    }

    #[test]
    fn tokens_join_in_order_and_twice_is_once() {
        let mut said = Said::default();
        for message in [token(0, 0, "Hel"), token(1, 3, "lo"), token(1, 3, "lo")] {
            assert_eq!(said.take(&message), Taken::Joined);
        }
        assert_eq!(said.text, "Hello");
    }

    #[test]
    fn a_gap_is_noticed_and_filled_from_the_text_so_far() {
        let mut said = Said::default();
        said.take(&token(0, 0, "Hel"));
        assert_eq!(said.take(&token(3, 7, "you")), Taken::Gap);
        let so_far = TextSoFar { run: 7, attempt: 1, index: 4, text: "Hello, you".into(), ended: false };
        said.catch_up(&so_far);
        assert_eq!((said.text.as_str(), said.next()), ("Hello, you", 4));
        assert_eq!(said.take(&token(4, 10, "!")), Taken::Joined);
        assert_eq!(said.text, "Hello, you!");
    }

    #[test]
    fn a_later_attempt_starts_over_and_an_earlier_one_is_not_heard_any_more() {
        let mut said = Said::default();
        said.take(&token(0, 0, "Hel"));
        said.take(&TokenMessage { run: 8, attempt: 2, ..token(0, 0, "Hi") });
        said.take(&token(1, 3, "lo"));
        assert_eq!(said.text, "Hi");
    }
}
