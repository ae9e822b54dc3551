//! What the house refuses to start on.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, Source, StorageType};
use nats::{
    CheckError, ConnectError, Journal, JournalOptions, NatsOptions, OpenError, SyncAlways, Tolerance, check,
    checks::monitor, connect, ensure, keys::Pocket,
};

use crate::{
    server::Server,
    world::{EPOCH, World, connected},
};

fn right() -> Config {
    Config {
        name: "INK_LOG".into(),
        subjects: vec!["ink.log.>".into()],
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        metadata: [("ink.epoch".to_owned(), EPOCH.to_string())].into(),
        ..Config::default()
    }
}

fn other_log() -> Source {
    Source { name: "OTHER".into(), ..Source::default() }
}

async fn settings_refused(
    server: &Server,
    config: Config,
    tolerance: Tolerance,
) -> Result<Vec<String>, CheckError> {
    let nats = connected(server).await;
    let raw = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    raw.create_stream(config).await.unwrap();
    let answer = check(&nats, tolerance, SyncAlways::On).await;
    raw.delete_stream("INK_LOG").await.unwrap();
    Ok(answer?.iter().map(|finding| finding.setting.to_owned()).collect())
}

#[tokio::test]
async fn our_own_log_is_right() {
    let world = World::new().await;
    assert_eq!(check(&world.nats, Tolerance::Strict, SyncAlways::On).await.unwrap(), []);
    // To make what is there already changes nothing.
    ensure(&world.nats, domain::commit::Epoch::new(9)).await.unwrap();
    assert_eq!(world.another().await.epoch(), EPOCH);
}

#[tokio::test]
async fn every_setting_that_loses_history_is_refused_by_its_name_and_tolerated_when_told() {
    let server = Server::start();
    let bad = [
        ("discard", Config { discard: DiscardPolicy::Old, ..right() }),
        ("max_age", Config { max_age: Duration::from_secs(3600), ..right() }),
        ("max_msgs", Config { max_messages: 1000, ..right() }),
        ("max_msgs_per_subject", Config { max_messages_per_subject: 10, ..right() }),
        ("deny_delete", Config { deny_delete: false, ..right() }),
        ("deny_purge", Config { deny_purge: false, ..right() }),
        ("allow_rollup_hdrs", Config { allow_rollup: true, deny_purge: false, ..right() }),
        ("allow_msg_ttl", Config { allow_message_ttl: true, ..right() }),
        ("retention", Config { retention: RetentionPolicy::Interest, ..right() }),
        ("storage", Config { storage: StorageType::Memory, ..right() }),
        ("allow_msg_counter", Config { allow_message_counter: true, discard: DiscardPolicy::Old, ..right() }),
        (
            "allow_msg_schedules",
            Config { allow_message_schedules: true, discard: DiscardPolicy::Old, ..right() },
        ),
        ("mirror or sources", Config { sources: Some(vec![other_log()]), ..right() }),
        ("max_msg_size", Config { max_message_size: 100_000, ..right() }),
        ("max_consumers", Config { max_consumers: 3, ..right() }),
        ("no_ack", Config { no_ack: true, ..right() }),
        ("allow_direct", Config { allow_direct: false, ..right() }),
        ("subjects", Config { subjects: vec!["ink.log.user.*".into()], ..right() }),
    ];
    for (setting, config) in bad {
        let refused = settings_refused(&server, config.clone(), Tolerance::Strict).await.unwrap_err();
        let CheckError::Lossy(_) = &refused else { panic!("{refused:?}") };
        assert!(refused.to_string().contains(&format!("{setting}: ")), "{refused}");
        let tolerated = settings_refused(&server, config, Tolerance::Lossy).await.unwrap();
        assert!(tolerated.iter().any(|name| name == setting), "{setting}: {tolerated:?}");
    }
    assert_eq!(settings_refused(&server, right(), Tolerance::Strict).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_log_that_is_closed_is_refused() {
    let world = World::new().await;
    let raw = world.raw().await;
    let mut config = raw.get_stream("INK_LOG").await.unwrap().cached_info().config.clone();
    config.sealed = true;
    raw.update_stream(config).await.unwrap();
    let refused = check(&world.nats, Tolerance::Strict, SyncAlways::On).await.unwrap_err();
    assert!(refused.to_string().contains("sealed: "), "{refused}");
}

#[tokio::test]
async fn a_log_without_an_epoch_is_refused_even_when_loss_is_tolerated() {
    let server = Server::start();
    let config = Config { metadata: Default::default(), ..right() };
    let refused = settings_refused(&server, config.clone(), Tolerance::Lossy).await.unwrap_err();
    assert!(matches!(refused, CheckError::NoEpoch { .. }), "{refused:?}");

    let raw = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    raw.create_stream(config).await.unwrap();
    let (nats, keys) = (connected(&server).await, Arc::new(Pocket::default()));
    let refused = Journal::open(&nats, keys, JournalOptions::default()).await.unwrap_err();
    assert!(matches!(refused, OpenError::NoEpoch { .. }), "{refused:?}");
}

#[tokio::test]
async fn the_monitoring_port_tells_whether_the_server_syncs() {
    let (always, lazy) = (World::new().await, World::on(Server::configured("", "")).await);
    assert_eq!(monitor::sync_always(&always.server.monitor()).await.unwrap(), SyncAlways::On);
    let sync = monitor::sync_always(&lazy.server.monitor()).await.unwrap();
    assert_eq!(sync, SyncAlways::Off);
    let refused = check(&lazy.nats, Tolerance::Strict, sync).await.unwrap_err();
    assert!(refused.to_string().contains("sync_interval"), "{refused}");
    assert_eq!(check(&lazy.nats, Tolerance::Strict, SyncAlways::Unknown).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_no_monitoring_port_is_told_as_such() {
    let server = Server::start();
    for url in ["", "https://127.0.0.1:1", "http://host", "http://a:1/x", "nats://127.0.0.1:4222"] {
        let answer = monitor::sync_always(url).await;
        assert!(matches!(answer, Err(monitor::MonitorError::BadUrl(_))), "{url}: {answer:?}");
    }
    let answer = monitor::sync_always(&server.url().replace("nats:", "http:")).await;
    assert!(matches!(answer, Err(monitor::MonitorError::Strange(_))), "{answer:?}");
}

#[tokio::test]
async fn credentials_in_the_address_open_the_door_and_wrong_ones_are_refused_at_once() {
    let server = Server::configured("", "authorization { user: mira, password: \"p@ss/word\" }");
    let with = |who: &str| NatsOptions::new(server.url().replace("//", &format!("//{who}")));
    connect(&with("mira:p%40ss%2Fword@")).await.unwrap();
    for who in ["", "mira:s3cr3t@"] {
        let refused = connect(&with(who)).await.unwrap_err();
        assert!(matches!(refused, ConnectError::Refused { .. }), "{refused:?}");
        assert!(!format!("{refused} {refused:?}").contains("s3cr3t"));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_in_time() {
    let mut server = Server::start();
    server.kill();
    let options =
        NatsOptions { connect_within: Duration::from_millis(500), ..NatsOptions::new(server.url()) };
    let error = connect(&options).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
}
