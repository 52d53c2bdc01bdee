//! SPF, RFC 7208: what the record of a domain says, and whether receivers can work with it.

use serde::Serialize;

use super::{
    Answer, Asker, Kind,
    spf_terms::{is_modifier, is_well_formed, without_lengths},
};

/// Section 4.6.4: terms that ask the DNS, and answers without records.
const MAX_LOOKUPS: u32 = 10;
const MAX_VOIDS: u32 = 2;
/// Mail servers whose addresses one `mx` may make receivers ask for.
const MAX_MAIL: usize = 10;
/// Deeper than this no record with ten terms can go.
const MAX_DEPTH: u32 = 12;

/// What is known of a domain's SPF.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spf {
    /// The record, where there is exactly one.
    pub record: Option<String>,
    /// How many there are.
    pub records: usize,
    /// Terms that ask the DNS, those of included records too.
    pub lookups: u32,
    /// Questions of these that nothing answers.
    pub voids: u32,
    /// What becomes of everybody else: `-all`, `~all`, `?all` or `+all`; nothing is `?all`.
    pub ends: String,
    /// What is wrong: `several`, `syntax`, `lookups`, `mx`, `voids`,
    /// `include`, `ptr`, `unanswered`.
    pub problems: Vec<&'static str>,
}

impl Spf {
    fn problem(&mut self, what: &'static str) {
        if !self.problems.contains(&what) {
            self.problems.push(what);
        }
    }

    /// Whether receivers get an answer, and it turns strangers away (`~all` marks them).
    pub fn is_sound(&self) -> bool {
        let hard = self.problems.iter().all(|p| *p == "ptr");
        self.record.is_some() && hard && matches!(self.ends.as_str(), "-all" | "~all")
    }
}

/// Reads the record of a domain and counts what it makes receivers ask.
pub(super) fn evaluate(asker: &dyn Asker, domain: &str) -> Spf {
    let mut spf = Spf::default();
    let (found, answered) = records(asker, domain);
    spf.records = found.len();
    if !answered {
        spf.problem("unanswered");
    }
    match found.as_slice() {
        [] => return spf,
        [one] => spf.record = Some(one.clone()),
        _ => {
            spf.problem("several");
            return spf;
        }
    }
    let record = spf.record.clone().unwrap_or_default();
    spf.ends = walk(asker, domain, &record, &mut spf, 0).unwrap_or_else(|| "?all".to_owned());
    if spf.lookups > MAX_LOOKUPS {
        spf.problem("lookups");
    }
    if spf.voids > MAX_VOIDS {
        spf.problem("voids");
    }
    spf
}

/// Section 4.5: texts whose version section is exactly `v=spf1`.
fn records(asker: &dyn Asker, domain: &str) -> (Vec<String>, bool) {
    let answer = asker.ask(domain, Kind::Txt);
    let is_spf = |text: &&String| {
        let head = text.split(' ').next().unwrap_or_default();
        head.eq_ignore_ascii_case("v=spf1")
    };
    let found = answer.records().iter().filter(is_spf).cloned().collect();
    (found, !matches!(answer, Answer::Failed | Answer::Bogus))
}

/// Goes through one record; gives how it ends.
fn walk(
    asker: &dyn Asker,
    domain: &str,
    record: &str,
    spf: &mut Spf,
    depth: u32,
) -> Option<String> {
    if depth > MAX_DEPTH {
        spf.problem("lookups");
        return None;
    }
    if !is_well_formed(record) {
        spf.problem("syntax");
    }
    let mut redirect = None;
    for term in record.split(' ').skip(1) {
        let lower = term.to_ascii_lowercase();
        if let Some(to) = lower.strip_prefix("redirect=") {
            redirect = Some(to.to_owned());
            continue;
        }
        if is_modifier(&lower) {
            continue;
        }
        let (sign, mechanism) = match lower.split_at_checked(1) {
            Some((sign @ ("+" | "-" | "~" | "?"), rest)) => (sign, rest),
            _ => ("+", lower.as_str()),
        };
        if mechanism == "all" {
            return Some(format!("{sign}all")); // what follows is never reached
        }
        if spf.lookups <= MAX_LOOKUPS {
            mechanism_asks(asker, domain, mechanism, spf, depth);
        }
    }
    let to = redirect?;
    spf.lookups += 1;
    if to.contains('%') || spf.lookups > MAX_LOOKUPS {
        return None; // depends on who sends; or receivers have given up
    }
    include(asker, &to, spf, depth)
}

