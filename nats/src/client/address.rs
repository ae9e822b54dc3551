//! Addresses of servers, and the credentials in them, which are used and never printed.

use async_nats::{ConnectOptions, ServerAddr};

use super::ConnectError;

/// The addresses in a list with commas.
pub(super) fn parse(url: &str) -> Result<Vec<ServerAddr>, ConnectError> {
    url.split(',')
        .map(|one| one.trim().parse().map_err(|_| ConnectError::BadUrl { url: without_credentials(url) }))
        .collect()
}

/// The addresses without what stands before the `@`.
pub(super) fn without_credentials(url: &str) -> String {
    let without = |one: &str| match (one.find("://"), one.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}***{}", &one[..scheme + 3], &one[at..]),
        (_, Some(at)) => format!("***{}", &one[at..]),
        (_, None) => one.to_owned(),
    };
    url.split(',').map(without).collect::<Vec<_>>().join(",")
}

/// The client library reads no credentials out of addresses, so we do.
pub(super) fn with_credentials_of(settings: ConnectOptions, servers: &[ServerAddr]) -> ConnectOptions {
    let mut named = servers.iter().filter_map(|server| Some((server.username()?, server.password())));
    match named.next() {
        None => settings,
        Some((token, None)) => settings.token(percent_decoded(token)),
        Some((user, Some(password))) => {
            settings.user_and_password(percent_decoded(user), percent_decoded(password))
        }
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|two| hex::decode(two).ok());
        match escaped.as_deref() {
            Some([byte]) => (bytes.push(*byte), rest = &after[2..]),
            _ => (bytes.push(*first), rest = after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::NatsOptions;

    #[test]
    fn credentials_are_never_printed() {
        for url in [
            "nats://mira:s3cr3t@host:4222",
            "s3cr3t@host",
            "nats://a,tls://u:s3cr3t@b:1",
            "nats://a:s3cr3t@b@c",
        ] {
            let options = NatsOptions::new(url);
            assert!(!format!("{options:?}").contains("s3cr3t"), "{options:?}");
        }
    }

    #[test]
    fn escapes_in_credentials_are_read() {
        assert_eq!(percent_decoded("p%40ss%2Fword%"), "p@ss/word%");
    }

    #[test]
    fn a_strange_address_is_named_without_its_credentials() {
        let error = parse("nats://u:s3cr3t@:::").unwrap_err().to_string();
        assert!(error.contains("not an address") && !error.contains("s3cr3t"), "{error}");
    }
}
