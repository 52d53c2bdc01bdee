//! Whether recorded traffic stays closed when the private key is lost later.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::tls_endpoints::Surveys,
    host::Budget,
    observation::{Facts, Gap, Seen, Value, Vantage},
    probes::tls::{
        groups,
        suites::{Exchange, Suite, suite},
        survey::Survey,
    },
    verdict::Judgement,
};

/// Every suite agrees on a fresh key, by elliptic curves or by a finite field of enough bits. A
/// service that also takes key exchange by RSA meets it in part.
pub(super) struct ForwardSecrecy;

const META: Meta = Meta {
    id: "tls.forward-secrecy",
    version: 3,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &["tls.min-rsa-bits"],
    always_applies: false,
};

/// Curves below this size are within reach of attackers (RFC 8422 dropped them).
const LEAST_CURVE: u16 = 224;

impl Check for ForwardSecrecy {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_surveys()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let surveys = cx.get::<Surveys>()?;
        super::each(cx, |n, endpoint| {
            let survey = surveys.0[n].clone()?;
            let at = &endpoint.label;
            let codes = survey.suites.values().flat_map(|s| &s.codes);
            let suites: Vec<Suite> = codes.filter_map(|code| suite(*code)).collect();
            let fresh = suites.iter().filter(|s| s.forward_secret()).count();
            let mut fixed: Vec<&str> = suites
                .iter()
                .filter(|s| !s.forward_secret())
                .map(|s| s.name)
                .collect();
            fixed.sort_unstable();
            fixed.dedup();
            let groups = survey.groups.iter().chain(&survey.curves);
            let small = groups
                .filter_map(|code| groups::by_code(*code))
                .filter(|g| g.kind == groups::Kind::Curve && g.bits < LEAST_CURVE)
                .map(|g| g.name);
            let field = suites.iter().any(|s| s.exchange == Exchange::Dhe);
            let bits = survey.dh.as_ref().map(|dh| u32::from(dh.bits));
            let named = survey.dh.as_ref().and_then(|dh| dh.known.clone());
            Ok(Facts::new()
                .observed("tls", survey.tls, at)
                .observed("fresh", fresh, at)
                .observed("fixed", fixed, at)
                .observed("small_curves", small.collect::<Vec<_>>(), at)
                .observed("field", field, at)
                .observed(
                    "short",
                    super::lists_are_short(&survey) || groups_are_short(&survey),
                    at,
                )
                .maybe("field_bits", Vantage::Observed, bits, at)
                .maybe("field_name", Vantage::Observed, named, at))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let list = |name: &str| -> Result<Vec<String>, Missing> {
            Ok(case.list(name)?.iter().map(Value::to_line).collect())
        };
        let (fixed, small) = (list("fixed")?, list("small_curves")?);
        let least = case.threshold("tls.min-rsa-bits");
        let bits = case.int("field_bits");
        if let Ok(bits) = bits
            && bits < least
        {
            return Ok(Judgement::fail("fail-field").with("bits", bits));
        }
        if !small.is_empty() {
            return Ok(Judgement::fail("fail-curve").with("curves", small));
        }
        if case.int("fresh")? == 0 && !fixed.is_empty() {
            return Ok(Judgement::fail("fail"));
        }
        Ok(if case.flag("short")? || case.int("fresh")? == 0 {
            Judgement::unknown("unknown-unclear")
        } else if case.flag("field")? && bits.is_err() {
            Judgement::unknown("unknown-field")
        } else if fixed.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::partial("partial-some").with("suites", fixed)
        })
    }
}

/// Whether the lists of groups may miss some.
fn groups_are_short(survey: &Survey) -> bool {
    let names = ["groups", "curves"];
    survey.cut.iter().any(|what| names.contains(&what.as_str()))
}
