//! What analysts read of a commit.

use std::time::Duration;

use domain::{
    commit::{Recorded, RecordedEvent},
    public,
};
use nats::{Published, Source};
use time::OffsetDateTime;

use super::cloud_event;
use crate::{house::House, stamp};

/// Makes messages of events.
pub(super) struct Deriver<'a> {
    house: &'a House,
    keep_for: Duration,
}

impl<'a> Deriver<'a> {
    pub(super) fn new(house: &'a House) -> Self {
        Self { house, keep_for: house.config.events.keep_for }
    }

    /// The events of a commit behind what was told already.
    pub(super) fn events(
        &self,
        recorded: Option<Recorded>,
        told: Option<Source>,
    ) -> impl Iterator<Item = Published> {
        let recorded = recorded.filter(|recorded| !self.is_old(recorded.commit.at));
        let events = recorded.map(|recorded| self.all(&recorded)).unwrap_or_default();
        events.into_iter().filter(move |event| is_news(event.source, told))
    }

    fn all(&self, recorded: &Recorded) -> Vec<Published> {
        (0_u32..)
            .zip(&recorded.commit.events)
            .filter_map(|(index, event)| self.event(recorded, index, event))
            .collect()
    }

    fn event(&self, recorded: &Recorded, index: u32, event: &RecordedEvent) -> Option<Published> {
        let names = &self.house.pseudonyms;
        let data = match public::body(&event.event, &|id| names.of(id)) {
            Ok(data) => data.or_else(|| {
                left_out(&"it is of a newer house");
                None
            })?,
            Err(error) => {
                left_out(&error);
                return None;
            }
        };
        let source = Source { position: recorded.position, index };
        let (kind, name) = (recorded.aggregate.kind, names.of(recorded.aggregate.id));
        let subject = self.house.analysts.subjects().event(kind, event.event.name(), name);
        let body = cloud_event::written(self.house, recorded, source, &event.event, data).into();
        let published = Published { subject, source, body };
        if !published.fits() {
            left_out(&"it is too long");
            return None;
        }
        Some(published)
    }

    /// What would be dropped at once is not told. Thereby a stream that has lost all its messages to their age, and with
    /// them the place to go on from, begins anew without telling anything twice.
    fn is_old(&self, at: OffsetDateTime) -> bool {
        !self.keep_for.is_zero() && stamp::now() - at > self.keep_for
    }
}

fn is_news(source: Source, told: Option<Source>) -> bool {
    told.is_none_or(|told| (source.position.sequence, source.index) > (told.position.sequence, told.index))
}

/// Says that something is missing in what analysts read.
pub(super) fn left_out(why: &dyn std::fmt::Display) {
    metrics::counter!("innkeeper_unpublished_events_total").increment(1);
    tracing::warn!(%why, "publisher: leaving an event out");
}
