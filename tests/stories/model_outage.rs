//! The model is gone, slow, cut or talks nonsense: the reply fails with a sentence that its reader can use, what was said
//! until then stays, and it can be asked for again.

use std::time::Duration;

use serde_json::json;

use crate::house::{Innkeeper, Plan};
use crate::model_stub::{Stub, WORDS, nobody};
use crate::sillytavern::{Guards, SillyTavern};

/// A house that is soon out of patience with models.
async fn hasty() -> Innkeeper {
    let plan = Plan::shared().await;
    let plan =
        plan.with("INNKEEPER_PATIENCE_FIRST_TOKEN", "2s").with("INNKEEPER_PATIENCE_BETWEEN_TOKENS", "2s");
    plan.with("INNKEEPER_PATIENCE_RETRIES", "1").opens().await
}

#[tokio::test]
async fn each_way_to_fail_is_told_by_name_and_what_was_said_stays() {
    let house = hasty().await;
    let begun = WORDS[..2].concat();
    for (script, slug, partial) in [
        ("401", "model-unauthorized", ""),
        ("429", "model-rate-limited", ""),
        ("quota", "model-quota-exhausted", ""),
        ("500", "model-failed", ""),
        ("html", "model-answered-nonsense", ""),
        ("empty", "model-answered-nothing", ""),
        ("silent", "model-first-token-timed-out", ""),
        ("stall", "model-stalled", WORDS[0]),
        ("malformed", "model-answered-nonsense", WORDS[0]),
        ("cut", "model-cut-off", &begun),
        ("ends-early", "model-cut-off", &begun),
    ] {
        // A stub of its own each, so that the breaker of one endpoint does not speak for another.
        let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
        let conversation = mira.sits_down(&stub, script).await;
        let said = mira.says(&conversation, "Say something").await;

        let heard = mira.hears_out(said.reply()).await;

        assert_eq!((heard.failed().as_str(), heard.text.as_str()), (slug, partial), "{script}");
        mira.speaks_through(&stub, "normal").await;
        let again = mira.does(&format!("replies/{}/regenerate", said.reply())).await.is(202).text("reply_id");
        assert_eq!(mira.hears_out(&again).await.completed(), WORDS.concat(), "{script}");
        let story = mira.story(&conversation).await;
        assert_eq!((story.len(), &story[1]["text"]), (2, &json!(WORDS.concat())), "{script}: {story:?}");
        assert_eq!(story[1]["variants"].as_array().unwrap().len(), if partial.is_empty() { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_model_that_is_not_there_is_named_and_found_when_it_is() {
    let house = hasty().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    mira.puts("me/provider", json!({"kind": "openai", "url": nobody().await, "model": "normal"}))
        .await
        .is(200);
    let said = mira.says(&conversation, "Anybody there?").await;

    let heard = mira.hears_out(said.reply()).await;

    assert_eq!(heard.failed(), "model-unreachable");
    mira.speaks_through(&stub, "normal").await;
    let again = mira.does(&format!("replies/{}/regenerate", said.reply())).await.is(202).text("reply_id");
    assert_eq!(mira.hears_out(&again).await.completed(), WORDS.concat());
}

#[tokio::test]
async fn a_fault_that_passes_is_not_noticed_by_those_who_listen() {
    let house = hasty().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "500-then-ok").await;

    let heard = mira.hears(&conversation, "Hello").await;

    assert_eq!((heard.completed(), heard.restarted.len()), (WORDS.concat().as_str(), 0));
    assert_eq!(stub.tally().asked, 2);
}

/// The whole way: HTTP, the log, the worker, the real SillyTavern server, the model behind it, and back.
#[tokio::test]
async fn a_message_goes_through_the_real_sillytavern_and_its_reply_comes_back() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::with_pace(Duration::from_millis(100)).await);
    let mira = Innkeeper::common().await.guest("Mira").await;
    let conversation = mira.sits_down(&stub, "normal").await;
    let settings = |model| {
        json!({
            "kind": "sillytavern", "url": tavern.url(), "source": "custom", "custom_url": stub.url(), "model": model,
        })
    };
    mira.puts("me/provider", settings("slow")).await.is(200);

    let heard = mira.hears(&conversation, "Is the kettle on?").await;
    assert_eq!(heard.completed(), WORDS.concat());
    assert!(heard.tokens.len() > 1, "it streams");
    assert!(stub.last_asked().body["messages"].to_string().contains("Is the kettle on?"));

    mira.puts("me/provider", settings("ends-early")).await.is(200);
    assert_eq!(mira.hears(&conversation, "And now?").await.failed(), "model-cut-off");

    mira.puts("me/provider", settings("stall")).await.is(200);
    let (said, mut listening) = mira.talks(&conversation, "Enough").await;
    listening.until("token").await;
    mira.does(&format!("replies/{}/cancel", said.reply())).await.is(200);
    stub.until(|tally| tally.aborted >= 1).await;
}

#[tokio::test]
async fn a_sillytavern_that_is_gone_is_named_and_found_again() {
    let (mira, stub) = (hasty().await, Stub::start().await);
    let (house, mira) = (&mira, mira.guest("Mira").await);
    let tavern = SillyTavern::start(Guards::default()).await;
    let conversation = mira.sits_down(&stub, "normal").await;
    let settings = |url: String| json!({"kind": "sillytavern", "url": url, "source": "custom", "custom_url": stub.url(), "model": "normal"});
    mira.puts("me/provider", settings(tavern.url())).await.is(200);
    assert_eq!(mira.hears(&conversation, "Hello").await.completed(), WORDS.concat());

    drop(tavern);
    let said = mira.says(&conversation, "Still there?").await;
    assert_eq!(
        mira.hears_out(said.reply()).await.failed(),
        "sillytavern-unreachable",
        "{}",
        house.last_words()
    );

    let back = SillyTavern::shared().await;
    mira.puts("me/provider", settings(back.url())).await.is(200);
    let again = mira.does(&format!("replies/{}/regenerate", said.reply())).await.is(202).text("reply_id");
    assert_eq!(mira.hears_out(&again).await.completed(), WORDS.concat());
}
