//! Where a hook may go: to the outside, and not to what stands behind the same wall as the house.
//!
//! Whoever can name an address could otherwise have the house knock at doors that only it can reach. Names are looked up
//! here, and only public addresses of them are connected to, so no name can change its mind between a check and a call;
//! addresses that are written out are checked each time. Redirects are not followed.
//! An operator whose receivers are inside says so (`webhooks.allow_private`), and then plain HTTP is taken as well.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// The longest address, in bytes.
const LONGEST: usize = 2048;

/// How far hooks may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To public addresses, over TLS.
    Public,
    /// Anywhere.
    Anywhere,
}

/// Why a hook cannot go there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetRejected {
    #[error("this is no address of HTTP: it looks like https://host/path")]
    NoUrl,
    #[error("the address is too long: at most {LONGEST} bytes")]
    TooLong,
    #[error("a user or a password does not belong into the address: the signature says who calls")]
    Credentials,
    #[error("hooks go over https; `webhooks.allow_private` lets them go over http")]
    InTheClear,
    #[error("the address is not a public one; `webhooks.allow_private` lets hooks go there")]
    Private,
}

/// Reads where a hook shall go.
pub(super) fn parse(text: &str, reach: Reach) -> Result<Url, TargetRejected> {
    if text.len() > LONGEST {
        return Err(TargetRejected::TooLong);
    }
    let mut url = Url::parse(text).map_err(|_| TargetRejected::NoUrl)?;
    if !url.has_host() || !["http", "https"].contains(&url.scheme()) {
        return Err(TargetRejected::NoUrl);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(TargetRejected::Credentials);
    }
    if reach == Reach::Public && url.scheme() != "https" {
        return Err(TargetRejected::InTheClear);
    }
    if reach == Reach::Public && !may_be_public(&url) {
        return Err(TargetRejected::Private);
    }
    url.set_fragment(None);
    Ok(url)
}

/// Whether it is a name, of which the resolver will see to it, or a public address.
fn may_be_public(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse().map_or(true, is_public)
}

/// Looks names up, and knows public addresses only.
pub(super) struct PublicNames;

/// A name has no public address.
#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
pub(super) struct NotPublic;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

/// What looks names up for hooks that may go so far; nothing, if anything will do.
pub(super) fn resolver(reach: Reach) -> Option<Arc<PublicNames>> {
    (reach == Reach::Public).then(|| Arc::new(PublicNames))
}

/// Whether anybody on the internet could be meant by it.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Everything but what IANA has set aside.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let set_aside = match a {
        0 | 10 | 127 | 224.. => true,
        100 => (64..128).contains(&b), // Shared behind one address of a provider.
        169 => b == 254,               // Link-local, where clouds tell machines their secrets.
        172 => (16..32).contains(&b),
        192 => b == 168 || (b, c) == (0, 0) || (b, c) == (0, 2) || (b, c) == (88, 99),
        198 => [18, 19].contains(&b) || (b, c) == (51, 100),
        203 => (b, c) == (0, 113),
        _ => false,
    };
    !set_aside
}

/// Of the global ones those that do not carry another address inside, which a gateway would unpack.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let global = a & 0xe000 == 0x2000;
    global && !(a == 0x2001 && (b < 0x200 || b == 0xdb8)) && a != 0x2002 && a != 0x3fff
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_hook_goes_to_public_addresses_over_tls() {
        for good in [
            "https://example.com/hook?token=1",
            "https://example.com:8443",
            "https://1.1.1.1/",
            "https://[2606:4700::1]/",
        ] {
            assert!(parse(good, Reach::Public).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", TargetRejected::NoUrl),
            ("example.com", TargetRejected::NoUrl),
            ("ftp://example.com/", TargetRejected::NoUrl),
            ("file:///etc/passwd", TargetRejected::NoUrl),
            ("https://me:word@example.com/", TargetRejected::Credentials),
            ("http://example.com/", TargetRejected::InTheClear),
            ("https://127.0.0.1/", TargetRejected::Private),
            ("https://127.1/", TargetRejected::Private),
            ("https://2130706433/", TargetRejected::Private),
            ("https://0x7f.0.0.1/", TargetRejected::Private),
            ("https://169.254.169.254/latest/meta-data", TargetRejected::Private),
            ("https://10.1.2.3/", TargetRejected::Private),
            ("https://172.31.0.1/", TargetRejected::Private),
            ("https://192.168.0.1/", TargetRejected::Private),
            ("https://100.64.0.1/", TargetRejected::Private),
            ("https://0.0.0.0/", TargetRejected::Private),
            ("https://[::1]/", TargetRejected::Private),
            ("https://[::ffff:10.0.0.1]/", TargetRejected::Private),
            ("https://[fd00::1]/", TargetRejected::Private),
            ("https://[fe80::1]/", TargetRejected::Private),
            ("https://[64:ff9b::a00:1]/", TargetRejected::Private),
            ("https://[2002:a00:1::]/", TargetRejected::Private),
        ] {
            assert_eq!(parse(bad, Reach::Public), Err(why), "{bad}");
        }
        assert_eq!(
            parse(&format!("https://a/{}", "x".repeat(LONGEST)), Reach::Public),
            Err(TargetRejected::TooLong)
        );
    }

    #[test]
    fn an_operator_may_let_it_go_anywhere() {
        for good in ["http://127.0.0.1:8080/", "https://[::1]/", "http://inside/"] {
            assert!(parse(good, Reach::Anywhere).is_ok(), "{good}");
        }
        assert_eq!(parse("file:///etc/passwd", Reach::Anywhere), Err(TargetRejected::NoUrl));
    }

    #[tokio::test]
    async fn a_name_of_something_inside_is_not_connected_to() {
        let found = PublicNames.resolve("localhost".parse().unwrap()).await;
        assert!(found.err().unwrap().is::<NotPublic>());
    }
}
