//! What a house answers, and the two ways to take it: as expected, or as a problem.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer that has arrived whole.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.expect("a whole answer") }
    }

    /// It is this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// A text field of the body.
    #[track_caller]
    pub(crate) fn text(&self, field: &str) -> String {
        let body = self.json();
        body[field].as_str().unwrap_or_else(|| panic!("no text {field} in {body}")).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// It is a problem of this status and kind, said in the one form.
    #[track_caller]
    pub(crate) fn is_refused(&self, status: u16, slug: &str) -> Value {
        let media_type = self.header("content-type").unwrap_or_default().to_owned();
        let said = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!((self.status, media_type.as_str()), (status, "application/problem+json"), "{said}");
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{slug}"), "{said}");
        assert_eq!(problem["status"], status, "{said}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{said}");
        problem
    }
}
