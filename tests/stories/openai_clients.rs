//! The house as OpenAI clients see it: models, completions, and errors in the form that they know.

use reqwest::Method;
use serde_json::json;

use crate::card::{card, json_file};
use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::model_stub::{Stub, WORDS};
use crate::openai::{Chunks, body};

async fn mira_and_aqua(script: &str) -> (Guest, Stub) {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    mira.speaks_through(&stub, script).await;
    mira.invents("Aqua").await;
    (mira, stub)
}

#[tokio::test]
async fn characters_are_models_by_name() {
    let (mira, _stub) = mira_and_aqua("normal").await;
    mira.invents("Vlad, o3").await;

    let list = mira.asks(mira.request(Method::GET, "/v1/models")).await.is(200).json();
    let ids: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();

    assert_eq!(ids, ["Aqua", "V\u{200c}lad\u{201a} o\u{200c}3"]);
    let one = mira.asks(mira.request(Method::GET, "/api/openai/v1/models/aqua")).await.is(200).json();
    assert_eq!((&one["id"], &one["object"]), (&json!("Aqua"), &json!("model")));
    let none = mira.asks(mira.request(Method::GET, "/v1/models/Nobody")).await.is(404).json();
    assert_eq!(none["error"]["code"], "model_not_found");
}

#[tokio::test]
async fn what_is_said_is_answered_as_it_is_said_and_kept() {
    let (mira, _stub) = mira_and_aqua("normal").await;

    assert_eq!(mira.is_told("Aqua", &[("user", "Hello there, who are you?")]).await, WORDS.concat());

    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    assert_eq!(mira.words(conversation).await, ["Hello there, who are you?", &WORDS.concat()]);
}

#[tokio::test]
async fn all_at_once_comes_with_what_it_cost() {
    let (mira, _stub) = mira_and_aqua("counts").await;
    let mut body = body("Aqua", &[("user", "Hello")]);
    body["stream"] = json!(false);

    let answer = mira.posts("/api/openai/v1/chat/completions", body).await.is(200).json();

    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["choices"][0]["message"]["content"], "answer 0");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    assert!(answer["usage"]["prompt_tokens"].as_u64() > Some(0), "{answer}");
    assert!(answer["usage"]["completion_tokens"].as_u64() > Some(0), "{answer}");
}

#[tokio::test]
async fn a_stream_tells_what_it_cost_where_that_is_asked_for() {
    let (mira, _stub) = mira_and_aqua("counts").await;
    let mut body = body("Aqua", &[("user", "Hello")]);
    body["stream_options"] = json!({"include_usage": true});
    let request = mira.request(Method::POST, "/v1/chat/completions").json(&body);

    let heard = Chunks::of(request.send().await.unwrap()).heard().await;

    let usage = heard.usage.expect("usage");
    assert!(usage["total_tokens"].as_u64() > Some(0), "{usage}");
}

#[tokio::test]
async fn errors_have_openais_form() {
    let (mira, _stub) = mira_and_aqua("normal").await;
    let stranger = Guest::new(Innkeeper::common().await.address(), "sk-nobody");
    let kind = async |who: &Guest, body| {
        let answer = who.posts("/v1/chat/completions", body).await;
        let error = answer.json()["error"].clone();
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{error}");
        (
            answer.status,
            error["type"].as_str().unwrap().to_owned(),
            error["code"].as_str().unwrap().to_owned(),
        )
    };
    let is = |status, code: &str| (status, "invalid_request_error".to_owned(), code.to_owned());

    assert_eq!(kind(&stranger, body("Aqua", &[("user", "Hi")])).await, is(401, "invalid_api_key"));
    assert_eq!(kind(&mira, body("Nobody", &[("user", "Hi")])).await, is(404, "model_not_found"));
    assert_eq!(kind(&mira, body("Aqua", &[("user", " ")])).await, is(400, "nothing_said"));
    assert_eq!(kind(&mira, json!({"model": "Aqua"})).await, is(400, "unexpected_shape"));
    let mut two = body("Aqua", &[("user", "Hi")]);
    two["n"] = json!(2);
    assert_eq!(kind(&mira, two).await, is(400, "one_at_a_time"));
    assert_eq!(mira.conversations().await, [""; 0], "nothing was begun");

    let unbuilt =
        mira.posts("/v1/audio/speech", json!({"model": "tts-1", "input": "Hi"})).await.is(501).json();
    assert_eq!(unbuilt["error"]["type"], "server_error");
    mira.posts("/v1/images/generations", json!({"model": "dall-e-3", "prompt": "Hi"})).await.is(501);
    let nowhere = mira.asks(mira.request(Method::GET, "/v1/embeddings")).await.is(404).json();
    assert_eq!(nowhere["error"]["code"], "not_found");
    for path in ["/dashboard/billing/usage", "/api/openai/dashboard/billing/subscription"] {
        mira.asks(mira.request(Method::GET, path)).await.is(200);
    }
}

