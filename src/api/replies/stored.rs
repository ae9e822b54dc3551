//! What is left to hear of a reply that has ended: read from its row, from the very byte at which a listener left.

use domain::commit::Position;
use projections::replies::{ReplyRow, Stage};

use crate::relay::{Ending, Heard, StreamId};

/// Everything that a listener has yet to hear, who heard the reply up to `last`.
pub fn stored(row: &ReplyRow, at: impl Fn(u64) -> Position, last: Option<StreamId>) -> Vec<Heard> {
    let text = row.text.as_deref().unwrap_or_default();
    let run = row.run.and_then(|run| u32::try_from(run).ok());
    let position = at(row.ended_sequence.unwrap_or_default());
    let mut heard = match last.filter(|last| Some(last.run) == run).and_then(|last| rest(text, last)) {
        Some(rest) => rest.into_iter().collect(),
        None => whole(row, text, run.unwrap_or_default(), last),
    };
    heard.push(Heard::Ended(ending(row, position)));
    heard
}

/// What comes behind the token that was heard last, if it can have been one of this text.
fn rest(text: &str, last: StreamId) -> Option<Option<Heard>> {
    let rest = text.get(usize::try_from(last.offset).ok()?..)?;
    let id = StreamId { index: last.index.saturating_add(1), offset: length(text), ..last };
    Some((!rest.is_empty()).then(|| Heard::Token { id, text: rest.to_owned() }))
}

fn whole(row: &ReplyRow, text: &str, run: u32, last: Option<StreamId>) -> Vec<Heard> {
    let attempt = row.attempt.and_then(|attempt| u32::try_from(attempt).ok()).unwrap_or(1);
    let opening = match last {
        Some(_) => Some(Heard::Restarted { attempt }),
        None if text.is_empty() => None,
        None => Some(Heard::Started { attempt }),
    };
    let id = StreamId { run, index: 0, offset: length(text) };
    let token = (!text.is_empty()).then(|| Heard::Token { id, text: text.to_owned() });
    opening.into_iter().chain(token).collect()
}

fn ending(row: &ReplyRow, position: Position) -> Ending {
    match row.stage {
        Stage::Completed => Ending::Completed { position },
        Stage::Cancelled => Ending::Cancelled { position },
        Stage::Failed | Stage::Requested => Ending::Failed {
            reason: row.reason.clone().unwrap_or_default(),
            sentence: row.sentence.clone().unwrap_or_default(),
            position,
        },
    }
}

/// Replies are bounded far below what would not fit.
fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod spec {
    use domain::commit::Epoch;
    use time::OffsetDateTime;

    use super::*;
    use crate::stamp;

    fn at(sequence: u64) -> Position {
        Position { epoch: Epoch::new(1), sequence }
    }

    fn row(stage: Stage, text: &str) -> ReplyRow {
        ReplyRow {
            id: stamp::id(),
            conversation_id: stamp::id(),
            user_id: stamp::id(),
            character_id: stamp::id(),
            message_id: Some(stamp::id()),
            turn_message_id: None,
            stage,
            reason: Some("model-unreachable".into()),
            sentence: Some("nobody answers".into()),
            attempt: Some(2),
            run: (stage == Stage::Completed).then_some(7),
            variant: None,
            text: (!text.is_empty()).then(|| text.to_owned()),
            requested_at: OffsetDateTime::UNIX_EPOCH,
            ended_at: None,
            ended_sequence: Some(9),
        }
    }

    fn token(index: u32, offset: u32, text: &str) -> Heard {
        Heard::Token { id: StreamId { run: 7, index, offset }, text: text.into() }
    }

    fn completed() -> Heard {
        Heard::Ended(Ending::Completed { position: at(9) })
    }

    #[test]
    fn one_who_comes_after_the_end_hears_all_of_it() {
        let heard = stored(&row(Stage::Completed, "Hello"), at, None);
        assert_eq!(heard, [Heard::Started { attempt: 2 }, token(0, 5, "Hello"), completed()]);
    }

    #[test]
    fn one_who_comes_back_hears_on_from_the_very_byte() {
        let row = row(Stage::Completed, "Hé, you");
        let last = |offset| Some(StreamId { run: 7, index: 4, offset });
        assert_eq!(stored(&row, at, last(4)), [token(5, 8, " you"), completed()]);
        assert_eq!(stored(&row, at, last(8)), [completed()]);
    }

    #[test]
    fn one_who_heard_another_run_or_made_it_up_hears_it_from_the_start() {
        let row = row(Stage::Completed, "Hé");
        for (run, offset) in [(6, 1), (7, 2), (7, 99)] {
            let heard = stored(&row, at, Some(StreamId { run, index: 4, offset }));
            assert_eq!(
                heard,
                [Heard::Restarted { attempt: 2 }, token(0, 3, "Hé"), completed()],
                "{run} {offset}"
            );
        }
    }

    #[test]
    fn one_that_failed_before_a_word_was_said_only_says_so() {
        let heard = stored(&row(Stage::Failed, ""), at, None);
        assert!(
            matches!(&heard[..], [Heard::Ended(Ending::Failed { reason, .. })] if reason == "model-unreachable")
        );
    }

    #[test]
    fn the_words_until_it_was_cancelled_are_heard() {
        let heard = stored(&row(Stage::Cancelled, "Hel"), at, None);
        assert_eq!(heard.len(), 3);
        assert_eq!(heard[2], Heard::Ended(Ending::Cancelled { position: at(9) }));
    }
}
