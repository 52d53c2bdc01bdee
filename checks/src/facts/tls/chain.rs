//! How a chain hangs together, and who vouches for it. Each property is found by itself first: a
//! verifier stops at the first fault, and expired, wrong name and self-signed are three facts.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use rustls::{
    crypto::aws_lc_rs,
    pki_types::{
        CertificateDer, ServerName, SignatureVerificationAlgorithm as Algorithm, TrustAnchor,
        UnixTime,
    },
};
use serde::Serialize;
use webpki::{EndEntityCert, Error, KeyUsage, VerifiedPath};

use super::{
    anchors::{self, Anchors, StoreKind},
    certificate::{Cert, parse},
    dateless::Dateless,
};

/// The order and completeness of what was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Each certificate was issued by the one that follows it (RFC 5246, 7.4.2).
    pub in_order: bool,
    /// Certificates that were sent more than once.
    pub duplicates: usize,
    /// A self-signed certificate ends the chain: harmless, and needless.
    pub root_sent: bool,
    /// Certificates that are not needed to get from the leaf to the top.
    pub extra: usize,
    /// The chain ends at a certificate whose issuer was not sent and is in no store.
    pub incomplete: bool,
}

/// Looks at a chain as it was sent, leaf first.
pub fn shape(chain: &[Cert], anchors: &Anchors) -> Shape {
    let Some(leaf) = chain.first() else {
        return Shape::default();
    };
    let mut different = BTreeSet::new();
    let once: Vec<&Cert> = chain
        .iter()
        .filter(|c| different.insert(&c.sha256))
        .collect();
    let mut top = leaf;
    let mut used = 1;
    while !top.self_signed && used < once.len() {
        let next = once
            .iter()
            .skip(1)
            .find(|c| top.issued_by(c) && c.sha256 != top.sha256);
        let Some(next) = next else { break };
        top = next;
        used += 1;
    }
    Shape {
        in_order: chain.windows(2).all(|pair| pair[0].issued_by(&pair[1])),
        duplicates: chain.len() - once.len(),
        root_sent: chain.len() > 1 && chain.iter().skip(1).any(|c| c.self_signed),
        extra: once.len().saturating_sub(used),
        incomplete: !top.self_signed && !anchors.know(&top.raw.issuer),
    }
}

/// What the stores make of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trust {
    /// The stores that vouch for it, whatever its name and its age.
    pub stores: Vec<StoreKind>,
    /// The root that the chain leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// The intermediates (DER) from the leaf to that root, as the verifier chose them.
    #[serde(skip)]
    pub path: Vec<Vec<u8>>,
    /// Why none vouches; empty when one does.
    pub problem: &'static str,
    /// Whether it bears the name that was asked for; `None` when none was, or none can bear it.
    pub name_matches: Option<bool>,
}

impl Trust {
    /// Whether a store vouches.
    pub fn trusted(&self) -> bool {
        !self.stores.is_empty()
    }
}

/// Asks every store. The time of asking is `now`, moved into the leaf's own validity, so that age
/// and origin stay two facts; where none vouches then, since an issuer was renewed later, `now` as if the
/// leaf were in date.
pub fn trust(chain: &[Vec<u8>], anchors: &Anchors, name: Option<&str>, now: Timestamp) -> Trust {
    let mut found = Trust {
        stores: Vec::new(),
        anchor: None,
        path: Vec::new(),
        problem: "no certificate",
        name_matches: None,
    };
    let Some((leaf, rest)) = chain.split_first() else {
        return found;
    };
    let der = CertificateDer::from(leaf.as_slice());
    let Some(cert) = parse(leaf) else {
        found.problem = "not understood";
        return found;
    };
    let end = match EndEntityCert::try_from(&der) {
        Ok(end) => end,
        Err(error) => {
            found.problem = problem(&error);
            return found;
        }
    };
    found.name_matches = name.and_then(|name| bears(&end, name));
    let rest: Vec<CertificateDer<'_>> = rest.iter().map(|c| c.as_slice().into()).collect();
    let at = unix(now.max(cert.not_before).min(cert.not_after));
    found.problem = "unknown issuer";
    if !may_serve(&cert) {
        found.problem = "not for servers";
        return found;
    }
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
    ask(&mut found, anchors, |roots| {
        path(&end, algorithms.all, roots, &rest, at)
    });
    let outside = now < cert.not_before || now > cert.not_after;
    if let Some(leaf) = Dateless::of(leaf).filter(|_| outside && !found.trusted()) {
        let der = CertificateDer::from(leaf.whole.as_slice());
        let verifying: Vec<_> = algorithms.all.iter().map(|a| leaf.verifying(*a)).collect();
        let verifying: Vec<_> = verifying.iter().map(|a| a as &dyn Algorithm).collect();
        let now = unix(now);
        if let Ok(end) = EndEntityCert::try_from(&der) {
            ask(&mut found, anchors, |roots| {
                path(&end, &verifying, roots, &rest, now)
            });
        }
    }
    found
}

