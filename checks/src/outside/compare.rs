//! What was seen from outside against what a host claims of itself. Pure.
//!
//! Only what makes a host look better than it is counts as a contradiction: that an old version is
//! refused, that no password is asked for, that no port listens, that another key is shown. What a
//! packet filter or a proxy in between takes away is none. Who compares has made sure that the host
//! is the one that answers at the address: it says so itself ([`names_address`]), or an officer
//! declared it. Only where an officer did, silence counts too: that nothing is said of a service which
//! answers there, while the check is said to have found everything else.

mod ssh;
mod unnamed;

use std::net::SocketAddr;

use super::Part;
use crate::{
    families::tls,
    observation::{Observation, Value, Vantage},
    probes::tls::survey::Protocol,
};

/// The topic of a contradiction about TLS at a port of which a check says nothing.
const UNNAMED: &str = "tls";

/// Something that the host says and that is not so from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The agent's check that says otherwise.
    pub check: &'static str,
    /// What about, such as `tls10`; with the check it names the contradiction.
    pub topic: String,
    /// What the host says.
    pub claimed: String,
    /// What was seen.
    pub seen: String,
}

/// Whether a claim is about exactly this address, which no other host has. Addresses that every host
/// has for itself name nobody.
pub fn names_address(claims: &[Observation], address: SocketAddr) -> bool {
    let ip = address.ip();
    let shared = match ip {
        std::net::IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local() || v4.is_private(),
        std::net::IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unique_local()
        }
    };
    let named = |claim: &Observation| claim.subject.name.parse() == Ok(address);
    !shared && claims.iter().any(named)
}

/// Whether the facts of an agent's check are claims about what others reach.
pub fn is_claim(check: &str) -> bool {
    matches!(check, "mfa.ssh" | "net.open-ports") || tls::of_endpoints().any(|id| id == check)
}

/// What speaks against the claims of the host that answers at `address`; `declared` where an officer said
/// that it does.
pub fn contradictions(
    seen: &[Observation],
    address: SocketAddr,
    claims: &[Observation],
    declared: bool,
) -> Vec<Contradiction> {
    let (mut found, port) = (Vec::new(), address.port());
    for one in seen.iter().filter(|o| o.gap.is_none()) {
        match Part::of(&one.check) {
            Some(Part::Tls) => {
                found.extend(versions(one, port, claims));
                found.extend(key(one, port, claims));
                if declared {
                    found.extend(unnamed::tls(one, port, claims));
                }
            }
            Some(Part::Ssh) => {
                found.extend(ssh::methods(one, port, claims));
                if declared {
                    found.extend(ssh::server(one, port, claims));
                }
            }
            Some(Part::Exposure) => found.extend(listener(one, port, claims)),
            Some(Part::Http | Part::Dns) | None => {}
        }
    }
    found
}

/// Whether what was seen at one address decides anew about `topic` of the agent's check `check` there. What
/// did not answer, or not clearly, settles nothing: else a host that is caught would shut the collector out
/// and be rid of it.
pub fn settles(seen: &[Observation], check: &str, topic: &str) -> bool {
    let of = |part: Part| {
        let own = move |o: &&Observation| o.gap.is_none() && Part::of(&o.check) == Some(part);
        seen.iter().filter(own)
    };
    match check {
        _ if topic == UNNAMED => of(Part::Tls).any(|o| !unnamed::speaks(o) || unnamed::offers(o)),
        "tls.versions" => {
            of(Part::Tls).any(|o| matches!(text(o, topic), Some("offered" | "refused")))
        }
        "tls.shared-keys" => of(Part::Tls).any(|o| text(o, "spki_sha256").is_some()),
        "mfa.ssh" if topic == ssh::SERVER => of(Part::Ssh).next().is_some(),
        "mfa.ssh" => of(Part::Ssh).any(|o| o.at("methods", Vantage::Observed).is_some()),
        "net.open-ports" => {
            of(Part::Exposure).any(|o| matches!(text(o, "reach"), Some("open" | "refused")))
        }
        _ => true,
    }
}

fn of<'a>(claims: &'a [Observation], check: &'static str) -> impl Iterator<Item = &'a Observation> {
    claims
        .iter()
        .filter(move |c| c.check == check && c.gap.is_none())
}

