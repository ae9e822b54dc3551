//! Replies from an OpenAI-compatible endpoint, over real sockets, on good lines and bad ones.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::StreamExt;
use innkeeper::provider::breaker::Rules;
use innkeeper::provider::registry::Manners;
use innkeeper::provider::settings::Kind;
use innkeeper::provider::{
    ChatMessage, Generation, Patience, Phase, Piece, Provider, ProviderError, ProviderSettings, Providers,
    Role, Sampling, Usage, Whom,
};
use innkeeper::secret::Secret;

use crate::model_stub::{FLOOD, Stub, Tally, WORDS, nobody};

/// Everything that a reply brought, or why it did not begin.
pub(crate) type Outcome = Result<Heard, ProviderError>;

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Heard {
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) reason: Option<String>,
    pub(crate) usage: Option<Usage>,
    pub(crate) broke_off: Option<ProviderError>,
}

impl Heard {
    pub(crate) fn words() -> Self {
        Self { text: WORDS.concat(), reason: Some("stop".into()), ..Self::default() }
    }
}

pub(crate) fn asked(model: &str) -> Generation {
    let message = |role, content: &str| ChatMessage { role, content: content.into(), name: None };
    Generation {
        model: Some(model.into()),
        messages: vec![message(Role::System, "You are Mira."), message(Role::User, "Is the kettle on? 🦀")],
        sampling: Sampling { temperature: Some(0.5), stop: vec!["\nTom:".into()], ..Sampling::default() },
        character: "Mira".into(),
        user: "Tom".into(),
    }
}

/// Waits that a test can afford; asks once unless told otherwise.
pub(crate) fn hasty() -> Manners {
    let patience = Patience {
        first_token: Duration::from_secs(5),
        between_tokens: Duration::from_millis(500),
        retries: 0,
        first_pause: Duration::from_millis(1),
        ..Patience::default()
    };
    Manners { patience, breaker: Rules { faults: 100, ..Rules::default() }, ..Manners::default() }
}

fn retrying() -> Manners {
    let mut manners = hasty();
    manners.patience.retries = 2;
    manners
}

pub(crate) async fn heard(provider: &dyn Provider, model: &str) -> Outcome {
    let mut pieces = provider.generate(&asked(model)).await?;
    let mut heard = Heard::default();
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(Piece::Text(text)) => heard.text.push_str(&text),
            Ok(Piece::Reasoning(text)) => heard.reasoning.push_str(&text),
            Ok(Piece::Finish { reason, usage }) => (heard.reason, heard.usage) = (reason, usage),
            Err(error) => heard.broke_off = Some(error),
        }
    }
    Ok(heard)
}

fn settings(url: String) -> ProviderSettings {
    ProviderSettings {
        kind: Some(Kind::OpenAi),
        url: Some(url),
        model: Some("normal".into()),
        key: Some(Secret::new("sk-of-mira")),
        ..ProviderSettings::default()
    }
}

fn provider(url: String, manners: Manners) -> Arc<dyn Provider> {
    let providers = Providers::new(manners).expect("a client");
    settings(url).build(&providers).expect("good settings")
}

#[tokio::test]
async fn a_reply_streams_from_an_openai_compatible_endpoint() {
    let stub = Stub::start().await;

    assert_eq!(heard(&*provider(stub.url(), hasty()), "normal").await, Ok(Heard::words()));

    let asked = stub.last_asked();
    assert_eq!(asked.headers["authorization"], "Bearer sk-of-mira");
    assert_eq!(asked.body["stream"], true);
    assert_eq!(asked.body["max_tokens"], 512);
    assert_eq!(asked.body["temperature"], 0.5);
    assert_eq!(asked.body["stop"][0], "\nTom:");
    assert_eq!(asked.body["messages"][1]["content"], "Is the kettle on? 🦀");
    assert!(asked.body.get("stream_options").is_none());
}

#[tokio::test]
async fn any_way_of_saying_it_is_understood() {
    let stub = Stub::start().await;
    let provider = provider(stub.url(), hasty());
    let counted = Usage { prompt_tokens: 3, completion_tokens: 6 };
    let ways = [
        ("drops", Heard::words()),
        ("no-done", Heard::words()),
        ("slow", Heard::words()),
        ("json", Heard { usage: Some(counted), ..Heard::words() }),
        ("reasoning", Heard { reasoning: "Hm. ".into(), ..Heard::words() }),
        ("nul", Heard { text: "a\u{fffd}b".into(), ..Heard::words() }),
    ];
    for (model, expected) in ways {
        assert_eq!(heard(&*provider, model).await, Ok(expected), "{model}");
    }
}

#[tokio::test]
async fn a_flood_arrives_whole_and_in_order() {
    let stub = Stub::start().await;

    let heard = heard(&*provider(stub.url(), hasty()), "never-waits").await.expect("a reply");

    let expected: String = (0..FLOOD).map(|n| format!("{n} ")).collect();
    assert!(heard.text == expected, "{} bytes instead of {}", heard.text.len(), expected.len());
}

