//! Replies that are said anew: the house closed while somebody listened, and whoever listened knows more of the words
//! than were said since.
//!
//! Where such a client goes on can only be told when the words are there again. Until then its request would look like
//! a story that nobody here knows; so the reply is waited for.

use std::collections::BTreeMap;

use domain::conversation::{ConversationId, ReplyId, Transcript};
use projections::prints;

use crate::recall::{Asked, Role, Verdict};

/// A reply that is being said.
#[derive(Debug)]
pub(super) struct Saying {
    pub(super) conversation: ConversationId,
    pub(super) reply: ReplyId,
    /// The words that it answers, normalised.
    answers: String,
    /// Its own words until now, normalised.
    said: String,
}

impl Saying {
    /// The replies of a conversation that are being said; `heard` has their words until now.
    pub(super) fn of(
        conversation: ConversationId,
        transcript: &Transcript,
        heard: &BTreeMap<ReplyId, String>,
    ) -> Vec<Self> {
        let saying = heard.iter().filter_map(|(reply, words)| {
            let turn = transcript.replies.get(reply)?.turn?;
            let line = transcript.lines.iter().find(|line| line.message == turn)?;
            let answers = prints::normal(&line.variants.get(line.chosen)?.text).into_owned();
            Some(Self { conversation, reply: *reply, answers, said: prints::normal(words).into_owned() })
        });
        saying.collect()
    }
}

/// The reply that has to be heard out before the place of a request can be told.
pub(super) fn awaited<'a>(verdict: &Verdict, saying: &'a [Saying], asked: &Asked) -> Option<&'a Saying> {
    match verdict {
        Verdict::Begin { .. } | Verdict::Branch { .. } => {}
        Verdict::GoOn { .. } | Verdict::Again { .. } | Verdict::Wait { .. } | Verdict::Nothing => {
            return None;
        }
    }
    let heard = asked.turns.iter().rposition(|turn| turn.role == Role::Character)?;
    let (known, answered) = (&asked.turns[heard].words, &asked.turns[heard.checked_sub(1)?]);
    saying.iter().find(|one| {
        answered.role == Role::Person
            && answered.words == one.answers
            && known.len() > one.said.len()
            && known.starts_with(&one.said)
    })
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        recall::{Then, Turn, Wish},
        stamp,
    };

    fn saying(said: &str) -> [Saying; 1] {
        let (conversation, reply) = (stamp::id(), stamp::id());
        [Saying { conversation, reply, answers: "Hello".into(), said: said.into() }]
    }

    fn asked(turns: &[(Role, &str)]) -> Asked {
        let turns = turns.iter().map(|(role, words)| Turn { role: *role, words: (*words).into() });
        Asked { turns: turns.collect(), proposals: vec![], wish: Wish::Say("Go on".into()) }
    }

    fn begins() -> Verdict {
        Verdict::Begin { then: Then::Say("Go on".into()) }
    }

    #[test]
    fn who_heard_more_than_was_said_since_waits() {
        let asked = asked(&[(Role::Person, "Hello"), (Role::Character, "The kettle")]);
        assert!(awaited(&begins(), &saying(""), &asked).is_some());
        assert!(awaited(&begins(), &saying("The"), &asked).is_some());
        let goes_on = Verdict::GoOn { story: 0, choose: vec![], post: vec![], then: Then::Answer };
        assert!(awaited(&goes_on, &saying(""), &asked).is_none(), "its place is known");
    }

    #[test]
    fn whoever_heard_something_else_does_not() {
        for turns in [
            &[(Role::Person, "Hello"), (Role::Character, "A lamp")][..],
            &[(Role::Person, "Hello"), (Role::Character, "The")],
            &[(Role::Person, "Good night"), (Role::Character, "The kettle")],
            &[(Role::Character, "The kettle")],
            &[(Role::Person, "Hello")],
        ] {
            assert!(awaited(&begins(), &saying("The"), &asked(turns)).is_none(), "{turns:?}");
        }
    }
}
