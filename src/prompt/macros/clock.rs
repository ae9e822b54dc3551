//! The macros of time: when the reply was asked for, in UTC and in English, as SillyTavern writes it.

use time::{OffsetDateTime, UtcOffset};

/// What the clock of this name shows; nothing if there is no such clock.
pub(super) fn read(name: &str, at: OffsetDateTime) -> Option<String> {
    let at = at.checked_to_offset(UtcOffset::UTC).unwrap_or(at);
    match name {
        "time" => Some(of_day(at)),
        "date" => Some(format!("{} {}, {}", at.month(), at.day(), at.year())),
        "weekday" => Some(at.weekday().to_string()),
        "isotime" => Some(format!("{:02}:{:02}", at.hour(), at.minute())),
        "isodate" => Some(format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day())),
        _ => None,
    }
}

fn of_day(at: OffsetDateTime) -> String {
    let half = if at.hour() < 12 { "AM" } else { "PM" };
    let hour = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    format!("{hour}:{:02} {half}", at.minute())
}
