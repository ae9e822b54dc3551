//! The first minutes with a house, as its operator has them: commands, messages, files, and what is refused.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use nix::sys::signal::Signal;
use serde_json::json;

use crate::guest::Guest;
use crate::house::{Innkeeper, Plan, by_signal};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file and folder below that others than its owner may use.
fn open_to_others(folder: &Path) -> Vec<String> {
    let mut open = vec![];
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let mode = entry.metadata().map_or(0, |found| found.permissions().mode());
        // A folder that only its owner enters keeps everything below it.
        if !kind.is_dir() && mode & 0o077 != 0
            || kind.is_dir() && mode & 0o077 != 0 && !open_to_others(&path).is_empty()
        {
            open.push(format!("{} {mode:o}", path.display()));
        }
    }
    open
}

#[tokio::test]
async fn one_command_is_enough_and_the_banner_says_what_to_do() {
    let plan = Plan::alone();
    let house = plan.opens().await;

    let (banner, _) = plan.said();

    assert!(banner.contains(house.address()) && banner.contains("/api/docs"), "{banner}");
    assert!(banner.contains(house.owner().key()) && banner.contains("demo"), "{banner}");
    let at = banner.find("curl ").expect("a curl line");
    let line = banner[at..].split("\n\n").next().unwrap();
    let shell = tokio::process::Command::new("sh").args(["-c", line]).stdin(Stdio::null()).output();
    let said = shell.await.unwrap();
    let heard = text(&said.stdout);
    assert!(said.status.success(), "{line}: {}", text(&said.stderr));
    assert!(heard.contains("event: accepted") && heard.contains("event: completed"), "{heard}");

    // Where the files are, nobody else reads; what a run needs is in a folder that nobody else enters.
    let secrets = ["owner.key", "secrets.key", "run/servers.json", "nats/password", "postgres/password"];
    for file in secrets {
        let mode = fs::metadata(plan.folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(mode.permissions().mode() & 0o077, 0, "{file}");
    }
    let open: Vec<_> =
        open_to_others(plan.folder()).into_iter().filter(|file| !file.contains("std")).collect();
    assert_eq!(open, [""; 0]);

    a_second_one_is_refused(&plan, &house).await;
    keys_are_made_while_it_runs(&plan, &house).await;
    let conversation = house.owner().gets("conversations").await.is(200).json()["items"][0]["id"].clone();
    let before = house.owner().words(conversation.as_str().unwrap()).await;
    assert!(house.stops().success());

    let house = plan.opens().await;
    assert_eq!(
        house.owner().words(conversation.as_str().unwrap()).await,
        before,
        "a second start finds its data"
    );
    assert_eq!(house.owner().gets("characters").await.json()["items"].as_array().unwrap().len(), 1);
    house.signals(Signal::SIGINT);
    assert!(house.ends().success(), "Ctrl-C");

    let made = plan.runs(&["key", "create", "--user", "Night owl"]).await;
    assert!(made.status.success(), "without a house that runs: {}", text(&made.stderr));
    assert!(text(&made.stdout).trim().starts_with("ink_"));
}

async fn a_second_one_is_refused(plan: &Plan, house: &Innkeeper) {
    let refused = plan.runs(&[]).await;
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains(&house.pid().to_string()), "{said}");
    assert!(said.contains(&plan.folder().display().to_string()), "{said}");
    house.owner().gets("me").await.is(200);
}

async fn keys_are_made_while_it_runs(plan: &Plan, house: &Innkeeper) {
    let (mut users, mut keys) = (vec![], vec![]);
    for _ in 0..2 {
        let made = plan.runs(&["key", "create", "--user", "Mira", "--label", "phone"]).await;
        assert!(made.status.success(), "{}", text(&made.stderr));
        let guest = Guest::new(house.address(), text(&made.stdout).trim());
        users.push(guest.gets("me").await.is(200).text("id"));
        keys.push(guest.key().to_owned());
    }
    assert_eq!(users[0], users[1], "one person");
    assert_ne!(keys[0], keys[1], "with two keys");
    let nameless = plan.runs(&["key", "create", "--user", ""]).await;
    assert!(!nameless.status.success());
}

#[tokio::test]
async fn a_busy_port_is_told_by_name() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let plan = Plan::shared().await.with("INNKEEPER_LISTEN", &address);

    let refused = plan.runs(&[]).await;

    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains(&address) && said.contains("--listen"), "{said}");
}

