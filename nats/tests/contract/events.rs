//! The stream that analysts read: it fences its own writer, goes on where it ended, and begins anew without losing anybody.

use std::time::Duration;

use async_nats::jetstream::{Context, consumer::pull};
use domain::commit::{Kind, Position};
use futures_util::StreamExt;
use nats::{EventStream, EventStreamError, Keep, Nats, Origin, PublishError, Published, Source, Standing};
use uuid::Uuid;

use crate::{
    server::Server,
    world::{EPOCH, connected},
};

const NOTHING: Standing = Standing { sequence: 0, source: None, generation: 0 };

fn origin() -> Origin {
    Origin { log: EPOCH, names: "aa".into() }
}

fn source(sequence: u64, index: u32) -> Source {
    Source { position: Position { epoch: EPOCH, sequence }, index }
}

fn event(nats: &Nats, sequence: u64, index: u32) -> Published {
    let subject = nats.subjects().event(Kind::Conversation, "MessageSent", Uuid::from_u128(7));
    Published { subject, source: source(sequence, index), body: format!("{sequence}.{index}").into() }
}

async fn opened(nats: &Nats) -> EventStream {
    EventStream::open(nats, &origin(), Keep::default()).await.unwrap()
}

async fn raw(server: &Server) -> Context {
    async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap())
}

/// Everything in the stream, as a consumer gets it.
async fn read(server: &Server) -> Vec<String> {
    let stream = raw(server).await.get_stream("INK_EVENTS").await.unwrap();
    let count = stream.get_info().await.unwrap().state.messages;
    let consumer = stream.create_consumer(pull::OrderedConfig::default()).await.unwrap();
    let messages = consumer.messages().await.unwrap().take(usize::try_from(count).unwrap());
    messages.map(|message| String::from_utf8_lossy(&message.unwrap().payload).into_owned()).collect().await
}

