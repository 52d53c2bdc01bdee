//! Whether a certificate's key and signatures are strong.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        tls_endpoints::{Surveys, chain},
        x509,
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// RSA keys are long enough, elliptic curves have 256 bits or more, and neither the leaf nor an
/// intermediate rests on MD5 or SHA-1. The signature of a self-signed root proves nothing and is not
/// judged.
pub(super) struct KeyStrength;

const META: Meta = Meta {
    id: "tls.key-strength",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &["tls.min-rsa-bits"],
    always_applies: false,
};

impl Check for KeyStrength {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let surveys = cx.get::<Surveys>()?;
        super::each(cx, |n, endpoint| {
            let chain = chain(&surveys.0[n], endpoint)?;
            let facts = Facts::new().observed("tls", !chain.is_empty(), &endpoint.label);
            let certs: Option<Vec<_>> = chain.iter().map(|der| x509::parse(der)).collect();
            let certs = certs.ok_or_else(|| Gap::parse(&endpoint.label))?;
            let Some((leaf, rest)) = certs.split_first() else {
                return Ok(facts);
            };
            let rooted = |c: &&x509::Cert| !c.self_signed;
            let hashes: Vec<&str> = rest.iter().filter(rooted).map(|c| c.hash).collect();
            let keys = rest.iter().map(|c| format!("{} {}", c.key, c.bits));
            Ok(facts
                .observed("key", leaf.key, &endpoint.label)
                .observed("bits", leaf.bits, &endpoint.label)
                .observed("hash", leaf.hash, &endpoint.label)
                .observed("chain_hashes", hashes, &endpoint.label)
                .observed("chain_keys", keys.collect::<Vec<_>>(), &endpoint.label))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let (key, bits, hash) = (case.text("key")?, case.int("bits")?, case.text("hash")?);
        let least = case.threshold("tls.min-rsa-bits");
        let strong = |key: &str, bits: i64| match key {
            "rsa" => Some(bits >= least),
            "ec" => Some(bits >= 256),
            "ed25519" | "ed448" => Some(true),
            "dsa" => Some(false),
            _ => None,
        };
        let mut keys = vec![strong(key, bits)];
        for line in case.list("chain_keys")? {
            let line = line.to_line();
            let (key, bits) = line.split_once(' ').unwrap_or((&line, ""));
            keys.push(bits.parse().ok().and_then(|bits| strong(key, bits)));
        }
        if keys.contains(&Some(false)) {
            return Ok(Judgement::fail("fail-key")
                .with("key", key)
                .with("bits", bits));
        }
        let mut hashes: Vec<String> = case
            .list("chain_hashes")?
            .iter()
            .map(|h| h.to_line())
            .collect();
        hashes.push(hash.to_owned());
        let weak = ["md2", "md5", "sha1"];
        Ok(if hashes.iter().any(|h| weak.contains(&h.as_str())) {
            Judgement::fail("fail-hash").with("hashes", hashes)
        } else if keys.contains(&None) || hashes.iter().any(|h| h == "other") {
            Judgement::unknown("unknown-algorithm")
        } else {
            Judgement::pass("pass").with("key", key).with("bits", bits)
        })
    }
}
