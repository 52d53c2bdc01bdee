//! Whether a certificate is valid today and for some time.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        tls::{
            anchors::{Anchors, StoreKind},
            certificate::Cert,
            chain::trust,
        },
        tls_endpoints::Surveys,
    },
    host::Budget,
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The leaf and the intermediates that the server sends are within their dates. The warning comes
/// earlier for long certificates than for short ones: at the threshold or the last third of the
/// lifetime, whichever is shorter. A leaf that Mozilla's roots vouch for and that lasts longer than
/// browsers permit is partial; the limit binds no other authority. The host's clock is taken as
/// right.
pub(super) struct CertificateValidity;

const META: Meta = Meta {
    id: "tls.certificate-validity",
    version: 4,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &["tls.cert-warn-days"],
    always_applies: false,
};

impl Check for CertificateValidity {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_surveys()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let anchors = cx.get::<Anchors>()?;
        let surveys = cx.get::<Surveys>()?;
        super::each(cx, |n, endpoint| {
            let (chain, certs) = super::certificates(&surveys.0[n], endpoint)?;
            let facts = Facts::new().observed("tls", !chain.is_empty(), &endpoint.label);
            let Some((leaf, rest)) = certs.split_first() else {
                return Ok(facts);
            };
            let name = endpoint.name.as_deref();
            let stores = trust(&chain, &anchors, name, cx.host().now()).stores;
            let public = stores.contains(&StoreKind::Public);
            let mut facts = facts
                .observed("publicly_trusted", public, "Mozilla")
                .observed(
                    "outlives_limit",
                    leaf.outlives_public_limit(),
                    &endpoint.label,
                )
                .observed("longest_days", leaf.longest_public_days(), &endpoint.label)
                .observed("serial_bits", leaf.serial_bits(), &endpoint.label)
                .observed("not_before", leaf.not_before, &endpoint.label)
                .observed("not_after", leaf.not_after, &endpoint.label);
            // A server with two kinds of keys shows another certificate to other clients.
            let twins = super::twins(&surveys.0[n], endpoint)?;
            let twins: Vec<(&Cert, &[Cert])> =
                twins.iter().filter_map(|(_, c)| c.split_first()).collect();
            let others = rest.iter().chain(twins.iter().flat_map(|(_, rest)| *rest));
            let others: Vec<&Cert> = others.filter(|c| !c.self_signed).collect();
            let leaves = || std::iter::once(leaf).chain(twins.iter().map(|(leaf, _)| *leaf));
            let at = &endpoint.label;
            for (name, time) in [
                (
                    "chain_not_before",
                    others.iter().map(|c| c.not_before).max(),
                ),
                ("chain_not_after", others.iter().map(|c| c.not_after).min()),
                ("any_not_before", leaves().map(|c| c.not_before).max()),
                ("any_not_after", leaves().map(|c| c.not_after).min()),
            ] {
                facts = facts.maybe(name, Vantage::Observed, time, at);
            }
            Ok(facts)
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let (from, until) = (case.time("not_before")?, case.time("not_after")?);
        let date = until.to_string();
        if from > case.at {
            return Ok(Judgement::fail("fail-not-yet").with("date", from.to_string()));
        }
        if until < case.at {
            return Ok(Judgement::fail("fail").with("date", date));
        }
        if case.fact("chain_not_after").is_some() && case.time("chain_not_after")? < case.at {
            return Ok(Judgement::fail("fail-chain"));
        }
        let early = |name: &str| case.time(name).is_ok_and(|from| from > case.at);
        if early("chain_not_before") {
            return Ok(Judgement::fail("fail-chain"));
        }
        if early("any_not_before") {
            return Ok(Judgement::fail("fail-other"));
        }
        if case.fact("any_not_after").is_some() && case.time("any_not_after")? < case.at {
            return Ok(Judgement::fail("fail-other"));
        }
        // The certificate that ends first is the one to renew.
        let until = case.time("any_not_after").unwrap_or(until).min(until);
        let date = until.to_string();
        let lifetime = until.as_second() - from.as_second();
        let left = until.as_second() - case.at.as_second();
        let warn = (case.threshold("tls.cert-warn-days") * 86_400).min(lifetime / 3);
        Ok(if left <= warn {
            Judgement::partial("partial-soon").with("date", date)
        } else if case.flag("publicly_trusted")? && case.flag("outlives_limit")? {
            Judgement::partial("partial-long").with("limit", case.int("longest_days")?)
        } else {
            Judgement::pass("pass").with("date", date)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalogue::{Catalogue, Level, Thresholds},
        check::judge,
        observation::{Observation, Subject},
        verdict::Verdict,
    };

    /// No public authority issues such a certificate for a fixture; its facts are written here.
    #[test]
    fn the_limit_of_browsers_binds_public_authorities_alone() {
        let level = Level::try_from(2).unwrap();
        let thresholds = Thresholds::of(Catalogue::embedded().current(), level);
        let time = |text: &str| -> jiff::Timestamp { text.parse().unwrap() };
        for (public, outlives, reason) in [
            (true, true, "partial-long"),
            (true, false, "pass"),
            (false, true, "pass"),
        ] {
            let facts = Facts::new()
                .observed("tls", true, "")
                .observed("not_before", time("2026-11-01T00:00:00Z"), "")
                .observed("not_after", time("2027-11-01T00:00:00Z"), "")
                .observed("publicly_trusted", public, "")
                .observed("outlives_limit", outlives, "")
                .observed("longest_days", 200_i64, "");
            let observation = Observation {
                check: META.id.to_owned(),
                version: META.version,
                subject: Subject::host(),
                facts: facts.facts,
                gap: None,
            };
            let at = time("2026-11-22T00:00:00Z");
            let got = judge(&CertificateValidity, &observation, at, &thresholds);
            assert_eq!(got.reason.key, reason);
            assert_eq!(got.verdict == Verdict::Partial, reason != "pass");
        }
    }
}