#[tokio::test]
async fn the_configuration_is_shown_without_its_secrets_and_what_is_misspelt_is_refused() {
    let plan = Plan::alone()
        .with("NATS_URL", "nats://inn:hush-nats@127.0.0.1:4222")
        .with("DATABASE_URL", "postgres://inn:hush-postgres@127.0.0.1/inn")
        .with("INNKEEPER_OPENAI_URL", "http://127.0.0.1:9/v1")
        .with("INNKEEPER_OPENAI_MODEL", "m")
        .with("INNKEEPER_OPENAI_KEY", "hush-openai")
        .with("INNKEEPER_SECRETS_KEY", &"5e".repeat(32));

    let shown = plan.runs(&["config"]).await;
    let printed = text(&shown.stdout);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    assert!(printed.contains("***") && printed.contains("http://127.0.0.1:9/v1"), "{printed}");
    assert!(!printed.contains("hush") && !printed.contains("5e5e"), "{printed}");

    let file = plan.folder().join("house.toml");
    fs::write(&file, "[worker]\nack_wiat = '5s'\n").unwrap();
    let file = file.display().to_string();
    for (misspelt, arguments, name) in [
        (plan.clone().with("INNKEEPER_LISTN", "127.0.0.1:0"), vec!["config"], "listn"),
        (plan.clone().with("INNKEEPER_WORKER_ACK_WIAT", "5s"), vec!["config"], "ack_wiat"),
        (plan.clone(), vec!["config", "--config", &file], "ack_wiat"),
        (plan.clone(), vec!["config", "--config", "/nowhere.toml"], "/nowhere.toml"),
        (plan.clone().with("INNKEEPER_WORKER_ACK_WAIT", "soon"), vec!["config"], "ack_wait"),
        (plan.clone().with("INNKEEPER_PROVIDER", "oracle"), vec!["config"], "provider"),
    ] {
        let refused = misspelt.runs(&arguments).await;
        let said = text(&refused.stderr).to_lowercase();
        assert!(!refused.status.success() && said.contains(name), "{name}: {said}");
        assert!(!said.contains("hush"), "{said}");
    }
}

#[tokio::test]
async fn every_command_helps() {
    let plan = Plan::alone();
    for command in [
        vec![],
        vec!["serve"],
        vec!["project"],
        vec!["work"],
        vec!["config"],
        vec!["migrate"],
        vec!["key"],
        vec!["key", "create"],
        vec!["publish"],
        vec!["events"],
        vec!["events", "name"],
        vec!["webhooks"],
        vec!["webhooks", "add"],
    ] {
        let help = plan.runs(&[command.clone(), vec!["--help"]].concat()).await;
        let said = text(&help.stdout);
        assert!(help.status.success() && said.contains("Usage: innkeeper"), "{command:?}: {said}");
        assert!(
            said.contains("--data") && said.lines().all(|line| line.chars().count() <= 100),
            "{command:?}: {said}"
        );
    }
    assert!(text(&plan.runs(&["--version"]).await.stdout).starts_with("innkeeper "));
    assert_eq!(plan.runs(&["dance"]).await.status.code(), Some(2));
}

#[tokio::test]
async fn a_role_alone_says_what_it_needs() {
    let plan = Plan::alone();
    for role in ["serve", "project", "work", "publish"] {
        let refused = plan.runs(&[role]).await;
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{role}: {said}");
        assert!(said.contains("NATS_URL") && said.contains("DATABASE_URL"), "{role}: {said}");
    }
}

#[tokio::test]
async fn the_tables_are_brought_up_to_date_by_a_command() {
    let plan = Plan::shared().await;
    for _ in 0..2 {
        let migrated = plan.runs(&["migrate"]).await;
        assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    }
    plan.opens().await.owner().gets("characters").await.is(200);
}

#[tokio::test]
async fn servers_that_are_not_there_are_named_without_their_passwords() {
    let plan = Plan::shared().await;
    for (name, url) in [
        ("NATS_URL", "nats://inn:hush@127.0.0.1:9"),
        ("DATABASE_URL", "postgres://inn:hush@127.0.0.1:9/inn?sslmode=disable"),
    ] {
        let refused = plan.clone().with(name, url).runs(&[]).await;
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains("innkeeper: ") && !said.contains("hush"), "{said}");
    }
}

/// Whoever stops the house while a reply streams has it end at once, and the reply is not lost.
#[tokio::test]
async fn a_house_that_is_told_to_stop_does_not_wait_for_streams() {
    let plan = Plan::shared().await.with("INNKEEPER_WORKER_ACK_WAIT", "1s");
    let house = plan.opens().await;
    let (owner, stub) = (house.owner(), crate::model_stub::Stub::start().await);
    let conversation = owner.sits_down(&stub, "stall-then-ok").await;
    let (said, mut listening) = owner.talks(&conversation, "Hold on").await;
    listening.until("token").await;

    let began = std::time::Instant::now();
    let status = house.stops();
    assert!(status.success() && !by_signal(status, Signal::SIGTERM), "{status:?}");
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());

    let house = plan.opens().await;
    let heard = owner.at(house.address()).hears_out(said.reply()).await;
    assert_eq!(heard.completed(), crate::model_stub::WORDS.concat());
    assert_eq!(json!(owner.at(house.address()).words(&conversation).await[0]), "Hold on");
}
