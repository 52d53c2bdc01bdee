//! What follows from what was seen. Pure: no clock, no network.

use jiff::Timestamp;

use super::{Part, VERSION};
use crate::{
    catalogue::Thresholds,
    check::{Case, Missing},
    observation::Observation,
    probes::tls::survey::Protocol,
    verdict::Judgement,
};

/// Ports whose services are for machines and administrators, never for the internet, by the name of
/// what is usual there.
const INNER: [(i64, &str); 22] = [
    (21, "FTP"),
    (23, "Telnet"),
    (69, "TFTP"),
    (111, "rpcbind"),
    (139, "NetBIOS"),
    (445, "SMB"),
    (512, "rexec"),
    (513, "rlogin"),
    (514, "rsh"),
    (873, "rsync"),
    (1433, "SQL Server"),
    (1521, "Oracle"),
    (2049, "NFS"),
    (2375, "Docker"),
    (3306, "MySQL"),
    (3389, "RDP"),
    (5432, "PostgreSQL"),
    (5900, "VNC"),
    (6379, "Redis"),
    (9200, "Elasticsearch"),
    (11211, "memcached"),
    (27017, "MongoDB"),
];
/// Versions with the figures that thresholds use.
const VERSIONS: [(Protocol, i64); 6] = [
    (Protocol::Ssl2, 2),
    (Protocol::Ssl3, 3),
    (Protocol::Tls10, 10),
    (Protocol::Tls11, 11),
    (Protocol::Tls12, 12),
    (Protocol::Tls13, 13),
];
const DAY_S: i64 = 86_400;

/// Concludes from an observation of [`look`](super::look) and the figures of a level. The reason's
/// key is one of the part's own. Whatever was not seen is unknown, never a pass.
pub fn judge(observation: &Observation, at: Timestamp, thresholds: &Thresholds) -> Judgement {
    let known = Part::of(&observation.check).filter(|_| observation.version == VERSION);
    let Some(part) = known else {
        return Judgement::unknown("version");
    };
    if let Some(gap) = &observation.gap {
        return Judgement::unknown("gap")
            .with("reason", gap.reason.code())
            .with("detail", gap.detail.as_str());
    }
    let case = Case {
        observation,
        at,
        thresholds,
    };
    let judged = match part {
        Part::Exposure => exposure(&case),
        Part::Tls => tls(&case),
        Part::Http => http(&case),
        Part::Ssh => ssh(&case),
        Part::Dns => dns(&case),
    };
    judged.unwrap_or_else(|Missing(name)| Judgement::unknown("missing").with("fact", name))
}

fn exposure(case: &Case<'_>) -> Result<Judgement, Missing> {
    let port = case.int("port")?;
    let inner = INNER.iter().find(|(number, _)| *number == port);
    Ok(match (case.text("reach")?, inner) {
        ("open", Some((_, service))) => Judgement::fail("inner-open")
            .with("port", port)
            .with("service", *service),
        // A port that the owner declared and that answers is neither good nor bad.
        ("open", None) => Judgement::not_applicable("open"),
        ("refused", _) => Judgement::unknown("refused"),
        _ => Judgement::unknown("silent"),
    })
}

fn tls(case: &Case<'_>) -> Result<Judgement, Missing> {
    if !case.flag("tls")? {
        return Ok(Judgement::unknown("no-tls"));
    }
    let least = case.threshold("tls.min-version");
    let (mut old, mut unclear, mut fine) = (Vec::new(), Vec::new(), false);
    for (version, figure) in VERSIONS {
        match (case.text(version.name())?, figure < least) {
            ("offered", true) => old.push(version.title()),
            ("offered", false) => fine = true,
            ("refused", _) | (_, false) => {}
            (_, true) => unclear.push(version.title()),
        }
    }
    if !old.is_empty() {
        return Ok(Judgement::fail("old-versions").with("versions", old));
    }
    let (from, until) = (case.time("not_before")?, case.time("not_after")?);
    Ok(if until < case.at {
        Judgement::fail("expired").with("date", until.to_string())
    } else if from > case.at {
        Judgement::fail("not-yet-valid").with("date", from.to_string())
    } else if !unclear.is_empty() || !fine {
        Judgement::unknown("versions-unclear").with("versions", unclear)
    } else {
        Judgement::pass("modern").with("date", until.to_string())
    })
}

