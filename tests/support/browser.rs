//! A browser at a house: it keeps cookies, goes where it is sent only when told to, and says where it comes from.

use std::sync::Arc;

use reqwest::cookie::{CookieStore, Jar};
use reqwest::{Method, RequestBuilder};

use crate::answer::Answer;

/// Somebody's browser. A clone is another window of it.
#[derive(Clone)]
pub(crate) struct Browser {
    base: String,
    cookies: Arc<Jar>,
    http: reqwest::Client,
}

impl Browser {
    pub(crate) fn at(address: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let cookies = Arc::new(Jar::default());
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let http = http.no_gzip().cookie_provider(Arc::clone(&cookies)).build().expect("a client");
        Self { base: format!("http://{address}"), cookies, http }
    }

    /// Logged in with this key.
    pub(crate) async fn of(address: &str, key: &str) -> Self {
        let browser = Self::at(address);
        let entered = browser.logs_in(key).await.is(303);
        assert_eq!(entered.header("location"), Some("/"));
        browser
    }

    /// As its own pages would send it.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).header("origin", &self.base)
    }

    pub(crate) async fn asks(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.expect("an answer")).await
    }

    /// What somebody else made it send.
    pub(crate) async fn sends(&self, request: reqwest::Request) -> Answer {
        Answer::of(self.http.execute(request).await.expect("an answer")).await
    }

    pub(crate) async fn opens(&self, path: &str) -> Answer {
        self.asks(self.request(Method::GET, path).header("accept", "text/html,*/*;q=0.8")).await
    }

    pub(crate) async fn posts_form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.asks(self.form(path, form)).await
    }

    /// A form that one of its pages sends.
    pub(crate) fn form(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let body = form.iter().map(|(name, value)| {
            let plain = percent_encoding::NON_ALPHANUMERIC;
            format!("{name}={}", percent_encoding::utf8_percent_encode(value, plain))
        });
        let body = body.collect::<Vec<_>>().join("&");
        let request = self.request(Method::POST, path);
        request.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    pub(crate) async fn logs_in(&self, key: &str) -> Answer {
        self.posts_form("/login", &[("key", key)]).await
    }

    /// What it sends as `Cookie`.
    pub(crate) fn cookie(&self) -> Option<String> {
        let url = self.base.parse().expect("an address");
        Some(self.cookies.cookies(&url)?.to_str().expect("text").to_owned())
    }
}
