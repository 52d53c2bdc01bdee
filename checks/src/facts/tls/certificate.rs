//! What one certificate says (RFC 5280).

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use x509_parser::{
    extensions::{DistributionPointName, GeneralName, ParsedExtension},
    prelude::{FromDer, X509Certificate, X509Name},
    signature_algorithm::SignatureAlgorithm,
};

use super::{
    der,
    issuers::{self, Known},
    key::{self, Key},
    signature::Signed,
};
use crate::observation::clean;

/// Most names that are kept; how many there are is kept beside.
pub const MAX_NAMES: usize = 100;
const MAX_URLS: usize = 5;
const MAX_NAME: usize = 256;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cert {
    /// Whom it is for, as text.
    pub subject: String,
    /// Who issued it, as text.
    pub issuer: String,
    /// A Vietnamese authority that the issuer's name speaks of. A name proves nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_says: Option<Known>,
    /// Subject alternative names: DNS names and IP addresses. At most [`MAX_NAMES`].
    pub names: Vec<String>,
    /// How many there are.
    pub names_total: usize,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// The public key.
    pub key: Key,
    /// Hash under the signature: `md5`, `sha1`, `sha256` …, `built-in` or `other`.
    pub hash: &'static str,
    /// Whether it names itself as its issuer.
    pub self_signed: bool,
    /// Whether it may sign others (basic constraints).
    pub ca: bool,
    /// Uses of the key, by the names of RFC 5280; none where all are allowed.
    pub usages: Vec<&'static str>,
    /// Whether it may serve TLS: its extended key usage says so, or says nothing.
    pub server_auth: bool,
    /// Signed certificate timestamps inside it. Their signatures are not verified.
    pub scts: usize,
    /// Where its state may be asked for (OCSP).
    pub ocsp: Vec<String>,
    /// Where lists of revoked certificates stand.
    pub crls: Vec<String>,
    /// Where its issuer's certificate stands.
    pub issuers: Vec<String>,
    /// It demands a stapled OCSP response (RFC 7633).
    pub must_staple: bool,
    /// Its names are confined by name constraints (of an authority).
    pub constrained: bool,
    /// Serial number, in hexadecimal digits.
    pub serial: String,
    /// SHA-256 of its public key: equal where the key is.
    pub spki_sha256: String,
    /// SHA-256 of the whole: its fingerprint.
    pub sha256: String,
    #[serde(skip)]
    pub(crate) raw: Raw,
}

/// Parts that others compare byte by byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(super) subject: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) serial: Vec<u8>,
    /// The public key without its outer tag.
    pub(super) spki: Vec<u8>,
    pub(super) signed: Signed,
    /// Where it may be asked about (OCSP), over HTTP and not cut short.
    pub(crate) responders: Vec<String>,
    /// Lists that tell of all reasons and come from the issuer itself, likewise.
    pub(super) lists: Vec<String>,
}

impl Cert {
    /// Whether a name begins with `*.`.
    pub fn wildcard(&self) -> bool {
        self.names.iter().any(|n| n.starts_with("*."))
    }

    /// Whole days between the two ends of its validity.
    pub fn lifetime_days(&self) -> i64 {
        (self.not_after.as_second() - self.not_before.as_second()).div_euclid(86_400)
    }

    /// Most days that a publicly trusted certificate issued on its day may last (CA/Browser Forum
    /// ballot SC-081v3, and SC-31 before).
    pub fn longest_public_days(&self) -> i64 {
        // Midnight UTC of 2020-09-01, 2026-03-15, 2027-03-15 and 2029-03-15.
        const STEPS: [(i64, i64); 4] = [
            (1_598_918_400, 825),
            (1_773_532_800, 398),
            (1_805_068_800, 200),
            (1_868_227_200, 100),
        ];
        let issued = self.not_before.as_second();
        let step = STEPS.iter().find(|(until, _)| issued < *until);
        step.map_or(47, |(_, days)| *days)
    }

    /// Whether it lasts longer than a publicly trusted one may. Both ends of its validity count
    /// (RFC 5280, 4.1.2.5). The day of issue is taken from its start.
    pub fn outlives_public_limit(&self) -> bool {
        let seconds = self.not_after.as_second() - self.not_before.as_second() + 1;
        seconds > self.longest_public_days() * 86_400
    }

    /// Bits of its serial number. Below 64, it cannot hold the 64 random bits that public
    /// authorities owe (Baseline Requirements, 7.1); above, nothing is proved.
    pub fn serial_bits(&self) -> i64 {
        let digits = self.serial.trim_start_matches('0');
        let first = digits.chars().next().and_then(|d| d.to_digit(16));
        let Some(first) = first.filter(|d| *d > 0) else {
            return 0;
        };
        let rest = i64::try_from(digits.len() - 1).unwrap_or(i64::MAX / 8);
        rest * 4 + i64::from(32 - first.leading_zeros())
    }

