//! Innkeeper as the origin of the page: in front of a running NextChat, and with the files of a built one.

use std::fs;
use std::path::Path;

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use crate::browser::Browser;
use crate::house::{Innkeeper, Plan};
use crate::nextchat::{NextChat, PAGE};

fn text(answer: &crate::answer::Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

async fn house_before(nextchat: &NextChat) -> (Innkeeper, Browser) {
    let house = Plan::shared().await.with("INNKEEPER_NEXTCHAT_URL", &nextchat.url()).opens().await;
    let browser = Browser::of(house.address(), house.owner().key()).await;
    (house, browser)
}

#[tokio::test]
async fn the_page_is_for_those_who_are_logged_in_and_reaches_nobody_else() {
    let nextchat = NextChat::start().await;
    let (house, browser) = house_before(&nextchat).await;
    let stranger = Browser::at(house.address());

    assert_eq!(stranger.opens("/").await.is(303).header("location"), Some("/login"));
    let deep = stranger.opens("/some?x=1").await.is(303);
    assert_eq!(deep.header("location"), Some("/login?next=/some%3Fx%3D1"));
    stranger.asks(stranger.request(Method::GET, "/api/echo")).await.is_refused(401, "unauthorized");
    stranger.asks(stranger.request(Method::POST, "/")).await.is_refused(401, "unauthorized");
    stranger.opens("/_next/static/app.js").await.is(200);

    let page = browser.opens("/").await.is(200);
    assert_eq!(text(&page), PAGE);
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'self'", "connect-src 'self' data: blob:;", "img-src 'self' data: blob:;"] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    // Rooms of ours are never asked of NextChat, and what is not there is said in our words.
    browser.opens("/api/v1/nothing").await.is_refused(404, "not-found");
    browser.opens("/api/v1/me").await.is(200);
    browser.opens("/healthz").await.is(200);
}

#[tokio::test]
async fn what_we_do_not_answer_is_passed_on_as_it_is_and_what_is_ours_is_kept() {
    let nextchat = NextChat::start().await;
    let (house, browser) = house_before(&nextchat).await;

    let action = browser.request(Method::POST, "/?a=b%20c").header("next-action", "abc").body("[\"ü\"]");
    let told = browser.asks(action.header("authorization", "Bearer sk-other")).await.is(200);
    let asked = told.json();
    assert_eq!((asked["method"].as_str(), asked["uri"].as_str()), (Some("POST"), Some("/?a=b%20c")));
    assert_eq!(asked["body"], "[\"ü\"]");
    let headers = &asked["headers"];
    assert_eq!(headers["next-action"], "abc");
    assert_eq!(headers["authorization"], "Bearer sk-other", "a key for somebody else");
    assert_eq!(headers["x-forwarded-host"], house.address());
    assert_eq!(headers["host"], nextchat.address.to_string());
    assert!(headers.get("cookie").is_none(), "{headers}");
    assert_eq!(told.headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["lang=en"]);
    assert_eq!(told.header("x-hop"), None);
    let owners = browser.request(Method::PUT, "/api/echo").bearer_auth(house.owner().key());
    let owners = browser.asks(owners).await.is(200).json();
    assert!(owners["headers"].get("authorization").is_none(), "{owners}");

    let script = browser.opens("/_next/static/app.js").await.is(200);
    assert_eq!((script.header("content-encoding"), &script.body[..]), (Some("gzip"), &b"packed already"[..]));
    let missing = browser.opens("/missing").await.is(404);
    assert!(text(&missing).contains("404 of NextChat"));
}

#[tokio::test]
async fn streams_pass_word_by_word() {
    let nextchat = NextChat::start().await;
    let (_house, browser) = house_before(&nextchat).await;
    nextchat.says.send("data: one\n\n").await.unwrap();

    let response = browser.request(Method::GET, "/api/stream").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut heard = response.bytes_stream();

    assert_eq!(heard.next().await.unwrap().unwrap(), "data: one\n\n");
    nextchat.says.send("data: two\n\n").await.unwrap();
    assert_eq!(heard.next().await.unwrap().unwrap(), "data: two\n\n");
    drop(heard);
    nextchat.says.closed().await; // Whoever hangs up here, hangs up there.
}

#[tokio::test]
async fn websockets_pass_through_for_those_who_are_logged_in() {
    let nextchat = NextChat::start().await;
    let (house, browser) = house_before(&nextchat).await;
    let request = || {
        let mut request = format!("ws://{}/api/talk", house.address()).into_client_request().unwrap();
        request.headers_mut().insert("cookie", browser.cookie().unwrap().parse().unwrap());
        request
    };

    let (mut socket, _) = tokio_tungstenite::connect_async(request()).await.unwrap();
    socket.send(Message::text("hello")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("you said hello"));

    let mut evil = request();
    evil.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    assert!(tokio_tungstenite::connect_async(evil).await.is_err(), "a page elsewhere");
    let nobody = format!("ws://{}/api/talk", house.address());
    assert!(tokio_tungstenite::connect_async(nobody).await.is_err());
}

#[tokio::test]
async fn while_nextchat_is_gone_a_page_says_so_and_tries_again() {
    let nextchat = NextChat::start().await;
    let (house, browser) = house_before(&nextchat).await;
    let address = nextchat.address.to_string();
    browser.opens("/").await.is(200);
    drop(nextchat);

    let away = loop {
        // Its death takes a moment to get around.
        let answer = browser.opens("/").await;
        if answer.status != 200 {
            break answer.is(502);
        }
    };

    assert_eq!(away.header("refresh"), Some("5"));
    assert!(text(&away).contains(&address) && text(&away).contains("nextchat.url"), "{}", text(&away));
    let fetched = browser.asks(browser.request(Method::POST, "/").header("next-action", "x")).await;
    fetched.is_refused(502, "nextchat-away");
    house.owner().gets("me").await.is(200);

    let _back = NextChat::start_at(&address).await;
    assert_eq!(text(&browser.opens("/").await.is(200)), PAGE);
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, content) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

#[tokio::test]
async fn a_built_nextchat_is_served_without_any_node() {
    let script = "console.log('NextChat');".repeat(100);
    let copied: &[(&str, &str)] = &[
        ("index.html", PAGE),
        ("_next/static/app.js", &script),
        ("site.webmanifest", "{}"),
        ("masks.txt.br", "packed"),
        ("masks.txt", "unpacked"),
        (".env", "SECRET"),
    ];
    let built: &[(&str, &str)] = &[
        (".next/server/app/index.html", PAGE),
        (".next/server/app/page.js", "SECRET"),
        (".next/static/app.js", &script),
        ("public/site.webmanifest", "{}"),
        ("public/masks.txt.br", "packed"),
        ("public/masks.txt", "unpacked"),
        (".env", "SECRET"),
    ];
    for files in [copied, built] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), files);
        let dir = folder.path().display().to_string();
        let house = Plan::shared().await.with("INNKEEPER_NEXTCHAT_DIR", &dir).opens().await;
        let browser = Browser::at(house.address());
        assert_eq!(browser.opens("/").await.is(303).header("location"), Some("/login"));
        browser.logs_in(house.owner().key()).await.is(303);
        is_served(&browser).await;
    }
}

