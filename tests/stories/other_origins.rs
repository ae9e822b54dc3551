//! Pages of other origins ask with a key, if the operator names them; browsers keep all others away.

use reqwest::{Method, RequestBuilder};

use crate::answer::Answer;
use crate::browser::Browser;
use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};

const CHAT: &str = "http://127.0.0.1:9910";
const EVIL: &str = "https://evil.example";

async fn house(origins: &str) -> Innkeeper {
    Plan::shared().await.with("INNKEEPER_HTTP_ORIGINS", origins).opens().await
}

/// What a browser asks before it lets a page ask.
fn preflight(guest: &Guest, path: &str, origin: &str) -> RequestBuilder {
    let client = crate::guest::client();
    let request = client.request(Method::OPTIONS, guest.url(path)).header("origin", origin);
    request
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
}

async fn allowed(request: RequestBuilder) -> Option<String> {
    let answer = Answer::of(request.send().await.unwrap()).await;
    assert_eq!(answer.header("access-control-allow-credentials"), None, "cookies are for our own pages");
    let origin = answer.header("access-control-allow-origin")?.to_owned();
    if let Some(methods) = answer.header("access-control-allow-methods") {
        assert!(methods.contains("POST"), "{methods}");
        assert_eq!(answer.header("access-control-allow-headers"), Some("authorization,content-type"));
    }
    Some(origin)
}

#[tokio::test]
async fn pages_that_are_named_ask_everywhere_and_others_nowhere() {
    let house = house(&format!("{CHAT} https://chat.example")).await;
    let owner = house.owner();
    let file = "/api/webdav/chatgpt-next-web/backup.json";
    for path in ["/v1/chat/completions", "/v1/models", "/api/v1/characters", file] {
        for origin in [CHAT, "https://chat.example"] {
            assert_eq!(allowed(preflight(&owner, path, origin)).await.as_deref(), Some(origin), "{path}");
        }
        for origin in [EVIL, "http://127.0.0.1:9911", "null"] {
            assert_eq!(allowed(preflight(&owner, path, origin)).await, None, "{path} for {origin}");
        }
    }
    let asks = |origin| owner.request(Method::GET, "characters").header("origin", origin);
    let told = owner.asks(asks(CHAT)).await.is(200);
    assert_eq!(told.header("access-control-allow-origin"), Some(CHAT));
    assert!(told.header("access-control-expose-headers").unwrap().contains("ink-position"));
    assert!(told.headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("origin")));
    assert_eq!(allowed(asks(EVIL)).await, None);
    // What goes wrong can be read by the page as well.
    let refused = crate::guest::client().get(owner.url("characters")).header("origin", CHAT);
    assert_eq!(allowed(refused).await.as_deref(), Some(CHAT));
}

#[tokio::test]
async fn a_page_that_is_named_still_cannot_act_by_a_session() {
    let house = house(CHAT).await;
    let browser = Browser::of(house.address(), house.owner().key()).await;
    let mut request = browser.request(Method::POST, "/v1/chat/completions").build().unwrap();
    request.headers_mut().insert("origin", CHAT.parse().unwrap());

    let refused = browser.sends(request).await.is(403).json();

    assert_eq!(refused["error"]["code"], "another_origin");
}

#[tokio::test]
async fn without_a_setting_nobody_is_allowed_and_a_star_allows_all() {
    let nobody = Innkeeper::common().await.guest("Mira").await;
    assert_eq!(allowed(preflight(&nobody, "/v1/models", CHAT)).await, None);

    let open = house("*").await;
    assert_eq!(allowed(preflight(&open.owner(), "/v1/models", EVIL)).await.as_deref(), Some("*"));
}

#[tokio::test]
async fn what_is_no_origin_is_refused_at_the_start() {
    let plan = Plan::shared().await.with("INNKEEPER_HTTP_ORIGINS", "https://chat.example/");
    let refused = plan.runs(&[]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && said.contains("http.origins"), "{said}");
}
