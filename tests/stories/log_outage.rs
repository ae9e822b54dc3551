//! NATS is gone for a while: who writes is told so in time, what was acknowledged stays, and the house recovers by itself.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::model_stub::{Stub, WORDS};
use crate::nats_server::NatsServer;

/// A command is answered within this, whatever NATS does: the house's own patience is two seconds here.
const BOUND: Duration = Duration::from_secs(20);

async fn house() -> (NatsServer, Innkeeper) {
    // The shared servers come first: they bring the program into the cache.
    let plan = Plan::shared().await;
    let nats = NatsServer::start();
    let plan = plan
        .with("NATS_URL", &nats.url())
        .with("INNKEEPER_NATS_MONITOR", &nats.monitor())
        .with("INNKEEPER_NATS_PATIENCE", "2s")
        .with("INNKEEPER_WORKER_ACK_WAIT", "1s");
    (nats, plan.opens().await)
}

/// Waits until the house says by itself that it is ready again.
pub(crate) async fn is_ready(guest: &Guest) {
    let since = Instant::now();
    while guest.asks(guest.request(Method::GET, "/readyz")).await.status != 200 {
        assert!(since.elapsed() < Duration::from_secs(60), "the house does not recover");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_log_that_is_gone_for_ten_seconds_loses_nothing_that_was_acknowledged() {
    let (mut nats, house) = house().await;
    let owner = house.owner();
    let ida = owner.invents("Ida").await;
    let conversation = owner.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");
    let say = |text: String| json!({"text": text, "reply": false});
    owner.posts(&path, say("before".into())).await.is(202);
    assert_eq!(owner.words(&conversation).await, ["before"]);

    nats.dies();
    let gone = Instant::now();
    let (mut refused, mut expected) = (0, vec!["before".to_owned()]);
    while gone.elapsed() < Duration::from_secs(10) {
        let asked = Instant::now();
        let answer = owner.posts(&path, say(format!("lost {refused}"))).await;
        assert_eq!(answer.status, 503, "{:?}", answer.body);
        assert!(answer.header("retry-after").is_some());
        assert!(asked.elapsed() < BOUND, "{:?}", asked.elapsed());
        refused += 1;
        // What is in the rows can be read all the while.
        assert_eq!(
            owner.asks(owner.request(Method::GET, &path)).await.is(200).json()["items"][0]["text"],
            "before"
        );
    }
    assert_eq!(owner.asks(owner.request(Method::GET, "/healthz")).await.status, 200);
    assert_eq!(owner.asks(owner.request(Method::GET, "/readyz")).await.status, 503);
    nats.comes_back();
    is_ready(&owner).await;

    owner.posts(&path, say("after".into())).await.is(202);
    expected.push("after".into());
    let words: Vec<_> = owner.words(&conversation).await;
    let kept: Vec<_> = words.iter().filter(|text| !text.starts_with("lost")).cloned().collect();
    assert_eq!(kept, expected, "{words:?}");
    assert!(refused > 0);
}

/// A server that hangs may or may not have taken a commit: the house says that it does not know, and the same key settles it.
#[tokio::test]
async fn a_message_in_doubt_is_settled_by_repeating_it() {
    let (nats, house) = house().await;
    let owner = house.owner();
    let ida = owner.invents("Ida").await;
    let conversation = owner.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");
    let send = || owner.asks(owner.keyed(&path, "k1", &json!({"text": "Did you hear?", "reply": false})));

    nats.freezes();
    let asked = Instant::now();
    let doubtful = send().await;
    let took = asked.elapsed();
    nats.thaws();
    is_ready(&owner).await;
    let settled = send().await;

    assert_eq!(doubtful.status, 503, "{:?}", doubtful.body);
    assert!(took < BOUND, "{took:?}");
    settled.is(202);
    assert_eq!(owner.words(&conversation).await, ["Did you hear?"]);
}

#[tokio::test]
async fn a_reply_that_is_under_way_when_the_log_goes_comes_to_its_end() {
    let (mut nats, house) = house().await;
    let (owner, stub) = (house.owner(), Stub::with_pace(Duration::from_millis(200)).await);
    let conversation = owner.sits_down(&stub, "slow").await;
    let (said, mut listening) = owner.talks(&conversation, "Go on").await;
    listening.until("token").await;

    nats.dies();
    sleep(Duration::from_secs(2)).await;
    nats.comes_back();

    let rest = listening.heard().await;
    rest.completed();
    assert!(WORDS.concat().ends_with(&rest.text), "{rest:?}");
    is_ready(&owner).await;
    assert_eq!(owner.hears_out(said.reply()).await.completed(), WORDS.concat());
    assert_eq!(owner.words(&conversation).await, ["Go on", &WORDS.concat()]);
    assert_eq!(owner.hears(&conversation, "And again").await.completed(), WORDS.concat());
}
