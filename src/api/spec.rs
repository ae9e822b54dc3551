//! What holds for the interface as a whole.

use std::collections::BTreeSet;

use serde_json::Value;

fn document() -> Value {
    serde_json::to_value(super::openapi()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    operations.collect()
}

#[test]
fn the_document_names_every_room_that_others_rely_on() {
    let document = document();
    let named: BTreeSet<_> = operations(&document).into_iter().map(|(name, _)| name).collect();
    for room in [
        "post /api/v1/characters/import",
        "get /api/v1/characters",
        "post /api/v1/characters",
        "get /api/v1/characters/{id}",
        "patch /api/v1/characters/{id}",
        "delete /api/v1/characters/{id}",
        "get /api/v1/characters/{id}/avatar",
        "post /api/v1/conversations",
        "get /api/v1/conversations",
        "get /api/v1/conversations/{id}",
        "get /api/v1/conversations/{id}/messages",
        "post /api/v1/conversations/{id}/messages",
        "patch /api/v1/conversations/{id}/messages/{message_id}",
        "delete /api/v1/conversations/{id}/messages/{message_id}",
        "post /api/v1/conversations/{id}/branch",
        "get /api/v1/conversations/{id}/events",
        "post /api/v1/replies/{id}/cancel",
        "post /api/v1/replies/{id}/regenerate",
        "get /api/v1/replies/{id}/stream",
        "post /api/v1/messages/{id}/choose",
        "get /healthz",
        "get /readyz",
        "get /metrics",
    ] {
        assert!(named.contains(room), "{room} is not in {named:?}");
    }
}

#[test]
fn every_operation_has_an_id_of_its_own_and_says_what_may_go_wrong() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].to_string()), "{name}");
        assert!(operation["responses"]["default"].is_object(), "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
}
