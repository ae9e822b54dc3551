//! Replies through the real SillyTavern server, with our stub as the model behind it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::StreamExt;
use innkeeper::provider::http::{Outside, client};
use innkeeper::provider::settings::Kind;
use innkeeper::provider::{Phase, Piece, Provider, ProviderError, ProviderSettings, Providers, Whom};
use innkeeper::secret::Secret;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};

use crate::model_stub::{Stub, WORDS, nobody};
use crate::providers::{Heard, asked, hasty, heard};
use crate::sillytavern::{Accounts, BASIC, BasicAuth, Csrf, Guards, SillyTavern};

/// A house whose SillyTavern calls the stub as its `custom` source.
fn custom(tavern: &SillyTavern, model_url: String) -> ProviderSettings {
    ProviderSettings {
        kind: Some(Kind::SillyTavern),
        url: Some(tavern.url()),
        custom_url: Some(model_url),
        ..ProviderSettings::default()
    }
}

fn built(settings: &ProviderSettings) -> Arc<dyn Provider> {
    settings.build(&Providers::new(hasty()).expect("a client")).expect("good settings")
}

#[tokio::test]
async fn a_reply_streams_through_the_custom_source() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);
    let provider = built(&custom(tavern, stub.url()));

    for model in ["normal", "slow", "drops", "no-done"] {
        assert_eq!(heard(&*provider, model).await, Ok(Heard::words()), "{model}");
    }

    let asked = stub.last_asked();
    assert_eq!(asked.body["messages"][1]["content"], "Is the kettle on? 🦀");
    assert_eq!(asked.body["temperature"], 0.5);
    assert_eq!(asked.body["max_tokens"], 512);
    assert_eq!(asked.body["stop"][0], "\nTom:");
}

#[tokio::test]
async fn a_reply_streams_through_the_openai_source_and_a_reverse_proxy() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);
    let settings = ProviderSettings {
        custom_url: None,
        reverse_proxy: Some(stub.url()),
        proxy_password: Some(Secret::new("sk-proxy")),
        ..custom(tavern, String::new())
    };

    assert_eq!(heard(&*built(&settings), "normal").await, Ok(Heard::words()));

    assert_eq!(stub.last_asked().headers["authorization"], "Bearer sk-proxy");
}

#[tokio::test]
async fn a_source_with_a_dialect_of_its_own_is_understood() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);
    let settings = ProviderSettings {
        source: Some("claude".into()),
        custom_url: None,
        reverse_proxy: Some(stub.url()),
        proxy_password: Some(Secret::new("sk-ant")),
        ..custom(tavern, String::new())
    };

    assert_eq!(heard(&*built(&settings), "claude-3-haiku").await, Ok(Heard::words()));

    let asked = stub.last_asked();
    assert_eq!(asked.headers["x-api-key"], "sk-ant");
    assert!(asked.body["system"].to_string().contains("You are Mira."), "{}", asked.body);
}

#[tokio::test]
async fn tokens_arrive_while_the_model_still_speaks() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);
    let mut pieces = built(&custom(tavern, stub.url())).generate(&asked("stall")).await.expect("a reply");

    assert_eq!(pieces.next().await, Some(Ok(Piece::Text(WORDS[0].into()))));

    assert_eq!(stub.tally().served, 0);
}

#[tokio::test]
async fn dropping_a_reply_reaches_the_model_behind_sillytavern() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);
    let provider = built(&custom(tavern, stub.url()));
    let mut pieces = provider.generate(&asked("stall")).await.expect("a reply");
    assert!(matches!(pieces.next().await, Some(Ok(Piece::Text(_)))));
    assert_eq!(stub.tally().aborted, 0);

    drop(pieces);

    stub.until(|tally| tally.aborted == 1).await;
}

#[tokio::test]
async fn giving_up_before_the_first_token_reaches_the_model_too() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);
    let provider = built(&custom(tavern, stub.url()));
    let waiting = tokio::spawn(async move { provider.generate(&asked("silent")).await.map(drop) });
    stub.until(|tally| tally.asked == 1).await;

    waiting.abort();

    stub.until(|tally| tally.aborted == 1).await;
}

