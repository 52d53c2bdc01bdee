//! Whether an address offers weak cipher suites.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::tls_endpoints::Surveys,
    host::Budget,
    observation::{Facts, Gap, Seen},
    probes::tls::{
        suites::{Auth, Cipher, Suite, suite},
        survey::{Answered, Protocol, Survey},
    },
    verdict::Judgement,
};

/// No suite of a weak class is among those that the survey found in any version before TLS 1.3, which
/// has none of them but those without encryption of RFC 9150. Where a list is not complete, a class that is not on it is unclear.
pub(super) struct WeakSuites;

const META: Meta = Meta {
    id: "tls.weak-suites",
    version: 3,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

/// A class of weak suites.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// No encryption.
    Null,
    /// Nobody proves who he is.
    Anonymous,
    /// Weakened for export, or less than 112 bits.
    Export,
    /// RC4.
    Rc4,
    /// Triple DES and others with blocks of 64 bits.
    Des,
}

impl Class {
    /// All of them, worst first.
    const ALL: [Self; 5] = [
        Self::Null,
        Self::Anonymous,
        Self::Export,
        Self::Rc4,
        Self::Des,
    ];

    /// The name in facts and labels.
    const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Anonymous => "anon",
            Self::Export => "export",
            Self::Rc4 => "rc4",
            Self::Des => "3des",
        }
    }

    /// What OpenSSL, and so an administrator, calls it.
    const fn title(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Anonymous => "aNULL",
            Self::Export => "EXPORT",
            Self::Rc4 => "RC4",
            Self::Des => "3DES",
        }
    }

    fn holds(self, suite: &Suite) -> bool {
        match self {
            Self::Null => suite.cipher == Cipher::Null,
            Self::Anonymous => suite.auth == Auth::Anonymous,
            Self::Export => suite.export || suite.bits > 0 && suite.bits < 112,
            Self::Rc4 => suite.cipher == Cipher::Rc4,
            Self::Des => {
                let short = [Cipher::Des, Cipher::TripleDes, Cipher::Idea, Cipher::Rc2];
                short.contains(&suite.cipher)
            }
        }
    }

    /// Whether the class is offered in any version before TLS 1.3.
    fn offer(self, survey: &Survey, unsure: bool) -> &'static str {
        let old = survey.suites.iter().filter(|(v, _)| **v < Protocol::Tls13);
        let codes: Vec<u32> = old.flat_map(|(_, suites)| suites.codes.clone()).collect();
        let short = survey.cut.iter().any(|what| what.starts_with("suites"));
        if codes
            .iter()
            .filter_map(|c| suite(*c))
            .any(|s| self.holds(&s))
        {
            "offered"
        } else if unsure || short {
            "unclear"
        } else {
            "refused"
        }
    }
}

impl Check for WeakSuites {
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
            let facts = Facts::new().observed("tls", survey.tls, &endpoint.label);
            let old = |v: &&Protocol| **v < Protocol::Tls13;
            let newest = survey.suites.keys().filter(old).max();
            let unsure = survey
                .versions
                .iter()
                .any(|(v, a)| *v < Protocol::Tls13 && *a == Answered::Unclear);
            let modern = survey.suites.contains_key(&Protocol::Tls13);
            let only_modern = modern && newest.is_none() && !unsure;
            let facts = facts
                .observed("only_tls13", only_modern, &endpoint.label)
                .observed("tls13_null", modern_null(&survey), &endpoint.label);
            let Some(newest) = newest else {
                return Ok(facts);
            };
            let mut facts = facts.observed("version", newest.name(), &endpoint.label);
            for class in Class::ALL {
                let word = class.offer(&survey, unsure);
                facts = facts.observed(&fact_name(class), word, &endpoint.label);
            }
            Ok(facts)
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let (mut weak, mut unclear) = (Vec::new(), Vec::new());
        let mut sort = |class: Class, word: &str| match word {
            "offered" => weak.push(class.title()),
            "refused" => {}
            _ => unclear.push(class.title()),
        };
        let modern = case.text("tls13_null")?;
        if case.flag("only_tls13")? {
            if modern == "refused" {
                return Ok(Judgement::pass("pass-tls13"));
            }
            sort(Class::Null, modern);
        } else {
            for class in Class::ALL {
                let word = case.text(&fact_name(class))?;
                let both = class == Class::Null && word == "refused";
                sort(class, if both { modern } else { word });
            }
        }
        Ok(if !weak.is_empty() {
            Judgement::fail("fail").with("classes", weak)
        } else if !unclear.is_empty() {
            Judgement::unknown("unknown-unclear").with("classes", unclear)
        } else {
            Judgement::pass("pass")
        })
    }
}

/// Whether TLS 1.3 is offered without encryption.
fn modern_null(survey: &Survey) -> &'static str {
    let suites = survey.suites.get(&Protocol::Tls13);
    let mut codes = suites.iter().flat_map(|s| &s.codes);
    if codes.any(|code| suite(*code).is_some_and(|s| Class::Null.holds(&s))) {
        "offered"
    } else if survey.cut.iter().any(|what| what == "suites tls13") {
        "unclear"
    } else {
        "refused"
    }
}

fn fact_name(class: Class) -> String {
    format!("suites_{}", class.name().replace('-', "_"))
}
