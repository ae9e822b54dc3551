//! A message as a line of JSON: how a log leaves the house to be verified elsewhere.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};

use crate::{HEADERS, Message};

/// The longest line that is read: a message of 1 MiB in base64, and room for the rest.
const LONGEST: usize = 2 * 1024 * 1024;

/// Why a line is no message.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is longer than any message.
    #[error("a line of {size} bytes is no message: the longest has {LONGEST}")]
    TooLong {
        /// How long it is.
        size: usize,
    },
    /// It is not JSON of our form.
    #[error("not a message of an exported log")]
    Malformed(#[source] serde_json::Error),
    /// The body is not base64.
    #[error("the body is not base64")]
    Body(#[source] base64::DecodeError),
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    sequence: u64,
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    body: Cow<'a, str>,
}

/// A message as one line of JSON, without its end.
pub fn to_line(message: &Message<'_>) -> String {
    let named = HEADERS.iter().zip(&message.headers);
    let headers = named.filter_map(|(name, value)| Some(((*name).to_owned(), value.as_deref()?.to_owned())));
    let line = Line {
        sequence: message.sequence,
        subject: message.subject.as_ref().into(),
        headers: headers.collect(),
        body: BASE64.encode(&message.body).into(),
    };
    // Numbers and texts always have a form in JSON.
    serde_json::to_string(&line).unwrap_or_default()
}

/// The message in a line. Fields beside those that count are ignored.
pub fn of_line(line: &str) -> Result<Message<'static>, LineError> {
    if line.len() > LONGEST {
        return Err(LineError::TooLong { size: line.len() });
    }
    let mut read: Line<'_> = serde_json::from_str(line).map_err(LineError::Malformed)?;
    Ok(Message {
        sequence: read.sequence,
        subject: read.subject.into_owned().into(),
        headers: HEADERS.map(|name| read.headers.remove(name).map(Cow::Owned)),
        body: BASE64.decode(read.body.as_ref()).map_err(LineError::Body)?.into(),
    })
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_message_comes_back_from_its_line() {
        let message = Message {
            sequence: 7,
            subject: "ink.log.user.1".into(),
            headers: [Some("id".into()), None, Some("UserRegistered".into()), None],
            body: [0, 1, 255].as_slice().into(),
        };
        assert_eq!(of_line(&to_line(&message)).unwrap(), message);
        assert!(!to_line(&message).contains('\n'));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for line in ["", "{}", "[1]", r#"{"sequence":1,"subject":"a","body":"%"}"#] {
            assert!(of_line(line).is_err(), "{line}");
        }
        assert!(matches!(of_line(&" ".repeat(LONGEST + 1)), Err(LineError::TooLong { .. })));
    }
}
