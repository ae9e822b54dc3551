//! A real browser: Chromium without a window, driven over WebDriver, with a profile for each person.
//!
//! Why: cookies, origins, policies, service workers, focus and streams are the browser's to enforce, and no HTTP client
//! does. One driver serves all stories of a run. It speaks to each Chromium through a pipe, so that none outlives it; the
//! undertaker ends it with the run, and whoever tells a story closes what they opened. When a story fails, a picture
//! of every window is left in the target folder for its next reader.

use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder};
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::window::Window;
use crate::{packages, undertaker};

const STARTS_WITHIN: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
const PICTURE_WITHIN: Duration = Duration::from_secs(10);

/// For root, without a screen, and asking nobody but the pages' own servers.
const FLAGS: [&str; 14] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--password-store=basic",
    "--remote-debugging-pipe",
    "--lang=en-US",
    "--window-size=1280,900",
    // A name that is not this machine's, to the browser: what it grants to TLS and to this machine only is not granted there.
    "--host-resolver-rules=MAP inn.test 127.0.0.1",
];

/// The browsers of one story.
#[derive(Default)]
pub(crate) struct Browsers(Mutex<Vec<Client>>);

impl Browsers {
    /// Tells a story with browsers in it.
    pub(crate) async fn tell(story: impl AsyncFnOnce(&Self)) {
        let browsers = Self::default();
        let told = AssertUnwindSafe(story(&browsers)).catch_unwind().await;
        let open = browsers.0.into_inner().unwrap_or_default();
        for (number, client) in open.into_iter().enumerate() {
            if told.is_err() {
                let _ = tokio::time::timeout(PICTURE_WITHIN, leave_picture(&client, number)).await;
            }
            let _ = client.close().await;
        }
        told.unwrap_or_else(|panic| resume_unwind(panic));
    }

    /// The browser of somebody new.
    pub(crate) async fn opens(&self) -> Window {
        self.opens_with(undertaker::folder("profile")).await
    }

    /// The same browser after it was closed, as its owner closes it.
    pub(crate) async fn reopens(&self, window: Window) -> Window {
        let Window { client, profile } = window;
        client.close().await.expect("Chromium closes");
        self.opens_with(profile).await
    }

    async fn opens_with(&self, profile: PathBuf) -> Window {
        let mut arguments = FLAGS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let wanted = json!({"goog:chromeOptions": {"args": arguments}, "pageLoadStrategy": "normal"});
        let wanted = wanted.as_object().expect("an object").clone();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&Driver::shared().await.address)
            .await;
        let client = client.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        self.0.lock().expect("nobody panics here").push(client.clone());
        Window { client, profile }
    }
}

async fn leave_picture(client: &Client, number: usize) {
    let story = std::thread::current().name().unwrap_or("story").replace("::", "-");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{story}-{number}.png"));
    let address = client.current_url().await.map(|url| url.to_string()).unwrap_or_default();
    if let Ok(picture) = client.screenshot().await
        && fs::write(&file, picture).is_ok()
    {
        eprintln!("what was seen at {address}: {}", file.display());
    }
}

/// The driver, which runs from the first story on.
struct Driver {
    address: String,
    _process: Child,
}

impl Driver {
    async fn shared() -> &'static Self {
        static DRIVER: OnceCell<Driver> = OnceCell::const_new();
        DRIVER.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let brings = ["chromium", "chromium-driver", "fonts-dejavu-core"];
        let program = packages::of_debian("chromedriver", &brings).await;
        let log = undertaker::folder("chromedriver").join("log");
        let output = File::create(&log).expect("a log for the driver");
        let mut driver = Command::new(program);
        driver.arg("--port=0").stdin(Stdio::null()).stderr(output.try_clone().expect("a second handle"));
        let mut process = driver.stdout(output).spawn().expect("the driver runs");
        undertaker::watch(process.id());
        let address = format!("http://127.0.0.1:{}", listens(&mut process, &log).await);
        Self { address, _process: process }
    }
}

/// The port of the driver, once it listens.
async fn listens(driver: &mut Child, log: &Path) -> u16 {
    let deadline = Instant::now() + STARTS_WITHIN;
    loop {
        if let Some(port) = port(&fs::read_to_string(log).unwrap_or_default()) {
            return port;
        }
        let ended = driver.try_wait().expect("a child's status");
        let said = || undertaker::last_words(log);
        assert!(ended.is_none() && Instant::now() < deadline, "no driver: {ended:?} {}", said());
        tokio::time::sleep(POLL).await;
    }
}

/// The port that the driver says it listens on.
fn port(said: &str) -> Option<u16> {
    said.split_once("started successfully on port ")?.1.split_once('.')?.0.parse().ok()
}
