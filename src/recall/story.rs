//! A conversation as it is compared with what a client tells: its lines in the order in which they were told.
//!
//! Replies of several characters to one message land in any order and are told in the order in which they sit, so they
//! are put into that order here. What is hidden or deleted is not told, and not compared.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    character::CharacterId,
    conversation::{
        ConversationId, Fate, Heard, Line, MessageId, Proposal, ReplyId, Room, Speaker, Transcript,
    },
};
use projections::prints;

use super::turns::{Proposed, Role, Turn};

/// A conversation as it is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// Which one.
    pub conversation: ConversationId,
    /// The sequence of its last commit: what was decided by this story holds for it only.
    pub version: u64,
    lines: Vec<Line>,
    /// Which message each message of a character answers.
    turns: BTreeMap<MessageId, Option<MessageId>>,
    /// A reply that each message came from, or is to come from.
    replies: BTreeMap<MessageId, ReplyId>,
    /// Messages that came to words and are not told any more.
    gone: BTreeSet<MessageId>,
    under_way: Vec<UnderWay>,
    /// What was proposed to the person, or is about to be.
    proposals: Vec<Proposal>,
    title: Option<String>,
}

/// A reply that somebody works on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct UnderWay {
    reply: ReplyId,
    turn: Option<MessageId>,
    /// The message that it becomes; none where it is only proposed to the person.
    message: Option<MessageId>,
    heard: String,
}

/// How a turn fits a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is this wording.
    Whole(usize),
    /// It is the beginning of this wording: somebody stopped listening.
    Begun(usize),
}

impl Fit {
    pub(super) fn variant(self) -> usize {
        match self {
            Self::Whole(variant) | Self::Begun(variant) => variant,
        }
    }
}

impl Story {
    /// The story of a conversation; `heard` tells how far replies are that are under way.
    pub fn new(
        conversation: ConversationId,
        version: u64,
        transcript: &Transcript,
        room: &Room,
        heard: &BTreeMap<ReplyId, String>,
    ) -> Self {
        let asked = transcript.replies.values();
        let turns: BTreeMap<_, _> = asked.clone().map(|asked| (asked.message, asked.turn)).collect();
        let under_way = room.under_way(|_| true).into_iter().filter_map(|reply| {
            let asked = room.reply(reply).ok()?;
            let heard = heard.get(&reply).map(|words| prints::normal(words).into_owned()).unwrap_or_default();
            Some(UnderWay { reply, turn: asked.turn, message: asked.message, heard })
        });
        let under_way = under_way.collect();
        let proposals =
            transcript.proposals.iter().cloned().map(|proposal| match heard.get(&proposal.reply) {
                Some(words) => Proposal { text: words.clone(), ..proposal },
                None => proposal,
            });
        let told = |line: &Line| line.fate == Fate::Standing && line.heard == Heard::ByAll;
        let mut lines: Vec<_> = transcript.lines.iter().filter(|line| told(line)).cloned().collect();
        seat(&mut lines, &turns, &transcript.characters);
        Self {
            conversation,
            version,
            lines,
            replies: asked.map(|asked| (asked.message, asked.reply)).collect(),
            gone: transcript.lines.iter().filter(|line| !told(line)).map(|line| line.message).collect(),
            turns,
            under_way,
            proposals: proposals.collect(),
            title: transcript.title.clone(),
        }
    }

    /// What it is called, or else how the person began it.
    pub fn title(&self) -> Option<String> {
        let first =
            || self.lines.iter().find(|line| role(line) == Role::Person).map(|line| line.text().to_owned());
        self.title.clone().or_else(first)
    }

    /// How many messages it has.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nothing was said yet.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines before this place.
    pub fn before(&self, place: usize) -> &[Line] {
        &self.lines[..place.min(self.lines.len())]
    }

    /// The message of a line.
    pub(super) fn message(&self, at: usize) -> Option<MessageId> {
        self.lines.get(at).map(|line| line.message)
    }

    pub(super) fn role(&self, at: usize) -> Option<Role> {
        self.lines.get(at).map(role)
    }

