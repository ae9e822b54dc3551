//! Webhooks: the last word on each is kept, what is theirs is delivered until it is done with, and what is not waits.

use std::time::Duration;

use domain::commit::{Kind, Position};
use nats::{
    Deliveries, EventStream, Failed, HookError, Hooks, Keep, Nats, Origin, Progress, Published, Source, Wants,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    server::Server,
    world::{EPOCH, connected},
};

const ID: Uuid = Uuid::from_u128(7);
const OTHER: Uuid = Uuid::from_u128(8);

async fn hooks(nats: &Nats) -> Hooks {
    let hooks = Hooks::new(nats, nats);
    hooks.ensure().await.unwrap();
    hooks
}

fn wants(types: &[&str]) -> Wants {
    let types = types.iter().map(|&name| name.to_owned()).collect();
    Wants { types, since: OffsetDateTime::UNIX_EPOCH }
}

/// Tells of events of these types.
async fn tell(nats: &Nats, types: &[&str]) {
    let origin = Origin { log: EPOCH, names: "aa".into() };
    let events = EventStream::open(nats, &origin, Keep::default()).await.unwrap();
    let at = events.standing().await.unwrap();
    let published: Vec<_> = (at.sequence + 1..)
        .zip(types)
        .map(|(sequence, name)| Published {
            subject: nats.subjects().event(Kind::Conversation, name, ID),
            source: Source { position: Position { epoch: EPOCH, sequence }, index: 0 },
            body: format!("{name} {sequence}").into(),
        })
        .collect();
    events.publish(at, &published).await.unwrap();
}

async fn next(deliveries: &mut Deliveries) -> nats::Delivery {
    tokio::time::timeout(Duration::from_secs(30), deliveries.next()).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_last_word_on_a_hook_is_kept_and_nobody_is_overruled() {
    let server = Server::start();
    let hooks = hooks(&connected(&server).await).await;
    let empty = hooks.mark().await.unwrap();
    assert!(hooks.all().await.unwrap().is_empty() && empty.counts(0));

    hooks.put(ID, "one".into(), 0).await.unwrap();
    hooks.put(OTHER, "other".into(), 0).await.unwrap();
    let again = hooks.put(ID, "again".into(), 0).await;
    assert!(matches!(again, Err(HookError::Overtaken)), "{again:?}");
    let first = hooks.all().await.unwrap().remove(0);
    hooks.put(ID, "two".into(), first.revision).await.unwrap();

    let all = hooks.all().await.unwrap();
    let words: Vec<_> = all.iter().map(|hook| (hook.id, &hook.settings[..])).collect();
    assert_eq!(words, [(ID, &b"two"[..]), (OTHER, &b"other"[..])]);
    let before = hooks.mark().await.unwrap();
    assert!(before != empty && before.counts(2));
    hooks.remove(ID).await.unwrap();
    assert_ne!(hooks.mark().await.unwrap(), before, "whoever looks sees that one has gone");
    assert_eq!(hooks.all().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_hook_wants_is_delivered_until_it_is_done_with_whoever_delivers() {
    let server = Server::start();
    let (here, there) = (connected(&server).await, connected(&server).await);
    tell(&here, &["MessageSent", "ReplyCompleted", "MessageSent", "CharacterRetired"]).await;
    let (hooks, elsewhere) = (hooks(&here).await, hooks(&there).await);
    assert_eq!(hooks.progress(ID).await.unwrap(), Progress::default());
    let wants = wants(&["MessageSent", "ReplyCompleted"]);
    let mut deliveries = hooks.deliveries(ID, &wants).await.unwrap();

    let (first, second) = (next(&mut deliveries).await, next(&mut deliveries).await);
    assert_eq!((&first.body[..], first.attempt), (&b"MessageSent 1"[..], 1));
    first.again_after(Duration::from_millis(1)).await.unwrap();
    second.done().await.unwrap();
    let mut rest = vec![next(&mut deliveries).await, next(&mut deliveries).await];
    rest.sort_by_key(|delivery| delivery.attempt);
    let seen: Vec<_> = rest.iter().map(|delivery| (&delivery.body[..], delivery.attempt)).collect();
    assert_eq!(seen, [(&b"MessageSent 3"[..], 1), (&b"MessageSent 1"[..], 2)]);
    for delivery in &rest {
        delivery.done().await.unwrap();
    }
    drop(deliveries);

    // Another process goes on where this one was, and nothing of what is done with comes again.
    tell(&here, &["MessageSent"]).await;
    let mut deliveries = elsewhere.deliveries(ID, &wants).await.unwrap();
    let last = next(&mut deliveries).await;
    assert_eq!((&last.body[..], last.attempt), (&b"MessageSent 5"[..], 1));
    assert_eq!(elsewhere.progress(ID).await.unwrap(), Progress { ahead: 0, under_way: 1 });
}

#[tokio::test]
async fn what_was_not_delivered_waits_once_and_goes_with_its_hook() {
    let server = Server::start();
    let hooks = hooks(&connected(&server).await).await;
    let (missed, others) = (hooks.undelivered(ID), hooks.undelivered(OTHER));
    let failed = |attempts, body: &'static str| Failed {
        sequence: 0,
        reason: "status-500".into(),
        attempts,
        body: body.into(),
    };
    others.put(OTHER, &failed(2, "other")).await.unwrap();
    missed.put(ID, &failed(2, "one")).await.unwrap();
    missed.put(OTHER, &failed(2, "two")).await.unwrap();
    missed.put(ID, &failed(3, "one")).await.unwrap();

    let (oldest, more) = missed.oldest(0, 1).await.unwrap();
    assert_eq!((&oldest[0].body[..], oldest[0].attempts, more), (&b"two"[..], 2, 1));
    missed.take_out(&oldest[0]).await.unwrap();
    let (oldest, more) = missed.oldest(0, 10).await.unwrap();
    let seen: Vec<_> = oldest.iter().map(|it| (&it.body[..], it.attempts, it.reason.as_str())).collect();
    assert_eq!((seen, more), (vec![(&b"one"[..], 3, "status-500")], 0));
    hooks.remove(ID).await.unwrap();
    assert!(missed.oldest(0, 10).await.unwrap().0.is_empty());
    assert_eq!(others.oldest(0, 10).await.unwrap().0.len(), 1);
}