fn mechanism_asks(asker: &dyn Asker, domain: &str, term: &str, spf: &mut Spf, depth: u32) {
    let end = term.find([':', '/']).unwrap_or(term.len());
    let (name, rest) = term.split_at(end);
    let given = without_lengths(rest).and_then(|r| r.strip_prefix(':'));
    let place = given.unwrap_or(domain);
    if !["include", "a", "mx", "ptr", "exists"].contains(&name) {
        return;
    }
    spf.lookups += 1;
    let macros = place.contains('%'); // depends on who sends; not asked
    match name {
        "include" if !macros => {
            let _ends = include(asker, place, spf, depth);
        }
        "ptr" => spf.problem("ptr"),
        "a" | "exists" if !macros => {
            let none = asks(asker, place, Kind::A, spf).is_void();
            if none && (name == "exists" || asks(asker, place, Kind::Aaaa, spf).is_void()) {
                spf.voids += 1;
            }
        }
        "mx" if !macros => {
            let answer = asks(asker, place, Kind::Mx, spf);
            if answer.is_void() {
                spf.voids += 1;
            }
            if answer.records().len() > MAX_MAIL {
                spf.problem("mx");
            }
        }
        _ => {}
    }
}

/// Without an answer receivers put the mail off (section 4.4).
fn asks(asker: &dyn Asker, name: &str, kind: Kind, spf: &mut Spf) -> Answer {
    let answer = asker.ask(name, kind);
    if matches!(answer, Answer::Failed | Answer::Bogus) {
        spf.problem("unanswered");
    }
    answer
}

