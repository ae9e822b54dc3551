//! What the documents tell analysts to do works: the page's Python with nats-py, and the example in Rust.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;

use crate::analyst::Analyst;
use crate::card::{card, json_file};
use crate::house::Plan;
use crate::servers::Place;

/// From PyPI, installed once into the cache folder.
const NATS_PY: &str = "2.16.0";
const ENDS_WITHIN: Duration = Duration::from_secs(300);

#[tokio::test]
async fn the_page_and_the_example_count_what_happened() {
    let place = Place::new().await;
    let (house, analyst) = (Plan::on(&place).opens().await, Analyst::at(&place).await);
    let owner = house.owner();
    let ida = owner.imports(json_file(&card(2, "Ida"))).await.is(201).text("id");
    let sit = json!({"character_ids": [ida]});
    let conversation = owner.posts("conversations", sit).await.is(201).text("id");
    for words in ["One", "Two", "Three"] {
        owner.hears(&conversation, words).await.completed();
    }
    analyst.reads_until(|told| told.event["position"] == *owner.newest().unwrap()).await;

    let page = include_str!("../../docs/analytics.md");
    let (_, code) = page.split_once("```python\n").unwrap();
    let program = house.plan().folder().join("hours.py");
    fs::write(&program, code.split_once("```").unwrap().0).unwrap();
    let python = runs(Command::new(python().await).arg(program), &place).await;
    let picture = house.plan().folder().join("hours.svg");
    let mut example = Command::new(env!("CARGO"));
    example.args(["run", "--quiet", "--example", "analytics", "--"]).arg(&picture);
    let rust = runs(example.current_dir(env!("CARGO_MANIFEST_DIR")), &place).await;

    // The turns may lie on both sides of an hour.
    let count = |text: &str, column: usize| -> usize {
        text.lines().filter_map(|line| line.split_whitespace().nth(column)?.parse::<usize>().ok()).sum()
    };
    assert_eq!(count(&python, 1), 3, "{python}");
    assert!(python.contains("1 people"), "{python}");
    assert_eq!((count(&rust, 1), count(&rust, 3)), (3, 3), "{rust}");
    let svg = fs::read_to_string(picture).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("<rect"), "{svg}");
}

async fn runs(command: &mut Command, place: &Place) -> String {
    command.env("NATS_URL", &place.analyst_url).env("PREFIX", &place.prefix);
    let output = ends(command).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

async fn ends(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(ENDS_WITHIN, command.output()).await;
    ended.expect("it ends").expect("it runs")
}

/// A Python that has nats-py; installs it if nobody has yet.
async fn python() -> PathBuf {
    let folder = innkeeper::config::cache_folder().join(format!("nats-py-{NATS_PY}"));
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let (done, venv) = (folder.join("done"), folder.join("venv"));
    let python = venv.join("bin/python");
    if !done.exists() {
        let why = "nats-py comes from PyPI, which needs Python 3 with venv, and a network once";
        let made = ends(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).await;
        assert!(made.status.success(), "{why}: {}", String::from_utf8_lossy(&made.stderr));
        let package = format!("nats-py=={NATS_PY}");
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &package];
        let installed = ends(Command::new(&python).args(install)).await;
        assert!(installed.status.success(), "{why}: {}", String::from_utf8_lossy(&installed.stderr));
        File::create(done).unwrap();
    }
    python
}