    /// Whether another one could have issued it, by their names.
    pub(super) fn issued_by(&self, other: &Self) -> bool {
        self.raw.issuer == other.raw.subject
    }
}

#[cfg(test)]
impl Cert {
    /// A sound certificate for tests of what is built upon: RSA of 2048 bits, valid for 90 days
    /// from 2026-11-01.
    pub(crate) fn sound() -> Self {
        Self {
            subject: "CN=may.example".to_owned(),
            issuer: "CN=Test Intermediate".to_owned(),
            issuer_says: None,
            names: vec!["may.example".to_owned()],
            names_total: 1,
            not_before: "2026-11-01T00:00:00Z".parse().unwrap(),
            not_after: "2027-01-30T00:00:00Z".parse().unwrap(),
            key: Key {
                kind: "rsa",
                bits: 2048,
                curve: None,
                exponent: Some(65_537),
                roca: false,
                flaw: None,
            },
            hash: "sha256",
            self_signed: false,
            ca: false,
            usages: Vec::new(),
            server_auth: true,
            scts: 0,
            ocsp: Vec::new(),
            crls: Vec::new(),
            issuers: Vec::new(),
            must_staple: false,
            constrained: false,
            serial: "01".to_owned(),
            spki_sha256: "00".repeat(32),
            sha256: "11".repeat(32),
            raw: Raw::default(),
        }
    }
}

/// Reads one certificate in DER; `None` when it is not one.
pub fn parse(der: &[u8]) -> Option<Cert> {
    let (rest, cert) = X509Certificate::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let time = |t: x509_parser::time::ASN1Time| Timestamp::from_second(t.timestamp()).ok();
    let mut found = Cert {
        subject: shown(cert.subject()),
        issuer: shown(cert.issuer()),
        issuer_says: issuers::recognise(&shown(cert.issuer())),
        names: Vec::new(),
        names_total: 0,
        not_before: time(cert.validity().not_before)?,
        not_after: time(cert.validity().not_after)?,
        key: key::read(
            cert.public_key(),
            &hex(&Sha256::digest(cert.public_key().raw)),
        ),
        hash: hash(&cert),
        self_signed: cert.subject().as_raw() == cert.issuer().as_raw(),
        ca: cert.is_ca(),
        usages: Vec::new(),
        server_auth: true,
        scts: 0,
        ocsp: Vec::new(),
        crls: Vec::new(),
        issuers: Vec::new(),
        must_staple: false,
        constrained: false,
        serial: hex(cert.raw_serial()),
        spki_sha256: hex(&Sha256::digest(cert.public_key().raw)),
        sha256: hex(&Sha256::digest(der)),
        raw: Raw {
            subject: cert.subject().as_raw().to_vec(),
            issuer: cert.issuer().as_raw().to_vec(),
            serial: cert.raw_serial().to_vec(),
            spki: der::Reader::new(cert.public_key().raw)
                .take(der::SEQUENCE)
                .unwrap_or_default()
                .to_vec(),
            signed: der::Reader::new(der)
                .inside(der::SEQUENCE)
                .and_then(|mut parts| Signed::take(&mut parts))
                .unwrap_or_default(),
            responders: Vec::new(),
            lists: Vec::new(),
        },
    };
    for extension in cert.extensions() {
        // TLS feature 5 is status_request.
        if extension.oid.to_id_string() == "1.3.6.1.5.5.7.1.24" {
            found.must_staple = features(extension.value).contains(&5);
        }
        extend(&mut found, extension.parsed_extension());
    }
    Some(found)
}

fn extend(cert: &mut Cert, extension: &ParsedExtension<'_>) {
    match extension {
        ParsedExtension::SubjectAlternativeName(names) => {
            let names = names.general_names.iter().filter_map(name);
            for name in names {
                cert.names_total += 1;
                if cert.names.len() < MAX_NAMES {
                    cert.names.push(bounded(&name));
                }
            }
        }
        ParsedExtension::KeyUsage(usage) => cert.usages = usages(usage.flags),
        ParsedExtension::ExtendedKeyUsage(usage) => {
            cert.server_auth = usage.server_auth || usage.any;
        }
        ParsedExtension::SCT(list) => cert.scts = list.len(),
        ParsedExtension::NameConstraints(_) => cert.constrained = true,
        ParsedExtension::AuthorityInfoAccess(access) => {
            for one in &access.accessdescs {
                let list = match one.access_method.to_id_string().as_str() {
                    "1.3.6.1.5.5.7.48.1" => {
                        whole_url(&mut cert.raw.responders, &one.access_location);
                        &mut cert.ocsp
                    }
                    "1.3.6.1.5.5.7.48.2" => &mut cert.issuers,
                    _ => continue,
                };
                url(list, &one.access_location);
            }
        }
        ParsedExtension::CRLDistributionPoints(points) => {
            for point in &points.points {
                if let Some(DistributionPointName::FullName(names)) = &point.distribution_point {
                    names.iter().for_each(|name| url(&mut cert.crls, name));
                    if point.reasons.is_none() && point.crl_issuer.is_none() {
                        let lists = &mut cert.raw.lists;
                        names.iter().for_each(|name| whole_url(lists, name));
                    }
                }
            }
        }
        _ => {}
    }
}