type Led = Result<(String, Vec<Vec<u8>>), &'static str>;

/// Asks every store by `path`.
fn ask(found: &mut Trust, anchors: &Anchors, path: impl Fn(&[TrustAnchor<'_>]) -> Led) {
    for store in &anchors.stores {
        match path(&store.roots) {
            Ok((root, between)) => {
                if !found.stores.contains(&store.kind) {
                    found.stores.push(store.kind);
                }
                if found.anchor.is_none() {
                    (found.anchor, found.path) = (Some(root), between);
                }
            }
            Err("unknown issuer") => {}
            Err(other) => found.problem = other,
        }
    }
    if found.trusted() {
        found.problem = "";
    }
}

fn unix(at: Timestamp) -> UnixTime {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

fn bears(end: &EndEntityCert<'_>, name: &str) -> Option<bool> {
    let name = ServerName::try_from(name.strip_suffix('.').unwrap_or(name)).ok()?;
    Some(end.verify_is_valid_for_subject_name(&name).is_ok())
}

/// Whether the key of a leaf may take part in a handshake (RFC 5280, 4.2.1.3).
fn may_serve(leaf: &Cert) -> bool {
    const USES: [&str; 3] = ["digitalSignature", "keyEncipherment", "keyAgreement"];
    leaf.usages.is_empty() || leaf.usages.iter().any(|u| USES.contains(u))
}

fn path(
    end: &EndEntityCert<'_>,
    algorithms: &[&dyn Algorithm],
    roots: &[TrustAnchor<'_>],
    rest: &[CertificateDer<'_>],
    at: UnixTime,
) -> Led {
    let usage = KeyUsage::server_auth();
    // The verifier does not look at the uses of keys, and asks about each path that it finds.
    let may_sign = |path: &VerifiedPath<'_>| {
        let all = path.intermediate_certificates();
        let mut certs = all.map(|c| parse(&c.der()));
        if certs
            .all(|c| c.is_some_and(|c| c.usages.is_empty() || c.usages.contains(&"keyCertSign")))
        {
            Ok(())
        } else {
            Err(Error::EndEntityUsedAsCa)
        }
    };
    match end.verify_for_usage(algorithms, roots, rest, at, usage, None, Some(&may_sign)) {
        Ok(path) => {
            let between = path.intermediate_certificates().map(|c| c.der().to_vec());
            Ok((anchors::label(path.anchor()), between.collect()))
        }
        Err(error) => Err(problem(&error)),
    }
}

fn problem(error: &Error) -> &'static str {
    match error {
        Error::UnknownIssuer => "unknown issuer",
        Error::CertExpired { .. } => "expired issuer",
        Error::CertNotValidYet { .. } => "issuer not valid yet",
        Error::CaUsedAsEndEntity => "authority used as server certificate",
        Error::EndEntityUsedAsCa => "server certificate used as authority",
        Error::RequiredEkuNotFoundContext(_) => "not for servers",
        Error::NameConstraintViolation => "name constraint",
        Error::PathLenConstraintViolated | Error::MaximumPathDepthExceeded => "chain too long",
        Error::InvalidSignatureForPublicKey => "bad signature",
        Error::UnsupportedCriticalExtension => "unknown critical extension",
        Error::UnsupportedCertVersion => "old certificate version",
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | Error::SignatureAlgorithmMismatch => "weak or unknown algorithm",
        _ => "invalid chain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_chain_is_not_trusted() {
        let anchors = Anchors {
            stores: Vec::new(),
            gap: None,
        };
        assert!(!trust(&[], &anchors, None, Timestamp::UNIX_EPOCH).trusted());
        assert!(!trust(&[vec![0x30]], &anchors, None, Timestamp::UNIX_EPOCH).trusted());
        assert_eq!(shape(&[], &anchors), Shape::default());
    }
}