    /// Whether a line belongs to the greeting: nobody had said anything before it.
    pub(super) fn is_greeting(&self, at: usize) -> bool {
        (0..=at).all(|at| self.is_given(at))
    }

    /// Whether a line of a character was not said in answer to anybody: a greeting, or a history that was adopted.
    pub(super) fn is_given(&self, at: usize) -> bool {
        self.role(at) == Some(Role::Character)
            && self.lines.get(at).is_some_and(|line| !self.turns.contains_key(&line.message))
    }

    /// Whether nobody speaks from here on but characters, and all of them in answer to the same.
    pub(super) fn is_one_answer(&self, from: usize) -> bool {
        let turn = |line: &Line| self.turns.get(&line.message).copied().flatten();
        let rest = &self.lines[from.min(self.lines.len())..];
        rest.iter().all(|line| role(line) == Role::Character)
            && rest.windows(2).all(|pair| turn(&pair[0]) == turn(&pair[1]))
    }

    /// Where the answer begins that ends before this place.
    pub(super) fn answer_before(&self, end: usize) -> usize {
        let turn =
            |at: usize| self.lines.get(at).and_then(|line| self.turns.get(&line.message).copied().flatten());
        let Some(last) = end.checked_sub(1).filter(|last| self.role(*last) == Some(Role::Character)) else {
            return end;
        };
        let same = |at: &usize| self.role(*at) == Some(Role::Character) && turn(*at) == turn(last);
        (0..end).rev().take_while(same).last().unwrap_or(last)
    }

    /// One reply for each message that answers, or is to answer, the line before this place; in the order of the seats.
    pub(super) fn replies_at(&self, place: usize) -> Vec<ReplyId> {
        let turn = place.checked_sub(1).and_then(|at| self.lines.get(at)).map(|line| line.message);
        let asked = self.turns.iter().filter(|(_, answers)| **answers == turn && turn.is_some());
        let of_lines = self.lines.iter().skip(place).map(|line| line.message);
        let known: Vec<MessageId> =
            of_lines.filter(|message| self.turns.get(message) == Some(&turn)).collect();
        let missing = asked
            .map(|(message, _)| *message)
            .filter(|message| !known.contains(message) && self.is_unsaid(*message));
        let all: Vec<_> = known.iter().copied().chain(missing).collect();
        all.into_iter().filter_map(|message| self.replies.get(&message).copied()).collect()
    }

    /// Whether a reply never came to words. One whose message was deleted did.
    fn is_unsaid(&self, message: MessageId) -> bool {
        !self.gone.contains(&message) && !self.lines.iter().any(|line| line.message == message)
    }