async fn is_served(browser: &Browser) {
    let page = browser.opens("/").await.is(200);
    assert_eq!(text(&page), PAGE);
    assert!(
        page.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'self'"))
    );
    let unchanged = browser.request(Method::GET, "/").header("if-none-match", page.header("etag").unwrap());
    browser.asks(unchanged).await.is(304);

    let packed = browser.request(Method::GET, "/_next/static/app.js").header("accept-encoding", "gzip");
    let packed = browser.asks(packed).await.is(200);
    assert!(packed.header("cache-control").unwrap().contains("immutable"));
    assert!(packed.header("content-type").unwrap().contains("javascript"));
    let brotli = browser.request(Method::GET, "/masks.txt").header("accept-encoding", "br, gzip");
    let brotli = browser.asks(brotli).await.is(200);
    assert_eq!((brotli.header("content-encoding"), &brotli.body[..]), (Some("br"), &b"packed"[..]));
    browser.opens("/site.webmanifest").await.is(200);

    let action = browser.request(Method::POST, "/").header("next-action", "0".repeat(40)).body("[]");
    let action = browser.asks(action).await.is(200);
    assert_eq!(action.header("content-type"), Some("text/x-component"));
    assert_eq!(text(&action), "0:[\"$@1\",[\"x\",null]]\n1:false\n");
    for nothing in
        ["/.env", "/%2eenv", "/..%2f.env", "/.next/server/app/page.js", "/missing.js", "/_next/static/x.js"]
    {
        browser.opens(nothing).await.is_refused(404, "not-found");
    }
    browser.asks(browser.request(Method::PUT, "/x")).await.is_refused(405, "method-not-allowed");
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_at_the_start() {
    let empty = tempfile::tempdir().unwrap();
    let dir = empty.path().display().to_string();
    let plan = Plan::shared().await;
    for (settings, word) in [
        (&[("INNKEEPER_NEXTCHAT_URL", "127.0.0.1:3000")][..], "http://127.0.0.1:3000"),
        (&[("INNKEEPER_NEXTCHAT_URL", "http://127.0.0.1:3000/chat")], "nextchat.url"),
        (&[("INNKEEPER_NEXTCHAT_DIR", &dir)], &dir),
        (&[("INNKEEPER_NEXTCHAT_DIR", &dir), ("INNKEEPER_NEXTCHAT_URL", "http://127.0.0.1:3000")], "both"),
        (
            &[("INNKEEPER_NEXTCHAT_URL", "http://127.0.0.1:3000"), ("INNKEEPER_NEXTCHAT_ALLOW", "*")],
            "nextchat.allow",
        ),
    ] {
        let plan = settings.iter().fold(plan.clone(), |plan, (name, value)| plan.with(name, value));
        let refused = plan.runs(&[]).await;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(1) && said.contains(word), "{word}: {said}");
    }
}
