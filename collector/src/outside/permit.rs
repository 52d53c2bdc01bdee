//! Whether an authorisation lets a question out. Pure.

use std::net::IpAddr;

use super::covers;
use crate::store::{authorisation::Authorisation, endpoint::Endpoint};

/// The port that stands for questions about a zone.
pub const DNS_PORT: u16 = 53;

/// The authorisation under which the endpoint's name may be resolved, or its zone asked about, at
/// that time; for an address, the one under which it may be connected to.
pub fn at_all<'a>(
    held: &'a [Authorisation],
    endpoint: &Endpoint,
    at: i64,
) -> Option<&'a Authorisation> {
    held.iter().find(|one| allows_name(one, endpoint, at))
}

/// The authorisation under which the endpoint may be connected to at this address at that time. It
/// covers the endpoint's name and the address both: who owns a name does not own whatever it leads to.
pub fn at_address<'a>(
    held: &'a [Authorisation],
    endpoint: &Endpoint,
    address: IpAddr,
    at: i64,
) -> Option<&'a Authorisation> {
    held.iter().find(|one| {
        allows_name(one, endpoint, at)
            && covers(&one.targets)
                .iter()
                .any(|c| c.covers_address(address, endpoint.port))
    })
}

fn allows_name(one: &Authorisation, endpoint: &Endpoint, at: i64) -> bool {
    let port = if endpoint.kind.is_zone() {
        DNS_PORT
    } else {
        endpoint.port
    };
    let of_system = one
        .system_id
        .as_ref()
        .is_none_or(|s| *s == endpoint.system_id);
    let covered = || match endpoint.host.parse::<IpAddr>() {
        Ok(ip) => covers(&one.targets)
            .iter()
            .any(|c| c.covers_address(ip, port)),
        Err(_) => covers(&one.targets)
            .iter()
            .any(|c| c.covers_name(&endpoint.host, port)),
    };
    of_system && one.holds(at) && covered()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::endpoint::{EndpointKind, LookState};

    fn authorisation(targets: &str) -> Authorisation {
        Authorisation {
            id: "a".into(),
            agency_id: "g".into(),
            system_id: None,
            number: "1".into(),
            dated: "2026-11-01".into(),
            signed_by: "x".into(),
            targets: targets.into(),
            valid_from: 100,
            valid_until: 200,
            document_sha256: vec![],
            recorded_by: "y".into(),
            recorded_at: 50,
            revoked_at: None,
            revoked_why: None,
        }
    }

    fn endpoint(host: &str, port: u16, kind: EndpointKind) -> Endpoint {
        Endpoint {
            id: "e".into(),
            system_id: "s".into(),
            host_id: None,
            kind,
            host: host.into(),
            port,
            sni: String::new(),
            created_at: 0,
            archived_at: None,
            state: LookState::New,
            state_at: None,
            next_at: None,
        }
    }

    #[test]
    fn it_holds_from_its_first_moment_to_before_its_last() {
        let held = [authorisation("a.gov.vn:443\n203.0.113.7:443")];
        let it = endpoint("a.gov.vn", 443, EndpointKind::Https);
        for (at, holds) in [(99, false), (100, true), (199, true), (200, false)] {
            assert_eq!(at_all(&held, &it, at).is_some(), holds, "{at}");
        }
        let mut revoked = authorisation("a.gov.vn:443");
        revoked.revoked_at = Some(150);
        assert_eq!(at_all(&[revoked], &it, 149), None);
    }

    #[test]
    fn name_and_address_are_covered_by_the_same_one() {
        let it = endpoint("a.gov.vn", 443, EndpointKind::Https);
        let (own, other) = (
            "203.0.113.7".parse().unwrap(),
            "203.0.113.8".parse().unwrap(),
        );
        let held = [authorisation("a.gov.vn:443\n203.0.113.7:443")];
        assert!(at_address(&held, &it, own, 150).is_some());
        assert_eq!(at_address(&held, &it, other, 150), None);
        let apart = [
            authorisation("a.gov.vn:443"),
            authorisation("203.0.113.7:443"),
        ];
        assert!(at_all(&apart, &it, 150).is_some());
        assert_eq!(at_address(&apart, &it, own, 150), None);
    }

    #[test]
    fn another_system_another_port_and_another_name_are_not_covered() {
        let held = [authorisation("a.gov.vn:443")];
        for it in [
            endpoint("a.gov.vn", 8443, EndpointKind::Https),
            endpoint("b.gov.vn", 443, EndpointKind::Https),
            endpoint("a.gov.vn", 0, EndpointKind::DnsZone),
        ] {
            assert_eq!(at_all(&held, &it, 150), None, "{}", it.label());
        }
        let mut elsewhere = authorisation("a.gov.vn:443");
        elsewhere.system_id = Some("t".into());
        let it = endpoint("a.gov.vn", 443, EndpointKind::Https);
        assert_eq!(at_all(&[elsewhere], &it, 150), None);
        let zone = [authorisation("a.gov.vn:53")];
        let it = endpoint("a.gov.vn", 0, EndpointKind::DnsZone);
        assert!(at_all(&zone, &it, 150).is_some());
    }
}
