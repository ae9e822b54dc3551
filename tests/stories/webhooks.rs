//! What analysts read is told over HTTP: signed, until it arrives, and nowhere where it should not go.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::receiver::{Attempt, Receiver};

/// A house whose hooks may go to receivers of a story, and are not patient.
async fn plan() -> Plan {
    Plan::shared()
        .await
        .with("INNKEEPER_WEBHOOKS_ALLOW_PRIVATE", "true")
        .with("INNKEEPER_WEBHOOKS_FIRST_WAIT", "20ms")
        .with("INNKEEPER_WEBHOOKS_LONGEST_WAIT", "100ms")
        .with("INNKEEPER_WEBHOOKS_ATTEMPTS", "100000")
}

/// Adds a hook; its id and its secret.
async fn hook(owner: &Guest, wanted: Value) -> (String, String) {
    let added = owner.posts("webhooks", wanted).await.is(201);
    (added.text("id"), added.text("secret"))
}

async fn listed(owner: &Guest, id: &str) -> Value {
    let all = owner.gets("webhooks").await.is(200).json();
    let found = all["items"].as_array().unwrap().iter().find(|hook| hook["id"] == id);
    found.unwrap_or_else(|| panic!("{id} is missing: {all}")).clone()
}

/// Asks until the hook is as wished. The house tells nobody when it changes its mind about one.
async fn until(owner: &Guest, id: &str, wished: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            let hook = listed(owner, id).await;
            if wished(&hook) {
                return hook;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), look).await.expect("it comes to it")
}

async fn talk(owner: &Guest, words: &[&str]) -> String {
    let ida = owner.invents("Ida").await;
    let conversation = owner.sits_down_with(&[&ida]).await;
    for words in words {
        owner.hears(&conversation, words).await.completed();
    }
    ida
}

fn delivered(attempts: &[Attempt]) -> Vec<&Attempt> {
    attempts.iter().filter(|attempt| attempt.answered < 300).collect()
}

