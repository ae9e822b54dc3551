//! Bodies as they come over bad lines, and the replies that they make.

use proptest::prelude::*;

use super::*;
use crate::provider::error::Whom;

const DONE: &str = "data: [DONE]\n\n";

fn token(text: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({"choices": [{"delta": {"content": text}}]}))
}

fn finish(reason: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({"choices": [{"delta": {}, "finish_reason": reason}]}))
}

fn read_chunks(chunks: Vec<Vec<u8>>) -> Vec<Result<Piece, ProviderError>> {
    let body = stream::iter(chunks.into_iter().map(|chunk| Ok(Bytes::from(chunk)))).boxed();
    let clock = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a clock");
    clock.block_on(Reader::new(body).into_pieces().collect())
}

fn read(body: &str) -> Vec<Result<Piece, ProviderError>> {
    read_chunks(vec![body.as_bytes().to_vec()])
}

fn text(pieces: &[Result<Piece, ProviderError>]) -> String {
    pieces
        .iter()
        .filter_map(|piece| if let Ok(Piece::Text(text)) = piece { Some(text.as_str()) } else { None })
        .collect()
}

fn last(pieces: &[Result<Piece, ProviderError>]) -> Result<Option<String>, ProviderError> {
    match pieces.last().expect("a reply ends somehow") {
        Ok(Piece::Finish { reason, .. }) => Ok(reason.clone()),
        Ok(other) => panic!("ended with {other:?}"),
        Err(error) => Err(error.clone()),
    }
}

#[test]
fn tokens_that_arrived_together_leave_as_one_piece() {
    let pieces = read(&[token("Guten "), token("Tag"), finish("stop"), DONE.into()].concat());

    assert_eq!(pieces.len(), 2);
    assert_eq!(text(&pieces), "Guten Tag");
    assert_eq!(last(&pieces), Ok(Some("stop".into())));
}

#[test]
fn a_body_cut_between_any_two_bytes_reads_the_same() {
    let body = format!(
        ": hello\r\n\r\n{}data: {{\"choices\":\r\ndata: [{{\"delta\":{{\"content\":\"Grüße 🦀\"}}}}]}}\r\n\r\n{DONE}",
        token("é").replace('\n', "\r\n")
    );
    for at in 0..body.len() {
        let (left, right) = body.as_bytes().split_at(at);
        assert_eq!(text(&read_chunks(vec![left.to_vec(), right.to_vec()])), "éGrüße 🦀", "cut at {at}");
    }
    let drops = body.bytes().map(|byte| vec![byte]).collect();
    assert_eq!(text(&read_chunks(drops)), "éGrüße 🦀");
}

#[test]
fn an_end_that_was_not_announced_is_a_cut_wherever_it_falls() {
    let body = [token("Once "), token("upon a time…")].concat();
    for at in 0..body.len() {
        assert_eq!(
            last(&read_chunks(vec![body.as_bytes()[..at].to_vec()])),
            Err(ProviderError::Cut),
            "cut at {at}"
        );
    }
}

#[test]
fn what_was_said_before_a_cut_is_still_handed_on() {
    let pieces = read(&token("Once "));

    assert_eq!(text(&pieces), "Once ");
    assert_eq!(last(&pieces), Err(ProviderError::Cut));
}

#[test]
fn a_finish_reason_is_as_good_as_done() {
    assert_eq!(last(&read(&[token("hi"), finish("length")].concat())), Ok(Some("length".into())));
    assert_eq!(last(&read(&[token("hi"), DONE.into()].concat())), Ok(None));
    assert_eq!(last(&read(&[token("hi").as_str(), DONE.trim_end()].concat())), Ok(None));
}

#[test]
fn usage_after_the_finish_reason_is_waited_for() {
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\n\n";

    let pieces = read(&[token("hi").as_str(), &finish("stop"), usage, DONE].concat());

    let told = Piece::Finish {
        reason: Some("stop".into()),
        usage: Some(Usage { prompt_tokens: 5, completion_tokens: 1 }),
    };
    assert_eq!(pieces.last(), Some(&Ok(told)));
}

