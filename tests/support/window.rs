//! A window of a browser, as somebody uses it who sees, types and clicks, or listens to a screen reader.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use fantoccini::actions::{ActionSequence, InputSource, KeyAction, KeyActions};
use fantoccini::cookies::Cookie;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::packages;

const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);
const AXE: &str = "4.14.1";

/// A window, and the profile behind it.
pub(crate) struct Window {
    pub(crate) client: Client,
    pub(crate) profile: PathBuf,
}

/// What a screen reader says of whatever has the focus.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) role: String,
    pub(crate) name: String,
    pub(crate) description: String,
}

impl Window {
    pub(crate) async fn goes(&self, address: &str) {
        self.client.goto(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    pub(crate) async fn reloads(&self) {
        self.client.refresh().await.expect("the page loads again");
    }

    pub(crate) async fn address(&self) -> String {
        self.client.current_url().await.expect("an address").to_string()
    }

    /// What an expression of JavaScript is in the page.
    pub(crate) async fn is(&self, expression: &str) -> Value {
        let told = self.client.execute(&format!("return {expression}"), vec![]).await;
        told.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Waits, for a bounded time, until an expression is true in some way, and tells what it is.
    pub(crate) async fn until(&self, expression: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Between two pages there is nobody to ask.
            let told = self.client.execute(&format!("return {expression}"), vec![]).await;
            match told {
                Ok(told) if ![json!(null), json!(false), json!(""), json!(0)].contains(&told) => return told,
                told => assert!(Instant::now() < deadline, "not in time: {expression}, but {told:?}"),
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The text of what is found there, once it is.
    pub(crate) async fn reads(&self, place: &str) -> String {
        let text = self.until(&format!("document.querySelector({})?.innerText", json!(place))).await;
        text.as_str().expect("a text").to_owned()
    }

    pub(crate) async fn clicks(&self, place: &str) {
        let found =
            self.client.find(Locator::Css(place)).await.unwrap_or_else(|error| panic!("{place}: {error}"));
        found.click().await.unwrap_or_else(|error| panic!("{place}: {error}"));
    }

    /// Clicks on the first button of this text.
    pub(crate) async fn presses(&self, text: &str) {
        let button = format!("//button[normalize-space()={}]", json!(text));
        let found = self.client.find(Locator::XPath(&button)).await;
        found.unwrap_or_else(|error| panic!("{text}: {error}")).click().await.expect("a click");
    }

    /// Writes into a field.
    pub(crate) async fn writes(&self, place: &str, text: &str) {
        let field =
            self.client.find(Locator::Css(place)).await.unwrap_or_else(|error| panic!("{place}: {error}"));
        field.clear().await.expect("a field that can be emptied");
        field.send_keys(text).await.expect("a field that can be written in");
    }

    /// Types on the keyboard, wherever the focus is.
    pub(crate) async fn types(&self, text: &str) {
        let keys = text.chars().fold(KeyActions::new("keyboard".to_owned()), |keys, value| {
            keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(ActionSequence::from(keys)).await.expect("keys that can be pressed");
    }

    pub(crate) async fn cookie(&self, name: &str) -> Option<Cookie<'static>> {
        self.client.get_named_cookie(name).await.ok()
    }

    /// Lets go of a cookie, as a browser does when it is over.
    pub(crate) async fn loses_cookie(&self, name: &str) {
        self.client.delete_cookie(name).await.expect("a cookie that can be deleted");
    }

    /// What a screen reader says now.
    pub(crate) async fn speaks(&self) -> Spoken {
        let tree = self.devtools("Accessibility.getFullAXTree", json!({})).await;
        let nodes = tree["nodes"].as_array().expect("a tree");
        let has_focus = |node: &&Value| {
            let properties = node["properties"].as_array();
            properties.is_some_and(|all| {
                all.iter().any(|one| one["name"] == "focused" && one["value"]["value"] == true)
                    && node["role"]["value"] != "RootWebArea"
            })
        };
        let node = nodes.iter().find(has_focus).unwrap_or_else(|| panic!("nothing has the focus: {tree}"));
        let text = |field: &str| node[field]["value"].as_str().unwrap_or_default().to_owned();
        Spoken { role: text("role"), name: text("name"), description: text("description") }
    }

    /// Everybody can use the page, as far as a program can tell, by day and by night; and it fits on a phone, also on a
    /// small one.
    pub(crate) async fn is_for_everybody(&self) {
        let address = self.address().await;
        for scheme in ["dark", "light"] {
            let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            self.devtools("Emulation.setEmulatedMedia", media).await;
            assert_eq!(self.is_judged().await, json!([]), "{address}, {scheme}");
        }
        for width in [320, 360] {
            let phone = json!({"width": width, "height": 640, "deviceScaleFactor": 3, "mobile": true});
            self.devtools("Emulation.setDeviceMetricsOverride", phone).await;
            let widths = self.is("[document.documentElement.scrollWidth, visualViewport.width]").await;
            assert_eq!(widths, json!([width, width]), "{address} scrolls sideways on a phone");
        }
        self.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    /// What axe-core has against the page.
    async fn is_judged(&self) -> Value {
        let axe = packages::of_npm("axe-core", AXE).await.join("node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).expect("axe-core as its package has it");
        let judge = format!(
            "{axe}; return axe.run(document).then(({{violations, passes}}) => [passes.length, violations.flatMap(\
             ({{id, nodes}}) => nodes.map(({{html, failureSummary}}) => [id, html, failureSummary]))])"
        );
        let judged = self.client.execute(&judge, vec![]).await.expect("axe-core judges");
        assert!(judged[0].as_u64() > Some(10), "hardly a rule was looked at: {judged}");
        judged[1].clone()
    }

    async fn devtools(&self, cmd: &'static str, params: Value) -> Value {
        let command = Devtools(json!({"cmd": cmd, "params": params}));
        self.client.issue_cmd(command).await.unwrap_or_else(|error| panic!("{cmd}: {error}"))
    }
}

/// A command of Chromium's own protocol, by way of the driver.
#[derive(Debug)]
struct Devtools(Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.0.to_string()))
    }
}
