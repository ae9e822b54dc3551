//! A house burns down, and comes back from its backups: as it was, proved, and without whoever was erased since.

use std::{fs, path::Path, process::Output};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    card::{card, json_file},
    guest::Guest,
    house::{Innkeeper, Plan},
    model_stub::Stub,
};

/// What an operator keeps elsewhere.
const ELSEWHERE: [&str; 5] = ["audit.key", "backup.key", "erased.ledger", "master.key", "secrets.key"];

async fn runs(plan: &Plan, arguments: &[&str]) -> Value {
    let output = plan.runs(arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}", words(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {output:?}"))
}

async fn fails(plan: &Plan, arguments: &[&str], why: &str) {
    let output = plan.runs(arguments).await;
    assert!(!output.status.success(), "{arguments:?}: {output:?}");
    assert!(words(&output).contains(why), "{arguments:?}: {}", words(&output));
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A machine on which no house was ever opened, with what was kept elsewhere.
fn after_the_fire(kept: &Path) -> Plan {
    let plan = Plan::alone();
    for name in ELSEWHERE {
        fs::copy(kept.join(name), plan.folder().join(name)).unwrap();
    }
    plan
}

/// A conversation with a character who has a card of her own.
async fn talks(guest: &Guest, stub: &Stub, name: &str) -> (String, String) {
    guest.speaks_through(stub, "normal").await;
    let character = guest.imports(json_file(&card(2, name))).await.is(201).text("id");
    let conversation = guest.sits_down_with(&[&character]).await;
    let said = guest.says(&conversation, "Is the kettle on?").await;
    guest.hears_out(said.reply()).await;
    (conversation, character)
}

/// What a guest sees of their things, the same in every house that is the same.
async fn sees(guest: &Guest, (conversation, character): &(String, String)) -> (Vec<Value>, Vec<u8>) {
    let card = guest.gets(&format!("characters/{character}/card?format=json")).await.is(200);
    (guest.story(conversation).await, card.body.to_vec())
}

fn path(plan: &Plan, name: &str) -> String {
    plan.folder().join(name).display().to_string()
}

#[tokio::test]
async fn a_house_that_burned_down_comes_back_proved_and_without_whoever_was_erased() {
    let stub = Stub::start().await;
    let house = Plan::alone().opens().await;
    let plan = house.plan().clone();
    let (mira, vlad) = (house.guest("Mira").await, house.guest("Vlad").await);
    let hers = talks(&mira, &stub, "Aqua").await;
    let his = talks(&vlad, &stub, "Bard").await;

    // A whole backup with the keys, then one of what came since.
    let [first, second, keys] = ["first.age", "second.age", "keys.age"].map(|name| path(&plan, name));
    let saved = runs(&plan, &["backup", &first, "--keys", &keys, "--json"]).await;
    assert_eq!(saved["people"], json!(3), "the owner, Mira and Vlad: {saved}");
    fails(&plan, &["backup", &first], "is there already").await;
    let since = saved["archive"]["until"].to_string();
    let said = mira.says(&hers.0, "And the bread?").await;
    mira.hears_out(said.reply()).await;
    let name = vlad.gets("me").await.is(200).text("name");
    let farewell = vlad.request(Method::DELETE, "me").json(&json!({ "name": name }));
    vlad.asks(farewell).await.is(200);
    runs(&plan, &["backup", &second, "--since", &since, "--json"]).await;
    let before = sees(&mira, &hers).await;
    let note = plan.runs(&["audit", "checkpoint"]).await;
    fs::write(plan.folder().join("note.txt"), &note.stdout).unwrap();
    assert!(!fs::read(&first).unwrap().windows(6).any(|window| window == b"kettle"));

    // A restore into a house that is lived in changes nothing.
    fails(&plan, &["restore", &first, "--keys", &keys], "history of its own").await;
    house.stops();

    // The archives are proved before and while they are brought back.
    let anew = after_the_fire(plan.folder());
    let whole = runs(&anew, &["restore", &first, &second, "--keys", &keys, "--check", "--json"]).await;
    assert_eq!(whole["whole"], true, "{whole}");
    fails(&anew, &["restore", &second, "--check"], "in order").await;
    let cut = path(&anew, "cut.age");
    let bytes = fs::read(&first).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    fails(&anew, &["restore", &cut, "--keys", &keys], "cannot use").await;
    fails(&anew, &["projections", "status"], "innkeeper restore").await;
    runs(&anew, &["restore", &first, &second, "--keys", &keys, "--json"]).await;

    // Whoever was there finds everything as it was.
    let house = anew.opens().await;
    let mira = mira.at(house.address());
    assert_eq!(sees(&mira, &hers).await, before);
    vlad.at(house.address()).gets("me").await.is_refused(401, "unauthorized");
    let note = path(&plan, "note.txt");
    let report = runs(&anew, &["audit", "verify", "--json", "--checkpoint", &note]).await;
    assert_eq!(report["whole"], true, "{report}");
    let trail = anew.runs(&["audit", "export", "--open"]).await;
    for purpose in ["backup", "restore"] {
        let line = format!(r#""purpose":"{purpose}""#);
        assert!(String::from_utf8_lossy(&trail.stdout).contains(&line), "{purpose} left no line");
    }
    house.stops();

    // The backup from before somebody was erased has them, and his keys; the ledger knows better.
    let earlier = after_the_fire(plan.folder());
    let restored = runs(&earlier, &["restore", &first, "--keys", &keys, "--json"]).await;
    assert_eq!(restored["erased_again"], 1, "{restored}");
    forgotten(earlier.opens().await, &vlad, &his).await;
}

async fn forgotten(house: Innkeeper, gone: &Guest, theirs: &(String, String)) {
    let gone = gone.at(house.address());
    gone.gets(&format!("conversations/{}/messages", theirs.0)).await.is_refused(401, "unauthorized");
    let log = house.plan().runs(&["audit", "export", "--open"]).await;
    assert!(!String::from_utf8_lossy(&log.stdout).contains("Bard"));
    house.stops();
}
