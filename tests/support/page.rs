//! A page that stands for NextChat's, which is not to be had here, and the three ways in which people have it.
//!
//! It is written from what is known of the untouched page (`page/` names the paragraphs) and keeps its laws
//! towards its origin and its browser: inline scripts and modules, what it asks for at its start, how it streams, stops,
//! keeps and syncs, and whom it would ask elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::sync::OnceCell;
use tower_http::services::{ServeDir, ServeFile};

use crate::house::{Innkeeper, Plan};
use crate::nextchat::serves;
use crate::window::Window;
use crate::{elsewhere, undertaker};

const FILES: [(&str, &str); 8] = [
    ("index.html", include_str!("page/index.html")),
    ("site.webmanifest", include_str!("page/site.webmanifest")),
    ("serviceWorker.js", include_str!("page/serviceWorker.js")),
    ("_next/static/css/page.css", include_str!("page/page.css")),
    ("_next/static/chunks/page.js", include_str!("page/page.js")),
    ("_next/static/chunks/chat.js", include_str!("page/chat.js")),
    ("_next/static/chunks/keep.js", include_str!("page/keep.js")),
    ("_next/static/chunks/sync.js", include_str!("page/sync.js")),
];

/// The page's files in a new folder; whom it asks elsewhere are those of this house.
pub(crate) fn files(house: &str) -> PathBuf {
    let folder = undertaker::folder("page");
    for (name, content) in FILES {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder for the page");
        fs::write(file, content.replace("ELSEWHERE", &elsewhere::address(house)))
            .expect("a file of the page");
    }
    folder
}

/// The house of most stories in a browser: it serves the page from its folder, and each story has guests of its own.
pub(crate) async fn gateway() -> &'static Innkeeper {
    static GATEWAY: OnceCell<Innkeeper> = OnceCell::const_new();
    let opens = async || {
        let page = files("folder").display().to_string();
        Plan::shared().await.with("INNKEEPER_NEXTCHAT_DIR", &page).opens().await
    };
    GATEWAY.get_or_init(opens).await
}

/// The page on a server of its own, as NextChat's is: with nobody in its lists. Dropping it is the server's death.
pub(crate) struct Server {
    pub(crate) port: u16,
    _stop: tokio_util::sync::DropGuard,
}

impl Server {
    pub(crate) async fn start(page: &Path, port: u16) -> Self {
        let config =
            json!({"needCode": false, "customModels": "", "defaultModel": "", "hideUserApiKey": false});
        let none = || async { Json(json!([])) };
        let routes = Router::new()
            .route("/", post(none).get_service(ServeFile::new(page.join("index.html"))))
            .route("/api/config", post(async || Json(config)))
            .route("/masks.json", get(async || Json(json!({"cn": [], "tw": [], "en": []}))))
            .route("/plugins.json", get(none))
            .route("/prompts.json", get(none))
            .fallback_service(ServeDir::new(page));
        let (address, stop) = serves(&format!("127.0.0.1:{port}"), routes).await;
        Self { port: address.port(), _stop: stop }
    }
}

/// The page, as somebody uses it.
impl Window {
    /// Opens the page of a house, logged in with this key.
    pub(crate) async fn comes_in(&self, house: &Innkeeper, key: &str) {
        self.comes_in_at(&format!("http://{}", house.address()), key).await;
    }

    pub(crate) async fn comes_in_at(&self, origin: &str, key: &str) {
        self.goes(origin).await;
        self.writes("#key", key).await;
        self.presses("Log in").await;
        self.has_the_page().await;
    }

    /// Logs out with this button.
    pub(crate) async fn leaves_by(&self, origin: &str, button: &str) {
        self.goes(&format!("{origin}/logout")).await;
        self.presses(button).await;
        self.until("document.body.innerText.includes('You are logged out.')").await;
    }

    pub(crate) async fn has_the_page(&self) {
        self.until("document.documentElement.dataset.is === 'ready'").await;
    }

    /// Says something in the session that is open, or to the model that is chosen, and does not wait.
    pub(crate) async fn says(&self, text: &str) {
        self.writes("#input", text).await;
        self.clicks("#send").await;
    }

    /// Waits until nobody speaks any more; what all bubbles say then.
    pub(crate) async fn hears_out(&self) -> Vec<String> {
        self.until("document.querySelector('#bubbles li') && document.querySelector('#stop').hidden").await;
        self.bubbles().await
    }

    pub(crate) async fn bubbles(&self) -> Vec<String> {
        let texts =
            self.is("[...document.querySelectorAll('#bubbles li')].map(one => one.textContent)").await;
        serde_json::from_value(texts).expect("texts")
    }

    pub(crate) async fn buttons(&self, place: &str) -> Vec<String> {
        let texts = format!("[...document.querySelectorAll('{place} button')].map(one => one.textContent)");
        serde_json::from_value(self.is(&texts).await).expect("texts")
    }

    /// From now on notes what the last bubble says, whenever that changes.
    pub(crate) async fn watches_the_last_bubble(&self) {
        let watch = "(() => { self.seen = []; const all = document.getElementById('bubbles'); \
                     new MutationObserver(() => seen.push(all.lastChild?.textContent)).observe(all, {childList: true}); \
                     return true })()";
        self.until(watch).await;
    }

    /// What the last bubble said, one after the other.
    pub(crate) async fn saw(&self) -> Vec<String> {
        let mut seen: Vec<String> = serde_json::from_value(self.is("seen").await).expect("texts");
        seen.dedup();
        seen
    }

    pub(crate) async fn syncs(&self) {
        self.is("delete document.getElementById('sync').dataset.is").await;
        self.clicks("#sync").await;
        assert_eq!(self.until("document.getElementById('sync').dataset.is").await, "done");
    }
}
