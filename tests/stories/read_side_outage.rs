//! Postgres is gone for a while: people go on talking, who reads is told so in time, and the rows catch up by themselves.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::house::Plan;
use crate::line::Line;
use crate::log_outage::is_ready;
use crate::model_stub::{Stub, WORDS};
use crate::servers::Place;

#[tokio::test]
async fn a_database_that_is_gone_for_ten_seconds_stops_no_conversation() {
    let place = Place::new().await;
    let (line, near) = Line::to(&place.database_url).await;
    let house = Plan::on(&place).with("DATABASE_URL", &near).opens().await;
    let (owner, stub) = (house.owner(), Stub::start().await);
    let conversation = owner.sits_down(&stub, "normal").await;
    owner.hears(&conversation, "before").await.completed();
    assert_eq!(owner.words(&conversation).await.len(), 2);

    line.is_cut();
    let gone = Instant::now();
    let mut said = 0;
    while gone.elapsed() < Duration::from_secs(10) {
        let (message, listening) = owner.talks(&conversation, &format!("meanwhile {said}")).await;
        assert_eq!(listening.heard().await.completed(), WORDS.concat());
        owner.posts(&format!("messages/{}/choose", message.message), json!({"variant": 0})).await.is(503);
        said += 1;
        let asked = Instant::now();
        let page =
            owner.asks(owner.request(Method::GET, &format!("conversations/{conversation}/messages"))).await;
        page.is_refused(503, "read-side-away");
        assert!(page.header("retry-after").is_some());
        assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    }
    assert_eq!(owner.asks(owner.request(Method::GET, "/readyz")).await.status, 503);
    line.is_mended();
    is_ready(&owner).await;

    let heard = owner.hears(&conversation, "after").await;
    heard.completed();
    let words = owner.words(&conversation).await;
    assert_eq!(words.len(), 4 + 2 * said, "{words:?}");
    assert!((0..said).all(|number| words[2 + 2 * number] == format!("meanwhile {number}")), "{words:?}");
}

/// Nobody projects: a reader who insists on their own write is told that it takes longer, not shown an old page.
#[tokio::test]
async fn who_waits_for_rows_that_do_not_come_is_told_so() {
    let plan = Plan::shared().await.with("INNKEEPER_HTTP_AFTER_PATIENCE", "300ms");
    let house = plan.opens_as(&["serve"]).await;
    let mira = house.guest("Mira").await;
    let ida = mira.invents("Ida").await;

    let waiting = mira.gets(&format!("characters/{ida}")).await;
    waiting.is_refused(503, "not-yet");
    assert!(waiting.header("retry-after").is_some());

    let _projector = plan.begins(&["project"]);
    let since = Instant::now();
    while mira.gets(&format!("characters/{ida}")).await.status != 200 {
        assert!(since.elapsed() < Duration::from_secs(60));
    }
}