#[test]
fn nothing_said_is_empty_or_filtered() {
    assert_eq!(last(&read(DONE)), Err(ProviderError::Empty));
    assert_eq!(last(&read(&finish("stop"))), Err(ProviderError::Empty));
    assert_eq!(last(&read(&finish("content_filter"))), Err(ProviderError::Filtered));
}

#[test]
fn an_error_in_the_middle_of_a_stream_ends_it() {
    let error = "data: {\"error\":{\"message\":\"secret words\",\"code\":\"ECONNREFUSED\"}}\n\n";

    let pieces = read(&[token("hi").as_str(), error, &token("never heard")].concat());

    assert_eq!(text(&pieces), "hi");
    assert_eq!(last(&pieces), Err(ProviderError::Unreachable(Whom::Model)));
}

#[test]
fn what_is_neither_json_nor_text_is_nonsense() {
    assert_eq!(last(&read("data: {broken\n\ndata: more\n\n")), Err(ProviderError::Nonsense));
    assert_eq!(
        last(&read_chunks(vec![b"data: \xff\xfe\n\n".to_vec(), DONE.into()])),
        Err(ProviderError::Nonsense)
    );
}

#[test]
fn bytes_that_are_no_characters_are_replaced() {
    let mut body = token("a?b").into_bytes();
    let at = body.iter().position(|byte| *byte == b'?').unwrap();
    body[at] = 0xff;

    assert_eq!(text(&read_chunks(vec![body, DONE.into()])), "a\u{fffd}b");
}

#[test]
fn nul_is_replaced() {
    assert_eq!(text(&read(&[token("a\0b"), DONE.into()].concat())), "a\u{fffd}b");
}

#[test]
fn an_event_without_end_is_refused() {
    let one_line = vec![vec![b'x'; 1 << 10]; 3 << 10];
    let many_lines = vec![b"data: x\n".to_vec(); 200_000];

    assert_eq!(last(&read_chunks(one_line)), Err(ProviderError::Nonsense));
    assert_eq!(last(&read_chunks(many_lines)), Err(ProviderError::Nonsense));
}

#[test]
fn a_reply_without_end_is_ended_at_its_bound() {
    let chunk = token(&"x".repeat(60_000)).into_bytes();

    let pieces = read_chunks(vec![chunk; 40]);

    assert_eq!(last(&pieces), Ok(Some("length".into())));
    assert!(text(&pieces).len() <= LONGEST_REPLY + 60_000);
}

#[test]
fn thoughts_and_words_keep_their_order() {
    let thought = "data: {\"choices\":[{\"delta\":{\"reasoning\":\"hm\"}}]}\n\n";

    let pieces = read(&[thought, thought, &token("yes"), DONE].concat());

    assert_eq!(pieces[0], Ok(Piece::Reasoning("hmhm".into())));
    assert_eq!(pieces[1], Ok(Piece::Text("yes".into())));
}

proptest! {
    /// Whatever bytes come, however they are cut: pieces, then one end.
    #[test]
    fn no_bytes_can_break_the_reader(mut chunks: Vec<Vec<u8>>, at in 0..9_usize) {
        let lines = [token("hi"), finish("stop"), DONE.into(), "data: {\n".into(), ":\r\r\n".into()];
        chunks.insert(at.min(chunks.len()), lines[at % lines.len()].clone().into_bytes());

        let pieces = read_chunks(chunks);

        let ends = pieces.iter().filter(|piece| matches!(piece, Err(_) | Ok(Piece::Finish { .. }))).count();
        prop_assert_eq!(ends, 1);
        let ended = matches!(pieces.last(), Some(Err(_) | Ok(Piece::Finish { .. })));
        prop_assert!(ended);
    }
}
