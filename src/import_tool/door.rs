//! The door of a house: requests over HTTP, with the key in hand.
//!
//! Whatever a house says while it is busy or coming back is asked again, for every request is named after what it carries
//! and is done once, however often it arrives.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;

use super::{ImportError, tally::Trouble};
use crate::{
    provider::http::{Outside, client},
    secret::Secret,
};

/// How long one answer may take: a long chat is many commits.
const PATIENCE: Duration = Duration::from_secs(180);
/// How many bytes of an answer are read.
const ANSWER: usize = 4 * 1024 * 1024;
/// How often something is asked again.
const TRIES: usize = 8;

/// The door, and the key to it.
pub(super) struct Door {
    http: Client,
    base: Url,
    key: Secret,
}

/// What a house answered to something that it took.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) body: Value,
    /// Whether it was there before.
    pub(super) was_here: bool,
}

impl Door {
    /// Knocks, and shows the key.
    pub(super) async fn open(address: &str, key: Secret) -> Result<Self, ImportError> {
        let door = Self {
            http: client(&Outside::default()).map_err(ImportError::Client)?,
            base: base(address)?,
            key,
        };
        let request = || door.request(Method::GET, "me").timeout(Duration::from_secs(10));
        let tries = ExponentialBuilder::default().with_max_times(3);
        let answer = (|| async { request().send().await }).retry(tries).await;
        let answer =
            answer.map_err(|source| ImportError::Unreachable { url: door.base.to_string(), source })?;
        match answer.status() {
            StatusCode::OK => Ok(door),
            StatusCode::UNAUTHORIZED => Err(ImportError::KeyRefused),
            status => Err(ImportError::NoInnkeeper { url: door.base.to_string(), status: status.as_u16() }),
        }
    }

    /// A request of the interface.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}api/v1/{path}", self.base);
        self.http.request(method, url).bearer_auth(self.key.expose()).timeout(PATIENCE)
    }

    /// A request about something that a person named: the name is one step of the path, whatever it holds.
    pub(super) fn named(&self, method: Method, path: &str, name: &str) -> RequestBuilder {
        let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
        self.request(method, &format!("{path}/{name}"))
    }

    /// A question after things of this name.
    pub(super) fn search(&self, path: &str, name: &str) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(&format!("{}api/v1/{path}", self.base.path()));
        url.query_pairs_mut().append_pair("query", name).append_pair("limit", "100");
        self.http.get(url).bearer_auth(self.key.expose()).timeout(PATIENCE)
    }

    /// Asks until there is an answer, within bounds.
    pub(super) async fn ask(&self, request: impl Fn() -> RequestBuilder) -> Result<Taken, Trouble> {
        let tries = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(TRIES);
        let once = || async { answered(request().send().await.map_err(Again::Broken)?).await };
        let answer = once.retry(tries).when(Again::may_pass).await;
        answer.map_err(Again::into_trouble)
    }
}

/// `127.0.0.1:4665` and `http://host/` are the same sort of address.
fn base(address: &str) -> Result<Url, ImportError> {
    let address = address.trim();
    let full = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let bad = || ImportError::BadAddress(address.to_owned());
    let mut url = Url::parse(&full).map_err(|_| bad())?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(bad());
    }
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.set_query(None);
    Ok(url)
}

/// An answer that is none yet.
enum Again {
    /// The connection broke.
    Broken(reqwest::Error),
    /// The house said no.
    No(StatusCode, Trouble),
}

impl Again {
    fn may_pass(&self) -> bool {
        match self {
            Self::Broken(_) => true,
            Self::No(status, _) => {
                matches!(
                    *status,
                    StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS | StatusCode::BAD_GATEWAY
                )
            }
        }
    }

    fn into_trouble(self) -> Trouble {
        match self {
            Self::Broken(error) => Trouble::new("house-away", format!("the house does not answer: {error}")),
            Self::No(_, trouble) => trouble,
        }
    }
}

async fn answered(mut response: Response) -> Result<Taken, Again> {
    let status = response.status();
    let outcome = response.headers().get("ink-outcome").and_then(|value| value.to_str().ok());
    let was_here = matches!(outcome, Some("repeated" | "nothing"));
    let mut bytes = vec![];
    while let Some(chunk) = response.chunk().await.map_err(Again::Broken)? {
        if bytes.len() + chunk.len() > ANSWER {
            break;
        }
        bytes.extend_from_slice(&chunk);
    }
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if status.is_success() {
        return Ok(Taken { body, was_here });
    }
    Err(Again::No(status, trouble(status, &body)))
}

/// What the house says is wrong: the code of a refused card or chat, or else what sort of problem it is.
fn trouble(status: StatusCode, body: &Value) -> Trouble {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let kind = text("type").and_then(|kind| kind.rsplit('/').next());
    let code = text("code").or(kind).map_or_else(|| format!("http-{}", status.as_u16()), str::to_owned);
    let message = text("title").map_or_else(|| format!("the house says {status}"), str::to_owned);
    Trouble { code, message }
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_may_be_short() {
        let written = |address| base(address).map(|url| url.to_string()).ok();
        assert_eq!(written("127.0.0.1:4665\n"), Some("http://127.0.0.1:4665/".into()));
        assert_eq!(written("https://inn.example/house"), Some("https://inn.example/house/".into()));
        assert_eq!((written("ftp://inn.example"), written("http://")), (None, None));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_code_and_else_by_its_sort() {
        let told = |body: Value| trouble(StatusCode::UNPROCESSABLE_ENTITY, &body).code;
        assert_eq!(told(json!({"type": "/problems/card-refused", "code": "no-name"})), "no-name");
        assert_eq!(told(json!({"type": "/problems/nobody-there"})), "nobody-there");
        assert_eq!(told(Value::Null), "http-422");
    }
}