fn http(case: &Case<'_>) -> Result<Judgement, Missing> {
    if !case.flag("steady")? {
        return Ok(Judgement::unknown("unsteady"));
    }
    let status = case.int("status")?;
    Ok(if case.flag("over_tls")? {
        let days = case.int("hsts_seconds")? / DAY_S;
        let least = case.threshold("web.hsts-min-days");
        match (case.flag("hsts")?, days) {
            (true, days) if days >= least => Judgement::pass("hsts").with("days", days),
            (true, days) => Judgement::partial("hsts-short").with("days", days),
            (false, _) if (200..400).contains(&status) => Judgement::fail("hsts-none"),
            (false, _) => Judgement::unknown("status").with("status", status),
        }
    } else if case.flag("to_https")? {
        if case.flag("other_path_to_https")? {
            Judgement::pass("to-https")
        } else {
            Judgement::partial("first-page-to-https")
        }
    } else if (200..300).contains(&case.int("last_status")?) || status == 401 {
        Judgement::fail("clear-text")
    } else {
        Judgement::unknown("status").with("status", status)
    })
}

fn ssh(case: &Case<'_>) -> Result<Judgement, Missing> {
    if case.flag("open")? {
        return Ok(Judgement::fail("ssh-open"));
    }
    if case.text("protocol")? != "2.0" {
        return Ok(Judgement::fail("ssh-one"));
    }
    let methods: Vec<String> = case.list("methods")?.iter().map(|m| m.to_line()).collect();
    let has = |name: &str| methods.iter().any(|m| m == name);
    let proofs = ["publickey", "gssapi-with-mic", "hostbased"];
    let all_known = methods.iter().all(|m| proofs.contains(&m.as_str()));
    Ok(if has("password") {
        Judgement::fail("ssh-password").with("methods", methods)
    } else if methods.is_empty() {
        Judgement::unknown("ssh-none")
    } else if all_known {
        Judgement::pass("ssh-keys").with("methods", methods)
    } else {
        // What a dialogue asks for is not seen from here: a password, or a second factor.
        Judgement::unknown("ssh-dialogue").with("methods", methods)
    })
}