#[tokio::test]
async fn events_stand_in_order_and_the_last_one_says_where_to_go_on() {
    let server = Server::start();
    let nats = connected(&server).await;
    assert_eq!(EventStream::look(&nats).await.unwrap(), None);
    let events = opened(&nats).await;
    assert_eq!(events.standing().await.unwrap(), NOTHING);

    // A few go one by one, many in one batch.
    let few = [event(&nats, 1, 0), event(&nats, 2, 0), event(&nats, 2, 1)];
    let at = events.publish(NOTHING, &few).await.unwrap();
    assert_eq!(at, Standing { sequence: 3, source: Some(source(2, 1)), generation: 0 });
    let many: Vec<_> = (3..103).map(|sequence| event(&nats, sequence, 0)).collect();
    let at = events.publish(at, &many).await.unwrap();
    assert_eq!((at.sequence, at.source), (103, Some(source(102, 0))));

    let another = opened(&connected(&server).await).await;
    assert_eq!(another.standing().await.unwrap(), at);
    assert_eq!(EventStream::look(&nats).await.unwrap(), Some(at));
    let expected: Vec<_> = few.iter().chain(&many).map(|event| event.body.clone()).collect();
    assert_eq!(
        read(&server).await,
        expected.iter().map(|body| String::from_utf8_lossy(body)).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn of_two_publishers_one_gets_ahead_and_nothing_stands_twice() {
    let server = Server::start();
    let (one, other) = (connected(&server).await, connected(&server).await);
    let tell = async |nats: &Nats| {
        let events = opened(nats).await;
        let (mut told, mut fenced) = (events.standing().await.unwrap(), 0);
        loop {
            let next = told.source.map_or(1, |source| source.position.sequence + 1);
            if next > 200 {
                return fenced;
            }
            // Sometimes a few, sometimes a batch.
            let many = if next.is_multiple_of(3) { 20 } else { 2 };
            let batch: Vec<_> = (next..=200).take(many).map(|sequence| event(nats, sequence, 0)).collect();
            told = match events.publish(told, &batch).await {
                Ok(told) => told,
                Err(PublishError::Fenced(_) | PublishError::Unclear(_)) => {
                    fenced += 1;
                    events.standing().await.unwrap()
                }
            };
        }
    };
    let fenced = tokio::join!(tell(&one), tell(&other));
    assert!(fenced.0 + fenced.1 > 0, "they met");
    assert_eq!(read(&server).await, (1..=200).map(|sequence| format!("{sequence}.0")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_publish_that_follows_something_else_changes_nothing() {
    let server = Server::start();
    let nats = connected(&server).await;
    let events = opened(&nats).await;
    let at = events.publish(NOTHING, &[event(&nats, 1, 0)]).await.unwrap();
    for count in [1, 50] {
        let stale: Vec<_> = (5..5 + count).map(|sequence| event(&nats, sequence, 0)).collect();
        let refused = events.publish(NOTHING, &stale).await;
        assert!(matches!(refused, Err(PublishError::Fenced(_))), "{refused:?}");
    }
    assert_eq!(events.standing().await.unwrap(), at);
}

#[tokio::test]
async fn a_stream_that_begins_anew_fences_its_writer_and_keeps_its_consumers() {
    let server = Server::start();
    let nats = connected(&server).await;
    let events = opened(&nats).await;
    let at = events.publish(NOTHING, &[event(&nats, 1, 0), event(&nats, 2, 0)]).await.unwrap();
    let stream = raw(&server).await.get_stream("INK_EVENTS").await.unwrap();
    let config = pull::Config { durable_name: Some("team".into()), ..pull::Config::default() };
    let team = stream.create_consumer(config).await.unwrap();

    let word = |generation: u64| format!("anew {generation}").into();
    let generation = EventStream::restart(&nats, &origin(), Keep::default(), word).await.unwrap();

    assert_eq!(generation, 3);
    let fenced = events.publish(at, &[event(&nats, 3, 0)]).await;
    assert!(matches!(fenced, Err(PublishError::Fenced(_))), "{fenced:?}");
    let anew = events.standing().await.unwrap();
    assert_eq!(anew, Standing { sequence: 3, source: None, generation: 3 });
    // The same events, within the time for which the server remembers their ids.
    events.publish(anew, &[event(&nats, 1, 0), event(&nats, 2, 0)]).await.unwrap();
    assert_eq!(read(&server).await, ["anew 3", "1.0", "2.0"]);
    let mut batch = team.fetch().max_messages(3).messages().await.unwrap();
    let first = batch.next().await.unwrap().unwrap();
    assert_eq!(first.payload, "anew 3");
}

#[tokio::test]
async fn a_stream_of_another_log_or_other_names_is_left_alone_until_it_is_told_to_begin_anew() {
    let server = Server::start();
    let nats = connected(&server).await;
    opened(&nats).await;
    let other = Origin { names: "bb".into(), ..origin() };
    let refused = EventStream::open(&nats, &other, Keep::default()).await;
    assert!(matches!(refused, Err(EventStreamError::OtherOrigin { .. })), "{refused:?}");

    EventStream::restart(&nats, &other, Keep::default(), |_| "anew".into()).await.unwrap();
    EventStream::open(&nats, &other, Keep::default()).await.unwrap();
}

#[tokio::test]
async fn what_it_keeps_is_the_houses_say_and_the_rest_the_operators() {
    let server = Server::start();
    let nats = connected(&server).await;
    let week = Keep { age: Some(Duration::from_secs(7 * 24 * 3600)), bytes: Some(1 << 30) };
    EventStream::open(&nats, &origin(), week).await.unwrap();
    let jetstream = raw(&server).await;
    let config = async || jetstream.get_stream("INK_EVENTS").await.unwrap().cached_info().config.clone();
    let mut edited = config().await;
    assert_eq!((edited.max_age, edited.max_bytes), (week.age.unwrap(), 1 << 30));
    edited.max_consumers = 10;
    edited.description = Some("Ours.".into());
    let _ = jetstream.update_stream(&edited).await;

    let before = config().await.description;
    EventStream::open(&nats, &origin(), Keep::default()).await.unwrap();

    let after = config().await;
    assert_eq!((after.max_age, after.max_bytes), (Duration::ZERO, -1));
    assert_eq!(after.description, before);
}
