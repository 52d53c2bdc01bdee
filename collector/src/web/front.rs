//! What stands between browsers and the web server, and so where a visitor comes from.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// What stands between browsers and the web server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// Nothing: clear text on loopback.
    Nothing,
    /// TLS of our own.
    Tls,
    /// A proxy on this machine that serves TLS.
    Proxy,
}

impl Front {
    /// Whether browsers come over TLS, so that cookies are marked secure.
    pub fn is_secure(self) -> bool {
        self != Self::Nothing
    }

    /// Where a visitor comes from: behind a proxy, what that wrote last into `X-Forwarded-For`. What stands before it
    /// there came from the visitor, who may write anything.
    pub fn visitor(self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let told = || {
            let last = headers.get_all("x-forwarded-for").into_iter().next_back()?;
            // The visitor's part may hold any bytes.
            let last = last.as_bytes().rsplit(|byte| *byte == b',').next()?;
            str::from_utf8(last.trim_ascii()).ok()?.parse().ok()
        };
        let told = (self == Self::Proxy && peer.ip().to_canonical().is_loopback()).then(told);
        told.flatten().unwrap_or(peer.ip()).to_canonical()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_a_proxy_s_own_word_counts() {
        let (near, far) = ("127.0.0.1:40000", "198.51.100.7:40000");
        for (front, peer, said, from) in [
            (Front::Proxy, near, &["203.0.113.9"][..], "203.0.113.9"),
            (Front::Proxy, near, &["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (
                Front::Proxy,
                near,
                &["1.1.1.1", "203.0.113.9"],
                "203.0.113.9",
            ),
            (Front::Proxy, near, &["::ffff:203.0.113.9"], "203.0.113.9"),
            (Front::Proxy, near, &["203.0.113.9, unknown"], "127.0.0.1"),
            (Front::Proxy, near, &["ÿ,\t203.0.113.9 "], "203.0.113.9"),
            (Front::Proxy, near, &["203.0.113.9, ÿ"], "127.0.0.1"),
            (Front::Proxy, near, &[], "127.0.0.1"),
            (Front::Proxy, far, &["203.0.113.9"], "198.51.100.7"),
            (Front::Tls, far, &["203.0.113.9"], "198.51.100.7"),
            (Front::Nothing, near, &["203.0.113.9"], "127.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for value in said {
                let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
                headers.append("x-forwarded-for", value);
            }
            let found = front.visitor(peer.parse().unwrap(), &headers);
            assert_eq!(found.to_string(), from, "{front:?} {peer} {said:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_hide_nobody() {
        let value = HeaderValue::from_bytes(b"\xff, 203.0.113.9").unwrap();
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-forwarded-for"), value)]);
        let near = SocketAddr::from(([127, 0, 0, 1], 40_000));
        let found = Front::Proxy.visitor(near, &headers);
        assert_eq!(found.to_string(), "203.0.113.9");
    }
}
