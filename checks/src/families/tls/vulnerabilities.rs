//! Whether an address shows a published hole of TLS stacks.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::tls_endpoints::Surveys,
    host::Budget,
    observation::{Facts, Gap, Seen},
    probes::tls::survey::{Answered, Protocol, StartTls},
    verdict::Judgement,
};

/// No compression, secure renegotiation only, and none of Heartbleed, CCS injection, ROBOT,
/// Ticketbleed and STARTTLS injection. The probes that could disturb an old server run only on
/// declared endpoints with an authorisation. Where they did not run, a service that speaks TLS 1.3
/// is taken to be newer than the holes of 2014 to 2017, and the sentence says so; any other is not
/// assessed.
pub(super) struct Vulnerabilities;

const META: Meta = Meta {
    id: "tls.vulnerabilities",
    version: 2,
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

/// Holes for which yes means vulnerable, and whether TLS 1.3 tells that the stack is newer.
const HOLES: [(&str, bool); 6] = [
    ("heartbleed", true),
    ("ccs_injection", true),
    ("robot", true),
    ("ticketbleed", true),
    ("starttls_injection", false),
    ("compression", false),
];

impl Check for Vulnerabilities {
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
            let (at, t, w) = (&endpoint.label, &survey.traits, &survey.weaknesses);
            let offers = |v: Protocol| survey.versions.get(&v) == Some(&Answered::Yes);
            let old = [Protocol::Ssl3, Protocol::Tls10, Protocol::Tls11];
            let before = survey
                .versions
                .iter()
                .filter(|(v, _)| **v < Protocol::Tls13);
            let classic = before.clone().any(|(_, a)| *a != Answered::No);
            // Only where commands are lines can one be hidden behind the turn to TLS.
            let lines = [
                StartTls::Smtp,
                StartTls::Imap,
                StartTls::Pop3,
                StartTls::Ftp,
            ];
            let by_lines = endpoint.starttls.is_some_and(|how| lines.contains(&how));
            let mut facts = Facts::new()
                .observed("tls", survey.tls, at)
                .observed("tls13", offers(Protocol::Tls13), at)
                .observed("old", old.into_iter().any(offers), at)
                .observed("classic", classic || survey.versions.is_empty(), at)
                .observed("starttls_lines", by_lines, at);
            for (name, answer) in [
                ("heartbleed", w.heartbleed),
                ("ccs_injection", w.ccs_injection),
                ("robot", w.robot),
                ("ticketbleed", w.ticketbleed),
                ("starttls_injection", w.starttls_injection),
                ("compression", t.compression),
                ("secure_renegotiation", t.secure_renegotiation),
                ("client_renegotiation", t.client_renegotiation),
                ("fallback_scsv", t.fallback_scsv),
            ] {
                facts = facts.observed(name, super::word(answer), at);
            }
            Ok(facts)
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let (modern, classic) = (case.flag("tls13")?, case.flag("classic")?);
        let (mut holes, mut unclear, mut not_asked, mut by_age) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (name, by_version) in HOLES {
            let applies = match name {
                "starttls_injection" => case.flag("starttls_lines")?,
                _ => classic,
            };
            match case.text(name)? {
                "yes" => holes.push(name),
                "no" => {}
                _ if !applies => {}
                "not_asked" if by_version && modern => by_age.push(name),
                "not_asked" => not_asked.push(name),
                _ => unclear.push(name),
            }
        }
        match case.text("secure_renegotiation")? {
            "no" => holes.push("renegotiation"),
            "yes" => {}
            _ if !classic => {}
            _ => unclear.push("renegotiation"),
        }
        // Asked, and not told: neither may pass for an answer.
        if case.text("client_renegotiation")? == "unclear" {
            unclear.push("client_renegotiation");
        }
        if case.flag("old")? && case.text("fallback_scsv")? == "unclear" {
            unclear.push("fallback_scsv");
        }
        Ok(if !holes.is_empty() {
            Judgement::fail("fail").with("holes", titles(&holes))
        } else if !unclear.is_empty() {
            Judgement::unknown("unknown-unclear").with("holes", titles(&unclear))
        } else if !not_asked.is_empty() {
            Judgement::unknown("unknown-not-asked").with("holes", titles(&not_asked))
        } else if case.flag("old")? && case.text("fallback_scsv")? == "no" {
            Judgement::partial("partial-fallback")
        } else if case.text("client_renegotiation")? == "yes" {
            Judgement::partial("partial-client-renegotiation")
        } else if by_age.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::partial("partial-by-age").with("holes", titles(&by_age))
        })
    }
}

/// The names under which the holes were published.
fn titles(names: &[&str]) -> Vec<&'static str> {
    names.iter().map(|name| title(name)).collect()
}

fn title(name: &str) -> &'static str {
    match name {
        "heartbleed" => "Heartbleed (CVE-2014-0160)",
        "ccs_injection" => "CCS injection (CVE-2014-0224)",
        "robot" => "ROBOT (CVE-2017-13099)",
        "ticketbleed" => "Ticketbleed (CVE-2016-9244)",
        "starttls_injection" => "STARTTLS injection (CVE-2011-0411)",
        "compression" => "CRIME (CVE-2012-4929)",
        "client_renegotiation" => "client-initiated renegotiation (CVE-2011-1473)",
        "fallback_scsv" => "TLS_FALLBACK_SCSV (RFC 7507)",
        _ => "insecure renegotiation (CVE-2009-3555)",
    }
}
