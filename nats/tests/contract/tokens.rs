//! What the wires of tokens promise.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use nats::{TextSoFar, TokenError, TokenMessage, Tokens};
use uuid::Uuid;

use crate::world::{World, connected};

const REPLY: Uuid = Uuid::from_u128(7);
const PATIENCE: Duration = Duration::from_secs(2);

fn token(index: u64) -> TokenMessage {
    TokenMessage { run: 1, attempt: 2, index, count: 1, offset: index * 4, text: "wôrd".into() }
}

fn text() -> TextSoFar {
    TextSoFar { run: 1, attempt: 2, index: 3, text: "so far".into(), ended: false }
}

#[tokio::test]
async fn tokens_come_in_order_to_everyone_who_listens_to_their_reply() {
    let world = World::new().await;
    let worker = Tokens::new(world.nats.clone());
    let relay = Tokens::new(connected(&world.server).await);
    let (first, second) = (relay.subscribe(REPLY).await.unwrap(), relay.subscribe(REPLY).await.unwrap());
    let other = relay.subscribe(Uuid::from_u128(8)).await.unwrap();
    // The answer to a question comes after the subscriptions before it are in force.
    relay.ask_text(REPLY, Duration::from_millis(200)).await;

    for index in 0..1_000 {
        worker.publish(REPLY, &token(index)).await.unwrap();
    }
    worker.publish(Uuid::from_u128(8), &token(5)).await.unwrap();
    for listener in [first, second] {
        let heard: Vec<_> = listener.take(1_000).collect().await;
        assert!(heard.into_iter().zip(0..).all(|(message, index)| message == token(index)));
    }
    assert_eq!(other.take(1).collect::<Vec<_>>().await, [token(5)]);
}

#[tokio::test]
async fn the_text_so_far_is_answered_by_whoever_knows_it() {
    let world = World::new().await;
    let (worker, idle) = (Tokens::new(world.nats.clone()), Tokens::new(connected(&world.server).await));
    let relay = Tokens::new(connected(&world.server).await);
    tokio::spawn(async move { idle.serve_texts(|_| None).await });
    tokio::spawn(async move { worker.serve_texts(|reply| (reply == REPLY).then(text)).await });

    let asked = async {
        loop {
            if let Some(text) = relay.ask_text(REPLY, Duration::from_millis(100)).await {
                break text;
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, asked).await.unwrap(), text());
    let begun = Instant::now();
    assert_eq!(relay.ask_text(Uuid::from_u128(8), Duration::from_millis(100)).await, None);
    assert!(begun.elapsed() < PATIENCE);
}

#[tokio::test]
async fn tokens_are_dropped_at_once_while_the_server_is_away_and_come_again_after() {
    let mut world = World::new().await;
    let tokens = Tokens::new(world.nats.clone());
    let mut heard = tokens.subscribe(REPLY).await.unwrap();
    world.server.kill();
    while tokens.publish(REPLY, &token(0)).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let begun = Instant::now();
    for index in 0..100_000 {
        let answer = tokens.publish(REPLY, &token(index)).await;
        assert!(matches!(answer, Err(TokenError::Unavailable(_))), "{answer:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

    world.server.resume();
    while tokens.publish(REPLY, &token(42)).await.is_err() {
        tokio::task::yield_now().await;
    }
    let last = async { while heard.next().await.unwrap() != token(42) {} };
    tokio::time::timeout(Duration::from_secs(10), last).await.unwrap();
}

#[tokio::test]
async fn what_is_no_token_is_passed_over() {
    let world = World::new().await;
    let tokens = Tokens::new(world.nats.clone());
    let heard = tokens.subscribe(REPLY).await.unwrap();
    let raw = world.raw().await.client();
    tokens.ask_text(REPLY, Duration::from_millis(100)).await;
    for nonsense in [&b"\xc1"[..], b"", b"\x93\x01\x02"] {
        raw.publish(world.nats.subjects().token(REPLY), nonsense.to_vec().into()).await.unwrap();
    }
    raw.flush().await.unwrap();
    tokens.publish(REPLY, &token(1)).await.unwrap();
    assert_eq!(heard.take(1).collect::<Vec<_>>().await, [token(1)]);
    let long = TokenMessage { text: "x".repeat(2_000_000), ..token(1) };
    assert!(matches!(tokens.publish(REPLY, &long).await, Err(TokenError::TooLarge { .. })));
}
