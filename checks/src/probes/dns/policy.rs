//! Rules that a zone states in its records: who may issue certificates, and how mail is handled.

use serde::Serialize;

use super::{Answer, Asker, Kind};

/// Certification Authority Authorization, RFC 8659.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Caa {
    /// The name at which the records stand: the zone or one above it.
    pub at: Option<String>,
    /// The records.
    pub records: Vec<String>,
    /// At least one of them says who may issue.
    pub restricts: bool,
    /// Nobody answered, or the answer's signature does not hold.
    pub unanswered: bool,
}

/// DMARC, RFC 7489.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dmarc {
    /// The name whose rule holds: the domain, or one above it.
    pub at: Option<String>,
    /// How many rules stand there; more than one is none.
    pub records: usize,
    /// What is done with mail that fails: `none`, `quarantine` or `reject`.
    pub policy: Option<String>,
    /// The share of mail that the rule is applied to.
    pub percent: u8,
    /// Reports are sent to somebody.
    pub reports: bool,
    /// Nobody answered, or the answer's signature does not hold.
    pub unanswered: bool,
}

/// A record of the form `v=…; key=value`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tagged {
    /// How many stand there; more than one is none.
    pub records: usize,
    /// The record, where there is exactly one.
    pub record: Option<String>,
    /// Nobody answered, or the answer's signature does not hold.
    pub unanswered: bool,
}

/// Climbs from the name towards the root to the first name with records (RFC 8659, section 3).
pub(super) fn caa(asker: &dyn Asker, name: &str) -> Caa {
    for at in above(name, 1) {
        let answer = asker.ask(at, Kind::Caa);
        if is_unanswered(&answer) {
            return Caa {
                unanswered: true,
                ..Caa::default()
            };
        }
        let records = answer.records().to_vec();
        if !records.is_empty() {
            let issues = |r: &String| {
                let tag = r.split_ascii_whitespace().nth(1).unwrap_or_default();
                ["issue", "issuewild"].contains(&tag.to_ascii_lowercase().as_str())
            };
            return Caa {
                at: Some(at.to_owned()),
                restricts: records.iter().any(issues),
                records,
                unanswered: false,
            };
        }
    }
    Caa::default()
}

/// The rule of the domain, else of the nearest name above it, down to two labels.
pub(super) fn dmarc(asker: &dyn Asker, domain: &str) -> Dmarc {
    for at in above(domain, 2) {
        let answer = asker.ask(&format!("_dmarc.{at}"), Kind::Txt);
        if is_unanswered(&answer) {
            return Dmarc {
                unanswered: true,
                ..Dmarc::default()
            };
        }
        let rules: Vec<Vec<(String, String)>> = answer
            .records()
            .iter()
            .filter_map(|text| tags(text, "DMARC1"))
            .collect();
        let [rule] = rules.as_slice() else {
            if rules.is_empty() {
                continue;
            }
            return Dmarc {
                at: Some(at.to_owned()),
                records: rules.len(),
                ..Dmarc::default()
            };
        };
        let tag = |name: &str| {
            let hit = rule.iter().find(|(n, _)| n == name);
            hit.map(|(_, value)| value.to_ascii_lowercase())
        };
        let own = at == domain;
        let policy = if own { None } else { tag("sp") }.or_else(|| tag("p"));
        let known = |p: &String| ["none", "quarantine", "reject"].contains(&p.as_str());
        let percent = tag("pct").and_then(|p| p.parse().ok()).unwrap_or(100);
        return Dmarc {
            at: Some(at.to_owned()),
            records: 1,
            policy: policy.filter(known),
            percent: u8::min(percent, 100),
            reports: tag("rua").is_some_and(|rua| rua.contains("mailto:")),
            unanswered: false,
        };
    }
    Dmarc::default()
}

/// The one record of that version at a name.
pub(super) fn tagged(asker: &dyn Asker, name: &str, version: &str) -> Tagged {
    let answer = asker.ask(name, Kind::Txt);
    let texts = answer.records().iter();
    let found: Vec<&String> = texts.filter(|t| tags(t, version).is_some()).collect();
    Tagged {
        records: found.len(),
        record: match found.as_slice() {
            [one] => Some((*one).clone()),
            _ => None,
        },
        unanswered: is_unanswered(&answer),
    }
}

const fn is_unanswered(answer: &Answer) -> bool {
    matches!(answer, Answer::Failed | Answer::Bogus)
}

/// The tags behind an exact `v=VERSION`, which comes first.
fn tags(text: &str, version: &str) -> Option<Vec<(String, String)>> {
    let mut parts = text.split(';').take(64).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.trim().to_ascii_lowercase(), value.trim().to_owned())
    });
    let (name, value) = parts.next()?;
    (name == "v" && value == version).then(|| parts.collect())
}

/// The name itself and those above it, with at least so many labels.
fn above(name: &str, labels: usize) -> Vec<&str> {
    let name = name.trim_end_matches('.');
    let mut all = vec![name];
    let mut rest = name;
    while let Some((_, up)) = rest.split_once('.') {
        if up.split('.').count() < labels {
            break;
        }
        all.push(up);
        rest = up;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{super::Proof, *};

    struct Lab(&'static [(&'static str, &'static str)]);

    impl Asker for Lab {
        fn ask(&self, name: &str, _: Kind) -> Answer {
            let hits = self.0.iter().filter(|(n, _)| *n == name);
            let list: Vec<String> = hits.map(|(_, r)| (*r).to_owned()).collect();
            if list.is_empty() {
                let (exists, proof) = (true, Proof::Secure);
                return Answer::Nothing { exists, proof };
            }
            Answer::Records(list, Proof::Secure)
        }
    }

    #[test]
    fn the_climb_ends_at_the_first_records() {
        let lab = Lab(&[
            ("xa.example", "0 iodef \"mailto:a@b\""),
            ("example", "0 issue \";\""),
        ]);
        let got = caa(&lab, "www.xa.example.");
        assert_eq!(
            (got.at.as_deref(), got.restricts),
            (Some("xa.example"), false)
        );
    }

    #[test]
    fn rules_of_dmarc_are_found_and_read() {
        let lab = Lab(&[(
            "_dmarc.xa.example",
            "v=DMARC1; p=reject; sp=none; rua=mailto:a@b; pct=50",
        )]);
        let own = dmarc(&lab, "xa.example");
        assert_eq!((own.policy.as_deref(), own.percent), (Some("reject"), 50));
        let below = dmarc(&lab, "thu.xa.example");
        assert_eq!(below.policy.as_deref(), Some("none"));
        let two = Lab(&[
            ("_dmarc.a.b", "v=DMARC1; p=reject"),
            ("_dmarc.a.b", "v=DMARC1; p=none"),
        ]);
        assert_eq!(dmarc(&two, "a.b").policy, None);
        for text in [
            "v=dmarc1; p=reject",
            "p=reject; v=DMARC1",
            "v=DMARC10; p=reject",
        ] {
            assert_eq!(tags(text, "DMARC1"), None, "{text}");
        }
        let odd = Lab(&[("_dmarc.a.b", "v=DMARC1; p=refuse")]);
        assert_eq!(dmarc(&odd, "a.b").policy, None);
    }
}
