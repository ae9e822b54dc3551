//! The two other ways to have NextChat's page, in a real browser: before a server that runs, and on another origin.

use serde_json::json;

use crate::card::card;
use crate::chromium::Browsers;
use crate::elsewhere;
use crate::house::{Innkeeper, Plan};
use crate::model_stub::{Stub, WORDS};
use crate::page::{Server, files};
use crate::window::Window;

/// Tells the page where to ask, and as whom.
async fn is_set_to(window: &Window, page: &str, endpoint: &str, key: &str) {
    window.goes(page).await;
    window.has_the_page().await;
    window.clicks("#settings summary").await;
    window.writes("#endpoint", endpoint).await;
    window.writes("#key", key).await;
    window.writes("#models", "-all,+Aqua@OpenAI").await;
    window.is("delete document.documentElement.dataset.is").await;
    window.clicks("#save").await;
    window.has_the_page().await;
}

#[tokio::test]
async fn before_a_running_nextchat_and_from_another_origin_a_reply_streams_and_a_death_is_told() {
    Browsers::tell(async |browsers| {
        let page = files("server");
        let nextchat = Server::start(&page, 0).await;
        let stub = Stub::with_pace(std::time::Duration::from_millis(200)).await;
        let plan = Plan::shared()
            .await
            .with("INNKEEPER_NEXTCHAT_URL", &format!("http://127.0.0.1:{}", nextchat.port));
        let named = format!("http://localhost:{}", nextchat.port);
        let house = plan.with("INNKEEPER_HTTP_ORIGINS", &named).opens().await;
        let mira = house.guest("Mira").await;
        mira.speaks_through(&stub, "slow").await;
        mira.invents("Aqua").await;
        let window = browsers.opens().await;

        // Behind the house: its masks, its policy, and nobody elsewhere.
        window.comes_in(&house, mira.key()).await;
        window.presses("Aqua").await;
        says_and_sees_it_grow(&window, "Hello").await;
        assert_eq!(elsewhere::asked("server"), [""; 0]);

        // On its own origin, which is named: with a key, and no policy of ours keeps the page from asking others.
        let endpoint = format!("http://{}/", house.address());
        is_set_to(&window, &named, &endpoint, mira.key()).await;
        says_and_sees_it_grow(&window, "Good evening").await;
        assert_eq!(mira.conversations().await.len(), 2);
        window.syncs().await;
        reads_what_is_exposed(&window, &house, mira.key()).await;
        let mut asked = elsewhere::asked("server");
        asked.sort();
        asked.dedup();
        assert_eq!(
            asked,
            ["emoji.png", "font.woff2", "tags", "tracker.js"],
            "there is somebody who could be asked"
        );

        // On an origin that nobody named.
        let unnamed = format!("http://127.0.0.1:{}", nextchat.port);
        is_set_to(&window, &unnamed, &endpoint, mira.key()).await;
        window.says("Hello").await;
        let refused = window.hears_out().await.pop().unwrap_or_default();
        assert!(refused.contains("\"error\": true") && refused.contains("Failed to fetch"), "{refused}");
        assert_eq!(mira.conversations().await.len(), 2);
        cannot_act_by_the_session(&window, &house).await;
        assert_eq!(mira.gets("characters").await.is(200).json()["items"].as_array().unwrap().len(), 1);

        dies_and_comes_back(&window, &format!("http://{}/", house.address()), nextchat, &page).await;
    })
    .await;
}

async fn says_and_sees_it_grow(window: &Window, text: &str) {
    window.watches_the_last_bubble().await;
    window.says(text).await;
    let heard = window.hears_out().await;
    assert_eq!(heard, [text, &WORDS.concat()]);
    let seen = window.saw().await;
    assert!(seen.len() > 4, "{seen:?}");
}

/// A script on a page of another origin sees where its command is in the log.
async fn reads_what_is_exposed(window: &Window, house: &Innkeeper, key: &str) {
    let asks = format!(
        "fetch('http://{}/api/v1/me', {{headers: {{Authorization: 'Bearer {key}'}}}})\
         .then((answer) => ['etag', 'ink-trace', 'traceparent'].map((name) => answer.headers.has(name)))",
        house.address()
    );
    assert_eq!(window.is(&asks).await, json!([true, true, true]));
}

/// To the browser a page on another port is of the same site: it does send the cookie along.
async fn cannot_act_by_the_session(window: &Window, house: &Innkeeper) {
    let api = format!("http://{}/api/v1", house.address());
    let card = card(1, "Eve").to_string();
    let acts = "{method: 'POST', credentials: 'include', mode: 'no-cors', body: BODY}"
        .replace("BODY", &json!(card).to_string());
    let acted =
        window.is(&format!("fetch('{api}/characters/import', {acts}).then((answer) => answer.type)")).await;
    assert_eq!(acted, "opaque", "it was asked");
    let read = window
        .is(&format!("fetch('{api}/me', {{credentials: 'include'}}).catch((error) => error.message)"))
        .await;
    assert_eq!(read, "Failed to fetch");
}

async fn dies_and_comes_back(window: &Window, home: &str, nextchat: Server, page: &std::path::Path) {
    let port = nextchat.port;
    drop(nextchat);
    window.goes(home).await;
    assert_eq!(window.reads("h1").await, "NextChat is away");
    window.is_for_everybody().await;

    let _back = Server::start(page, port).await;
    window.has_the_page().await; // By itself.
}
