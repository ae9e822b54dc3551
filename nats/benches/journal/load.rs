//! What a cold load costs: an aggregate of 2,000 commits, scattered among others.
//!
//! Beside it the raw batched direct gets of the same messages: the same requests, nothing decoded.

use std::time::{Duration, Instant};

use async_nats::Client;
use domain::commit::{AggregateKey, Kind};
use futures_util::{StreamExt, future::join_all};
use nats::{Journal, Prefix, Subjects, Trace};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{figures::Figures, writers::commit};

const COMMITS: u128 = 2_000;
/// How many commits of others stand between two of the aggregate.
const BETWEEN: u128 = 25;
const ROUNDS: usize = 30;

pub(crate) async fn run(journal: &Journal, raw: &Client) -> Value {
    let key = AggregateKey { kind: Kind::Conversation, id: Uuid::from_u128(1) };
    fill(journal, key).await;
    let (mut loads, mut gets) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        assert_eq!(journal.load(key, 0).await.unwrap().len(), COMMITS as usize);
        loads.push(begun.elapsed());
        let begun = Instant::now();
        get(raw, &Subjects::new(Prefix::default()).log(key)).await;
        gets.push(begun.elapsed());
    }
    let [get, load] = [gets, loads].map(|waits| Figures::new(waits, Duration::from_secs(1)));
    let [get50, get99, load50, load99] =
        [get.percentile(50), get.percentile(99), load.percentile(50), load.percentile(99)];
    println!(
        "\nload of {COMMITS} commits: {load50:.1?}, p99 {load99:.1?}; raw direct get: {get50:.1?}, p99 {get99:.1?}"
    );
    json!({ "load": load.json(), "raw": get.json() })
}

async fn fill(journal: &Journal, key: AggregateKey) {
    let mut last = 0;
    for number in 0..COMMITS {
        let others = (0..BETWEEN).map(|other| async move {
            let key = AggregateKey { kind: Kind::Character, id: Uuid::from_u128(number * BETWEEN + other) };
            journal.append(key, 0, &commit(key.id, 9_001, number), &Trace::NONE).await.unwrap()
        });
        let next = commit(key.id, 9_000, number);
        let own = journal.append(key, last, &next, &Trace::NONE);
        let (own, _others) = tokio::join!(own, join_all(others));
        last = own.unwrap().position.sequence;
    }
}

/// All messages of the subject, page by page, as the journal asks for them.
async fn get(raw: &Client, subject: &str) {
    let (mut next, mut left) = (1, 1);
    while left > 0 {
        let inbox = raw.new_inbox();
        let mut answers = raw.subscribe(inbox.clone()).await.unwrap();
        let request = json!({ "seq": next, "next_by_subj": subject, "batch": 1000, "max_bytes": 8 << 20 });
        raw.publish_with_reply("$JS.API.DIRECT.GET.INK_LOG", inbox, request.to_string().into())
            .await
            .unwrap();
        while let Some(message) = answers.next().await {
            let headers = message.headers.unwrap();
            let number = |name: &str| headers.get(name).unwrap().as_str().parse::<u64>().unwrap();
            match message.status {
                None => next = number("Nats-Sequence") + 1,
                Some(_) => {
                    left = number("Nats-Num-Pending");
                    break;
                }
            }
        }
    }
}
