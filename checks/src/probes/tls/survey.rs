//! What one TLS service showed to a whole survey: facts from the wire, no opinion on them.

use std::{collections::BTreeMap, net::SocketAddr};

use serde::{Deserialize, Serialize};

/// Versions of the protocol, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// SSL 2.0.
    Ssl2,
    /// SSL 3.0.
    Ssl3,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl Protocol {
    /// The name in facts and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssl2 => "ssl2",
            Self::Ssl3 => "ssl3",
            Self::Tls10 => "tls10",
            Self::Tls11 => "tls11",
            Self::Tls12 => "tls12",
            Self::Tls13 => "tls13",
        }
    }

    /// How people write it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ssl2 => "SSL 2.0",
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

/// The protocol in which a connection is turned into TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartTls {
    /// RFC 3207.
    Smtp,
    /// RFC 9051.
    Imap,
    /// RFC 2595.
    Pop3,
    /// RFC 4511, section 4.14.
    Ldap,
    /// The `SSLRequest` of PostgreSQL's protocol 3.
    Postgres,
    /// The `SSLRequest` of MySQL's and MariaDB's protocol.
    Mysql,
    /// RFC 4217, `AUTH TLS`.
    Ftp,
    /// RFC 6120, client to server.
    Xmpp,
}

/// What is asked of a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ask {
    /// Where.
    pub target: SocketAddr,
    /// The name to send (SNI); `None` sends none.
    pub name: Option<String>,
    /// How TLS begins; `None` from the first byte.
    pub starttls: Option<StartTls>,
    /// Whether to run the probes that could disturb a very old server (Heartbleed, CCS injection,
    /// ROBOT, Ticketbleed, renegotiation by the client). They read at most a few bytes back.
    pub intrusive: bool,
}

/// An answer to a question that some servers leave open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// The server showed it.
    Yes,
    /// The server showed its absence, and answered a hello that it is known to accept.
    No,
    /// The server's answer does not tell.
    Unclear,
    /// Not asked: it makes no sense here, or only an intrusive probe would tell.
    #[default]
    NotAsked,
}

/// The suites of one protocol version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suites {
    /// IANA codes in the order in which the server chose them; SSL 2.0's kinds have 24 bits.
    pub codes: Vec<u32>,
    /// Whether the server keeps to an order of its own.
    #[serde(default)]
    pub server_order: Answered,
}

/// A chain that the server showed, and to which question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The name that was asked for; `None` without one.
    #[serde(default)]
    pub name: Option<String>,
    /// Certificates in DER (hex when serialised), as sent, leaf first. At most ten.
    #[serde(with = "hex_list")]
    pub chain: Vec<Vec<u8>>,
    /// A stapled OCSP response in DER (hex when serialised).
    #[serde(default, with = "hex_maybe", skip_serializing_if = "Option::is_none")]
    pub staple: Option<Vec<u8>>,
}

/// A finite-field group of a DHE exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DhGroup {
    /// Size of the prime in bits.
    pub bits: u16,
    /// Its name where it is a published one, such as `ffdhe2048` or `rfc2409-1024`.
    #[serde(default)]
    pub known: Option<String>,
}

/// Everything that a survey asks beside versions, suites and certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Traits {
    /// Compression by TLS itself (CRIME).
    pub compression: Answered,
    /// Secure renegotiation, RFC 5746.
    pub secure_renegotiation: Answered,
    /// The server renegotiates when the client asks (intrusive).
    pub client_renegotiation: Answered,
    /// A fallback is refused, RFC 7507.
    pub fallback_scsv: Answered,
    /// Extended master secret, RFC 7627.
    pub extended_master_secret: Answered,
    /// Session tickets, RFC 5077.
    pub session_tickets: Answered,
    /// Resumption by session id: the server gave one.
    pub session_ids: Answered,
    /// Encrypt-then-MAC, RFC 7366.
    pub encrypt_then_mac: Answered,
    /// The heartbeat extension, RFC 6520.
    pub heartbeat: Answered,
    /// Early data of TLS 1.3.
    pub early_data: Answered,
    /// The last bytes of the random value warn of a downgrade, RFC 8446 4.1.3.
    pub downgrade_sentinel: Answered,
    /// Stays up with an unknown extension, version or group in the hello (RFC 8701).
    pub tolerant: Answered,
}

/// Weaknesses that only a probe of their own shows. `Yes` means vulnerable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weaknesses {
    /// CVE-2014-0160.
    pub heartbleed: Answered,
    /// CVE-2014-0224.
    pub ccs_injection: Answered,
    /// CVE-2017-13099 and its kin: an RSA padding oracle.
    pub robot: Answered,
    /// CVE-2016-9244.
    pub ticketbleed: Answered,
    /// Clear text sent behind `STARTTLS` is taken after the handshake (CVE-2011-0411).
    pub starttls_injection: Answered,
}

