//! The document of the interface is what the code says, and the house does what the document says.

use std::process::Stdio;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::process::Command;

use crate::house::{Innkeeper, Plan};
use crate::packages;

/// From PyPI, installed once into the cache folder.
const SCHEMATHESIS: &str = "4.32.5";
const RUNS_WITHIN: Duration = Duration::from_secs(600);

#[tokio::test]
async fn the_document_that_is_served_is_the_one_that_the_code_makes() {
    let owner = Innkeeper::common().await.owner();

    let served = owner.gets("/api/openapi.json").await.is(200).json();

    let made: Value = serde_json::from_str(&innkeeper::api::openapi().to_json().unwrap()).unwrap();
    assert_eq!(served, made);
    let page = owner.gets("/api/docs/").await.is(200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(owner.gets("/").await.is(200).header("content-type").unwrap().starts_with("text/html"));
}

#[tokio::test]
async fn every_operation_has_a_name_a_summary_and_its_problem() {
    let document = Innkeeper::common().await.owner().gets("/api/openapi.json").await.is(200).json();
    let mut names = vec![];
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in
            methods.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters")
        {
            let at = format!("{method} {path}");
            names.push(
                operation["operationId"].as_str().unwrap_or_else(|| panic!("{at} has no name")).to_owned(),
            );
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{at}");
            let refused = &operation["responses"]["default"]["content"];
            assert!(
                refused["application/problem+json"].is_object() || at.ends_with("readyz"),
                "{at}: {refused}"
            );
        }
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two operations of one name");
    for path in [
        "characters/import",
        "lorebooks/import",
        "lorebooks/{id}/entries/{uid}",
        "personas/default",
        "personas/import",
        "conversations/{id}/persona",
        "conversations/{id}/messages",
        "replies/{id}/stream",
        "conversations/{id}/events",
    ] {
        assert!(document["paths"][format!("/api/v1/{path}")].is_object(), "{path} is not described");
    }
    all_references_lead_somewhere(&document, &document);
}

fn all_references_lead_somewhere(document: &Value, value: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                let pointer = reference.strip_prefix('#').expect("a reference within the document");
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            fields.values().for_each(|value| all_references_lead_somewhere(document, value));
        }
        Value::Array(values) => {
            values.iter().for_each(|value| all_references_lead_somewhere(document, value));
        }
        _ => {}
    }
}

/// Thousands of requests made from the document, good and bad ones: none breaks the house, and every answer is one that
/// the document names. The house is one of its own, for this caller revokes and retires whatever they find.
#[tokio::test]
async fn the_house_does_what_the_document_says() {
    let house = Plan::shared().await.opens().await;

    // Streams stay open, and revoking one's own key ends the visit.
    let closed = ["--exclude-path-regex", "/(stream|events)$", "--exclude-operation-id", "revoke_key"];
    visits(&house, &closed).await;

    let owner = house.owner();
    owner.asks(owner.request(Method::GET, "/healthz")).await.is(200);
}

/// Tries these operations.
async fn visits(house: &Innkeeper, operations: &[&str]) {
    let owner = house.owner();
    let mut schemathesis =
        Command::new(packages::of_pypi("schemathesis", SCHEMATHESIS).await.join("bin/schemathesis"));
    schemathesis
        .args(["run", &owner.url("/api/openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {}", owner.key())])
        .args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance"])
        .args(["--checks", "response_schema_conformance"])
        .args(operations)
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "8", "--seed", "1"])
        // With two, Python 3.11 sometimes loses count of its recursion: its parser is shared by the threads.
        .args(["--workers", "1", "--request-timeout", "30", "--suppress-health-check", "all", "--no-color"])
        .current_dir(house.plan().folder())
        .stdin(Stdio::null())
        .kill_on_drop(true);

    let ended = tokio::time::timeout(RUNS_WITHIN, schemathesis.output()).await.expect("it ends").unwrap();

    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{said}\n{}", String::from_utf8_lossy(&ended.stderr));
}
