use serde::Serialize;

use super::*;
use crate::Hash;

#[derive(Serialize)]
struct Body {
    v: u16,
    after: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<String>,
    events: Vec<String>,
}

/// A log of two aggregates, as the house writes it.
fn log(count: u64) -> Vec<Message<'static>> {
    let mut log: Vec<Message<'static>> = vec![];
    for sequence in 1..=count {
        let subject = format!("ink.log.user.{}", sequence % 2);
        let previous = log.iter().rev().find(|message| message.subject == subject);
        let after = previous.map_or(0, |message| message.sequence);
        let prev = previous.map(|message| hex::encode(message.digest()));
        let body = Body { v: 1, after, prev, events: vec![format!("said {sequence}")] };
        log.push(message(sequence, subject, after, &body));
    }
    log
}

fn message(sequence: u64, subject: String, after: u64, body: &Body) -> Message<'static> {
    let mut bytes = vec![];
    let mut writer = rmp_serde::Serializer::new(&mut bytes).with_struct_map().with_human_readable();
    body.serialize(&mut writer).unwrap();
    let headers = [Some(sequence.to_string().into()), Some(after.to_string().into()), None, None];
    Message { sequence, subject: subject.into(), headers, body: bytes.into() }
}

fn tree(log: &[Message<'_>]) -> Range {
    let mut range = Range::default();
    log.iter().for_each(|message| range.push(message.leaf(), |_| {}));
    range
}

fn checkpoint(log: &[Message<'_>]) -> Checkpoint {
    Checkpoint { origin: "o".into(), size: log.len() as u64, root: tree(log).root(), time: None }
}

fn verify(log: &[Message<'_>], checkpoints: &[Checkpoint]) -> Result<Report, Fault> {
    let mut verifier = Verifier::new(checkpoints.to_vec())?;
    log.iter().try_for_each(|message| verifier.take(message))?;
    verifier.end()
}

fn signed() -> (Vec<Message<'static>>, Vec<Checkpoint>) {
    let log = log(12);
    let checkpoints = [4, 8, 12].map(|size| checkpoint(&log[..size]));
    (log, checkpoints.into())
}

#[test]
fn a_log_that_nobody_touched_is_whole() {
    let (log, checkpoints) = signed();
    let report = verify(&log, &checkpoints).unwrap();
    let counts = (report.commits, report.aggregates, report.chained, report.checkpoints, report.vouched);
    assert_eq!(counts, (12, 2, 10, 3, 12));
}

#[test]
fn a_message_that_is_gone_is_named() {
    let (mut log, checkpoints) = signed();
    log.remove(5);
    assert_eq!(verify(&log, &checkpoints), Err(Fault::Missing { sequence: 6, found: Some(7) }));
}

#[test]
fn a_lost_end_is_told_by_the_checkpoint() {
    let (log, checkpoints) = signed();
    assert_eq!(verify(&log[..10], &checkpoints), Err(Fault::Shorter { last: 10, promised: 12 }));
}

#[test]
fn a_rewritten_commit_is_named_by_the_next_of_its_aggregate() {
    let (mut log, checkpoints) = signed();
    let prev = Some(hex::encode(log[2].digest()));
    log[4] =
        message(5, "ink.log.user.1".into(), 3, &Body { v: 1, after: 3, prev, events: vec!["lie".into()] });
    let was = Was::Rewritten;
    let broken = Fault::Broken { sequence: 7, subject: "ink.log.user.1".into(), previous: 5, was };
    assert_eq!(verify(&log, &[]), Err(broken.clone()));
    assert_eq!(verify(&log, &checkpoints), Err(broken));
}

#[test]
fn a_last_commit_that_was_rewritten_is_found_by_the_checkpoint() {
    let (mut log, checkpoints) = signed();
    let prev = Some(hex::encode(log[9].digest()));
    let lie = Body { v: 1, after: 10, prev, events: vec!["lie".into()] };
    log[11] = message(12, "ink.log.user.0".into(), 10, &lie);
    assert!(verify(&log, &[]).is_ok(), "the chain alone cannot know");
    assert_eq!(verify(&log, &checkpoints), Err(Fault::Root { from: 9, to: 12 }));
}

#[test]
fn a_header_that_was_changed_is_found() {
    let (mut log, checkpoints) = signed();
    log[5].headers[3] = Some("00-aa-bb-01".into());
    assert_eq!(verify(&log, &checkpoints), Err(Fault::Root { from: 5, to: 8 }));
}

#[test]
fn two_commits_that_changed_places_are_named() {
    let (mut log, checkpoints) = signed();
    log.swap(4, 6);
    (log[4].sequence, log[6].sequence) = (5, 7);
    let was = Was::At(5);
    let fault = Fault::Broken { sequence: 5, subject: "ink.log.user.1".into(), previous: 3, was };
    assert_eq!(verify(&log, &checkpoints), Err(fault));
}

#[test]
fn a_chain_does_not_stop_unnoticed() {
    let mut log = log(6);
    log[4] = message(5, "ink.log.user.1".into(), 3, &Body { v: 1, after: 3, prev: None, events: vec![] });
    assert!(matches!(verify(&log, &[]), Err(Fault::Broken { sequence: 5, was: Was::Unnamed, .. })));
}

#[test]
fn checkpoints_that_contradict_each_other_tell_of_a_fork() {
    let (log, mut checkpoints) = signed();
    checkpoints.push(Checkpoint { root: Hash([1; 32]), ..checkpoints[1].clone() });
    assert_eq!(verify(&log, &checkpoints), Err(Fault::Forked { size: 8 }));
}

#[test]
fn the_rest_is_verified_behind_a_tree_that_is_known() {
    let (mut log, checkpoints) = signed();
    let known = tree(&log[..8]);
    let verify = |log: &[Message<'_>]| {
        let mut verifier = Verifier::after(known.clone(), checkpoints.clone())?;
        log[8..].iter().try_for_each(|message| verifier.take(message))?;
        verifier.end()
    };
    let report = verify(&log).unwrap();
    assert_eq!((report.from, report.commits, report.checkpoints), (9, 4, 2));
    log[9].body.to_mut()[0] ^= 1;
    assert!(verify(&log).is_err());
    let mut other = tree(&log[..7]);
    other.push(Hash([0; 32]), |_| {});
    assert!(matches!(Verifier::after(other, checkpoints.clone()), Err(Fault::Root { to: 8, .. })));
}

#[test]
fn no_bytes_make_it_panic() {
    for body in [vec![], vec![0xc1], vec![0x91; 100_000], vec![0x81, 0xa4]] {
        let mut broken = log(1);
        broken[0].body = body.into();
        assert!(matches!(verify(&broken, &[]), Err(Fault::Unreadable { sequence: 1, .. })));
    }
}