#[tokio::test]
async fn each_refusal_keeps_its_name_through_sillytavern() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);
    let provider = built(&custom(tavern, stub.url()));
    let refusals = [
        ("401", ProviderError::Unauthorized),
        ("403", ProviderError::Unauthorized),
        // SillyTavern drops the `Retry-After`.
        ("429", ProviderError::RateLimited { retry_after: None }),
        ("quota", ProviderError::QuotaExhausted),
        ("500", ProviderError::Server { status: 500 }),
        ("html", ProviderError::Nonsense),
        ("json-error", ProviderError::Overloaded { status: 503, retry_after: None }),
        ("empty", ProviderError::Empty),
    ];
    for (model, error) in refusals {
        assert_eq!(heard(&*provider, model).await, Err(error), "{model}");
    }
}

#[tokio::test]
async fn a_stream_that_ends_early_looks_like_success_and_is_known_as_cut() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);

    let heard = heard(&*built(&custom(tavern, stub.url())), "ends-early").await.expect("a beginning");

    assert!(heard.text.starts_with("The "), "{heard:?}");
    assert_eq!(heard.broke_off, Some(ProviderError::Cut));
}

/// When the line to the model breaks inside a chunk, SillyTavern leaves our side open for ever: only the clock tells.
#[tokio::test]
async fn a_stream_that_breaks_is_noticed_although_sillytavern_does_not() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);

    let heard = heard(&*built(&custom(tavern, stub.url())), "cut").await.expect("a beginning");

    assert!(heard.text.starts_with("The "), "{heard:?}");
    assert_eq!(heard.broke_off, Some(ProviderError::TimedOut(Phase::BetweenTokens)));
}

#[tokio::test]
async fn a_401_without_a_word_is_still_known_as_one() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);

    let outcome = heard(&*built(&custom(tavern, stub.url())), "bare-401").await;

    assert_eq!(outcome, Err(ProviderError::Unauthorized));
}

#[tokio::test]
async fn a_model_that_is_down_is_told_apart_from_a_sillytavern_that_is_down() {
    let tavern = SillyTavern::shared().await;
    let model_down = built(&custom(tavern, nobody().await));
    let tavern_down =
        built(&ProviderSettings { url: Some(nobody().await), ..custom(tavern, nobody().await) });

    assert_eq!(heard(&*model_down, "normal").await, Err(ProviderError::Unreachable(Whom::Model)));
    assert_eq!(model_down.check().await, Err(ProviderError::Unreachable(Whom::Model)));
    assert_eq!(heard(&*tavern_down, "normal").await, Err(ProviderError::Unreachable(Whom::SillyTavern)));
}

#[tokio::test]
async fn a_source_without_a_key_asks_for_the_key() {
    let tavern = SillyTavern::shared().await;
    let keyless =
        ProviderSettings { custom_url: None, source: Some("openai".into()), ..custom(tavern, String::new()) };

    assert_eq!(heard(&*built(&keyless), "gpt").await, Err(ProviderError::Unauthorized));
}

#[tokio::test]
async fn many_replies_at_once_share_one_session() {
    let (tavern, stub) = (SillyTavern::shared().await, Stub::start().await);
    let provider = built(&custom(tavern, stub.url()));

    let replies = join_all((0..40).map(|_| heard(&*provider, "slow"))).await;

    assert!(replies.iter().all(|reply| *reply == Ok(Heard::words())));
}

#[tokio::test]
async fn a_sillytavern_that_forgot_us_is_entered_again() {
    let stub = Stub::start().await;
    let trusting = SillyTavern::start(Guards { csrf: Csrf::Off, ..Guards::default() }).await;
    let provider = built(&custom(&trusting, stub.url()));
    assert_eq!(heard(&*provider, "normal").await, Ok(Heard::words()), "without CSRF protection");

    // Another data folder, so another cookie secret, and a token is needed now: the old pass is worth nothing.
    let _strict = trusting.replaced(Guards::default()).await;

    let replies = join_all((0..20).map(|_| heard(&*provider, "normal"))).await;
    assert!(replies.iter().all(|reply| *reply == Ok(Heard::words())), "{replies:?}");
}

