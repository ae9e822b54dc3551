//! The board: which replies are live in this process. A reply leaves it when nobody says or hears it any more.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use domain::conversation::ReplyId;
use parking_lot::Mutex;

use super::Live;

/// Which replies are live here.
#[derive(Debug, Clone, Default)]
pub struct Board {
    replies: Arc<Mutex<HashMap<ReplyId, Weak<Live>>>>,
}

/// Every so many replies, those that nobody holds any more are swept off.
const SWEEP: usize = 1024;

impl Board {
    /// The live text of this reply, put up if it is not there yet.
    pub fn open(&self, reply: ReplyId) -> Arc<Live> {
        let mut replies = self.replies.lock();
        if let Some(live) = replies.get(&reply).and_then(Weak::upgrade) {
            return live;
        }
        if replies.len() % SWEEP == SWEEP - 1 {
            replies.retain(|_, live| live.strong_count() > 0);
        }
        let live = Arc::new(Live::default());
        replies.insert(reply, Arc::downgrade(&live));
        live
    }

    /// The live text of this reply, if somebody says or hears it.
    pub fn find(&self, reply: ReplyId) -> Option<Arc<Live>> {
        self.replies.lock().get(&reply).and_then(Weak::upgrade)
    }

    /// Nobody will say or hear this reply again.
    pub fn forget(&self, reply: ReplyId) {
        self.replies.lock().remove(&reply);
    }

    /// How many are live.
    pub fn len(&self) -> usize {
        self.replies.lock().values().filter(|live| live.strong_count() > 0).count()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_reply_is_on_the_board_while_somebody_holds_it() {
        let board = Board::default();
        let reply = crate::stamp::id();
        let live = board.open(reply);
        assert!(Arc::ptr_eq(&live, &board.open(reply)));
        drop(live);
        assert!(board.find(reply).is_none());
        assert!(board.is_empty());
    }
}
