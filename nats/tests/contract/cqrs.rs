//! What an aggregate that was written for the crate `cqrs-es` is promised on our journal.

use std::collections::HashMap;

use cqrs_es::{
    Aggregate, AggregateContext, AggregateError, CqrsFramework, DomainEvent, EventStore,
    event_sink::EventSink, test::TestFramework,
};
use nats::CqrsStore;
use serde::{Deserialize, Serialize};

use crate::world::World;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum TillEvent {
    Opened,
    Paid { pence: u64, by: Option<String> },
}

impl DomainEvent for TillEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened => "Opened".to_owned(),
            Self::Paid { .. } => "Paid".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("nobody pays nothing")]
struct NothingPaid;

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Till {
    open: bool,
    pence: u64,
}

impl Aggregate for Till {
    const TYPE: &'static str = "till";
    type Command = u64;
    type Event = TillEvent;
    type Error = NothingPaid;
    type Services = ();

    async fn handle(&mut self, pence: u64, _: &(), sink: &EventSink<Self>) -> Result<(), NothingPaid> {
        if pence == 0 {
            return Err(NothingPaid);
        }
        if !self.open {
            sink.write(TillEvent::Opened, self).await;
        }
        sink.write(TillEvent::Paid { pence, by: None }, self).await;
        Ok(())
    }

    fn apply(&mut self, event: TillEvent) {
        match event {
            TillEvent::Opened => self.open = true,
            TillEvent::Paid { pence, .. } => self.pence += pence,
        }
    }
}

#[test]
fn its_own_test_framework_holds_for_it() {
    let paid = TillEvent::Paid { pence: 5, by: None };
    TestFramework::<Till>::with(())
        .given_no_previous_events()
        .when(5)
        .then_expect_events(vec![TillEvent::Opened, paid]);
}

#[tokio::test]
async fn it_lives_on_the_journal_across_processes() {
    let world = World::new().await;
    let tills = CqrsFramework::new(CqrsStore::<Till>::new(world.journal.clone()), vec![], ());
    for pence in [5, 7] {
        tills.execute("bar", pence).await.unwrap();
    }
    assert!(matches!(tills.execute("bar", 0).await, Err(AggregateError::UserError(NothingPaid))));

    let elsewhere = CqrsStore::<Till>::new(world.another().await);
    assert_eq!(*elsewhere.load_aggregate("bar").await.unwrap().aggregate(), Till { open: true, pence: 12 });
    let events = elsewhere.load_events("bar").await.unwrap();
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(world.journal.last().await.unwrap().sequence, 2);
}

#[tokio::test]
async fn of_two_that_decide_at_once_one_wins() {
    let world = World::new().await;
    let (mine, theirs) =
        (CqrsStore::<Till>::new(world.journal.clone()), CqrsStore::<Till>::new(world.another().await));
    let (one, two) = (mine.load_aggregate("bar").await.unwrap(), theirs.load_aggregate("bar").await.unwrap());
    let metadata = HashMap::from([("who".to_owned(), "Mira".to_owned())]);
    mine.commit(vec![TillEvent::Opened], one, metadata.clone()).await.unwrap();
    let lost = theirs.commit(vec![TillEvent::Opened], two, HashMap::new()).await;
    assert!(matches!(lost, Err(AggregateError::AggregateConflict)), "{lost:?}");
    assert_eq!(theirs.load_events("bar").await.unwrap()[0].metadata, metadata);
}

#[tokio::test]
async fn an_id_that_cannot_stand_in_a_subject_is_refused() {
    let world = World::new().await;
    let tills = CqrsStore::<Till>::new(world.journal.clone());
    for id in ["", "a.b", "a b", "*", ">", "ä", &"a".repeat(129)] {
        let refused = tills.load_events(id).await;
        assert!(matches!(refused, Err(AggregateError::UnexpectedError(_))), "{id}: {refused:?}");
    }
}