#[tokio::test]
async fn what_is_refused_before_it_is_read_is_told_and_not_cut_off() {
    let (mira, _stub) = mira_and_aqua("normal").await;
    let stranger = Guest::new(Innkeeper::common().await.address(), "sk-nobody");
    let large = body("Aqua", &[("user", &"a".repeat(40 * 1024 * 1024))]);

    let refused = mira.posts("/v1/chat/completions", large.clone()).await.is(413).json();
    assert_eq!(refused["error"]["code"], "too_large");
    assert_eq!(refused["error"]["type"], "invalid_request_error");
    let unknown = stranger.posts("/api/openai/v1/chat/completions", large).await.is(401).json();
    assert_eq!(unknown["error"]["code"], "invalid_api_key");
    assert_eq!(mira.conversations().await, [""; 0], "nothing was begun");
}

#[tokio::test]
async fn a_reply_that_fails_is_a_sentence_that_is_forgotten_again() {
    let (mira, stub) = mira_and_aqua("500").await;
    let failed = mira.is_told("Aqua", &[("user", "Hello")]).await;
    assert!(failed.contains("The model's server had a problem"), "{failed}");
    mira.speaks_through(&stub, "echo").await;

    let answer = mira.is_told("Aqua", &[("user", "Hello"), ("assistant", &failed), ("user", "Again?")]).await;

    assert_eq!(answer, "Again?");
    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    assert_eq!(mira.words(conversation).await, ["Hello", "Again?", "Again?"]);
    let mut body = body("Aqua", &[("user", "Once more")]);
    body["stream"] = json!(false);
    mira.speaks_through(&stub, "429").await;
    let limited = mira.posts("/v1/chat/completions", body).await.is(429).json();
    assert_eq!(limited["error"]["type"], "rate_limit_error");
}

#[tokio::test]
async fn a_mask_begins_with_the_greeting_of_its_character() {
    let (mira, stub) = mira_and_aqua("echo").await;
    let mut ida = card(2, "Ida");
    ida["data"]["first_mes"] = json!("Come in, says {{char}}.");
    mira.imports(json_file(&ida)).await.is(201);

    let answer = mira.is_told("Ida", &[("assistant", "Come in, says Ida."), ("user", "Good evening")]).await;

    assert_eq!(answer, "Good evening");
    let conversation = mira.conversations().await.remove(0);
    let story = mira.story(&conversation).await;
    assert_eq!(story[0]["variants"].as_array().unwrap().len(), 2, "the other greetings come along");
    assert_eq!(mira.words(&conversation).await, ["Come in, says Ida.", "Good evening", "Good evening"]);
    let told = stub.last_asked().body["messages"].to_string();
    assert!(told.contains("Come in, says Ida."), "{told}");
}

#[tokio::test]
async fn pictures_are_not_seen_and_nothing_of_them_is_kept() {
    let (mira, _stub) = mira_and_aqua("echo").await;
    let picture =
        json!([{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "data:,a"}}]);
    let body = json!({"model": "Aqua", "messages": [{"role": "user", "content": picture}]});

    let answer = mira.posts("/v1/chat/completions", body).await.is(200).json();

    let sentence = answer["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    assert!(sentence.contains("Pictures are not seen here"), "{sentence}");
    assert_eq!(mira.conversations().await, [""; 0]);
    let later = json!({"model": "Aqua", "messages": [{"role": "user", "content": picture},
        {"role": "assistant", "content": sentence}, {"role": "user", "content": "A boat, then"}]});
    mira.posts("/v1/chat/completions", later).await.is(200);
    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    assert_eq!(mira.words(conversation).await, ["A boat, then", "A boat, then"]);
}

#[tokio::test]
async fn a_group_is_a_model_and_is_heard_one_by_one() {
    let (mira, _stub) = mira_and_aqua("counts").await;
    mira.invents("Bard").await;

    let first = mira.is_told("Aqua & Bard", &[("user", "Hello")]).await;
    let second =
        mira.is_told("Aqua & Bard", &[("user", "Hello"), ("assistant", &first), ("user", "And now?")]).await;

    assert!(first.contains("**Aqua:** ") && first.contains("**Bard:** "), "{first}");
    assert!(second.contains("**Aqua:** ") && second.contains("**Bard:** "), "{second}");
    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    assert_eq!(mira.words(conversation).await.len(), 6);
    let list = mira.asks(mira.request(Method::GET, "/v1/models")).await.json();
    assert!(list["data"].as_array().unwrap().iter().any(|model| model["id"] == "Aqua & Bard"), "{list}");
}
