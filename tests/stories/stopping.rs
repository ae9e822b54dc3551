//! However a house ends, it leaves no process and sound data behind.

use std::fs;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::house::{Plan, by_signal};

/// The command lines of all processes that work on the folder of this plan.
fn processes(plan: &Plan) -> Vec<String> {
    let listed = std::process::Command::new("ps").args(["-eww", "-o", "args="]).output().unwrap();
    let folder = plan.folder().display().to_string();
    String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter(|line| line.contains(&folder))
        .map(str::to_owned)
        .collect()
}

async fn is_deserted(plan: &Plan) {
    let deserted = async {
        while !processes(plan).is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), deserted).await;
    assert!(waited.is_ok(), "left behind: {:?}", processes(plan));
}

#[tokio::test]
async fn no_way_to_end_leaves_a_process_or_broken_data() {
    let plan = Plan::alone();
    for signal in [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGINT, Signal::SIGKILL] {
        let house = plan.opens().await;
        assert!(processes(&plan).len() >= 3, "{:?}", processes(&plan));
        house.owner().gets("characters").await.is(200);

        house.signals(signal);
        let status = house.ends();

        assert_eq!(status.success(), signal != Signal::SIGKILL, "{status:?}");
        assert_eq!(by_signal(status, Signal::SIGKILL), signal == Signal::SIGKILL, "{status:?}");
        if signal != Signal::SIGKILL {
            assert_eq!(processes(&plan), [""; 0], "{signal}");
            assert!(!plan.folder().join("run/address").exists(), "{signal}");
        }
        is_deserted(&plan).await;
    }
    let log = fs::read_to_string(plan.folder().join("logs/postgres.log")).unwrap();
    assert!(!log.contains("not properly shut down"), "{log}");
}

#[tokio::test]
async fn a_house_whose_server_dies_says_so_and_ends() {
    let plan = Plan::alone();
    let house = plan.opens().await;
    let pid = fs::read_to_string(plan.folder().join("run/nats.pid")).unwrap();

    kill(Pid::from_raw(pid.trim().parse().unwrap()), Signal::SIGKILL).unwrap();
    let status = house.ends();

    assert_eq!(status.code(), Some(1));
    assert!(plan.said().1.contains("nats-server has ended by itself"), "{}", plan.said().1);
    is_deserted(&plan).await;
    plan.opens().await.owner().gets("characters").await.is(200);
}