/// The port of `name:port`.
fn port_of(label: &str) -> Option<u16> {
    label.rsplit_once(':')?.1.parse().ok()
}

fn text<'a>(observation: &'a Observation, fact: &str) -> Option<&'a str> {
    observation.best(fact)?.value.as_text()
}

/// Old versions that are offered and that the host says are refused at that port, by whatever name it
/// asked.
fn versions(seen: &Observation, port: u16, claims: &[Observation]) -> Vec<Contradiction> {
    let old = [
        Protocol::Ssl2,
        Protocol::Ssl3,
        Protocol::Tls10,
        Protocol::Tls11,
    ];
    let offered = old
        .into_iter()
        .filter(|v| text(seen, v.name()) == Some("offered"));
    offered
        .filter_map(|version| {
            let said: Vec<&str> = of(claims, "tls.versions")
                .filter(|c| port_of(&c.subject.name) == Some(port))
                .filter_map(|c| text(c, version.name()))
                .collect();
            let denied = !said.is_empty() && said.iter().all(|word| *word == "refused");
            denied.then(|| Contradiction {
                check: "tls.versions",
                topic: version.name().to_owned(),
                claimed: format!("{}: refused", version.title()),
                seen: format!("{}: offered", version.title()),
            })
        })
        .collect()
}

/// Another key than the host says it shows to who asks by the same name.
fn key(seen: &Observation, port: u16, claims: &[Observation]) -> Option<Contradiction> {
    const CHECK: &str = "tls.shared-keys";
    let shown = text(seen, "spki_sha256")?;
    let name = text(seen, "asked_name").filter(|name| !name.is_empty())?;
    let label = format!("{name}:{port}");
    let said: Vec<&str> = of(claims, CHECK)
        .filter(|c| c.subject.name == label)
        .filter_map(|c| text(c, "spki_sha256"))
        .collect();
    let differs = !said.is_empty() && !said.contains(&shown);
    differs.then(|| Contradiction {
        check: CHECK,
        topic: "spki_sha256".to_owned(),
        claimed: said.join(", "),
        seen: shown.to_owned(),
    })
}

/// A port takes connections at which the host says nothing listens.
fn listener(seen: &Observation, port: u16, claims: &[Observation]) -> Option<Contradiction> {
    const CHECK: &str = "net.open-ports";
    if text(seen, "reach") != Some("open") {
        return None;
    }
    let claim = of(claims, CHECK).next()?;
    let listed = list(claim.best("reachable")?.value.as_list()?);
    let count = claim.best("count")?.value.as_int()?;
    let whole = usize::try_from(count).is_ok_and(|count| count == listed.len());
    let own = format!("tcp/{port}");
    let there = listed.iter().any(|l| l.split(' ').next() == Some(&own));
    (whole && !there).then(|| Contradiction {
        check: CHECK,
        topic: own.clone(),
        claimed: format!("{own}: does not listen"),
        seen: format!("{own}: takes connections"),
    })
}