/// The record of another domain; without exactly one the whole comes to nothing (section 5.2).
fn include(asker: &dyn Asker, domain: &str, spf: &mut Spf, depth: u32) -> Option<String> {
    let (found, answered) = records(asker, domain);
    if !answered {
        spf.problem("unanswered");
    }
    let [record] = found.as_slice() else {
        spf.problem("include");
        return None;
    };
    walk(asker, domain, record, spf, depth + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{super::Proof, *};

    struct Lab(BTreeMap<&'static str, Vec<&'static str>>);

    impl Asker for Lab {
        fn ask(&self, name: &str, kind: Kind) -> Answer {
            let none = Answer::Nothing {
                exists: false,
                proof: Proof::Insecure,
            };
            let Some(list) = self.0.get(name) else {
                return none;
            };
            let text = |r: &&str| r.starts_with('v') || r.starts_with('V');
            let keep = |r: &&&str| text(r) == (kind == Kind::Txt);
            let hits: Vec<String> = list.iter().filter(keep).map(|&r| r.to_owned()).collect();
            if hits.is_empty() {
                none
            } else {
                Answer::Records(hits, Proof::Insecure)
            }
        }
    }

    fn of(zone: &[(&'static str, &[&'static str])]) -> Spf {
        let lab = Lab(zone.iter().map(|(n, r)| (*n, r.to_vec())).collect());
        evaluate(&lab, "a.example")
    }

    #[test]
    fn a_sound_record_is_followed_to_its_end() {
        let got = of(&[
            (
                "a.example",
                &["v=spf1 ip4:192.0.2.0/24 mx include:b.example -all", "10 m."],
            ),
            (
                "b.example",
                &["v=spf1 a ip6:2001:db8::/32 ?all", "192.0.2.1"],
            ),
        ]);
        assert!(got.is_sound(), "{got:?}");
        assert_eq!((got.lookups, got.voids, got.ends.as_str()), (3, 0, "-all"));
        let redirected = of(&[
            ("a.example", &["v=spf1 redirect=b.example"]),
            ("b.example", &["V=SPF1 ~ALL"]),
        ]);
        assert!(redirected.is_sound(), "{redirected:?}");
        assert_eq!(redirected.lookups, 1);
    }

    #[test]
    fn what_breaks_it_is_named() {
        let problems = |record: &'static str| of(&[("a.example", &[record])]).problems;
        assert_eq!(problems("v=spf1 ipv4:1.2.3.4 -all"), ["syntax"]);
        assert_eq!(problems("v=spf1 ip4:1.2.3.4/33 -all"), ["syntax"]);
        assert_eq!(problems("v=spf1 -all ipv4:1.2.3.4"), ["syntax"]);
        assert_eq!(problems("v=spf1 redirect= -all"), ["syntax"]);
        assert_eq!(problems("v=spf1 include:gone.example -all"), ["include"]);
        assert_eq!(problems("v=spf1 a:x.vn a:y.vn a:z.vn -all"), ["voids"]);
        assert_eq!(problems("v=spf1 include:a.example -all"), ["lookups"]);
        assert_eq!(problems("v=spf1 ptr -all"), ["ptr"]);
        let two = of(&[("a.example", &["v=spf1 -all", "v=spf1 ~all"])]);
        assert_eq!((two.records, two.problems), (2, vec!["several"]));
    }

    /// A record that asks too much still says how it ends; eleven mail servers are too many.
    #[test]
    fn too_much_is_counted_where_it_stands() {
        let many = "v=spf1 a:b.example a:b.example a:b.example a:b.example a:b.example a:b.example \
                    a:b.example a:b.example a:b.example a:b.example a:b.example -all";
        let got = of(&[("a.example", &[many]), ("b.example", &["192.0.2.1"])]);
        assert_eq!(
            (got.problems.as_slice(), got.ends.as_str()),
            (&["lookups"][..], "-all")
        );
        let nested = of(&[
            (
                "a.example",
                &["v=spf1 include:b.example a:c.example a:c.example ~all"],
            ),
            (
                "b.example",
                &["v=spf1 include:d.example mx:c.example mx:c.example mx:c.example -all"],
            ),
            (
                "d.example",
                &["v=spf1 a:c.example a:c.example a:c.example exists:c.example ?all"],
            ),
            ("c.example", &["192.0.2.1"]),
        ]);
        assert_eq!(
            (nested.lookups, nested.problems.as_slice()),
            (11, &["lookups"][..])
        );
        let servers = ["10 m."; 11];
        let mail: Vec<&str> = servers.into_iter().chain(["v=spf1 mx -all"]).collect();
        assert_eq!(of(&[("a.example", &mail)]).problems, ["mx"]);
    }

    #[test]
    fn what_nobody_answers_is_named() {
        struct Half;
        impl Asker for Half {
            fn ask(&self, _: &str, kind: Kind) -> Answer {
                match kind {
                    Kind::Txt => Answer::Records(
                        vec!["v=spf1 exists:x.example -all".to_owned()],
                        Proof::Insecure,
                    ),
                    _ => Answer::Failed,
                }
            }
        }
        assert_eq!(evaluate(&Half, "a.example").problems, ["unanswered"]);
    }

    #[test]
    fn open_ends_are_not_sound() {
        for record in [
            "v=spf1 +all",
            "v=spf1 all",
            "v=spf1 ?all",
            "v=spf1 mx",
            "v=spf1",
        ] {
            assert!(
                !of(&[("a.example", &[record, "10 m."])]).is_sound(),
                "{record}"
            );
        }
        assert_eq!(of(&[("a.example", &["v=spf10 -all"])]).records, 0);
        assert_eq!(of(&[("a.example", &["v=spf1 all -all"])]).ends, "+all");
    }

    proptest::proptest! {
        #[test]
        fn no_record_panics(text in "v=spf1( |[+~?-]|a|mx|include:|:|/|%|=|é|ip4:|redirect=|[0-9]){0,30}") {
            let leaked: &'static str = Box::leak(text.into_boxed_str());
            let _any = of(&[("a.example", &[leaked])]);
        }
    }
}
