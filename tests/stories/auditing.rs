//! An auditor finds history as it was, proves it to others, and finds out whoever changed it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::{
    card::{card, json_file},
    guest::Guest,
    house::{Innkeeper, Plan},
    model_stub::Stub,
    store::Block,
};

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a command of the audit prints, and how it ends.
async fn audit(plan: &Plan, arguments: &[&str]) -> (Option<i32>, String) {
    let output = plan.runs(&[&["audit"], arguments].concat()).await;
    let said = text(&output);
    assert!(!said.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), said)
}

async fn found(plan: &Plan, arguments: &[&str]) -> (Option<i32>, Value) {
    let (code, said) = audit(plan, arguments).await;
    (code, serde_json::from_str(said.trim()).unwrap_or_else(|_| panic!("{arguments:?}: {said}")))
}

/// An auditor with these rights.
async fn auditor(house: &Innkeeper, name: &str, rights: &[&str]) -> Guest {
    let created = house.plan().runs(&[&["key", "create", "--user", name], rights].concat()).await;
    Guest::new(house.address(), text(&created).trim())
}

/// A house in which a conversation was held; answers the reply, too.
async fn after_a_talk() -> (Innkeeper, String) {
    let house = Plan::alone().opens().await;
    let mira = house.guest("Mira").await;
    let stub = Stub::start().await;
    mira.speaks_through(&stub, "normal").await;
    let character = mira.imports(json_file(&card(2, "Aqua"))).await.is(201).text("id");
    let conversation = mira.sits_down_with(&[&character]).await;
    let said = mira.says(&conversation, "Is the kettle on?").await;
    mira.hears_out(said.reply()).await;
    (house, said.reply().to_owned())
}

fn offline(log: &Path, checkpoint: &Path, key: &str) -> [Output; 2] {
    let ours = Command::new(env!("CARGO_BIN_EXE_innkeeper"))
        .args(["audit", "verify", "--json", "--key", key, "--log"])
        .arg(log)
        .arg("--checkpoint")
        .arg(checkpoint)
        .output();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/verify_log.py");
    let theirs = Command::new("python3").arg(script).args([log, checkpoint]).arg(key).output();
    [ours.unwrap(), theirs.unwrap()]
}

/// Changes one letter of a body in the store, with a checksum that is right, as a forger would.
fn forge(data: &Path) -> u64 {
    let stores = [data.join("nats/store"), data.join("nats")];
    let store: &PathBuf = stores.iter().find(|store| store.join("jetstream").is_dir()).unwrap();
    let mut block = Block::open(store, "INK_LOG");
    let record = block.records.iter_mut().find(|it| it.subject.starts_with(b"ink.log.user.")).unwrap();
    let sequence = record.sequence;
    // The time stands in the open, whatever else is sealed: a year earlier.
    let year = record.body.windows(4).position(|window| window.starts_with(b"202")).unwrap();
    record.body[year + 3] = if record.body[year + 3] == b'0' { b'1' } else { b'0' };
    block.forge();
    sequence
}

#[tokio::test]
async fn history_is_whole_is_proved_elsewhere_and_a_forger_is_found_out() {
    let (house, reply) = after_a_talk().await;
    let plan = house.plan().clone();

    // The checkpoint is kept elsewhere, and the log goes out.
    let (code, note) = audit(&plan, &["checkpoint"]).await;
    assert_eq!(code, Some(0));
    assert!(note.starts_with("innkeeper/INK_LOG/"), "{note}");
    let key = audit(&plan, &["checkpoint", "--key"]).await.1.trim().to_owned();
    let (_, log) = audit(&plan, &["export"]).await;
    assert!(!log.contains("kettle"), "words stand nowhere but in bodies");
    let [log_file, note_file] = ["log.ndjson", "note.txt"].map(|name| plan.folder().join(name));
    fs::write(&log_file, &log).unwrap();
    fs::write(&note_file, &note).unwrap();

    for verified in offline(&log_file, &note_file, &key) {
        assert!(verified.status.success(), "{verified:?}");
    }
    fs::write(&log_file, log.replacen("Ink-Types", "Ink-Type5", 1)).unwrap();
    for verified in offline(&log_file, &note_file, &key) {
        assert_eq!(verified.status.code(), Some(1), "{verified:?}");
    }

    // On the spot.
    let (code, report) = found(&plan, &["verify", "--json"]).await;
    assert_eq!((code, &report["whole"]), (Some(0), &json!(true)), "{report}");
    assert!(report["checkpoints"].as_u64().unwrap() >= 1, "{report}");
    let (code, proof) = found(&plan, &["prove", "2"]).await;
    assert_eq!((code, &proof["inclusion"]["sequence"]), (Some(0), &json!(2)), "{proof}");
    let (code, prompt) = found(&plan, &["prompt", &reply, "--json"]).await;
    assert_eq!((code, &prompt["proved"]), (Some(0), &json!(true)), "{prompt}");
    assert!(prompt["messages"].to_string().contains("Is the kettle on?"), "{prompt}");
    let trail = audit(&plan, &["export", "--open"]).await.1;
    for purpose in ["verify", "prove", "prompt", "export"] {
        assert!(trail.contains(&format!(r#""purpose":"{purpose}""#)), "{purpose} left no line");
    }

    // Somebody has the disk.
    house.stops();
    let forged = forge(plan.folder());
    let note = note_file.to_str().unwrap();
    let (code, finding) = found(&plan, &["verify", "--json", "--checkpoint", note]).await;
    assert_eq!((code, &finding["whole"]), (Some(1), &json!(false)), "{finding}");
    let at = finding["at"].as_u64().unwrap();
    assert!(at <= forged || finding["reason"] == "broken-chain", "{forged}: {finding}");
}

#[tokio::test]
async fn an_auditor_needs_the_right_and_another_one_to_read_what_was_said() {
    let house = Innkeeper::common().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let said = mira.says(&conversation, "Is the kettle on?").await;
    mira.hears_out(said.reply()).await;

    mira.posts("audit/verify", json!({})).await.is_refused(403, "right-missing");
    mira.gets("audit/checkpoint").await.is_refused(403, "right-missing");

    let vera = auditor(house, "Vera the auditor", &["--audit"]).await;
    let signed = vera.posts("audit/checkpoint", json!({})).await.is(200).json();
    let report = vera.posts("audit/verify", json!({})).await.is(200).json();
    assert!(report["vouched"].as_u64() >= signed["size"].as_u64(), "{report}");
    let position = said.position.clone();
    let proof = vera.posts("audit/prove", json!({"position": position})).await.is(200).json();
    assert_eq!(proof["key"], signed["key"]);
    vera.posts("audit/prove", json!({"position": "00000000-1"})).await.is_refused(409, "another-log");
    let of_reply = json!({"reply_id": said.reply()});
    vera.posts("audit/prompt", of_reply.clone()).await.is_refused(403, "right-missing");
    vera.posts("audit/export", json!({"open": true})).await.is_refused(403, "right-missing");

    let oona = auditor(house, "Oona who opens", &["--audit", "--open"]).await;
    let prompt = oona.posts("audit/prompt", of_reply).await.is(200).json();
    assert_eq!(prompt["proved"], true, "{prompt}");
}
