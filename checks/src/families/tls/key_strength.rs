//! Whether a certificate's key and signatures are strong.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        tls::{certificate::Cert, key::Flaw},
        tls_endpoints::Surveys,
    },
    host::Budget,
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// RSA keys are long enough and can neither be factored (the mark of ROCA, CVE-2017-15361; close primes,
/// CVE-2022-26320; small factors) nor have a public exponent that signs nothing; no private key stands
/// in a package that is known here; elliptic curves have 256 bits or more, and neither the leaf nor an
/// intermediate rests on MD5 or SHA-1. The signature of a self-signed root proves nothing and is not
/// judged. A leaf with a public exponent below 65537 (NIST SP 800-56B) is met in part.
pub(super) struct KeyStrength;

const META: Meta = Meta {
    id: "tls.key-strength",
    version: 4,
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

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_surveys()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let surveys = cx.get::<Surveys>()?;
        super::each(cx, |n, endpoint| {
            let (chain, certs) = super::certificates(&surveys.0[n], endpoint)?;
            let facts = Facts::new().observed("tls", !chain.is_empty(), &endpoint.label);
            let Some((leaf, rest)) = certs.split_first() else {
                return Ok(facts);
            };
            // A server with two kinds of keys shows another certificate to other clients.
            let twins = super::twins(&surveys.0[n], endpoint)?;
            let second: Vec<Cert> = twins
                .iter()
                .filter_map(|(_, c)| c.first().cloned())
                .collect();
            let small = |c: &&Cert| c.key.exponent.is_some_and(|e| (1..65_537).contains(&e));
            let small_exponent = std::iter::once(leaf).chain(&second).any(|c| small(&c));
            let mut rest: Vec<Cert> = rest.to_vec();
            rest.extend(twins.into_iter().flat_map(|(_, certs)| certs));
            let rooted = |c: &&Cert| !c.self_signed;
            let hashes: Vec<&str> = rest.iter().filter(rooted).map(|c| c.hash).collect();
            let keys = rest
                .iter()
                .map(|c| format!("{} {}", c.key.kind, c.key.bits));
            let all = || certs.iter().chain(&rest);
            // An RSA exponent of 1 leaves the message as it is; an even one cannot be undone.
            let idle = |c: &Cert| {
                c.key
                    .exponent
                    .is_some_and(|e| e == 1 || e % 2 == 0 && e > 0)
            };
            let flaws = all().filter_map(|c| c.key.flaw).map(Flaw::code);
            let exponent = leaf.key.exponent.map(|e| e.to_string());
            let at = &endpoint.label;
            Ok(facts
                .observed("key", leaf.key.kind, at)
                .observed("bits", leaf.key.bits, at)
                .observed("hash", leaf.hash, at)
                .maybe("curve", Vantage::Observed, leaf.key.curve, at)
                .maybe("exponent", Vantage::Observed, exponent, at)
                .observed("roca", all().any(|c| c.key.roca), at)
                .observed("flaws", flaws.collect::<Vec<_>>(), at)
                .observed("idle_exponent", all().any(idle), at)
                .observed("small_exponent", small_exponent, at)
                .observed("chain_hashes", hashes, at)
                .observed("chain_keys", keys.collect::<Vec<_>>(), at))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        if case.flag("roca")? {
            return Ok(Judgement::fail("fail-roca"));
        }
        let flaws = case.list("flaws")?;
        let has = |flaw: Flaw| flaws.iter().any(|f| f.as_text() == Some(flaw.code()));
        if has(Flaw::Published) {
            return Ok(Judgement::fail("fail-published"));
        }
        if !flaws.is_empty() {
            return Ok(Judgement::fail("fail-factored"));
        }
        if case.flag("idle_exponent")? {
            return Ok(Judgement::fail("fail-exponent"));
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
        let (keys, unread) = keys(case, key, bits)?;
        let weak = keys
            .iter()
            .find(|(key, bits)| strong(key, *bits) == Some(false));
        if let Some((key, bits)) = weak {
            return Ok(Judgement::fail("fail-key")
                .with("key", title(key))
                .with("bits", *bits));
        }
        let unread = unread || keys.iter().any(|(key, bits)| strong(key, *bits).is_none());
        let mut hashes: Vec<String> = case
            .list("chain_hashes")?
            .iter()
            .map(|h| h.to_line())
            .collect();
        hashes.push(hash.to_owned());
        let weak = ["md2", "md5", "sha1"];
        Ok(if hashes.iter().any(|h| weak.contains(&h.as_str())) {
            Judgement::fail("fail-hash").with("hashes", hashes)
        } else if unread || hashes.iter().any(|h| h == "other") {
            Judgement::unknown("unknown-algorithm")
        } else if case.flag("small_exponent")? {
            Judgement::partial("partial-exponent")
        } else {
            Judgement::pass("pass")
                .with("key", title(key))
                .with("bits", bits)
        })
    }
}

/// The keys of the chain with the server's own first, and whether one of them is not understood.
fn keys(case: &Case<'_>, key: &str, bits: i64) -> Result<(Vec<(String, i64)>, bool), Missing> {
    let mut keys = vec![(key.to_owned(), bits)];
    let mut unread = false;
    for line in case.list("chain_keys")? {
        let line = line.to_line();
        let (key, bits) = line.split_once(' ').unwrap_or((&line, ""));
        match bits.parse() {
            Ok(bits) => keys.push((key.to_owned(), bits)),
            Err(_) => unread = true,
        }
    }
    Ok((keys, unread))
}

fn title(key: &str) -> &str {
    match key {
        "rsa" => "RSA",
        "ec" => "EC",
        "dsa" => "DSA",
        "ed25519" => "Ed25519",
        "ed448" => "Ed448",
        other => other,
    }
}
