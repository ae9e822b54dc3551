//! Two windows on one conversation: nothing that either says is lost, and both see one order.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::house::{Innkeeper, Plan};

#[tokio::test]
async fn what_many_say_at_once_stays_all_in_one_order() {
    let mira = Innkeeper::common().await.guest("Mira").await;
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");

    join_all((0..24).map(|number| {
        let body = json!({"text": format!("word {number}"), "reply": false});
        async { mira.posts(&path, body).await.is(202) }
    }))
    .await;

    let story = mira.story(&conversation).await;
    let ordinals: Vec<_> = story.iter().map(|message| message["ordinal"].as_u64().unwrap()).collect();
    assert_eq!(ordinals, (0..24).collect::<Vec<_>>());
    let mut words: Vec<_> = story.iter().map(|message| message["text"].as_str().unwrap()).collect();
    let seen_again = mira.story(&conversation).await;
    assert_eq!(story, seen_again);
    words.sort_unstable();
    let mut expected: Vec<_> = (0..24).map(|number| format!("word {number}")).collect();
    expected.sort_unstable();
    assert_eq!(words, expected);
}

/// Two processes have no memory in common: only the log's expected sequence stands between them.
#[tokio::test]
async fn two_doors_that_write_at_once_lose_nothing() {
    let plan = Plan::shared().await.with("INNKEEPER_SECRETS_KEY", &"5e".repeat(32));
    let one = plan.opens().await;
    let elsewhere = plan.elsewhere();
    let other = elsewhere.opens_as(&["serve"]).await;
    let here = one.owner();
    let there = here.at(other.address());
    let ida = here.invents("Ida").await;
    let conversation = here.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");

    for round in 0..10 {
        let say = |window| json!({"text": format!("{round} {window}"), "reply": false});
        let (left, right) = tokio::join!(here.posts(&path, say("here")), there.posts(&path, say("there")));
        left.is(202);
        right.is(202);
    }

    there.remembers(&here.newest().unwrap());
    here.remembers(&there.newest().unwrap());
    let words = here.words(&conversation).await;
    assert_eq!(words.len(), 20, "{words:?}");
    assert_eq!(words, there.words(&conversation).await);
}

#[tokio::test]
async fn of_two_who_know_the_same_version_one_is_told_that_the_other_was_faster() {
    let mira = Innkeeper::common().await.guest("Mira").await;
    let path = format!("characters/{}", mira.invents("Ida").await);
    let shown = mira.gets(&path).await.is(200);
    let etag = shown.header("etag").unwrap();
    let patch = |text: &str| {
        let request = mira.request(Method::PATCH, &path).header("if-match", etag);
        mira.asks(request.json(&json!({"description": {"text": text}})))
    };

    let (one, other) = tokio::join!(patch("one"), patch("other"));

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    let winner = if one.status == 200 { "one" } else { "other" };
    assert_eq!(mira.gets(&path).await.is(200).json()["description"]["text"], winner);
}