fn list(values: &[Value]) -> Vec<String> {
    values.iter().map(Value::to_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Facts, Subject, SubjectKind};

    fn observation(check: &str, label: &str, facts: Facts) -> Observation {
        let subject = if label.is_empty() {
            Subject::host()
        } else {
            Subject::new(SubjectKind::Endpoint, label)
        };
        Observation {
            check: check.to_owned(),
            version: 1,
            subject,
            facts: facts.facts,
            gap: facts.gap,
        }
    }

    fn at() -> SocketAddr {
        "203.0.113.7:443".parse().unwrap()
    }

    fn against(seen: &[Observation], claims: &[Observation]) -> Vec<Contradiction> {
        contradictions(seen, at(), claims, false)
    }

    fn versions_seen(tls10: &str) -> Observation {
        let facts = Facts::new().observed("tls10", tls10, "");
        observation("outside.tls", "a.vn:443", facts)
    }

    fn versions_claimed(label: &str, tls10: &str) -> Observation {
        let facts = Facts::new().observed("tls10", tls10, "");
        observation("tls.versions", label, facts)
    }

    #[test]
    fn an_old_version_that_is_denied_is_a_contradiction() {
        let seen = [versions_seen("offered")];
        let claims = [versions_claimed("203.0.113.7:443", "refused")];
        let found = against(&seen, &claims);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].check, found[0].topic.as_str()),
            ("tls.versions", "tls10")
        );
    }

    #[test]
    fn what_is_admitted_unclear_elsewhere_or_missing_is_none() {
        let offered = [versions_seen("offered")];
        for claims in [
            vec![versions_claimed("203.0.113.7:443", "offered")],
            vec![versions_claimed("203.0.113.7:443", "unclear")],
            vec![versions_claimed("203.0.113.7:8443", "refused")],
            vec![
                versions_claimed("a.vn:443", "offered"),
                versions_claimed("b.vn:443", "refused"),
            ],
            vec![],
        ] {
            assert_eq!(against(&offered, &claims), vec![]);
        }
        // Stricter outside than inside: something in between refuses, and nobody lied.
        let refused = [versions_seen("refused")];
        let claims = [versions_claimed("203.0.113.7:443", "offered")];
        assert_eq!(against(&refused, &claims), vec![]);
    }

    #[test]
    fn a_hidden_listener_shows_only_against_a_whole_list() {
        let open = Facts::new().observed("reach", "open", "");
        let seen = [observation("outside.exposure", "a.vn:443", open)];
        let claim = |count: i64, ports: Vec<&str>| {
            let facts = Facts::new()
                .observed("count", count, "")
                .observed("reachable", ports, "");
            [observation("net.open-ports", "", facts)]
        };
        let hidden = claim(1, vec!["tcp/22 sshd"]);
        assert_eq!(against(&seen, &hidden).len(), 1);
        let listed = claim(2, vec!["tcp/22 sshd", "tcp/443 nginx"]);
        assert_eq!(against(&seen, &listed), vec![]);
        let cut = claim(300, vec!["tcp/22 sshd"]);
        assert_eq!(against(&seen, &cut), vec![]);
    }

    #[test]
    fn another_key_counts_only_where_the_host_asked_by_the_same_name() {
        let facts =
            Facts::new()
                .observed("spki_sha256", "aa", "")
                .observed("asked_name", "a.vn", "");
        let seen = [observation("outside.tls", "a.vn:443", facts)];
        let claim = |label: &str, key: &str| {
            let facts = Facts::new().observed("spki_sha256", key, "");
            [observation("tls.shared-keys", label, facts)]
        };
        assert_eq!(against(&seen, &claim("a.vn:443", "bb")).len(), 1);
        assert_eq!(against(&seen, &claim("a.vn:443", "aa")), vec![]);
        let other = claim("203.0.113.7:443", "bb");
        assert_eq!(against(&seen, &other), vec![]);
    }

    #[test]
    fn only_an_answer_settles() {
        let tls = |word: &str| [versions_seen(word)];
        assert!(settles(&tls("refused"), "tls.versions", "tls10"));
        assert!(settles(&tls("offered"), "tls.versions", "tls10"));
        assert!(!settles(&tls("unclear"), "tls.versions", "tls10"));
        assert!(!settles(&tls("refused"), "tls.shared-keys", "spki_sha256"));
        assert!(!settles(&tls("refused"), "mfa.ssh", "password"));
        assert!(!settles(&[], "tls.versions", "tls10"));
        let reach = |word: &str| {
            let facts = Facts::new().observed("reach", word, "");
            [observation("outside.exposure", "a.vn:443", facts)]
        };
        assert!(settles(&reach("refused"), "net.open-ports", "tcp/443"));
        assert!(!settles(&reach("silent"), "net.open-ports", "tcp/443"));
        let gap = Facts::unseen(crate::observation::Gap::parse("x"));
        let gap = [observation("outside.tls", "a.vn:443", gap)];
        assert!(!settles(&gap, "tls.versions", "tls10"));
    }

    #[test]
    fn addresses_that_every_host_has_name_nobody() {
        let claim = |label: &str| [versions_claimed(label, "refused")];
        assert!(names_address(&claim("203.0.113.7:443"), at()));
        assert!(!names_address(&claim("203.0.113.8:443"), at()));
        let own = "127.0.0.1:443".parse().unwrap();
        assert!(!names_address(&claim("127.0.0.1:443"), own));
    }
}
