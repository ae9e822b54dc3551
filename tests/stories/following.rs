//! A second device follows a conversation, and goes on where it was.

use reqwest::Method;
use serde_json::json;

use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::listening::Listening;
use crate::model_stub::{Stub, WORDS};

async fn follows(guest: &Guest, conversation: &str, after: &str) -> Listening {
    let request = guest.request(Method::GET, &format!("conversations/{conversation}/events"));
    Listening::to(request.header("last-event-id", after).send().await.unwrap())
}

#[tokio::test]
async fn a_second_device_hears_everything_that_happens() {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let request = mira.request(Method::GET, &format!("conversations/{conversation}/events"));
    let mut live = Listening::to(request.send().await.unwrap());

    let (said, listening) = mira.talks(&conversation, "Hello from my phone").await;
    let reply = listening.heard().await;
    mira.posts(&format!("messages/{}/choose", reply.message()), json!({"variant": 0})).await.is(200);
    mira.patches(&format!("conversations/{conversation}"), json!({"title": "Phones"})).await.is(200);

    let sent = live.next().await.unwrap();
    assert_eq!((sent.name.as_str(), sent.id.as_str()), ("MessageSent", ""));
    assert_eq!(
        (&sent.data["text"], &sent.data["message"]),
        (&json!("Hello from my phone"), &json!(said.message))
    );
    let requested = live.next().await.unwrap();
    assert_eq!((requested.name.as_str(), requested.id.as_str()), ("ReplyRequested", said.position.as_str()));
    let completed = live.next().await.unwrap();
    assert_eq!(
        (completed.name.as_str(), &completed.data["text"]),
        ("ReplyCompleted", &json!(WORDS.concat()))
    );
    assert_eq!(live.next().await.unwrap().name, "ConversationRenamed");
}

#[tokio::test]
async fn a_device_that_comes_back_hears_what_it_missed_and_nothing_twice() {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let start = mira.newest().unwrap();
    for text in ["one", "two", "three"] {
        mira.hears(&conversation, text).await.completed();
    }

    let mut first = follows(&mira, &conversation, &start).await;
    let mut heard = vec![];
    while heard.len() < 4 {
        heard.push(first.next().await.unwrap());
    }
    drop(first);
    // Only the last event of a commit brings a new id, so nobody comes back into the middle of one.
    let known = heard[3].id.clone();
    assert_eq!(known, heard[2].id);
    heard.truncate(3);
    let mut second = follows(&mira, &conversation, &known).await;
    while heard.len() < 9 {
        heard.push(second.next().await.unwrap());
    }

    let names: Vec<_> = heard.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["MessageSent", "ReplyRequested", "ReplyCompleted"].repeat(3));
    let texts: Vec<_> = heard.iter().step_by(3).map(|event| event.data["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
}

#[tokio::test]
async fn nobody_follows_a_strangers_conversation_or_from_another_log() {
    let house = Innkeeper::common().await;
    let (mira, vlad) = (house.guest("Mira").await, house.guest("Vlad").await);
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/events");
    let from = |position: &str| mira.request(Method::GET, &path).header("last-event-id", position);

    vlad.gets(&path).await.is_refused(404, "conversation-not-found");
    mira.asks(from("00000000-1")).await.is_refused(409, "another-log");
    mira.asks(from("yesterday")).await.is_refused(400, "malformed-position");
}
