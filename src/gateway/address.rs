//! Where a request comes from: the address of the connection, or, if a proxy on this machine stands before us, the one
//! that it named last in `X-Forwarded-For`. Of anybody else that header is only a claim.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

/// The address that a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct From(pub(super) IpAddr);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(Ipv6Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip());
        Ok(Self(if peer.is_loopback() { forwarded(&parts.headers).unwrap_or(peer) } else { peer }))
    }
}

fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod spec {
    use axum::http::Request;

    use super::*;

    async fn from(peer: &str, forwarded: Option<&str>) -> IpAddr {
        let request = Request::builder().extension(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
        let request =
            forwarded.into_iter().fold(request, |request, value| request.header("x-forwarded-for", value));
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        From::from_request_parts(&mut parts, &()).await.unwrap().0
    }

    #[tokio::test]
    async fn only_a_proxy_on_this_machine_is_believed() {
        assert_eq!(from("127.0.0.1:9", Some("1.1.1.1, 2.2.2.2")).await.to_string(), "2.2.2.2");
        assert_eq!(from("127.0.0.1:9", None).await.to_string(), "127.0.0.1");
        assert_eq!(from("127.0.0.1:9", Some("nobody")).await.to_string(), "127.0.0.1");
        assert_eq!(from("9.9.9.9:9", Some("1.1.1.1")).await.to_string(), "9.9.9.9");
    }
}
