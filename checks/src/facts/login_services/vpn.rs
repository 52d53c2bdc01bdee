//! The VPN servers of a host, each product by its own rules.

use super::{
    Login, declared, ipsec_conf, openvpn,
    running::{self, Traces},
    swanctl, wireguard,
};
use crate::{
    context::{Cx, Gather},
    observation::Gap,
    settings::EndpointKind,
};

/// The logins of OpenVPN, WireGuard and IPsec.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vpns(pub Vec<Login>);

/// How IPsec shows without a connection in its files.
const IPSEC: Traces = Traces {
    name: "IPsec",
    programs: &["charon", "charon-systemd", "pluto", "iked"],
    ports: &[500, 4500],
};
/// How products show of which no file is read here.
const OTHERS: [Traces; 5] = [
    Traces {
        name: "OpenVPN Access Server",
        programs: &["openvpnas"],
        ports: &[],
    },
    Traces {
        name: "OpenConnect",
        programs: &["ocserv", "ocserv-main"],
        ports: &[],
    },
    Traces {
        name: "SoftEther",
        programs: &["vpnserver"],
        ports: &[],
    },
    Traces {
        name: "L2TP",
        programs: &["xl2tpd", "accel-pppd"],
        ports: &[1701],
    },
    Traces {
        name: "PPTP",
        programs: &["pptpd"],
        ports: &[],
    },
];

impl Gather for Vpns {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut found = openvpn::gather(cx)?;
        if found.is_empty() {
            found = declared::not_found(cx, EndpointKind::Openvpn);
        }
        found.extend(wireguard::gather(cx)?);
        let (swanctl, ipsec_conf) = (swanctl::gather(cx)?, ipsec_conf::gather(cx)?);
        let mut traces: Vec<&Traces> = OTHERS.iter().collect();
        // A file without a connection, as packages bring it, explains no server.
        if !swanctl.any && !ipsec_conf.any {
            traces.push(&IPSEC);
        }
        found.extend(swanctl.people);
        found.extend(ipsec_conf.people);
        let more = running::unread(cx, &traces, found.is_empty());
        found.extend(more);
        Ok(Self(found))
    }
}

/// What files say of the connections of IPsec.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Connections {
    /// Those that people may open.
    pub people: Vec<Login>,
    /// Whether any is loaded, also between known gateways.
    pub any: bool,
}

/// A round of IKE authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// A certificate or a raw key.
    Key,
    /// A key that all clients share: it tells nobody from anybody.
    Shared,
    /// A password.
    Password,
    /// A SIM card.
    Card,
    /// A PAM service.
    Pam(String),
    /// What another server or an unnamed method asks.
    Unseen,
    /// Nothing: it agrees to everybody.
    Nothing,
}

impl Round {
    /// The round that `auth`, `rightauth` and the like name (swanctl.conf(5), ipsec.conf(5)).
    pub(super) fn named(word: &str, pam_service: &str) -> Self {
        let key = ["pubkey", "rsa", "ecdsa", "ed25519", "ed448", "bliss"];
        match word {
            "psk" | "secret" => Self::Shared,
            "xauth" | "xauth-generic" | "eap-md5" | "eap-mschapv2" | "eap-gtc" => Self::Password,
            "xauth-pam" => Self::Pam(pam_service.to_owned()),
            "xauth-noauth" | "never" => Self::Nothing,
            "eap-tls" => Self::Key,
            "eap-sim" | "eap-aka" | "eap-sim-pcsc" | "eap-aka-3gpp" => Self::Card,
            word if key.iter().any(|k| word.starts_with(k)) => Self::Key,
            _ => Self::Unseen,
        }
    }
}

/// The ways through all rounds of a connection.
pub(super) fn ways(cx: &Cx<'_>, rounds: &[Round], via: &str) -> Result<Vec<super::Way>, Gap> {
    use super::{KEY, NOTHING, PASSWORD, TOKEN, UNSEEN, Way, through_pam};
    let mut all = vec![Way::new("", NOTHING, via)];
    for round in rounds {
        let (word, shown) = match round {
            Round::Key => ("certificate", KEY),
            Round::Shared => ("shared key", NOTHING),
            Round::Password => ("password", PASSWORD),
            Round::Card => ("SIM card", TOKEN),
            Round::Unseen => ("EAP", UNSEEN),
            Round::Nothing => ("nothing", NOTHING),
            Round::Pam(name) => {
                let mut next = Vec::new();
                for way in &all {
                    next.extend(through_pam(cx, name, way)?);
                }
                all = next;
                continue;
            }
        };
        for way in &mut all {
            way.shown = way.shown.and(shown);
            let comma = if way.chain.is_empty() { "" } else { ", " };
            way.chain = format!("{}{comma}{word}", way.chain);
        }
    }
    Ok(all)
}

/// Whether an address list lets clients in from anywhere, and not from one known gateway alone.
pub(super) fn anywhere(addresses: &str) -> bool {
    let list: Vec<&str> = addresses
        .split(',')
        .map(str::trim)
        .filter(|a| !a.is_empty())
        .collect();
    list.is_empty()
        || list.iter().any(|a| {
            a.starts_with('%')
                || a.contains('/')
                || a.contains('-')
                    && a.parse::<std::net::IpAddr>().is_err()
                    && a.split('-').all(|p| p.parse::<std::net::IpAddr>().is_ok())
        })
}
