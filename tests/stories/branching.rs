//! A conversation branches at a message of its past and goes on on its own.

use serde_json::json;

use crate::house::Innkeeper;
use crate::model_stub::Stub;

#[tokio::test]
async fn a_branch_takes_what_was_said_until_then_and_neither_hears_the_other() {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    let trunk = mira.sits_down(&stub, "counts").await;
    let first = mira.hears(&trunk, "one").await;
    mira.hears(&trunk, "two").await.completed();

    let fork = json!({"message_id": first.message(), "title": "What if"});
    let branch = mira.posts(&format!("conversations/{trunk}/branch"), fork).await.is(201).text("id");
    mira.hears(&branch, "three").await.completed();

    assert_eq!(mira.words(&branch).await, ["one", "answer 0", "three", "answer 2"]);
    assert_eq!(mira.words(&trunk).await, ["one", "answer 0", "two", "answer 1"]);
    let shown = mira.gets(&format!("conversations/{branch}")).await.is(200).json();
    assert_eq!(shown["title"], "What if");
    assert!(shown["branched_from"].to_string().contains(&trunk), "{shown}");
    let prompt = stub.last_asked().body["messages"].to_string();
    assert!(prompt.contains("answer 0") && !prompt.contains("two"), "{prompt}");
}

/// A history that no single commit can hold.
#[tokio::test]
async fn a_long_history_comes_along_whole() {
    let mira = Innkeeper::common().await.guest("Mira").await;
    let ida = mira.invents("Ida").await;
    let trunk = mira.sits_down_with(&[&ida]).await;
    let (mut last, mut said) = (String::new(), vec![]);
    for number in 0..12 {
        let text = format!("{number} {}", "word ".repeat(12_000));
        let body = json!({"text": text, "reply": false});
        last = mira.posts(&format!("conversations/{trunk}/messages"), body).await.is(202).text("message_id");
        said.push(text);
    }
    assert!(said.concat().len() > 512 * 1024);
    let fork =
        || mira.keyed(&format!("conversations/{trunk}/branch"), "the-long-one", &json!({"message_id": last}));

    let branch = mira.asks(fork()).await.is(201).text("id");
    let again = mira.asks(fork()).await.is(201).text("id");

    assert_eq!(branch, again);
    assert!(mira.words(&branch).await == said, "the histories differ");
}