#[tokio::test]
async fn a_receiver_that_was_away_hears_everything_and_knows_whom_it_is_from() {
    let (house, receiver) = (plan().await.opens().await, Receiver::that_answers(503).await);
    let owner = house.owner();
    let types = ["MessageSent", "ReplyCompleted", "MessageSent"];
    let (id, secret) = hook(&owner, json!({"url": receiver.url(), "types": types})).await;
    talk(&owner, &["Zwetschgenknoedel", "Two"]).await;
    // Each of the four is tried, in vain, and more than once.
    let tries = |attempts: &[Attempt]| {
        attempts.iter().fold(BTreeMap::new(), |mut tries, attempt| {
            *tries.entry(attempt.header("webhook-id").to_owned()).or_insert(0) += 1;
            tries
        })
    };
    receiver.until(|all| tries(all).len() == 4 && tries(all).values().all(|count| *count > 1)).await;

    receiver.answers(204);

    let attempts = receiver.until(|all| delivered(all).len() == 4).await;
    let delivered = delivered(&attempts);
    let ids: BTreeSet<_> = delivered.iter().map(|attempt| attempt.header("webhook-id")).collect();
    assert_eq!(
        (ids.len(), tries(&attempts).len()),
        (4, 4),
        "each event has one id, however often it is tried"
    );
    let mut types: Vec<_> = delivered.iter().map(|attempt| attempt.r#type()).collect();
    types.sort();
    assert_eq!(types, ["MessageSent", "MessageSent", "ReplyCompleted", "ReplyCompleted"]);
    let (_, another) =
        hook(&owner, json!({"url": "https://example.com/", "types": ["UserRegistered"]})).await;
    for attempt in &attempts {
        assert!(attempt.is_signed_with(&secret), "{attempt:?}");
        assert!(!attempt.is_signed_with(&another), "{attempt:?}");
        assert_eq!(attempt.header("content-type"), "application/cloudevents+json");
        assert!(!format!("{attempt:?}").contains("Zwetschgenknoedel"), "no words are told");
    }
    let done = until(&owner, &id, |hook| hook["under_way"] == 0).await;
    assert_eq!(
        (&done["ahead"], &done["undelivered"], &done["state"]),
        (&json!(0), &json!(0), &json!("active"))
    );
    no_log_tells(&house, &secret, &receiver.url());
}

/// Neither the secret nor where it goes stands in a log line.
fn no_log_tells(house: &Innkeeper, secret: &str, url: &str) {
    let (out, err) = house.plan().said();
    for word in [secret, url] {
        assert!(!out.contains(word) && !err.contains(word), "{word} is told: {err}");
    }
}

#[tokio::test]
async fn what_was_never_delivered_waits_and_is_tried_again() {
    let plan = plan().await.with("INNKEEPER_WEBHOOKS_ATTEMPTS", "2");
    let (house, receiver) = (plan.opens().await, Receiver::that_answers(500).await);
    let owner = house.owner();
    let (id, _) = hook(&owner, json!({"url": receiver.url(), "types": ["MessageSent"]})).await;
    talk(&owner, &["One", "Two", "Three", "Four", "Five"]).await;
    until(&owner, &id, |hook| hook["undelivered"] == 5 && hook["under_way"] == 0).await;

    let missed = owner.gets(&format!("webhooks/{id}/undelivered")).await.is(200).json();
    let in_vain = house.plan().runs(&["webhooks", "retry", &id]).await;
    receiver.answers(200);
    let retried = owner.does(&format!("webhooks/{id}/retry")).await.is(200).json();

    let first = &missed["items"][0];
    assert_eq!((&first["reason"], &first["attempts"]), (&json!("status-500"), &json!(2)), "{missed}");
    assert_eq!(first["event"]["type"], "innkeeper.conversation.MessageSent");
    assert_eq!(in_vain.status.code(), Some(1), "{in_vain:?}");
    let said = String::from_utf8_lossy(&in_vain.stdout).into_owned();
    assert_eq!(said, "0 delivered, 5 still wait: status-500\n");
    assert_eq!((&retried["delivered"], &retried["waiting"]), (&json!(5), &json!(0)), "{retried}");
    assert_eq!(listed(&owner, &id).await["undelivered"], 0);
    let attempts = receiver.attempts();
    let heard: BTreeSet<_> =
        delivered(&attempts).iter().map(|attempt| attempt.event()["id"].to_string()).collect();
    assert_eq!(heard.len(), 5);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone_until_somebody_retries() {
    let (house, receiver) = (plan().await.opens().await, Receiver::that_answers(410).await);
    let owner = house.owner();
    let (id, _) = hook(&owner, json!({"url": receiver.url(), "types": ["MessageSent"]})).await;
    talk(&owner, &["One"]).await;
    until(&owner, &id, |hook| hook["state"] == "gone").await;

    receiver.answers(200);
    talk(&owner, &["Two"]).await;
    assert_eq!(delivered(&receiver.attempts()).len(), 0);
    owner.does(&format!("webhooks/{id}/retry")).await.is(200);

    // What it missed comes too.
    receiver.until(|all| delivered(all).len() == 2).await;
    assert_eq!(listed(&owner, &id).await["state"], "active");
}

#[tokio::test]
async fn a_hook_can_be_about_one_character_begin_in_the_past_and_go_again() {
    let (house, receiver) = (plan().await.opens().await, Receiver::that_answers(200).await);
    let owner = house.owner();
    let ida = talk(&owner, &["One"]).await;
    talk(&owner, &["Two"]).await;
    let path = house.plan().runs(&["events", "name", &ida]).await.stdout;
    let name = String::from_utf8(path).unwrap().trim().to_owned();

    let since = "2020-01-01T00:00:00Z";
    let arguments = ["webhooks", "add", &receiver.url(), "--character", &ida, "--since", since];
    let added = house.plan().runs(&arguments).await;

    let said = String::from_utf8(added.stdout).unwrap();
    let (id, secret) = said.trim().split_once(' ').unwrap();
    let asked = |all: &[Attempt]| all.iter().any(|attempt| attempt.r#type() == "ReplyRequested");
    let attempts = receiver.until(asked).await;
    for attempt in &attempts {
        assert!(attempt.is_signed_with(secret), "{attempt:?}");
        assert!(attempt.event().to_string().contains(&name), "{attempt:?}");
    }
    let all = house.plan().runs(&["webhooks", "list"]).await.stdout;
    assert!(String::from_utf8_lossy(&all).contains(&receiver.url()));
    assert!(house.plan().runs(&["webhooks", "remove", id]).await.status.success());
    assert_eq!(owner.gets("webhooks").await.is(200).json()["items"], json!([]));
    owner.does(&format!("webhooks/{id}/retry")).await.is_refused(404, "webhook-not-found");
}

#[tokio::test]
async fn hooks_are_the_owners_and_do_not_go_behind_the_wall() {
    let plan = plan().await.with("INNKEEPER_WEBHOOKS_ALLOW_PRIVATE", "false");
    let plan = plan.with("INNKEEPER_WEBHOOKS_ATTEMPTS", "1");
    let (house, receiver) = (plan.opens().await, Receiver::that_answers(200).await);
    let (owner, guest) = (house.owner(), house.guest("Vlad").await);
    let wanted = json!({"url": "https://example.com/", "types": ["UserRegistered"]});

    guest.posts("webhooks", wanted.clone()).await.is_refused(403, "not-the-owner");
    guest.gets("webhooks").await.is_refused(403, "not-the-owner");
    for url in ["http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://a:b@example.com/"] {
        let refused = owner.posts("webhooks", json!({"url": url})).await;
        refused.is_refused(422, "webhook-refused");
    }
    let unknown = json!({"url": "https://example.com/", "types": ["MessageSung"]});
    owner.posts("webhooks", unknown).await.is_refused(422, "webhook-refused");
    let once = owner.asks(owner.keyed("webhooks", "once", &wanted)).await.is(201).json();
    let again = owner.asks(owner.keyed("webhooks", "once", &wanted)).await.is(201).json();
    assert_eq!((&once["id"], &again["secret"]), (&again["id"], &Value::Null));
    assert!(once["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")));
    assert!(!owner.gets("webhooks").await.is(200).json().to_string().contains("whsec_"));

    // A name may look public; where it leads is seen when it is looked up.
    let url = format!("https://localhost:{}/hook", receiver.port());
    let (id, _) = hook(&owner, json!({"url": url, "types": ["MessageSent"]})).await;
    talk(&owner, &["One"]).await;
    until(&owner, &id, |hook| hook["undelivered"] == 1).await;
    let missed = owner.gets(&format!("webhooks/{id}/undelivered")).await.is(200).json();
    assert_eq!(missed["items"][0]["reason"], "private-address");
    assert!(receiver.attempts().is_empty());
}
