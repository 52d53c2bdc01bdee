//! Everything that is asked about a zone.

use serde::Serialize;

use super::{
    Answer, Asker, Kind, Proof,
    policy::{self, Caa, Dmarc, Tagged},
    spf::{self, Spf},
};

/// Most mail servers whose certificates are asked for.
const MAX_MAIL: usize = 5;

/// The records of one kind at one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Set {
    /// What they say.
    pub records: Vec<String>,
    /// Whether their presence, or absence, is proved; `None` where nobody answered.
    pub proof: Option<Proof>,
}

/// What a zone showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ZoneFound {
    /// The weakest proof of the zone's own records; `None` where an answer is missing.
    pub dnssec: Option<Proof>,
    /// The zone's head.
    pub soa: Set,
    /// Name servers.
    pub ns: Set,
    /// Addresses.
    pub a: Set,
    /// Addresses of IPv6.
    pub aaaa: Set,
    /// Mail servers.
    pub mx: Set,
    /// Who may issue certificates.
    pub caa: Caa,
    /// Who may send mail.
    pub spf: Spf,
    /// What is done with other mail.
    pub dmarc: Dmarc,
    /// MTA-STS, RFC 8461: the record alone, not the policy on the web.
    pub mta_sts: Tagged,
    /// TLS reporting, RFC 8460.
    pub tls_rpt: Tagged,
    /// Certificates by name and service, such as `_25._tcp.mail.example`. Without a proof that is
    /// secure they count for nothing (RFC 7672, 2.2).
    pub tlsa: Vec<(String, Set)>,
}

/// Asks about a zone. `progress` is told what is asked next.
pub fn survey(asker: &dyn Asker, zone: &str, mut progress: impl FnMut(&str)) -> ZoneFound {
    let zone = zone.trim_end_matches('.');
    let mut ask = |name: &str, kind: Kind| {
        progress(&format!("{kind:?} {name}"));
        set(asker.ask(name, kind))
    };
    let soa = ask(zone, Kind::Soa);
    let ns = ask(zone, Kind::Ns);
    let a = ask(zone, Kind::A);
    let aaaa = ask(zone, Kind::Aaaa);
    let mx = ask(zone, Kind::Mx);
    let mut services = vec![format!("_443._tcp.{zone}")];
    let hosts = mx.records.iter().filter_map(|r| r.split(' ').nth(1));
    let hosts = hosts.map(|h| h.trim_end_matches('.'));
    let named = hosts.filter(|h| !h.is_empty()).take(MAX_MAIL); // `0 .` takes no mail, RFC 7505
    services.extend(named.map(|host| format!("_25._tcp.{host}")));
    let tlsa = services
        .into_iter()
        .map(|name| {
            let found = ask(&name, Kind::Tlsa);
            (name, found)
        })
        .collect();
    progress("SPF, DMARC, CAA");
    let proofs = [&soa, &ns, &a, &aaaa, &mx].map(|set| set.proof);
    let all: Option<Vec<Proof>> = proofs.into_iter().collect();
    ZoneFound {
        dnssec: all.and_then(|all| all.into_iter().min()),
        caa: policy::caa(asker, zone),
        spf: spf::evaluate(asker, zone),
        dmarc: policy::dmarc(asker, zone),
        mta_sts: policy::tagged(asker, &format!("_mta-sts.{zone}"), "STSv1"),
        tls_rpt: policy::tagged(asker, &format!("_smtp._tls.{zone}"), "TLSRPTv1"),
        soa,
        ns,
        a,
        aaaa,
        mx,
        tlsa,
    }
}

fn set(answer: Answer) -> Set {
    let (records, proof) = match answer {
        Answer::Records(records, proof) => (records, Some(proof)),
        Answer::Nothing { proof, .. } => (Vec::new(), Some(proof)),
        Answer::Bogus => (Vec::new(), Some(Proof::Bogus)),
        Answer::Failed => (Vec::new(), None),
    };
    Set { records, proof }
}