/// The whole survey of one address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Survey {
    /// Whether TLS is spoken at all.
    pub tls: bool,
    /// The STARTTLS protocol also works without TLS: encryption is opportunistic.
    pub opportunistic: Answered,
    /// Mail: the service offers a login before TLS that somebody who listens could use.
    pub clear_login: Answered,
    /// Each version that was asked for.
    pub versions: BTreeMap<Protocol, Answered>,
    /// The suites of each version that is offered.
    pub suites: BTreeMap<Protocol, Suites>,
    /// Named groups of TLS 1.3, by IANA code.
    pub groups: Vec<u16>,
    /// Named groups of ECDHE in TLS 1.2 and before.
    pub curves: Vec<u16>,
    /// The group of DHE suites, where one is offered.
    pub dh: Option<DhGroup>,
    /// Signature schemes that the server used when only one was offered, by IANA code.
    pub signatures: Vec<u16>,
    /// Protocols of the layer above, as ALPN names them.
    pub alpn: Vec<String>,
    /// The rest.
    pub traits: Traits,
    /// Weaknesses by name.
    pub weaknesses: Weaknesses,
    /// Certificates: with the name, without one, with a wrong one, and per key type where they differ.
    pub shown: Vec<Shown>,
    /// What an unknown name got: the code of an alert, `same chain` or `other chain`; `None` where it
    /// was not asked, or nothing came.
    pub unknown_name: Option<String>,
    /// Questions that were not answered to the end: the time or the number of connections did not
    /// suffice, or the server fell silent. What was found until then stands.
    pub cut: Vec<String>,
}

impl Survey {
    /// Makes every answer unclear and forgets what was found: what a survey is worth that was cut
    /// at once. TLS itself stays seen.
    pub fn blur(&mut self) {
        let versions = self.versions.keys().map(|v| (*v, Answered::Unclear));
        *self = Self {
            tls: self.tls,
            opportunistic: Answered::Unclear,
            clear_login: Answered::Unclear,
            versions: versions.collect(),
            cut: vec!["certificates".to_owned()],
            ..Self::default()
        };
    }

    /// The chain that a client gets who asks by the right name.
    pub fn chain(&self) -> Option<&[Vec<u8>]> {
        self.shown.first().map(|shown| shown.chain.as_slice())
    }

    /// Takes over what another part of the same survey found.
    pub(super) fn absorb(&mut self, part: Self) {
        self.shown.extend(part.shown);
        self.groups.extend(part.groups);
        self.curves.extend(part.curves);
        self.alpn.extend(part.alpn);
        self.cut.extend(part.cut);
        for scheme in part.signatures {
            if !self.signatures.contains(&scheme) {
                self.signatures.push(scheme);
            }
        }
        self.dh = self.dh.take().or(part.dh);
        self.unknown_name = self.unknown_name.take().or(part.unknown_name);
        let (t, p) = (&mut self.traits, part.traits);
        for (into, from) in [
            (&mut t.compression, p.compression),
            (&mut t.secure_renegotiation, p.secure_renegotiation),
            (&mut t.client_renegotiation, p.client_renegotiation),
            (&mut t.fallback_scsv, p.fallback_scsv),
            (&mut t.extended_master_secret, p.extended_master_secret),
            (&mut t.session_tickets, p.session_tickets),
            (&mut t.session_ids, p.session_ids),
            (&mut t.encrypt_then_mac, p.encrypt_then_mac),
            (&mut t.heartbeat, p.heartbeat),
            (&mut t.early_data, p.early_data),
            (&mut t.downgrade_sentinel, p.downgrade_sentinel),
            (&mut t.tolerant, p.tolerant),
        ] {
            into.learn(from);
        }
        let (w, p) = (&mut self.weaknesses, part.weaknesses);
        for (into, from) in [
            (&mut w.heartbleed, p.heartbleed),
            (&mut w.ccs_injection, p.ccs_injection),
            (&mut w.robot, p.robot),
            (&mut w.ticketbleed, p.ticketbleed),
            (&mut w.starttls_injection, p.starttls_injection),
        ] {
            into.learn(from);
        }
    }
}

impl Answered {
    /// Unclear where one of two answers is.
    pub(super) fn worse(self, other: Self) -> Self {
        if self == Self::Unclear { self } else { other }
    }

    fn learn(&mut self, other: Self) {
        if other != Self::NotAsked {
            *self = other;
        }
    }
}

mod hex_list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(all: &[Vec<u8>], to: S) -> Result<S::Ok, S::Error> {
        all.iter()
            .map(|b| super::to_hex(b))
            .collect::<Vec<_>>()
            .serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Vec<u8>>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|t| super::from_hex(t)).collect()
    }
}

mod hex_maybe {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        one: &Option<Vec<u8>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        one.as_ref().map(|b| super::to_hex(b)).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|t| super::from_hex(&t)).transpose()
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn from_hex<E: serde::de::Error>(text: &str) -> Result<Vec<u8>, E> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let pair = std::str::from_utf8(pair).map_err(E::custom)?;
            u8::from_str_radix(pair, 16).map_err(E::custom)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survey_survives_a_round_trip() {
        let mut survey = Survey {
            tls: true,
            ..Survey::default()
        };
        survey.versions.insert(Protocol::Tls13, Answered::Yes);
        survey.shown.push(Shown {
            name: Some("may.example".into()),
            chain: vec![vec![0x30, 0x82]],
            staple: None,
        });
        let json = serde_json::to_string(&survey).unwrap();
        assert!(json.contains("\"tls13\":\"yes\"") && json.contains("\"3082\""));
        assert_eq!(serde_json::from_str::<Survey>(&json).unwrap(), survey);
    }
}