#[tokio::test]
async fn basic_auth_lets_in_whoever_knows_the_password() {
    let stub = Stub::start().await;
    let tavern = SillyTavern::start(Guards { basic_auth: BasicAuth::On, ..Guards::default() }).await;
    let known = ProviderSettings {
        user: Some(BASIC.0.into()),
        password: Some(Secret::new(BASIC.1)),
        ..custom(&tavern, stub.url())
    };
    let unknown = ProviderSettings { password: Some(Secret::new("guess")), ..known.clone() };

    assert_eq!(heard(&*built(&known), "normal").await, Ok(Heard::words()));
    assert_eq!(heard(&*built(&unknown), "normal").await, Err(ProviderError::LoginRefused));
    assert_eq!(
        heard(&*built(&custom(&tavern, stub.url())), "normal").await,
        Err(ProviderError::LoginRefused)
    );
}

#[tokio::test]
async fn in_accounts_mode_one_logs_in() {
    let stub = Stub::start().await;
    let tavern = SillyTavern::start(Guards { accounts: Accounts::Many, ..Guards::default() }).await;
    let account = ProviderSettings { account: Some("default-user".into()), ..custom(&tavern, stub.url()) };
    let stranger = ProviderSettings { account: Some("nobody".into()), ..account.clone() };

    assert_eq!(heard(&*built(&account), "normal").await, Ok(Heard::words()));
    assert_eq!(built(&account).check().await, Ok(()));
    assert_eq!(heard(&*built(&stranger), "normal").await, Err(ProviderError::LoginRefused));
    assert_eq!(
        heard(&*built(&custom(&tavern, stub.url())), "normal").await,
        Err(ProviderError::LoginRefused)
    );
}

#[tokio::test]
async fn what_the_owner_chose_in_sillytavern_needs_no_configuration_here() {
    let stub = Stub::start().await;
    let tavern = SillyTavern::shared().await;
    owner_chooses(
        tavern,
        json!({
            "chat_completion_source": "custom", "custom_url": stub.url(), "custom_model": "reasoning",
            "custom_include_headers": "X-Owner: yes", "openai_max_tokens": 77, "top_p_openai": 0.25,
        }),
    )
    .await;
    let settings = ProviderSettings {
        kind: Some(Kind::SillyTavern),
        url: Some(tavern.url()),
        ..ProviderSettings::default()
    };

    let mut generation = asked("");
    generation.model = None;
    let pieces: Vec<_> = built(&settings).generate(&generation).await.expect("a reply").collect().await;

    assert_eq!(pieces[0], Ok(Piece::Reasoning("Hm. ".into())));
    let asked = stub.last_asked();
    assert_eq!(asked.headers["x-owner"], "yes");
    assert_eq!((&asked.body["max_tokens"], &asked.body["top_p"]), (&json!(77), &json!(0.25)));
    assert_eq!(asked.body["temperature"], 0.5, "what we set ourselves wins");
}

/// Saves settings the way SillyTavern's own front end does.
async fn owner_chooses(tavern: &SillyTavern, oai_settings: Value) {
    let http = client(&Outside::default()).expect("a client");
    let token = http.get(format!("{}/csrf-token", tavern.url())).send().await.unwrap();
    let cookies: Vec<_> =
        token.headers().get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect();
    let cookies =
        cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    let token: Value = token.json().await.unwrap();
    let saved = http
        .post(format!("{}/api/settings/save", tavern.url()))
        .header(COOKIE, cookies)
        .header("X-CSRF-Token", token["token"].as_str().unwrap())
        .json(&json!({"main_api": "openai", "oai_settings": oai_settings}))
        .timeout(Duration::from_secs(20))
        .send()
        .await
        .unwrap();
    assert!(saved.status().is_success(), "{}", saved.status());
}
