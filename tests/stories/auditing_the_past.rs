//! An auditor sees anything as it was, with its words only by a right of its own, and other auditors see what they saw.

use serde_json::{Value, json};

use crate::{
    auditing::{OPERATOR, auditor, found},
    guest::Guest,
    house::Innkeeper,
    model_stub::Stub,
};

/// Answers lines of JSON.
async fn lines(guest: &Guest, path: &str, body: Value) -> Vec<Value> {
    let answer = guest.posts(path, body).await.is(200);
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_auditor_sees_a_conversation_as_it_was_and_its_words_by_a_right_of_their_own() {
    let house = Innkeeper::common().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let said = mira.says(&conversation, "Is the kettle on?").await;
    mira.hears_out(said.reply()).await;
    mira.patches(&format!("conversations/{conversation}"), json!({"title": "Tea"})).await.is(200);
    let now = mira.newest().unwrap();
    let vera = auditor(house, "Vera of the past", &["--audit"]).await;
    let oona = auditor(house, "Oona of the past", &["--audit", "--open"]).await;
    let asked = |more: Value| {
        let mut body = json!({"aggregate": "conversation", "id": conversation});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };

    // Sealed: what happened, and not a word of it.
    let history = lines(&vera, "audit/history", asked(json!({}))).await;
    assert_eq!(history[0]["events"][0]["type"], "ConversationStarted", "{history:?}");
    assert!(history.iter().any(|line| line["position"] == said.position), "{history:?}");
    assert!(!json!(history).to_string().contains("kettle"), "{history:?}");
    let sealed = vera.posts("audit/at", asked(json!({"at": now}))).await.is(200).json();
    assert_eq!(sealed["commits"], history.len(), "{sealed}");
    assert!(!sealed.to_string().contains("kettle") && !sealed.to_string().contains("Tea"), "{sealed}");
    for (path, more) in [
        ("audit/history", json!({"open": true})),
        ("audit/at", json!({"open": true, "at": now})),
        ("audit/diff", json!({"open": true, "from": now, "to": now})),
    ] {
        vera.posts(path, asked(more)).await.is_refused(403, "right-missing");
    }

    let one = json!({"from": said.position, "to": said.position});
    let exported = lines(&vera, "audit/export", one).await;
    assert_eq!((exported.len(), exported[0]["sequence"].is_u64()), (1, true), "{exported:?}");

    // Opened: as it was when the question was asked, and what became of it.
    let then = asked(json!({"at": said.position, "open": true}));
    let then = oona.posts("audit/at", then).await.is(200).json();
    assert_eq!(then["position"], said.position);
    let words = then["state"]["transcript"]["lines"].to_string();
    assert!(words.contains("Is the kettle on?"), "{then}");
    assert_eq!(then["state"]["transcript"]["title"], Value::Null, "{then}");
    let between = asked(json!({"from": said.position, "to": now, "open": true}));
    let between = oona.posts("audit/diff", between).await.is(200).json();
    let changes = between["changes"].as_array().unwrap();
    let title = changes.iter().find(|change| change["path"] == "/transcript/title").unwrap();
    assert_eq!((&title["before"], &title["value"]), (&Value::Null, &json!("Tea")), "{between}");

    // What there is not.
    let nobody = json!({"aggregate": "character", "id": conversation});
    vera.posts("audit/history", nobody).await.is_refused(404, "aggregate-not-found");
    let tavern = json!({"aggregate": "tavern", "id": conversation});
    vera.posts("audit/history", tavern).await.is_refused(422, "unknown-kind");
    vera.posts("audit/at", asked(json!({"at": "yesterday"}))).await.is_refused(400, "malformed-moment");
    vera.posts("audit/at", asked(json!({"at": "2001-01-01T00:00:00Z"}))).await.is(200).text("aggregate");
}

#[tokio::test]
async fn no_look_passes_unseen() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let character = mira.invents("Aqua").await;
    let oona = auditor(house, "Oona who is seen", &["--audit", "--open"]).await;
    let vera = auditor(house, "Vera who sees", &["--audit"]).await;
    let id = oona.gets("me").await.is(200).text("id");
    let asked = json!({"aggregate": "character", "id": character, "open": true});

    // The same key for two requests is no way to read twice and be seen once.
    for _ in 0..2 {
        oona.asks(oona.keyed("audit/history", "again", &asked)).await.is(200);
    }
    oona.posts("audit/verify", json!({})).await.is(200);
    oona.posts("audit/checkpoint", json!({})).await.is(200);
    oona.gets("audit/checkpoint").await.is(200);

    let looks = lines(&vera, "audit/history", json!({"aggregate": "audit", "id": id})).await;
    let looks: Vec<_> = looks.iter().map(|line| &line["events"][0]["body"]).collect();
    let purposes: Vec<_> = looks.iter().map(|look| look["purpose"].as_str().unwrap()).collect();
    assert_eq!(purposes, ["history", "history", "verify", "checkpoint", "checkpoint"]);
    assert_eq!((&looks[0]["about"], &looks[0]["words"]), (&json!(character), &json!("Opened")));
    assert_eq!(looks[2]["words"], "Sealed");

    // The command line is seen as well.
    let plan = house.plan();
    let (code, shown) =
        found(plan, &["at", &mira.newest().unwrap(), "character", &character, "--json"]).await;
    assert_eq!((code, &shown["open"]), (Some(0), &json!(false)), "{shown}");
    let trail = lines(&vera, "audit/history", json!({"aggregate": "audit", "id": OPERATOR})).await;
    let looked = |line: &Value| line["events"][0]["body"]["about"] == json!(character);
    assert!(trail.iter().any(looked), "{trail:?}");
}
