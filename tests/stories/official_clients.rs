//! OpenAI's own packages for Python and Node talk with a character: lists, answers at once and as they are said, a stop
//! in the middle, and what is refused.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::model_stub::{Stub, WORDS};
use crate::packages;

const RUNS_WITHIN: Duration = Duration::from_secs(120);
const OF_PYPI: &str = "3.57.0";
/// The last that Node 20 runs.
const OF_NPM: &str = "6.30.1";

async fn mira() -> (Guest, Stub) {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    mira.speaks_through(&stub, "slow").await;
    mira.invents("Aqua").await;
    (mira, stub)
}

/// What the program tells.
async fn tells(mut program: Command, mira: &Guest) -> Value {
    program.env("OPENAI_BASE_URL", mira.url("/v1")).env("OPENAI_API_KEY", mira.key());
    program.env("NO_PROXY", "127.0.0.1").env_remove("OPENAI_ORG_ID").env_remove("OPENAI_PROJECT_ID");
    let ended = program.stdin(Stdio::null()).kill_on_drop(true).output();
    let ended = tokio::time::timeout(RUNS_WITHIN, ended).await.expect("it ends").expect("it runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    serde_json::from_slice(&ended.stdout).expect("one line of JSON")
}

async fn is_as_everywhere(told: &Value, mira: &Guest) {
    let all = WORDS.concat();
    assert_eq!((&told["models"], &told["model"]), (&json!(["Aqua"]), &json!("Aqua")));
    assert_eq!(told["whole"], json!([all, "stop", true]));
    assert_eq!((&told["first"], &told["streamed"]), (&json!("assistant"), &json!([all, "stop", true])));
    let heard = told["heard"].as_str().expect("a beginning");
    assert!(!heard.is_empty() && heard.len() < all.len() && all.starts_with(heard), "{heard}");
    assert_eq!(told["went_on"], all);
    let refused = |kind: &str, status: u16, code: &str| json!([kind, status, "invalid_request_error", code]);
    assert_eq!(
        told["refused"],
        json!([
            refused("NotFoundError", 404, "model_not_found"),
            refused("NotFoundError", 404, "model_not_found"),
            refused("BadRequestError", 400, "nothing_said"),
            refused("AuthenticationError", 401, "invalid_api_key"),
            ["InternalServerError", 501, "server_error", "not_built"],
        ])
    );

    let mut stories = vec![];
    for conversation in mira.conversations().await {
        stories.push(mira.words(&conversation).await);
    }
    let [stopped, streamed, whole] = &stories[..] else { panic!("{stories:?}") };
    assert_eq!(whole, &["All at once, please", &all]);
    assert_eq!(streamed, &["As it is said, please", &all]);
    assert_eq!((stopped.len(), &stopped[0][..], &stopped[2][..]), (4, "Tell me all of it", "And then?"));
    assert!(stopped[1].starts_with(heard.trim_end()) && stopped[3] == all, "{stopped:?}");
}

#[tokio::test]
async fn the_package_for_python() {
    let (mira, _stub) = mira().await;
    let venv = packages::of_pypi("openai", OF_PYPI).await;
    let mut python = Command::new(venv.join("bin/python"));
    python.args(["-c", include_str!("../support/openai_client.py")]);

    is_as_everywhere(&tells(python, &mira).await, &mira).await;
}

#[tokio::test]
async fn the_package_for_node() {
    let (mira, _stub) = mira().await;
    let mut node = Command::new("node");
    node.current_dir(packages::of_npm("openai", OF_NPM).await);
    node.args(["--input-type=module", "--eval", include_str!("../support/openai_client.mjs")]);

    is_as_everywhere(&tells(node, &mira).await, &mira).await;
}