fn dns(case: &Case<'_>) -> Result<Judgement, Missing> {
    if !case.flag("exists")? {
        return Ok(Judgement::unknown("no-zone"));
    }
    match case.text("dnssec")? {
        "bogus" => return Ok(Judgement::fail("bogus")),
        "insecure" => return Ok(Judgement::fail("unsigned")),
        "secure" => {}
        _ => return Ok(Judgement::unknown("indeterminate")),
    }
    if !case.flag("mail")? {
        return Ok(Judgement::pass("signed"));
    }
    if case.flag("mail_unanswered")? {
        return Ok(Judgement::unknown("mail-unanswered"));
    }
    let strict = matches!(case.text("dmarc_policy")?, "quarantine" | "reject");
    let all = case.int("dmarc_percent")? == 100;
    Ok(match (case.flag("spf_sound")?, strict) {
        (true, true) if all => Judgement::pass("mail"),
        (true, true) => Judgement::partial("dmarc-some"),
        (true, false) => Judgement::fail("no-dmarc"),
        (false, _) => Judgement::fail("no-spf"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalogue::{Catalogue, Level},
        observation::{Facts, Gap, GapReason, Subject},
        verdict::Verdict,
    };

    fn judged(part: Part, facts: Facts) -> (Verdict, String) {
        let observation = Observation {
            check: part.id().to_owned(),
            version: VERSION,
            subject: Subject::host(),
            facts: facts.facts,
            gap: facts.gap,
        };
        let thresholds = Catalogue::embedded().current().thresholds_at(Level::ALL[2]);
        let at = "2026-11-22T00:00:00Z".parse().unwrap();
        let judgement = judge(&observation, at, &thresholds);
        (judgement.verdict, judgement.reason.key.into_owned())
    }

    fn versions(tls10: &str, tls11: &str, until: &str) -> Facts {
        let mut facts = Facts::new().observed("tls", true, "");
        for (name, word) in [
            ("ssl2", "refused"),
            ("ssl3", "refused"),
            ("tls10", tls10),
            ("tls11", tls11),
            ("tls12", "offered"),
            ("tls13", "offered"),
        ] {
            facts = facts.observed(name, word, "");
        }
        facts
            .observed("not_before", "2026-01-01T00:00:00Z", "")
            .observed("not_after", until, "")
    }

    #[test]
    fn tls_passes_only_where_everything_old_was_refused_and_the_dates_hold() {
        let later = "2027-01-01T00:00:00Z";
        for (tls10, tls11, until, wanted) in [
            ("refused", "refused", later, (Verdict::Pass, "modern")),
            ("offered", "refused", later, (Verdict::Fail, "old-versions")),
            ("offered", "unclear", later, (Verdict::Fail, "old-versions")),
            (
                "refused",
                "unclear",
                later,
                (Verdict::Unknown, "versions-unclear"),
            ),
            (
                "refused",
                "refused",
                "2026-11-21T00:00:00Z",
                (Verdict::Fail, "expired"),
            ),
        ] {
            let (verdict, key) = judged(Part::Tls, versions(tls10, tls11, until));
            assert_eq!((verdict, key.as_str()), wanted);
        }
    }

    #[test]
    fn what_was_not_seen_never_passes() {
        for part in Part::ALL {
            let gap = Facts::unseen(Gap::new(GapReason::Unreachable, "192.0.2.1:1"));
            assert_eq!(judged(part, gap), (Verdict::Unknown, "gap".to_owned()));
            assert_eq!(judged(part, Facts::new()).0, Verdict::Unknown, "{part:?}");
        }
        let no_tls = Facts::new().observed("tls", false, "");
        assert_eq!(judged(Part::Tls, no_tls).0, Verdict::Unknown);
    }

    #[test]
    fn a_port_that_answers_is_no_merit() {
        let at = |reach: &str, port: i64| {
            let facts = Facts::new()
                .observed("reach", reach, "")
                .observed("port", port, "");
            judged(Part::Exposure, facts).0
        };
        assert_eq!(at("open", 443), Verdict::NotApplicable);
        assert_eq!(at("open", 5432), Verdict::Fail);
        assert_eq!(at("refused", 5432), Verdict::Unknown);
        assert_eq!(at("silent", 443), Verdict::Unknown);
    }

    #[test]
    fn only_keys_pass_for_ssh() {
        let with = |open: bool, methods: Vec<&str>| {
            let facts = Facts::new()
                .observed("open", open, "")
                .observed("protocol", "2.0", "")
                .observed("methods", methods, "");
            judged(Part::Ssh, facts).0
        };
        assert_eq!(with(false, vec!["publickey"]), Verdict::Pass);
        assert_eq!(with(false, vec!["publickey", "password"]), Verdict::Fail);
        let dialogue = with(false, vec!["publickey", "keyboard-interactive"]);
        assert_eq!(dialogue, Verdict::Unknown);
        assert_eq!(with(true, vec![]), Verdict::Fail);
        assert_eq!(with(false, vec![]), Verdict::Unknown);
    }

    #[test]
    fn sites_are_to_lead_to_https_and_to_say_so() {
        let clear = |to_https: bool, other: bool, last: i64| {
            let facts = Facts::new()
                .observed("steady", true, "")
                .observed("over_tls", false, "")
                .observed("status", if to_https { 301_i64 } else { last }, "")
                .observed("last_status", last, "")
                .observed("to_https", to_https, "")
                .observed("other_path_to_https", other, "");
            judged(Part::Http, facts).0
        };
        assert_eq!(clear(true, true, 301), Verdict::Pass);
        assert_eq!(clear(true, false, 301), Verdict::Partial);
        assert_eq!(clear(false, false, 200), Verdict::Fail);
        assert_eq!(clear(false, false, 503), Verdict::Unknown);
    }
}
