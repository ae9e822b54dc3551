//! Times as SillyTavern and others spelt them over the years.
//!
//! What says no zone is read as UTC, as SillyTavern does, although it was written in the writer's own time: nobody knows
//! any more which that was. Times are exact to the millisecond, which is what JavaScript knows.

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// No spelling of a time is longer.
const LONGEST: usize = 64;

/// The instant that a value spells, if it spells one.
pub(super) fn instant(value: &Value) -> Option<OffsetDateTime> {
    let instant = match value {
        Value::Number(number) => epoch(number.as_f64()?)?,
        Value::String(text) if text.len() <= LONGEST => spelt(text.trim())?,
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    // RFC 3339 has no other years, and sheets of paper do not either.
    let instant = instant.checked_to_offset(UtcOffset::UTC).filter(|utc| (0..=9999).contains(&utc.year()))?;
    instant.replace_millisecond(instant.millisecond()).ok()
}

/// As JavaScript spells it.
pub(super) fn iso(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    at.to_offset(UtcOffset::UTC).format(format).unwrap_or_default()
}

fn spelt(text: &str) -> Option<OffsetDateTime> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return epoch(text.parse().ok()?);
    }
    OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| local(text).map(PrimitiveDateTime::assume_utc))
}

/// Milliseconds since 1970; seconds, if as milliseconds they would lie before anybody chatted.
fn epoch(number: f64) -> Option<OffsetDateTime> {
    const CHATS_BEGIN: f64 = 1e11;
    let millis = if number.abs() < CHATS_BEGIN { number * 1e3 } else { number };
    if millis.abs() > 1e15 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "within a thousand times what a float counts exactly"
    )]
    let millis = millis as i64;
    OffsetDateTime::UNIX_EPOCH.checked_add(Duration::milliseconds(millis))
}

fn local(text: &str) -> Option<PrimitiveDateTime> {
    let parts: Vec<&str> = parts(text).collect();
    match parts.first()?.chars().next()? {
        '0'..='9' => numbered(&parts),
        _ => named(&parts),
    }
}

/// Runs of digits and runs of letters.
fn parts(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        text = text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_number = text.chars().next()?.is_ascii_digit();
        let goes_on = |c: char| if is_number { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
        let (part, rest) = text.split_at(text.find(|c| !goes_on(c)).unwrap_or(text.len()));
        text = rest;
        Some(part)
    })
}

/// `2024-6-5 @14h 56m 50s 682ms` and its shorter sisters, and ISO without a zone.
fn numbered(parts: &[&str]) -> Option<PrimitiveDateTime> {
    let known = |part: &&&str| ["h", "m", "s", "ms", "T"].contains(*part);
    let numbers = parts.iter().filter(|part| !known(part)).map(|part| part.parse::<u16>().ok());
    let numbers: Vec<u16> = numbers.collect::<Option<_>>()?;
    let (&[year, month, day], clock) = numbers.split_first_chunk::<3>()?;
    let [hour, minute, second, milli] = match *clock {
        [hour, minute] => [hour, minute, 0, 0],
        [hour, minute, second] => [hour, minute, second, 0],
        [hour, minute, second, milli] => [hour, minute, second, milli],
        _ => return None,
    };
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    moment(year, month, day, [hour, minute, second, milli])
}

/// `June 19, 2023 2:20pm`.
fn named(parts: &[&str]) -> Option<PrimitiveDateTime> {
    let [month, day, year, hour, minute, rest @ ..] = parts else { return None };
    let number = |part: &str| part.parse::<u16>().ok();
    let (second, half) = match rest {
        [] => (0, None),
        [second] if second.starts_with(|c: char| c.is_ascii_digit()) => (number(second)?, None),
        [half] => (0, Some(*half)),
        [second, half] => (number(second)?, Some(*half)),
        _ => return None,
    };
    let hour = match half.map(str::to_ascii_lowercase).as_deref() {
        None => number(hour)?,
        Some("am") => number(hour)? % 12,
        Some("pm") => number(hour)? % 12 + 12,
        Some(_) => return None,
    };
    moment(number(year)?, self::month(month)?, number(day)?, [hour, number(minute)?, second, 0])
}

fn month(name: &str) -> Option<Month> {
    let name = name.to_ascii_lowercase();
    let mut months = (1..=12).filter_map(|number| Month::try_from(number).ok());
    months.find(|month| name.len() >= 3 && month.to_string().to_ascii_lowercase().starts_with(&name))
}

fn moment(year: u16, month: Month, day: u16, clock: [u16; 4]) -> Option<PrimitiveDateTime> {
    let [hour, minute, second, milli] = clock;
    let small = |number: u16| u8::try_from(number).ok();
    let date = Date::from_calendar_date(i32::from(year), month, small(day)?).ok()?;
    let time = Time::from_hms_milli(small(hour)?, small(minute)?, small(second)?, milli).ok()?;
    Some(PrimitiveDateTime::new(date, time))
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> String {
        instant(value).map(iso).unwrap_or_default()
    }

    #[test]
    fn every_spelling_of_a_time_is_read() {
        let spellings = [
            ("2026-11-22T07:20:33.061Z", "2026-11-22T07:20:33.061Z"),
            ("2026-11-22T07:20:33.0619+02:00", "2026-11-22T05:20:33.061Z"),
            ("2026-11-22T07:20:33", "2026-11-22T07:20:33.000Z"),
            ("June 19, 2023 2:20pm", "2023-06-19T14:20:00.000Z"),
            ("June 19, 2023 12:05 AM", "2023-06-19T00:05:00.000Z"),
            ("Jun 9, 2023 14:05", "2023-06-09T14:05:00.000Z"),
            ("2024-07-12@01h31m37s123ms", "2024-07-12T01:31:37.123Z"),
            ("2024-7-12@01h31m37s", "2024-07-12T01:31:37.000Z"),
            ("2024-6-5 @14h 56m 50s 682ms", "2024-06-05T14:56:50.682Z"),
            ("2023-6-19 @14h 20m 10s 33ms", "2023-06-19T14:20:10.033Z"),
            ("1687184400123", "2023-06-19T14:20:00.123Z"),
            ("1687184400", "2023-06-19T14:20:00.000Z"),
        ];

        for (text, expected) in spellings {
            assert_eq!(read(&text.into()), expected, "{text}");
        }
        assert_eq!(read(&json!(1_687_184_400_123_u64)), "2023-06-19T14:20:00.123Z");
        assert_eq!(read(&json!(1_687_184_400.5)), "2023-06-19T14:20:00.500Z");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "2024-13-01@01h31m37s",
            "Junk 19, 2023 2:20pm",
            "June 31, 2023 2:20pm",
            "@",
            "9".repeat(40).as_str(),
        ] {
            assert_eq!(read(&text.into()), "", "{text}");
        }
        assert_eq!(read(&json!(1e300)) + &read(&json!(-1e14)) + &read(&json!([1])), "");
    }
}