#[tokio::test]
async fn each_refusal_is_told_by_its_name() {
    let stub = Stub::start().await;
    let provider = provider(stub.url(), hasty());
    let wait = Some(Duration::from_secs(1));
    let refusals = [
        ("401", ProviderError::Unauthorized),
        ("403", ProviderError::Unauthorized),
        ("429", ProviderError::RateLimited { retry_after: wait }),
        ("quota", ProviderError::QuotaExhausted),
        ("500", ProviderError::Server { status: 500 }),
        ("html", ProviderError::Nonsense),
        ("json-error", ProviderError::Overloaded { status: 503, retry_after: None }),
        ("empty", ProviderError::Empty),
        ("filtered", ProviderError::Filtered),
    ];
    for (model, error) in refusals {
        assert_eq!(heard(&*provider, model).await, Err(error), "{model}");
    }
}

#[tokio::test]
async fn a_reply_that_breaks_off_keeps_what_was_said() {
    let stub = Stub::start().await;
    let provider = provider(stub.url(), hasty());
    let ends = [
        ("cut", ProviderError::Cut),
        ("ends-early", ProviderError::Cut),
        ("malformed", ProviderError::Nonsense),
        ("error-in-stream", ProviderError::Server { status: 500 }),
        ("stall", ProviderError::TimedOut(Phase::BetweenTokens)),
    ];
    for (model, error) in ends {
        let heard = heard(&*provider, model).await.expect(model);

        assert!(heard.text.starts_with("The "), "{model} said {:?}", heard.text);
        assert_eq!(heard.broke_off, Some(error), "{model}");
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable() {
    let provider = provider(nobody().await, hasty());

    assert_eq!(heard(&*provider, "normal").await, Err(ProviderError::Unreachable(Whom::Model)));
    assert_eq!(provider.check().await, Err(ProviderError::Unreachable(Whom::Model)));
}

#[tokio::test]
async fn a_model_that_never_begins_is_given_up_and_let_go() {
    let stub = Stub::start().await;
    let mut manners = hasty();
    manners.patience.first_token = Duration::from_millis(300);

    let outcome = heard(&*provider(stub.url(), manners), "silent").await;

    assert_eq!(outcome, Err(ProviderError::TimedOut(Phase::FirstToken)));
    stub.until(|tally| tally.aborted == 1).await;
}

#[tokio::test]
async fn a_fault_that_passes_is_not_noticed() {
    let stub = Stub::start().await;
    let provider = provider(stub.url(), retrying());

    assert_eq!(heard(&*provider, "500-then-ok").await, Ok(Heard::words()));
    assert_eq!(heard(&*provider, "429-then-ok").await, Ok(Heard::words()));

    assert_eq!(stub.tally().asked, 4);
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    let stub = Stub::start().await;

    assert_eq!(heard(&*provider(stub.url(), retrying()), "401").await, Err(ProviderError::Unauthorized));

    assert_eq!(stub.tally().asked, 1);
}

#[tokio::test]
async fn dropping_a_reply_closes_the_line_to_the_model() {
    let stub = Stub::start().await;
    let provider = provider(stub.url(), hasty());
    let mut pieces = provider.generate(&asked("stall")).await.expect("a reply");
    assert_eq!(pieces.next().await, Some(Ok(Piece::Text(WORDS[0].into()))));
    assert_eq!(stub.tally(), Tally { asked: 1, served: 0, aborted: 0 });

    drop(pieces);

    stub.until(|tally| tally.aborted == 1).await;
}

#[tokio::test]
async fn an_endpoint_that_keeps_failing_rests_for_all_who_use_it() {
    let stub = Stub::start().await;
    let providers =
        Providers::new(Manners { breaker: Rules { faults: 2, ..Rules::default() }, ..hasty() }).unwrap();
    let mine = settings(stub.url()).build(&providers).unwrap();
    let yours = ProviderSettings { key: None, ..settings(stub.url()) }.build(&providers).unwrap();
    for _ in 0..2 {
        assert_eq!(heard(&*mine, "500").await, Err(ProviderError::Server { status: 500 }));
    }

    let outcome = heard(&*yours, "normal").await;

    assert!(matches!(outcome, Err(ProviderError::CircuitOpen { .. })), "{outcome:?}");
    assert_eq!(stub.tally().asked, 2);
}

#[tokio::test]
async fn a_check_looks_without_generating() {
    let stub = Stub::start().await;

    assert_eq!(provider(stub.url(), hasty()).check().await, Ok(()));

    assert_eq!(stub.tally().asked, 0);
}

#[tokio::test]
async fn where_nothing_is_set_the_demo_speaks() {
    let manners = Manners { demo_pause: Duration::ZERO, ..hasty() };
    let demo = ProviderSettings::default().build(&Providers::new(manners).unwrap()).unwrap();

    let heard = heard(&*demo, "any").await.expect("the demo always answers");

    assert!(heard.text.contains("demo") && heard.text.contains("Is the kettle on? 🦀"), "{}", heard.text);
    assert_eq!(demo.name(), "demo");
}
