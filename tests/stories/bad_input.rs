//! What a caller gets wrong is explained to them, in one form, and never breaks anything.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::Answer;
use crate::card::{card, json_file};
use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::model_stub::Stub;

const NOBODY: &str = "0190a5b0-0000-7000-8000-000000000000";

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

/// What is done to a thing by its id: method, path with `{}` for the id, body, and the problem when there is none of it.
const BY_ID: &[(&str, &str, Option<&str>, &str)] = &[
    ("GET", "characters/{}", None, "character-not-found"),
    ("PATCH", "characters/{}", Some(r#"{"description":{"text":"x"}}"#), "character-not-found"),
    ("DELETE", "characters/{}", None, "character-not-found"),
    ("POST", "characters/{}/restore", None, "character-not-found"),
    ("GET", "characters/{}/avatar", None, "character-not-found"),
    ("GET", "characters/{}/interactions", None, "character-not-found"),
    ("GET", "characters/{}/provider", None, "character-not-found"),
    ("PUT", "characters/{}/provider", Some(r#"{"kind":"demo"}"#), "character-not-found"),
    ("DELETE", "characters/{}/provider", None, "character-not-found"),
    ("GET", "lorebooks/{}", None, "lorebook-not-found"),
    ("PATCH", "lorebooks/{}", Some(r#"{"name":"x"}"#), "lorebook-not-found"),
    ("DELETE", "lorebooks/{}", None, "lorebook-not-found"),
    ("POST", "lorebooks/{}/restore", None, "lorebook-not-found"),
    ("GET", "lorebooks/{}/entries", None, "lorebook-not-found"),
    ("POST", "lorebooks/{}/entries", Some(r#"{"entries":[{}]}"#), "lorebook-not-found"),
    ("GET", "lorebooks/{}/file", None, "lorebook-not-found"),
    ("GET", "personas/{}", None, "persona-not-found"),
    ("PATCH", "personas/{}", Some(r#"{"title":"x"}"#), "persona-not-found"),
    ("DELETE", "personas/{}", None, "persona-not-found"),
    ("POST", "personas/{}/restore", None, "persona-not-found"),
    ("GET", "personas/{}/avatar", None, "persona-not-found"),
    ("DELETE", "personas/{}/avatar", None, "persona-not-found"),
    ("DELETE", "conversations/{}/persona", None, "conversation-not-found"),
    ("PUT", "conversations/{}/persona", Some(r#"{"name":"x"}"#), "conversation-not-found"),
    ("GET", "conversations/{}", None, "conversation-not-found"),
    ("PATCH", "conversations/{}", Some(r#"{"title":"x"}"#), "conversation-not-found"),
    ("POST", "conversations/{}/close", None, "conversation-not-found"),
    ("GET", "conversations/{}/messages", None, "conversation-not-found"),
    ("POST", "conversations/{}/messages", Some(r#"{"text":"x"}"#), "conversation-not-found"),
    ("GET", "conversations/{}/events", None, "conversation-not-found"),
    ("POST", "messages/{}/choose", Some(r#"{"variant":0}"#), "message-not-found"),
    ("GET", "replies/{}/stream", None, "reply-not-found"),
    ("POST", "replies/{}/cancel", None, "reply-not-found"),
    ("POST", "replies/{}/regenerate", None, "reply-not-found"),
    ("DELETE", "me/keys/{}", None, "key-not-found"),
];

async fn tries(guest: &Guest, method: &str, path: &str, body: Option<&str>) -> Answer {
    let request = guest.request(method.parse().unwrap(), path);
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(body.to_owned()),
        None => request,
    };
    guest.asks(request).await
}

#[tokio::test]
async fn an_unknown_and_a_malformed_id_are_answered_alike() {
    let mira = mira().await;
    for (method, path, body, slug) in BY_ID {
        for id in [NOBODY, "not-an-id", "%00", "%ff", "..%2F..%2Fetc", &"a".repeat(2_000)] {
            let answer = tries(&mira, method, &path.replace("{}", id), *body).await;
            assert_eq!(answer.status, 404, "{method} {path} {id}: {:?}", answer.body);
            answer.is_refused(404, slug);
        }
    }
}

#[tokio::test]
async fn what_belongs_to_somebody_else_is_answered_like_what_nobody_has() {
    let house = Innkeeper::common().await;
    let (mira, vlad, stub) = (house.guest("Mira").await, house.guest("Vlad").await, Stub::start().await);
    mira.speaks_through(&stub, "normal").await;
    let character = mira.imports(json_file(&card(2, "Ida"))).await.is(201).text("id");
    let conversation = mira.sits_down_with(&[&character]).await;
    let (said, listening) = mira.talks(&conversation, "Hello").await;
    let reply = listening.heard().await;
    vlad.remembers(&mira.newest().unwrap());
    let key = mira.gets("me").await.is(200).text("key_id");
    let lorebook = mira.posts("lorebooks", json!({"name": "The sea"})).await.is(201).text("id");
    let persona = mira.posts("personas", json!({"name": "Captain"})).await.is(201).text("id");
    for (method, path, body, slug) in BY_ID {
        let id = match path.split('/').next().unwrap() {
            "characters" => &character,
            "lorebooks" => &lorebook,
            "personas" => &persona,
            "conversations" => &conversation,
            "messages" => reply.message(),
            "replies" => said.reply(),
            _ => &key,
        };
        tries(&vlad, method, &path.replace("{}", id), *body).await.is_refused(404, slug);
    }
    let message = format!("conversations/{conversation}/messages/{}", said.message);
    tries(&vlad, "DELETE", &message, None).await.is_refused(404, "conversation-not-found");
    tries(&vlad, "PATCH", &message, Some(r#"{"text":"x"}"#)).await.is_refused(404, "conversation-not-found");
    let fork = json!({"message_id": said.message});
    vlad.posts(&format!("conversations/{conversation}/branch"), fork)
        .await
        .is_refused(404, "conversation-not-found");
    let as_her = json!({"character_ids": [vlad.invents("Bat").await], "persona_id": persona});
    vlad.posts("conversations", as_her).await.is_refused(404, "persona-not-found");
    vlad.puts("personas/default", json!({"persona_id": persona})).await.is_refused(404, "persona-not-found");
    vlad.posts("conversations", json!({"character_ids": [character]}))
        .await
        .is_refused(404, "character-not-found");
    assert_eq!(mira.words(&conversation).await.len(), 2, "nothing has happened");
}

#[tokio::test]
async fn without_a_key_that_is_good_nobody_comes_in() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let key = mira.key();
    let forged = format!("{}{}", &key[..key.len() - 4], "AAAA");
    let client = crate::guest::client();
    for authorization in [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some(format!("Basic {key}")),
        Some("Bearer ink_".to_owned()),
        Some("Bearer ink_%%%".to_owned()),
        Some(format!("Bearer {forged}")),
        Some(format!("Bearer {key}x")),
        Some(format!("Bearer {}", "a".repeat(4_000))),
    ] {
        for (method, path, body) in [
            (Method::GET, "characters", ""),
            (Method::POST, "characters", "{}"),
            (Method::POST, "characters/import", "no card"),
            (Method::GET, "me", ""),
        ] {
            let request = client.request(method, mira.url(path)).body(body);
            let request = match &authorization {
                Some(value) => request.header("authorization", value),
                None => request,
            };
            let answer = Answer::of(request.send().await.unwrap()).await;
            answer.is_refused(401, "unauthorized");
            assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
        }
    }
}

/// Every command with a body, on things that are there.
async fn commands(mira: &Guest) -> Vec<(Method, String)> {
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");
    let said = mira.posts(&path, json!({"text": "Hello", "reply": false})).await.is(202).text("message_id");
    vec![
        (Method::POST, "characters".into()),
        (Method::PATCH, format!("characters/{ida}")),
        (Method::PUT, format!("characters/{ida}/provider")),
        (Method::POST, "conversations".into()),
        (Method::PATCH, format!("conversations/{conversation}")),
        (Method::POST, path.clone()),
        (Method::PATCH, format!("{path}/{said}")),
        (Method::POST, format!("conversations/{conversation}/branch")),
        (Method::POST, format!("conversations/{conversation}/replies")),
        (Method::POST, format!("messages/{said}/choose")),
        (Method::POST, "me/keys".into()),
        (Method::PUT, "me/provider".into()),
    ]
}

fn json_of(request: RequestBuilder, body: impl Into<reqwest::Body>) -> RequestBuilder {
    request.header("content-type", "application/json").body(body)
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_with_its_reason_everywhere() {
    let mira = mira().await;
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(2_000), "]".repeat(2_000));
    let bodies: [(&[u8], u16, &str); 7] = [
        (b"", 400, "malformed-json"),
        (b"{\"text\": ", 400, "malformed-json"),
        (b"{} {}", 400, "malformed-json"),
        (b"\x7b\"x\":\"\xff\xfe\"}", 400, "not-utf8"),
        (br#"{"x":"\ud800"}"#, 400, "lone-surrogate"),
        (br#"{"\udc00":"x"}"#, 400, "lone-surrogate"),
        (b"[1]", 422, "unexpected-shape"),
    ];
    for (method, path) in commands(&mira).await {
        let request = || mira.request(method.clone(), &path);
        for (body, status, slug) in bodies {
            let answer = mira.asks(json_of(request(), body.to_vec())).await;
            // An object that has a field too many may be told so before its words are looked at.
            if answer.status != 422 || status == 422 {
                assert_eq!(
                    answer.status,
                    status,
                    "{method} {path} {}: {:?}",
                    String::from_utf8_lossy(body),
                    answer.body
                );
                answer.is_refused(status, slug);
            }
        }
        let answer = mira.asks(json_of(request(), deep.clone())).await;
        assert!([400, 422].contains(&answer.status), "{method} {path}: {}", answer.status);
        mira.asks(json_of(request(), vec![b' '; 1024 * 1024 + 1])).await.is_refused(413, "too-large");
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "image/png"] {
            let request = request().header("content-type", media_type).body("{}");
            mira.asks(request).await.is_refused(415, "unsupported-media-type");
        }
        mira.asks(request().body("{}")).await.is_refused(415, "unsupported-media-type");
        let unpacked = json_of(request(), "not gzip").header("content-encoding", "gzip");
        mira.asks(unpacked).await.is_refused(400, "unreadable-body");
        let packed = json_of(request(), "{}").header("content-encoding", "zstd");
        mira.asks(packed).await.is_refused(415, "unsupported-media-type");
    }
}

#[tokio::test]
async fn half_a_character_and_a_deep_nest_are_known_by_name_where_a_text_belongs() {
    let mira = mira().await;
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let request = || mira.request(Method::POST, &format!("conversations/{conversation}/messages"));
    for text in [r"\ud800", r"\udfff", r"a\ud83d b", r"\ud800\u0041"] {
        let body = format!("{{\"text\":\"{text}\"}}");
        mira.asks(json_of(request(), body)).await.is_refused(400, "lone-surrogate");
    }
    mira.asks(json_of(request(), b"{\"text\":\"\xe2\x82\"}".to_vec())).await.is_refused(400, "not-utf8");
    let revise = mira.request(Method::PATCH, &format!("characters/{ida}"));
    let deep = format!("{{\"description\":{}{}}}", "[".repeat(2_000), "]".repeat(2_000));
    mira.asks(json_of(revise, deep)).await.is_refused(400, "too-deep");
    assert_eq!(mira.words(&conversation).await, [""; 0]);
}

/// Postgres cannot hold U+0000, and no text is endless: the rules refuse both, by the name of the text.
#[tokio::test]
async fn what_cannot_be_kept_is_refused_by_the_name_of_the_text() {
    let mira = mira().await;
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let said = format!("conversations/{conversation}/messages");
    let message =
        mira.posts(&said, json!({"text": "Hello", "reply": false})).await.is(202).text("message_id");
    let (nul, long) = ("a\0b", "é".repeat(70_000));
    let revise = format!("characters/{ida}");
    for (method, path, body) in [
        ("POST", said.as_str(), json!({"text": nul})),
        ("POST", &said, json!({"text": long})),
        ("POST", &said, json!({"text": " \n\t"})),
        ("POST", &said, json!({"text": ""})),
        ("PATCH", &format!("{said}/{message}"), json!({"text": nul})),
        ("POST", "characters", json!({"description": {"name": nul}})),
        ("POST", "characters", json!({"description": {"name": ""}})),
        ("POST", "characters", json!({"description": {"name": "x".repeat(256)}})),
        ("PATCH", &revise, json!({"description": {"tags": [nul]}})),
        ("PATCH", &revise, json!({"description": {"tags": vec!["x"; 257]}})),
        ("PATCH", &revise, json!({"voice": {"speed": 100}})),
        ("PATCH", &revise, json!({"instructions": {"talkativeness": -1}})),
        ("PATCH", &format!("conversations/{conversation}"), json!({"title": nul})),
        ("PATCH", &format!("conversations/{conversation}"), json!({"title": "x".repeat(256)})),
        ("POST", "conversations", json!({"character_ids": [ida], "title": nul})),
        ("POST", "conversations", json!({"character_ids": [ida], "persona": {"name": ""}})),
        ("POST", "conversations", json!({"character_ids": vec![&ida; 17]})),
        ("POST", "me/keys", json!({"label": nul})),
        ("PUT", "me/provider", json!({"kind": "openai", "url": "http://127.0.0.1:9/v1", "model": nul})),
        ("PUT", "me/provider", json!({"kind": "openai", "url": "file:///etc/passwd", "model": "m"})),
        ("PUT", "me/provider", json!({"kind": "demo", "temperature": 99})),
    ] {
        let answer = mira.asks(mira.request(method.parse().unwrap(), path).json(&body)).await;
        let short: String = body.to_string().chars().take(80).collect();
        assert_eq!(answer.status, 422, "{method} {path} {short}: {}", String::from_utf8_lossy(&answer.body));
        answer.is_refused(422, "out-of-bounds");
    }
    for (body, status, slug) in [
        (json!({"character_ids": []}), 422, "nobody-there"),
        (json!({"character_ids": [ida, ida]}), 422, "character-twice"),
        (json!({"character_ids": [NOBODY]}), 404, "character-not-found"),
        (json!({"character_ids": ["x"]}), 422, "unexpected-shape"),
        (json!({"character_ids": [ida], "colour": "blue"}), 422, "unexpected-shape"),
    ] {
        mira.posts("conversations", body).await.is_refused(status, slug);
    }
    let stranger = mira.invents("Otto").await;
    mira.posts(&said, json!({"text": "x", "character_ids": [stranger]}))
        .await
        .is_refused(422, "character-not-taking-part");
    mira.posts(&format!("conversations/{conversation}/branch"), json!({"message_id": NOBODY}))
        .await
        .is_refused(404, "message-not-found");
}

#[tokio::test]
async fn a_reply_that_is_under_way_or_over_is_told_apart() {
    let (mira, stub) = (mira().await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "stall").await;
    let (said, mut listening) = mira.talks(&conversation, "Hold on").await;
    listening.until("token").await;

    mira.does(&format!("replies/{}/regenerate", said.reply())).await.is_refused(409, "reply-under-way");
    mira.does(&format!("replies/{}/cancel", said.reply())).await.is(200);
    mira.speaks_through(&stub, "normal").await;
    let done = mira.says(&conversation, "And now?").await;
    mira.hears_out(done.reply()).await.completed();
    mira.does(&format!("replies/{}/cancel", done.reply())).await.is_refused(409, "reply-already-over");
}

#[tokio::test]
async fn headers_and_parameters_that_make_no_sense_are_refused() {
    let mira = mira().await;
    let ida = format!("characters/{}", mira.invents("Ida").await);
    let patch = || mira.request(Method::PATCH, &ida).json(&json!({"description": {"text": "x"}}));
    for etag in ["7", "W/\"7\"", "\"x\"", "\"1\", \"2\""] {
        mira.asks(patch().header("if-match", etag)).await.is_refused(400, "malformed-etag");
    }
    for key in ["", "two words", &"k".repeat(256)] {
        mira.asks(patch().header("idempotency-key", key)).await.is_refused(400, "malformed-idempotency-key");
    }
    mira.asks(patch().header("idempotency-key", b"\xff\xfe".as_slice()))
        .await
        .is_refused(400, "malformed-idempotency-key");
    for position in ["7", "x-y", "00000000-", "-1"] {
        let request = mira.request(Method::GET, &ida).header("ink-after", position);
        mira.asks(request).await.is_refused(400, "malformed-position");
    }
    let elsewhere = mira.request(Method::GET, &ida).header("ink-after", "00000000-1");
    mira.asks(elsewhere).await.is_refused(409, "another-log");
    mira.gets(&format!("{ida}?after=x")).await.is(200);
    for (query, slug) in [
        ("limit=0", "bad-request"),
        ("limit=101", "bad-request"),
        ("limit=-1", "bad-request"),
        ("limit=many", "bad-request"),
        ("cursor=x", "malformed-cursor"),
        ("cursor=%00", "malformed-cursor"),
    ] {
        for path in ["characters", "conversations"] {
            mira.gets(&format!("{path}?{query}")).await.is_refused(400, slug);
        }
    }
    for query in ["query=%00", "tag=%00", "query=%ff", "query=%25%5F%5C", "tag=%25", "query=%27%22%3B--"] {
        let answer = mira.gets(&format!("characters?{query}")).await;
        assert!(answer.status < 500, "{query}: {}", String::from_utf8_lossy(&answer.body));
    }
}

#[tokio::test]
async fn what_is_not_there_and_cannot_be_done_is_a_problem_too() {
    let mira = mira().await;
    for path in ["/nothing", "/api/v2/characters", "/api/v1/", "/api/v1/characters/", "/problems/unheard-of"]
    {
        mira.asks(mira.request(Method::GET, path)).await.is_refused(404, "not-found");
    }
    for (method, path) in
        [("PUT", "characters"), ("DELETE", "conversations"), ("TRACE", "me"), ("BREW", "me")]
    {
        let answer = mira.asks(mira.request(method.parse().unwrap(), path)).await;
        answer.is_refused(405, "method-not-allowed");
        assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET")), "{method} {path}");
    }
}

/// Each problem's `type` is a page that says what to do.
#[tokio::test]
async fn a_problem_names_a_page_that_helps() {
    let mira = mira().await;
    let problem = mira.gets(&format!("characters/{NOBODY}")).await.is_refused(404, "character-not-found");

    let page = mira.asks(mira.request(Method::GET, problem["type"].as_str().unwrap())).await.is(200);

    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(String::from_utf8_lossy(&page.body).contains("Check the id"));
}

/// What an ordinary client would never send.
#[tokio::test]
async fn bytes_that_are_no_request_do_no_harm() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let huge = format!("GET / HTTP/1.1\r\nhost: inn\r\nx: {}\r\n\r\n", "a".repeat(1 << 20));
    for bytes in [
        b"\x16\x03\x01\x02\x00 a TLS hello".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"POST /api/v1/characters HTTP/1.1\r\nhost: inn\r\ncontent-length: x\r\n\r\n".to_vec(),
        b"POST /api/v1/characters HTTP/1.1\r\nhost: inn\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_vec(),
        huge.into_bytes(),
    ] {
        let mut stream = TcpStream::connect(house.address()).await.unwrap();
        // It may hang up while we still speak.
        let _ = stream.write_all(&bytes).await;
        let mut answer = vec![];
        let read =
            tokio::time::timeout(std::time::Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(read.is_err() || !answer.starts_with("HTTP/1.1 5"), "{answer}");
    }
    assert_eq!(mira.gets("me").await.is(200).json()["name"].as_str().map(|name| &name[..4]), Some("Mira"));
}

/// No answer of a refusal repeats the words that it refuses.
#[tokio::test]
async fn a_refusal_does_not_quote_what_was_said() {
    let mira = mira().await;
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");
    let bodies: [Value; 3] = [
        json!({"text": 7, "x": "I love Ida"}),
        json!({"words": "I love Ida"}),
        json!({"text": "I love Ida\0"}),
    ];
    for body in bodies {
        let answer = mira.posts(&path, body).await.is(422);
        assert!(!String::from_utf8_lossy(&answer.body).contains("love"), "{:?}", answer.body);
    }
}
