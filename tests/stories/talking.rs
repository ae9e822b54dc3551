//! A conversation: somebody says something, characters answer from everything that was said, and it can be put right.

use reqwest::Method;
use serde_json::{Value, json};

use crate::card::{card, json_file};
use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::listening::Listening;
use crate::model_stub::{Stub, WORDS};

async fn mira_and_a_model() -> (Guest, Stub) {
    (Innkeeper::common().await.guest("Mira").await, Stub::start().await)
}

/// What the model was told, in order: `role: content`.
fn told(stub: &Stub) -> Vec<String> {
    let body = stub.last_asked().body;
    let text = |message: &Value| {
        format!("{}: {}", message["role"].as_str().unwrap(), message["content"].as_str().unwrap())
    };
    body["messages"].as_array().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn a_message_is_accepted_at_once_and_answered_in_the_stream_of_its_reply() {
    let (mira, stub) = mira_and_a_model().await;
    let conversation = mira.sits_down(&stub, "normal").await;

    let said = mira.says(&conversation, "Is the kettle on?").await;
    let heard = mira.hears_out(said.reply()).await;

    assert_eq!((heard.completed(), heard.started), (WORDS.concat().as_str(), Some(1)));
    let story = mira.story(&conversation).await;
    assert_eq!(story[0]["text"], "Is the kettle on?");
    assert_eq!((&story[0]["id"], &story[0]["speaker"]["kind"]), (&json!(said.message), &json!("user")));
    assert_eq!(story[1]["text"], WORDS.concat());
    assert_eq!(
        (&story[1]["id"], &story[1]["speaker"]["kind"]),
        (&json!(heard.message()), &json!("character"))
    );
    assert_eq!((&story[1]["reply_id"], &story[1]["finished"]), (&json!(said.reply()), &json!(true)));
    assert_eq!(story.len(), 2);
}

#[tokio::test]
async fn the_reply_streams_in_the_very_answer_to_the_message() {
    let (mira, stub) = mira_and_a_model().await;
    let conversation = mira.sits_down(&stub, "slow").await;

    let (said, listening) = mira.talks(&conversation, "Is the kettle on?").await;
    let heard = listening.heard().await;

    assert_eq!(heard.completed(), WORDS.concat());
    assert!(heard.tokens.len() > 1, "it comes as it is said: {heard:?}");
    assert_eq!(mira.hears_out(said.reply()).await.message(), heard.message());
}

#[tokio::test]
async fn the_model_is_told_what_the_log_holds_not_what_a_client_sends() {
    let (mira, stub) = mira_and_a_model().await;
    let conversation = mira.sits_down(&stub, "counts").await;

    mira.hears(&conversation, "one").await.completed();
    mira.hears(&conversation, "two").await.completed();

    let told = told(&stub);
    let at = told.len() - 3;
    assert_eq!(told[at..], ["user: one", "assistant: answer 0", "user: two"], "{told:?}");
    assert!(told.iter().any(|line| line == "system: Mira sits by the fire."), "{told:?}");
}

#[tokio::test]
async fn a_character_greets_as_the_card_says() {
    let (mira, stub) = mira_and_a_model().await;
    mira.speaks_through(&stub, "normal").await;
    let mut ida = card(2, "Ida");
    ida["data"]["first_mes"] = json!("Come in, {{user}}, says {{char}}.");
    let ida = mira.imports(json_file(&ida)).await.is(201).text("id");
    let persona = json!({"name": "Tom", "description": "A carter."});
    let sit = |greeting: Value| json!({"character_ids": [ida], "persona": persona, "greeting": greeting});

    let first =
        mira.posts("conversations", json!({"character_ids": [ida], "persona": persona})).await.is(201);
    let second = mira.posts("conversations", sit(json!(1))).await.is(201);
    let none = mira.posts("conversations", sit(Value::Null)).await.is(201);

    let greeted = mira.story(&first.text("id")).await;
    assert_eq!(greeted[0]["text"], "Come in, Tom, says Ida.");
    assert_eq!(greeted[0]["variants"].as_array().unwrap().len(), 2);
    assert_eq!(mira.words(&second.text("id")).await, ["You again!"]);
    assert_eq!(mira.words(&none.text("id")).await, [""; 0]);
    mira.posts("conversations", sit(json!(2))).await.is_refused(422, "variant-not-found");
    mira.hears(&first.text("id"), "Good evening").await.completed();
    assert!(told(&stub).contains(&"assistant: Come in, Tom, says Ida.".to_owned()), "{:?}", told(&stub));
    assert!(told(&stub).iter().any(|line| line.contains("A carter.")), "{:?}", told(&stub));
}

#[tokio::test]
async fn another_wording_becomes_a_variant_and_either_may_count() {
    let (mira, stub) = mira_and_a_model().await;
    let conversation = mira.sits_down(&stub, "counts").await;
    let first = mira.hears(&conversation, "Say something").await;
    let reply = mira.story(&conversation).await[1]["reply_id"].as_str().unwrap().to_owned();

    let asked = mira.does(&format!("replies/{reply}/regenerate")).await.is(202).json();
    let second = mira.hears_out(asked["reply_id"].as_str().unwrap()).await;

    assert_eq!((first.completed(), second.completed()), ("answer 0", "answer 1"));
    assert_eq!(asked["message_id"], first.message());
    let message = &mira.story(&conversation).await[1];
    assert_eq!((&message["variants"], &message["chosen"]), (&json!(["answer 0", "answer 1"]), &json!(1)));
    let choose = format!("messages/{}/choose", first.message());
    mira.posts(&choose, json!({"variant": 0})).await.is(200);
    assert_eq!(mira.words(&conversation).await, ["Say something", "answer 0"]);
    mira.posts(&choose, json!({"variant": 2})).await.is_refused(422, "variant-not-found");
    mira.hears(&conversation, "Go on").await.completed();
    assert!(told(&stub).contains(&"assistant: answer 0".to_owned()), "{:?}", told(&stub));
}

#[tokio::test]
async fn a_variant_streams_in_the_answer_that_asked_for_it() {
    let (mira, stub) = mira_and_a_model().await;
    let conversation = mira.sits_down(&stub, "counts").await;
    let said = mira.says(&conversation, "Say something").await;
    mira.hears_out(said.reply()).await.completed();

    let request = mira.request(Method::POST, &format!("replies/{}/regenerate", said.reply()));
    let response = request.header("accept", "text/event-stream").send().await.unwrap();

    assert_eq!(Listening::to(response).heard().await.completed(), "answer 1");
}

#[tokio::test]
async fn what_was_said_can_be_edited_and_deleted_and_the_model_hears_it_so() {
    let (mira, stub) = mira_and_a_model().await;
    let conversation = mira.sits_down(&stub, "counts").await;
    let (said, listening) = mira.talks(&conversation, "I like tee").await;
    let reply = listening.heard().await;
    let path = |message: &str| format!("conversations/{conversation}/messages/{message}");

    mira.patches(&path(&said.message), json!({"text": "I like tea"})).await.is(200);
    mira.patches(&path(reply.message()), json!({"text": "Me too"})).await.is_refused(409, "not-your-message");
    mira.deletes(&path(reply.message())).await.is(200);

    let story = mira.story(&conversation).await;
    assert_eq!((story.len(), &story[0]["text"]), (1, &json!("I like tea")));
    assert!(story[0]["edited_at"].is_string(), "{story:?}");
    mira.hears(&conversation, "And you?").await.completed();
    let told = told(&stub);
    assert_eq!(told[told.len() - 2..], ["user: I like tea", "user: And you?"], "{told:?}");
}

#[tokio::test]
async fn a_conversation_is_renamed_and_closed_and_stays_readable() {
    let (mira, stub) = mira_and_a_model().await;
    let conversation = mira.sits_down(&stub, "normal").await;
    let path = format!("conversations/{conversation}");
    mira.hears(&conversation, "Good night").await.completed();

    mira.patches(&path, json!({"title": "The last evening"})).await.is(200);
    mira.does(&format!("{path}/close")).await.is(200);

    let shown = mira.gets(&path).await.is(200).json();
    assert_eq!((&shown["title"], &shown["status"]), (&json!("The last evening"), &json!("closed")));
    assert_eq!(shown["message_count"], 2);
    assert_eq!(mira.gets("conversations").await.is(200).json()["items"][0], shown);
    mira.posts(&format!("{path}/messages"), json!({"text": "Hello?"}))
        .await
        .is_refused(409, "conversation-closed");
    assert_eq!(mira.words(&conversation).await.len(), 2);
}

#[tokio::test]
async fn among_two_characters_the_second_hears_the_first() {
    let (mira, stub) = mira_and_a_model().await;
    mira.speaks_through(&stub, "counts").await;
    let (ida, otto) = (mira.invents("Ida").await, mira.invents("Otto").await);
    let conversation = mira.sits_down_with(&[&ida, &otto]).await;

    let (said, listening) = mira.talks(&conversation, "Good evening, both").await;
    let heard = listening.all_heard().await;

    let texts: Vec<_> = said.replies.iter().map(|reply| heard[reply].completed()).collect();
    assert_eq!(texts, ["answer 0", "answer 1"]);
    assert!(told(&stub).contains(&"assistant: Ida: answer 0".to_owned()), "{:?}", told(&stub));
    mira.remembers(&latest(&mira, &conversation).await);
    assert_eq!(mira.words(&conversation).await, ["Good evening, both", "answer 0", "answer 1"]);
}

/// The position of the last event of a conversation, read from its feed.
async fn latest(guest: &Guest, conversation: &str) -> String {
    let start = guest.newest().unwrap();
    let request = guest.request(Method::GET, &format!("conversations/{conversation}/events?after={start}"));
    let mut feed = Listening::to(request.send().await.unwrap());
    feed.until("ReplyCompleted").await;
    feed.until("ReplyCompleted").await.id
}

#[tokio::test]
async fn somebody_may_listen_without_asking_for_a_reply_and_ask_for_one_later() {
    let (mira, stub) = mira_and_a_model().await;
    mira.speaks_through(&stub, "normal").await;
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}");

    let alone = mira.posts(&format!("{path}/messages"), json!({"text": "Just saying", "reply": false})).await;
    let asked = mira.posts(&format!("{path}/replies"), json!({"character_id": ida})).await.is(202).json();

    assert_eq!(alone.is(202).json()["replies"], json!([]));
    let reply = asked["replies"][0]["reply_id"].as_str().unwrap();
    assert_eq!(mira.hears_out(reply).await.completed(), WORDS.concat());
    assert_eq!(mira.words(&conversation).await, ["Just saying", &WORDS.concat()]);
}