    /// Whether anybody is about to say something.
    pub(super) fn is_under_way(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// The replies under way that answer the line before this place, or are to be another wording of a line behind it; and
    /// what is being proposed to the person, wherever they are.
    pub(super) fn under_way_at(&self, place: usize) -> Vec<ReplyId> {
        let turn = place.checked_sub(1).and_then(|at| self.lines.get(at)).map(|line| line.message);
        let here = |one: &&UnderWay| {
            let is_behind = |becomes| self.lines.iter().skip(place).any(|line| line.message == becomes);
            one.turn == turn || one.message.is_none_or(is_behind)
        };
        self.under_way.iter().filter(here).map(|one| one.reply).collect()
    }

    /// All replies under way.
    pub(super) fn all_under_way(&self) -> Vec<ReplyId> {
        self.under_way.iter().map(|one| one.reply).collect()
    }

    /// Whether nothing ever happened behind a greeting of so many lines but that something was proposed to the person.
    pub(super) fn is_untouched(&self, greeting: usize) -> bool {
        self.lines.len() == greeting && !self.proposals.is_empty()
    }

    /// The places at which words were proposed that begin with these, and which variant of the line in front of each counted
    /// then.
    pub(super) fn proposed_at(&self, words: &str) -> Vec<(usize, usize)> {
        let begins = |proposal: &&Proposal| prints::normal(&proposal.text).starts_with(words);
        let place = |proposal: &Proposal| {
            let Some(turn) = proposal.turn else { return Some((0, 0)) };
            let at = self.lines.iter().position(|line| line.message == turn)?;
            Some((at + 1, proposal.variant))
        };
        self.proposals.iter().filter(begins).filter_map(place).collect()
    }

    /// How many of these proposals were made here.
    pub(super) fn knows(&self, proposals: &[Proposed]) -> usize {
        let heard = proposals.iter().filter(|proposed| !proposed.words.is_empty());
        heard.filter(|proposed| !self.proposed_at(&proposed.words).is_empty()).count()
    }

    /// Replies that answer the line before this place, as `under_way_at` has them, if one of them has begun with these words.
    pub(super) fn begun_at(&self, place: usize, words: &str) -> Vec<ReplyId> {
        let replies = self.under_way_at(place);
        let begun = |one: &UnderWay| {
            one.message.is_some() && replies.contains(&one.reply) && one.heard.starts_with(words)
        };
        if self.under_way.iter().any(begun) { replies } else { vec![] }
    }

    /// How a turn fits a line, in any of its wordings, the one that counts first.
    pub(super) fn fit(&self, at: usize, turn: &Turn) -> Option<Fit> {
        let line = self.lines.get(at).filter(|line| role(line) == turn.role)?;
        let others = (0..line.variants.len()).filter(|variant| *variant != line.chosen);
        let variants: Vec<_> = std::iter::once(line.chosen).chain(others).collect();
        let whole = variants.iter().find(|variant| is_whole(line, **variant, turn));
        let begun = || variants.iter().find(|variant| is_begun(line, **variant, turn));
        whole.map(|variant| Fit::Whole(*variant)).or_else(|| begun().map(|variant| Fit::Begun(*variant)))
    }

    /// Whether a turn fits a line in the wording that counts.
    pub(super) fn is_told(&self, at: usize, turn: &Turn) -> bool {
        self.lines.get(at).is_some_and(|line| {
            role(line) == turn.role
                && (is_whole(line, line.chosen, turn) || is_begun(line, line.chosen, turn))
        })
    }

    /// Which wording of a line counts.
    pub(super) fn chosen(&self, at: usize) -> usize {
        self.lines.get(at).map_or(0, |line| line.chosen)
    }
}

fn role(line: &Line) -> Role {
    match line.speaker {
        Speaker::User(_) => Role::Person,
        // A narrator is no person at the keyboard.
        Speaker::Character(_) | Speaker::Narrator => Role::Character,
    }
}

fn wording(line: &Line, variant: usize) -> Option<&str> {
    line.variants.get(variant).map(|variant| variant.text.as_str())
}

fn is_whole(line: &Line, variant: usize, turn: &Turn) -> bool {
    // Comparing lengths first spares most of the work: normal words are never longer.
    wording(line, variant)
        .is_some_and(|words| words.len() >= turn.words.len() && prints::normal(words) == turn.words.as_str())
}

fn is_begun(line: &Line, variant: usize, turn: &Turn) -> bool {
    turn.role == Role::Character
        && !turn.words.is_empty()
        && wording(line, variant).is_some_and(|words| {
            words.len() >= turn.words.len() && prints::normal(words).starts_with(&*turn.words)
        })
}

/// Puts the replies to one message into the order in which their characters sit.
fn seat(lines: &mut [Line], turns: &BTreeMap<MessageId, Option<MessageId>>, seats: &[CharacterId]) {
    if seats.len() < 2 {
        return;
    }
    let answers = |line: &Line| turns.get(&line.message).copied().flatten();
    let seat = |line: &Line| match line.speaker {
        Speaker::Character(character) => seats.iter().position(|seat| *seat == character),
        Speaker::User(_) | Speaker::Narrator => None,
    };
    let together = |one: &Line, next: &Line| {
        role(one) == Role::Character
            && role(next) == Role::Character
            && answers(one).is_some()
            && answers(one) == answers(next)
    };
    for run in lines.chunk_by_mut(together) {
        run.sort_by_key(seat);
    }
}
