//! The trace context of a record, so that one action of a person is one trace from the POST to the last token.

/// A W3C `traceparent`, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace(Option<String>);

impl Trace {
    /// No trace.
    pub const NONE: Self = Self(None);

    /// The trace that this header value names; none if it is not a `traceparent`, because a header is no place for
    /// whatever a caller sent.
    pub fn parse(traceparent: &str) -> Self {
        let looks_right = traceparent.len() == 55
            && traceparent.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        Self(looks_right.then(|| traceparent.to_owned()))
    }

    /// As it stands in the header.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn only_a_traceparent_is_carried() {
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(Trace::parse(traceparent).as_str(), Some(traceparent));
        assert_eq!(Trace::parse("00\r\nNats-Rollup: all"), Trace::NONE);
    }
}