#[tokio::test]
async fn a_message_and_its_answer_are_an_interaction_of_the_character() {
    let (mira, stub) = mira_and_a_model().await;
    mira.speaks_through(&stub, "counts").await;
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    mira.hears(&conversation, "one").await.completed();
    mira.hears(&conversation, "two").await.completed();

    let page = mira.gets(&format!("characters/{ida}/interactions?limit=1")).await.is(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let older =
        mira.gets(&format!("characters/{ida}/interactions?limit=1&cursor={cursor}")).await.is(200).json();

    let (newest, oldest) = (&page["items"][0], &older["items"][0]);
    assert_eq!((&newest["message"], &newest["response"]), (&json!("two"), &json!("answer 1")));
    assert_eq!((&oldest["message"], &oldest["response"]), (&json!("one"), &json!("answer 0")));
    assert_eq!((&newest["interaction_type"], &newest["character_id"]), (&json!("message"), &json!(ida)));
    assert_eq!(older["next_cursor"], Value::Null);
}

#[tokio::test]
async fn without_a_model_the_demo_answers_and_says_so() {
    let mira = Innkeeper::common().await.guest("Mira").await;
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;

    let heard = mira.hears(&conversation, "Who are you?").await;

    assert!(heard.completed().contains("demo"), "{}", heard.text);
}
