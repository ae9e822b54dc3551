//! What is answered to bodies that cannot be read.

use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    #[expect(dead_code, reason = "only whether it can be read is of interest")]
    text: String,
}

fn refusal(body: &[u8]) -> (String, String) {
    let problem = parse::<Message>(body).unwrap_err();
    let json: serde_json::Value = serde_json::to_value(problem.details()).unwrap();
    let text = |field: &str| json[field].as_str().unwrap_or_default().to_owned();
    (format!("{} {}", problem.status().as_u16(), text("type")), text("detail"))
}

#[test]
fn each_way_of_being_unreadable_has_its_name() {
    let deep = format!("{{\"text\":{}", "[".repeat(1000));
    let not_deep = format!("{{\"text\":\"{}\",\"more\":1}}", "[".repeat(1000));
    for (body, expected) in [
        (b"".as_slice(), "400 /problems/malformed-json"),
        (b"{\"text\":", "400 /problems/malformed-json"),
        (b"{\"text\":\"a\"} {}", "400 /problems/malformed-json"),
        (b"{\"text\":\"\xff\"}", "400 /problems/not-utf8"),
        (br#"{"text":"\ud800"}"#, "400 /problems/lone-surrogate"),
        (br#"{"text":"\udc00 a"}"#, "400 /problems/lone-surrogate"),
        (br#"{"text":"\ud800\u0041"}"#, "400 /problems/lone-surrogate"),
        (deep.as_bytes(), "400 /problems/too-deep"),
        (not_deep.as_bytes(), "422 /problems/unexpected-shape"),
        (br#"{"text":{"$serde_json::private::RawValue":"[0]"}}"#, "400 /problems/reserved-name"),
        (br#"{"text":{"$serde_json::private::Number":"7"}}"#, "400 /problems/reserved-name"),
        (br#"{"text":"$serde_json::private::Number","more":1}"#, "422 /problems/unexpected-shape"),
        (br#"{"words":"a"}"#, "422 /problems/unexpected-shape"),
        (br#"{"text":7}"#, "422 /problems/unexpected-shape"),
        (br#"["by its place"]"#, "422 /problems/unexpected-shape"),
        (br#"{}"#, "422 /problems/unexpected-shape"),
    ] {
        assert_eq!(refusal(body).0, expected, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn the_place_is_named_and_no_word_is_quoted() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read is of interest")]
    struct Outer {
        message: Option<u32>,
    }
    let problem = parse::<Outer>(br#"{"message":"I love Ida"}"#).unwrap_err();
    let json = serde_json::to_string(problem.details()).unwrap();
    assert!(json.contains("at message: expected u32") && !json.contains("Ida"), "{json}");
    assert_eq!(refusal(b"{}").1, "at .: `text` is missing");
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_all_read() {
    let chunks =
        futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'a'; 1024])));
    let problem = read(Body::from_stream(chunks), 10_000).await.unwrap_err();
    assert_eq!(problem.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn a_media_type_is_read_without_its_parameters() {
    let headers = |value| HeaderMap::from_iter([(header::CONTENT_TYPE, value)]);
    let json = |value: &'static str| is_json(&headers(axum::http::HeaderValue::from_static(value)));
    assert!(
        json("application/json")
            && json("Application/JSON; charset=utf-8")
            && json("application/merge-patch+json")
    );
    assert!(!json("text/plain") && !json("multipart/form-data; boundary=x") && !is_json(&HeaderMap::new()));
}

#[test]
fn every_depth_that_is_let_through_can_be_parsed() {
    type Nested = std::collections::BTreeMap<String, serde_json::Value>;
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    assert!(parse::<Nested>(nested(DEPTH).as_bytes()).is_ok());
    let problem = parse::<Nested>(nested(DEPTH + 1).as_bytes()).unwrap_err();
    assert!(serde_json::to_string(problem.details()).unwrap().contains("/problems/too-deep"));
}
