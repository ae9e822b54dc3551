//! Coming in with a browser: a key shown once, a link that opens once, and what a session is good for.

use reqwest::Method;
use serde_json::json;

use crate::browser::Browser;
use crate::house::{Innkeeper, Plan};

const EVIL: &str = "https://evil.example";

#[tokio::test]
async fn a_key_shown_once_makes_a_browser_known_until_the_key_is_revoked() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let browser = Browser::at(house.address());
    browser.opens("/api/v1/me").await.is_refused(401, "unauthorized");

    let entered = browser.logs_in(&format!(" {} ", mira.key())).await.is(303);

    let cookie = entered.header("set-cookie").unwrap().to_owned();
    for part in ["ink_session=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains(mira.key()), "{cookie}");
    let me = browser.opens("/api/v1/me").await.is(200);
    assert_eq!(me.text("id"), mira.gets("me").await.text("id"));
    let invents = browser.request(Method::POST, "/api/v1/characters");
    let invents = invents.json(&json!({"description": {"name": "Ada", "text": "Counts."}}));
    browser.asks(invents).await.is(201);

    let key = me.text("key_id");
    mira.deletes(&format!("me/keys/{key}")).await.is(200);
    browser.opens("/api/v1/me").await.is_refused(401, "unauthorized");
}

#[tokio::test]
async fn over_tls_the_cookie_is_for_tls_only() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let browser = Browser::at(house.address());
    let form = browser.form("/login", &[("key", mira.key()), ("next", "/api/docs/")]);

    let entered = browser.asks(form.header("x-forwarded-proto", "https")).await.is(303);

    assert!(entered.header("set-cookie").unwrap().contains("Secure"));
    assert_eq!(entered.header("location"), Some("/api/docs/"));
    let elsewhere = browser.posts_form("/login", &[("key", mira.key()), ("next", "//evil.example")]).await;
    assert_eq!(elsewhere.is(303).header("location"), Some("/"));
}

#[tokio::test]
async fn the_page_asks_in_words_and_says_what_is_wrong() {
    let house = Innkeeper::common().await;
    let browser = Browser::at(house.address());

    let page = browser.opens("/login?next=/%22%3E%3Cscript%3E").await.is(200);

    let html = String::from_utf8(page.body.to_vec()).unwrap();
    for part in ["<html lang=\"en\">", "<label for=\"key\">", "width=device-width", "type=\"password\""] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains("<script"), "{html}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");

    let form = browser.form("/login", &[("key", "ink_wrong"), ("next", "/there")]);
    let refused = browser.asks(form.header("x-forwarded-for", "192.0.2.1")).await.is(401);
    let html = String::from_utf8(refused.body.to_vec()).unwrap();
    assert!(html.contains("role=\"alert\"") && html.contains("value=\"/there\""), "{html}");
    assert!(!html.contains("ink_wrong") && refused.header("set-cookie").is_none());
}

#[tokio::test]
async fn wrong_keys_are_slowed_down_where_they_come_from_and_nowhere_else() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let browser = Browser::at(house.address());
    let tries = async |key: &str, from: &str| {
        let form = browser.form("/login", &[("key", key)]).header("x-forwarded-for", from);
        browser.asks(form).await
    };
    let at_once = (0..20).map(|_| tries("ink_wrong", "192.0.2.2"));
    let answers = futures_util::future::join_all(at_once).await;

    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    let slowed = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((looked_at, slowed), (5, 15), "also when they come at once");
    let refused = tries(mira.key(), "192.0.2.2").await.is(429);
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    tries(mira.key(), "192.0.2.3").await.is(303);
    mira.gets("me").await.is(200);
}

#[tokio::test]
async fn the_first_start_prints_a_link_that_logs_the_owner_in_once() {
    let plan = Plan::shared().await;
    let house = plan.opens().await;
    let (banner, _) = plan.said();
    let link = banner.split_whitespace().find(|word| word.contains("/login?once=")).expect("a link");
    let path = link.strip_prefix(&format!("http://{}", house.address())).expect("of this house");

    let browser = Browser::at(house.address());
    assert_eq!(browser.opens(path).await.is(303).header("location"), Some("/"));
    let owner = house.owner().gets("me").await.text("id");
    assert_eq!(browser.opens("/api/v1/me").await.is(200).text("id"), owner);

    let stranger = Browser::at(house.address());
    let spent = stranger.opens(path).await.is(401);
    assert!(String::from_utf8_lossy(&spent.body).contains("has been used") && stranger.cookie().is_none());
    stranger.opens("/api/v1/me").await.is(401);

    // A session is no matter of one process.
    assert!(house.stops().success());
    let house = plan.opens().await;
    let again = Browser::at(house.address());
    let asks = again.request(Method::GET, "/api/v1/me").header("cookie", browser.cookie().unwrap());
    assert_eq!(again.asks(asks).await.is(200).text("id"), owner);
}

#[tokio::test]
async fn another_page_cannot_act_for_whoever_is_logged_in() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let browser = Browser::of(house.address(), mira.key()).await;
    let invention = json!({"description": {"name": "Eve", "text": "Was not asked for."}});
    let posts = || browser.request(Method::POST, "/api/v1/characters").json(&invention);

    for (header, value) in [("origin", EVIL), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let mut request = posts().build().unwrap();
        request.headers_mut().insert(header, value.parse().unwrap());
        browser.sends(request).await.is_refused(403, "another-origin");
    }
    // With a key it is nobody's browser who acts; what is answered, a page that nobody allowed cannot read.
    let with_key = browser.request(Method::GET, "/api/v1/me").header("origin", EVIL).bearer_auth(mira.key());
    let answer = browser.asks(with_key).await.is(200);
    assert_eq!(answer.header("access-control-allow-origin"), None);

    let mut login = browser.form("/login", &[("key", mira.key())]).build().unwrap();
    login.headers_mut().insert("origin", EVIL.parse().unwrap());
    assert!(browser.sends(login).await.is(403).header("set-cookie").is_none());
}

#[tokio::test]
async fn who_leaves_is_not_known_any_more_and_may_clear_the_browser() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let browser = Browser::of(house.address(), mira.key()).await;
    assert_eq!(browser.opens("/login").await.is(303).header("location"), Some("/"), "is in already");
    assert!(String::from_utf8_lossy(&browser.opens("/logout").await.is(200).body).contains("Log out"));

    let left = browser.posts_form("/logout", &[]).await.is(200);

    assert_eq!(left.header("clear-site-data"), None, "what the browser keeps is its own");
    assert_eq!(browser.cookie(), None);
    browser.opens("/api/v1/me").await.is(401);
    let cleared = browser.posts_form("/logout", &[("keep", "nothing")]).await.is(200);
    assert!(cleared.header("clear-site-data").unwrap().contains("storage"));
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let house = Plan::shared().await.with("INNKEEPER_HTTP_SESSION", "0s").opens().await;
    let browser = Browser::at(house.address());
    let entered = browser.logs_in(house.owner().key()).await.is(303);
    let cookie = entered.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();

    // A browser forgets such a cookie at once; one that kept it would be told the same.
    let asks = browser.request(Method::GET, "/api/v1/me").header("cookie", cookie);
    browser.asks(asks).await.is_refused(401, "unauthorized");
}