fn url(list: &mut Vec<String>, name: &GeneralName<'_>) {
    if let GeneralName::URI(url) = name
        && list.len() < MAX_URLS
    {
        list.push(bounded(url));
    }
}

fn whole_url(list: &mut Vec<String>, name: &GeneralName<'_>) {
    if let GeneralName::URI(url) = name
        && list.len() < MAX_URLS
        && url.len() <= MAX_NAME
        && url.bytes().all(|b| b.is_ascii_graphic())
        && (url.starts_with("http://") || url.starts_with("https://"))
    {
        list.push((*url).to_owned());
    }
}

fn features(value: &[u8]) -> Vec<u8> {
    let mut list = der::Reader::new(value);
    let Some(mut inner) = list.inside(der::SEQUENCE) else {
        return Vec::new();
    };
    std::iter::from_fn(|| inner.take(der::INTEGER))
        .filter_map(|number| number.last().copied())
        .collect()
}

fn shown(name: &X509Name<'_>) -> String {
    bounded(&name.to_string())
}

fn bounded(text: &str) -> String {
    clean(&text.chars().take(MAX_NAME).collect::<String>())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
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

fn usages(flags: u16) -> Vec<&'static str> {
    const NAMES: [&str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];
    let set = NAMES.iter().enumerate();
    set.filter(|(n, _)| flags >> n & 1 == 1)
        .map(|(_, name)| *name)
        .collect()
}

fn hash(cert: &X509Certificate<'_>) -> &'static str {
    let oid = cert.signature_algorithm.algorithm.to_id_string();
    match oid.as_str() {
        "1.2.840.113549.1.1.2" => "md2",
        "1.2.840.113549.1.1.4" => "md5",
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" | "1.3.14.3.2.29" => {
            "sha1"
        }
        "1.2.840.113549.1.1.14" | "1.2.840.10045.4.3.1" => "sha224",
        "1.2.840.113549.1.1.11" | "1.2.840.10045.4.3.2" => "sha256",
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => "sha384",
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => "sha512",
        // Ed25519 and Ed448 bring their own.
        "1.3.101.112" | "1.3.101.113" => "built-in",
        "1.2.840.113549.1.1.10" => pss_hash(cert),
        _ => "other",
    }
}

/// The hash of RSA-PSS stands in its parameters; SHA-1 where they are left out (RFC 4055).
fn pss_hash(cert: &X509Certificate<'_>) -> &'static str {
    let Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) =
        SignatureAlgorithm::try_from(&cert.signature_algorithm)
    else {
        return "other";
    };
    match parameters.hash_algorithm_oid().to_id_string().as_str() {
        "1.3.14.3.2.26" => "sha1",
        "2.16.840.1.101.3.4.2.4" => "sha224",
        "2.16.840.1.101.3.4.2.1" => "sha256",
        "2.16.840.1.101.3.4.2.2" => "sha384",
        "2.16.840.1.101.3.4.2.3" => "sha512",
        _ => "other",
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
            let _features = features(&bytes);
        }
    }

    #[test]
    fn the_limit_is_that_of_the_day_of_issue() {
        let lasting = |from: &str, days: i64, more: i64| {
            let mut cert = Cert::sound();
            cert.not_before = from.parse().unwrap();
            let seconds = cert.not_before.as_second() + days * 86_400 + more;
            cert.not_after = Timestamp::from_second(seconds).unwrap();
            cert.outlives_public_limit()
        };
        for (from, days) in [
            ("2020-08-31T23:59:59Z", 825),
            ("2026-03-14T23:59:59Z", 398),
            ("2026-03-15T00:00:00Z", 200),
            ("2027-03-15T00:00:00Z", 100),
            ("2029-03-15T00:00:00Z", 47),
        ] {
            assert!(!lasting(from, days, -1), "{from}");
            assert!(lasting(from, days, 0), "{from}");
        }
    }

    #[test]
    fn serial_numbers_have_bits() {
        for (serial, bits) in [("", 0), ("00", 0), ("01", 1), ("00ff", 8), ("7f00", 15)] {
            let cert = Cert {
                serial: serial.to_owned(),
                ..Cert::sound()
            };
            assert_eq!(cert.serial_bits(), bits, "{serial}");
        }
    }

    #[test]
    fn features_are_a_list_of_numbers() {
        assert_eq!(features(&[0x30, 3, 2, 1, 5]), [5]);
        assert_eq!(features(&[0x30, 6, 2, 1, 17, 2, 1, 5]), [17, 5]);
        assert_eq!(features(&[0x04, 1, 5]), [] as [u8; 0]);
    }
}
