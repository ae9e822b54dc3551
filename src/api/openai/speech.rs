//! What is told of a turn, in order: one reply behind the other, with names where several speak.
//!
//! Replies are said at the same time and told one by one, so that a client that knows of one voice only hears them
//! apart. Whoever stops listening is remembered for a while: if they then say something, they have no use for the rest.

use std::{collections::VecDeque, sync::Arc};

use axum::http::StatusCode;
use domain::conversation::{ConversationId, ReplyId};
use futures_util::future::{BoxFuture, FutureExt};

use super::{
    turn::Ear,
    usage::{self, Usage},
};
use crate::{
    api::problem::Problem,
    house::House,
    recall::marks,
    relay::{Ending, Heard, Listener, Live},
};

/// A reply that was asked for.
pub(super) struct Asked {
    pub(super) conversation: ConversationId,
    pub(super) reply: ReplyId,
    pub(super) voice: Voice,
    pub(super) live: Arc<Live>,
}

/// In whose voice a reply is told.
pub(super) enum Voice {
    /// The only character's.
    Only,
    /// That of a character who is called so, among several.
    Of(String),
    /// The person's, to whom it is proposed.
    Proposal,
}

/// What is heard next.
pub(super) enum Next {
    /// Words.
    Words(String),
    /// Something went wrong, said in a sentence behind the words.
    Failed(Problem),
    /// Everything was said; this is what it cost.
    Over,
}

/// A turn while it is told.
pub(super) struct Speech {
    house: House,
    taking: Option<BoxFuture<'static, Result<Vec<Asked>, Problem>>>,
    waiting: VecDeque<Asked>,
    speaking: Option<Speaking>,
    told: Told,
    usage: Usage,
}

/// Whether anything was told yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    Something,
}

struct Speaking {
    asked: Asked,
    listener: Listener,
    ear: Ear,
    words: String,
}

impl Speech {
    /// What comes of a turn that is being taken.
    pub(super) fn new(
        house: House,
        taking: impl Future<Output = Result<Vec<Asked>, Problem>> + Send + 'static,
    ) -> Self {
        Self {
            house,
            taking: Some(taking.boxed()),
            waiting: VecDeque::new(),
            speaking: None,
            told: Told::Nothing,
            usage: Usage::default(),
        }
    }

    /// What it cost until now.
    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    /// What is heard next.
    pub(super) async fn next(&mut self) -> Next {
        if let Some(taking) = &mut self.taking {
            let taken = taking.await;
            self.taking = None;
            match taken {
                Ok(replies) => self.waiting = replies.into(),
                Err(problem) => return Next::Failed(problem),
            }
        }
        loop {
            let Some(speaking) = &mut self.speaking else {
                match self.begin() {
                    Some(words) => return Next::Words(words),
                    None if self.speaking.is_none() => return Next::Over,
                    None => continue,
                }
            };
            let Some(heard) = speaking.listener.hear().await else {
                self.speaking = None;
                continue;
            };
            let (words, end) = speaking.tell(heard);
            if !words.is_empty() {
                self.told = Told::Something;
            }
            match end {
                None if words.is_empty() => {}
                None => return Next::Words(words),
                Some(ending) => {
                    if let Some(next) = self.end(words, ending).await {
                        return next;
                    }
                }
            }
        }
    }

    /// Listens to the next reply; what is said before it.
    fn begin(&mut self) -> Option<String> {
        let asked = self.waiting.pop_front()?;
        let listener = House::listen(&asked.live, None);
        let ear = Ear::new(asked.reply);
        let name = match &asked.voice {
            Voice::Of(name) => Some(marks::speaker(name)),
            Voice::Only | Voice::Proposal => None,
        };
        self.speaking = Some(Speaking { asked, listener, ear, words: String::new() });
        let gap = if self.told == Told::Something { "\n\n" } else { "" };
        name.map(|name| format!("{gap}{name}"))
    }

    /// The end of a reply: what is still to be told of it.
    async fn end(&mut self, words: String, ending: Ending) -> Option<Next> {
        let Speaking { asked, ear, words: all, .. } = self.speaking.take()?;
        ear.heard_out();
        let (Ending::Completed { position }
        | Ending::Failed { position, .. }
        | Ending::Cancelled { position }) = ending;
        let cost = usage::of(&self.house, asked.conversation, asked.reply, position, &all).await;
        self.usage = self.usage.and(cost);
        match ending {
            Ending::Failed { reason, sentence, .. } if all.is_empty() => {
                Some(Next::Failed(failed(&reason, sentence)))
            }
            Ending::Failed { sentence, .. } => {
                Some(Next::Words(format!("{words}\n\n{}", marks::note(&sentence))))
            }
            Ending::Cancelled { .. } if all.is_empty() => {
                Some(Next::Words(marks::note("The reply was stopped.")))
            }
            Ending::Completed { .. } | Ending::Cancelled { .. } if words.is_empty() => None,
            Ending::Completed { .. } | Ending::Cancelled { .. } => Some(Next::Words(words)),
        }
    }

    /// Something went wrong, as it is said behind what was told.
    pub(super) fn sentence(&self, problem: &Problem) -> String {
        let gap = if self.told == Told::Something { "\n\n" } else { "" };
        format!("{gap}{}", marks::note(&in_a_sentence(problem.title())))
    }
}

impl Speaking {
    /// What is told of what was heard, and how it ended, if it did.
    fn tell(&mut self, heard: Vec<Heard>) -> (String, Option<Ending>) {
        let mut told = String::new();
        for heard in heard {
            match heard {
                Heard::Started { .. } => {}
                Heard::Restarted { .. } if self.words.is_empty() => {}
                Heard::Restarted { .. } => {
                    told.push_str(&marks::anew());
                    self.words.clear();
                }
                Heard::Token { text, .. } => {
                    let text = marks::unmarked(&text);
                    if matches!(self.asked.voice, Voice::Proposal) && self.words.is_empty() {
                        told.push_str(&marks::proposal());
                    }
                    told.push_str(&text);
                    self.words.push_str(&text);
                }
                Heard::Ended(ending) => return (told, Some(ending)),
            }
        }
        (told, None)
    }
}

/// A reply that could not be said. What a client may do about it is told by the status.
fn failed(reason: &str, sentence: String) -> Problem {
    let status = match reason {
        "model-rate-limited" | "model-quota-exhausted" => StatusCode::TOO_MANY_REQUESTS,
        "model-overloaded" | "model-resting" => StatusCode::SERVICE_UNAVAILABLE,
        "model-connect-timed-out"
        | "model-first-token-timed-out"
        | "model-stalled"
        | "model-reply-timed-out" => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    };
    Problem::new(status, reason, sentence)
}

/// A title of a problem, as people write.
fn in_a_sentence(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if title.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_title_becomes_a_sentence_and_a_sentence_stays_one() {
        assert_eq!(in_a_sentence("there is no such model here"), "There is no such model here.");
        assert_eq!(in_a_sentence("The answer broke off. Try again."), "The answer broke off. Try again.");
    }

    #[test]
    fn a_failure_says_by_its_status_whether_to_ask_again() {
        for (reason, status) in
            [("model-rate-limited", 429), ("model-stalled", 504), ("model-unreachable", 502)]
        {
            assert_eq!(failed(reason, String::new()).status().as_u16(), status);
        }
    }
}
