//! Being let in by SillyTavern: basic auth, an account, cookies and the CSRF token.
//!
//! One session serves all who share an address and an account. Entering is one future that everybody awaits: a hundred
//! replies that find the session stale cause one login, and if it fails they all hear of it at once, while the next
//! one tries anew. SillyTavern names its cookies after the host without the port, so two of them on one host would
//! overwrite each other in a shared jar; therefore each session has a jar of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt, Shared};
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::provider::error::{Phase, ProviderError, Whom};
use crate::provider::settings::below;
use crate::provider::{fault, reply};
use crate::secret::Secret;

const CSRF: &str = "X-CSRF-Token";
/// How long one step of entering may take.
const STEP: Duration = Duration::from_secs(15);

/// A name and the word that goes with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Credentials {
    pub name: String,
    pub password: Secret,
}

/// Where SillyTavern is, and who we are there. Two of these that are equal share a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Door {
    pub url: Url,
    /// For `basicAuthMode`.
    pub basic: Option<Credentials>,
    /// For `enableUserAccounts`.
    pub account: Option<Credentials>,
}

/// What one gets at the door, and shows with each request.
struct Pass {
    token: String,
    jar: Jar,
}

type Entering = Shared<BoxFuture<'static, Result<Arc<Pass>, ProviderError>>>;

pub struct Session {
    http: Client,
    door: Door,
    entering: Mutex<Option<Entering>>,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

impl Session {
    pub fn new(http: Client, door: Door) -> Self {
        Self { http, door, entering: Mutex::new(None) }
    }

    /// Posts JSON. If the pass has gone stale (SillyTavern was restarted, the session ran out) it enters once more.
    pub async fn post(&self, path: &str, body: &(impl Serialize + Sync)) -> Result<Response, ProviderError> {
        let body =
            Bytes::from(serde_json::to_vec(body).map_err(|_| ProviderError::BadRequest { status: 400 })?);
        let pass = self.pass().await?;
        let response = self.post_with(&pass, path, body.clone()).await?;
        if !is_stale(&response) {
            return Ok(response);
        }
        self.forget(&pass);
        let pass = self.pass().await?;
        self.post_with(&pass, path, body).await
    }

    async fn post_with(&self, pass: &Pass, path: &str, body: Bytes) -> Result<Response, ProviderError> {
        let url = below(&self.door.url, path);
        let request = shown(self.http.post(url.clone()), &self.door, pass, &url);
        let request = request.header(CONTENT_TYPE, "application/json").body(body);
        request.send().await.map_err(|error| fault::of_transport(error, Whom::SillyTavern))
    }

    fn pass(&self) -> Entering {
        let mut slot = self.entering.lock().unwrap_or_else(PoisonError::into_inner);
        match &*slot {
            Some(entering) if !matches!(entering.peek(), Some(Err(_))) => entering.clone(),
            _ => {
                let entering = enter(self.http.clone(), self.door.clone()).boxed().shared();
                slot.insert(entering).clone()
            }
        }
    }

    /// Drops this pass, unless somebody has already got a new one.
    fn forget(&self, stale: &Arc<Pass>) {
        let mut slot = self.entering.lock().unwrap_or_else(PoisonError::into_inner);
        if slot
            .as_ref()
            .and_then(Shared::peek)
            .is_some_and(|pass| pass.as_ref().is_ok_and(|p| Arc::ptr_eq(p, stale)))
        {
            *slot = None;
        }
    }
}

/// SillyTavern's own 403, as opposed to one that it forwards for the model.
fn is_stale(response: &Response) -> bool {
    response.status() == StatusCode::FORBIDDEN && response.headers().contains_key(CONTENT_TYPE)
}

async fn enter(http: Client, door: Door) -> Result<Arc<Pass>, ProviderError> {
    let mut pass = Pass { token: String::new(), jar: Jar::default() };
    let url = below(&door.url, "csrf-token");
    let response = step(&door, &mut pass, http.get(url.clone()), &url).await?;
    let body = reply::bounded_body(response, 4 << 10).await;
    pass.token = serde_json::from_slice::<Token>(&body).map_err(|_| ProviderError::Nonsense)?.token;
    if let Some(account) = &door.account {
        let url = below(&door.url, "api/users/login");
        let login = json!({ "handle": account.name, "password": account.password.expose() });
        step(&door, &mut pass, http.post(url.clone()).json(&login), &url).await?;
    }
    tracing::debug!("entered SillyTavern");
    Ok(Arc::new(pass))
}

/// One request on the way in: its cookies are kept, its refusals mean the login.
async fn step(
    door: &Door,
    pass: &mut Pass,
    request: RequestBuilder,
    url: &Url,
) -> Result<Response, ProviderError> {
    let sent = shown(request, door, pass, url).timeout(STEP).send().await;
    let response = sent.map_err(|error| fault::of_transport(error, Whom::SillyTavern))?;
    pass.jar.set_cookies(&mut response.headers().get_all(SET_COOKIE).iter(), url);
    match response.status().as_u16() {
        200 => Ok(response),
        400 | 401 | 403 | 429 => Err(ProviderError::LoginRefused),
        408 | 504 => Err(ProviderError::TimedOut(Phase::Connect)),
        status @ 500.. => Err(ProviderError::Server { status }),
        _ => Err(ProviderError::Nonsense),
    }
}

fn shown(mut request: RequestBuilder, door: &Door, pass: &Pass, url: &Url) -> RequestBuilder {
    if let Some(basic) = &door.basic {
        request = request.basic_auth(&basic.name, Some(basic.password.expose()));
    }
    if let Some(cookies) = pass.jar.cookies(url) {
        request = request.header(COOKIE, cookies);
    }
    if pass.token.is_empty() { request } else { request.header(CSRF, &pass.token) }
}

#[cfg(test)]
mod spec;
