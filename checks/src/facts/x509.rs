//! Certificates: what each one says, how a chain hangs together, and whether the host's own roots
//! vouch for it.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use rustls::{
    CertificateError, Error, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
    public_key::PublicKey,
};

use crate::{host::Host, observation::Gap};

const BUNDLES: [&str; 2] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
];
const BUNDLE_CAP: usize = 4 << 20;
const MAX_NAMES: usize = 100;

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cert {
    /// Subject alternative names: DNS names and IP addresses.
    pub names: Vec<String>,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// `rsa`, `ec`, `ed25519`, `ed448`, `dsa` or `other`.
    pub key: &'static str,
    /// Bits of the key.
    pub bits: usize,
    /// Hash under the signature: `md5`, `sha1`, `sha256` …, `built-in` or `other`.
    pub hash: &'static str,
    /// Whether it names itself as its issuer.
    pub self_signed: bool,
    /// Whether it may sign others.
    pub ca: bool,
    subject: Vec<u8>,
    issuer: Vec<u8>,
}

/// Reads one certificate in DER; `None` when it is not one.
pub fn parse(der: &[u8]) -> Option<Cert> {
    let (_, cert) = X509Certificate::from_der(der).ok()?;
    let time = |t: x509_parser::time::ASN1Time| Timestamp::from_second(t.timestamp()).ok();
    let names = cert.subject_alternative_name().ok().flatten();
    let names = names.map(|n| {
        n.value
            .general_names
            .iter()
            .filter_map(name)
            .take(MAX_NAMES)
            .collect()
    });
    let (key, bits) = key(&cert);
    Some(Cert {
        names: names.unwrap_or_default(),
        not_before: time(cert.validity().not_before)?,
        not_after: time(cert.validity().not_after)?,
        key,
        bits,
        hash: hash(&cert.signature_algorithm.algorithm.to_id_string()),
        self_signed: cert.subject().as_raw() == cert.issuer().as_raw(),
        ca: cert.is_ca(),
        subject: cert.subject().as_raw().to_vec(),
        issuer: cert.issuer().as_raw().to_vec(),
    })
}

fn name(general: &GeneralName<'_>) -> Option<String> {
    match general {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes)
                .ok()
                .map(|b| std::net::IpAddr::from(b).to_string()),
            _ => <[u8; 16]>::try_from(*bytes)
                .ok()
                .map(|b| std::net::IpAddr::from(b).to_string()),
        },
        _ => None,
    }
}

fn key(cert: &X509Certificate<'_>) -> (&'static str, usize) {
    match cert
        .public_key()
        .algorithm
        .algorithm
        .to_id_string()
        .as_str()
    {
        "1.3.101.112" => return ("ed25519", 256),
        "1.3.101.113" => return ("ed448", 456),
        _ => {}
    }
    match cert.public_key().parsed() {
        Ok(PublicKey::RSA(rsa)) => {
            let zeros = rsa.modulus.iter().take_while(|b| **b == 0).count();
            let modulus = &rsa.modulus[zeros..];
            let unused = modulus.first().map_or(0, |b| b.leading_zeros() as usize);
            ("rsa", modulus.len() * 8 - unused)
        }
        Ok(PublicKey::EC(point)) => ("ec", point.key_size()),
        Ok(PublicKey::DSA(number)) => ("dsa", number.len() * 8),
        _ => ("other", 0),
    }
}

fn hash(oid: &str) -> &'static str {
    match oid {
        "1.2.840.113549.1.1.2" => "md2",
        "1.2.840.113549.1.1.4" => "md5",
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" | "1.3.14.3.2.29" => {
            "sha1"
        }
        "1.2.840.113549.1.1.14" | "1.2.840.10045.4.3.1" => "sha224",
        "1.2.840.113549.1.1.11" | "1.2.840.10045.4.3.2" => "sha256",
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => "sha384",
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => "sha512",
        // The hash of RSA-PSS stands in its parameters; Ed25519 and Ed448 bring their own.
        "1.2.840.113549.1.1.10" => "pss",
        "1.3.101.112" | "1.3.101.113" => "built-in",
        _ => "other",
    }
}

/// Whether each certificate was issued by the one that follows it.
pub fn in_order(chain: &[Cert]) -> bool {
    chain
        .windows(2)
        .all(|pair| pair[0].issuer == pair[1].subject)
}

/// The roots that the host trusts, and the file that holds them.
///
/// # Errors
/// When there is no bundle, or it may not be read.
pub fn roots(host: &dyn Host) -> Result<(Arc<RootCertStore>, &'static str), Gap> {
    for path in BUNDLES {
        match host.read(path, BUNDLE_CAP) {
            Ok(pem) => {
                let mut store = RootCertStore::empty();
                let certs = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok);
                store.add_parsable_certificates(certs);
                return Ok((Arc::new(store), path));
            }
            Err(e) if e.is_not_found() => {}
            Err(e) => return Err(e.into()),
        }
    }
    Err(Gap::new(
        crate::observation::GapReason::ToolMissing,
        BUNDLES[0],
    ))
}

/// What the host's roots make of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Whether they vouch for it, whatever its name.
    pub trusted: bool,
    /// Whether it bears the name that was asked for; `None` when none was, or it is not trusted.
    pub name_matches: Option<bool>,
    /// Why they do not vouch.
    pub problem: &'static str,
}

/// Asks the host's roots. A chain that has expired is asked about at a time when its leaf was
/// valid, so that its age and its origin stay two facts.
pub fn trust(
    chain: &[Vec<u8>],
    roots: &Arc<RootCertStore>,
    name: Option<&str>,
    now: Timestamp,
) -> Trust {
    let no = |problem| Trust {
        trusted: false,
        name_matches: None,
        problem,
    };
    let Some((leaf, rest)) = chain.split_first() else {
        return no("no certificate");
    };
    let Some(cert) = parse(leaf) else {
        return no("not understood");
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), provider);
    let Ok(verifier) = verifier.build() else {
        return no("no root on this host");
    };
    let at = now.max(cert.not_before).min(cert.not_after).as_second();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or(0)));
    let rest: Vec<CertificateDer<'_>> = rest.iter().map(|c| c.as_slice().into()).collect();
    // Without a name, one that no certificate bears: only the name may then be wrong.
    let asked = name.unwrap_or("khong-ai-mang-ten-nay.invalid");
    let Ok(server) = ServerName::try_from(asked) else {
        return no("the declared name is none");
    };
    let verdict = verifier.verify_server_cert(&leaf.as_slice().into(), &rest, &server, &[], at);
    let yes = |matches: bool| Trust {
        trusted: true,
        name_matches: name.map(|_| matches),
        problem: "",
    };
    match verdict {
        Ok(_) => yes(true),
        Err(Error::InvalidCertificate(error)) => match error {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                yes(false)
            }
            CertificateError::UnknownIssuer => no("unknown issuer"),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                no("expired issuer")
            }
            CertificateError::BadSignature => no("bad signature"),
            _ => no("invalid chain"),
        },
        Err(_) => no("invalid chain"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _cert = parse(&bytes);
            let _nested = parse(&[&[0x30, 0x81, 0xc8], bytes.as_slice()].concat());
        }
    }

    #[test]
    fn no_chain_is_not_trusted() {
        let roots = Arc::new(RootCertStore::empty());
        assert!(!trust(&[], &roots, None, Timestamp::UNIX_EPOCH).trusted);
    }
}
