//! Certificates and OCSP responses, as servers send them.

use std::fs;

use capdo_checks::facts::tls::{certificate, chain, ocsp};
use jiff::Timestamp;

use crate::bytes::seen;
use crate::{
    bytes, repository,
    seeds::{Seeds, joined},
    targets::tls_judged::anchors,
};

/// Tries one input: the last piece is a response of OCSP, those before it are a chain.
pub fn run(data: &[u8]) {
    let pieces = bytes::pieces(data);
    let Some((response, ders)) = pieces.split_last() else {
        return;
    };
    let mut parsed = Vec::new();
    for der in ders.iter().take(10) {
        let Some(cert) = certificate::parse(der) else {
            continue;
        };
        let cut = der.split_last().map(|(_, cut)| cut).unwrap_or_default();
        assert!(
            certificate::parse(cut).is_none(),
            "cut, and still a certificate"
        );
        parsed.push(cert);
    }
    seen(chain::shape(&parsed, anchors()));
    let ders: Vec<Vec<u8>> = ders.iter().take(10).map(|d| d.to_vec()).collect();
    let trust = chain::trust(&ders, anchors(), Some("a.vn"), Timestamp::UNIX_EPOCH);
    assert!(!trust.trusted() || !ders.is_empty());
    seen(ocsp::read(response, &parsed, anchors()));
}

/// The certificates that stand in fixtures, in DER.
pub fn certificates() -> Vec<Vec<u8>> {
    hex_texts("\"3082", &["checks/fixtures/base", "checks/fixtures/tls"])
}

fn hex_texts(start: &str, folders: &[&str]) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    for path in folders.iter().flat_map(|f| repository::files(f, ".toml")) {
        let text = fs::read_to_string(path).unwrap_or_default();
        for part in text
            .split('"')
            .filter(|p| p.starts_with(start.trim_matches('"')))
        {
            let digits: Vec<u8> = part.bytes().filter(u8::is_ascii_hexdigit).collect();
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
            if let Some(der) = digits
                .chunks_exact(2)
                .map(byte)
                .collect::<Option<Vec<u8>>>()
                && !found.contains(&der)
            {
                found.push(der);
            }
        }
    }
    found
}

/// Chains and responses of the fixtures.
pub fn seeds(seeds: &mut Seeds) {
    let certificates = certificates();
    let nothing = Vec::new();
    for pair in certificates.windows(2).take(60) {
        seeds.add(joined(&[&pair[0], &pair[1], &nothing]));
    }
    for response in hex_texts("308", &["checks/fixtures/tls/revocation"])
        .iter()
        .take(20)
    {
        for leaf in certificates.iter().take(3) {
            seeds.add(joined(&[leaf, leaf, response]));
        }
    }
}
