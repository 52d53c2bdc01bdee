//! Whether an address offers weak cipher suites.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::tls_endpoints::{self, Surveys},
    observation::{Facts, Gap, Seen},
    probes::tls::{Class, Version},
    verdict::Judgement,
};

/// Exactly the weak classes are offered, one hello each, in the newest version that knows them; TLS 1.3
/// has none. Classes that only an older version offers go unseen, but such a version fails by itself.
pub(super) struct WeakSuites;

const META: Meta = Meta {
    id: "tls.weak-suites",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

impl Check for WeakSuites {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let surveys = cx.get::<Surveys>()?;
        super::each(cx, |n, endpoint| {
            let survey = surveys.0[n].clone()?;
            let newest = survey.newest_old();
            let unsure = survey
                .versions
                .iter()
                .any(|(v, o)| *v != Version::Tls13 && *o == tls_endpoints::Offer::Unclear);
            let modern = survey
                .versions
                .contains(&(Version::Tls13, tls_endpoints::Offer::Offered));
            let facts = Facts::new()
                .observed("tls", survey.tls, &endpoint.label)
                .observed(
                    "only_tls13",
                    modern && newest.is_none() && !unsure,
                    &endpoint.label,
                );
            let Some(version) = newest else {
                return Ok(facts);
            };
            let mut facts = facts.observed("version", version.name(), &endpoint.label);
            for (class, offer) in tls_endpoints::weak(cx.host(), endpoint, version)? {
                facts = facts.observed(&fact_name(class), offer.word(), &endpoint.label);
            }
            Ok(facts)
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        if case.flag("only_tls13")? {
            return Ok(Judgement::pass("pass-tls13"));
        }
        let (mut weak, mut unclear, mut slow) = (Vec::new(), Vec::new(), false);
        for class in Class::ALL {
            match case.text(&fact_name(class))? {
                "offered" if class == Class::RsaExchange => slow = true,
                "offered" => weak.push(class.name()),
                "refused" | "dropped" => {}
                _ => unclear.push(class.name()),
            }
        }
        Ok(if !weak.is_empty() {
            Judgement::fail("fail").with("classes", weak)
        } else if !unclear.is_empty() {
            Judgement::unknown("unknown-unclear").with("classes", unclear)
        } else if slow {
            Judgement::partial("partial-rsa")
        } else {
            Judgement::pass("pass")
        })
    }
}

fn fact_name(class: Class) -> String {
    format!("suites_{}", class.name().replace('-', "_"))
}
