use super::outcome;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        enrolment::Enrolment,
        login_outcome::Outcome,
        ssh_paths::{Entry, SshPaths},
    },
    observation::{Facts, Gap, Seen, Subject, SubjectKind, Value, Vantage},
    verdict::{Judgement, Verdict},
};

/// Nobody comes in over SSH with one factor alone. One subject for each class of accounts and zone
/// of addresses that the server's files tell apart: each chain of methods that sshd accepts there is
/// followed through the PAM stack, and the weakest way decides. It cannot see whether a key has a
/// passphrase (the server never learns), nor what a directory, a certificate's issuer or a RADIUS
/// server asked for; where such a one decides, the verdict is unknown.
pub(super) struct Ssh;

const META: Meta = Meta {
    id: "mfa.ssh",
    version: 5,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const SERVERS: &str = "/proc, /etc/systemd/system";
const PLACES: &str = "/usr/sbin/sshd, /etc/ssh/sshd_config";

impl Check for Ssh {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let found = cx.get::<SshPaths>()?;
        if !found.present {
            return Ok(Facts::new()
                .configured("sshd_present", false, PLACES)
                .configured("others", found.others.clone(), SERVERS)
                .into());
        }
        let open = found
            .entries
            .iter()
            .any(|e| e.concluded.outcome != Outcome::Closed);
        if !open {
            return Ok(Facts::new()
                .configured("sshd_present", true, PLACES)
                .configured("open", false, PLACES)
                .into());
        }
        let enrolment = cx.get::<Enrolment>().ok();
        Ok(Seen::each(found.entries.iter().map(|entry| {
            let without = enrolment
                .as_ref()
                .map(|e| e.without.as_slice())
                .unwrap_or_default();
            let facts = describe(entry, &found, without);
            (Subject::new(SubjectKind::Endpoint, name(entry)), facts)
        })))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("sshd_present")? {
            let others = case.list("others")?;
            return Ok(if others.is_empty() {
                Judgement::not_applicable("not-applicable")
            } else {
                Judgement::unknown("unknown-only-other").with("servers", others.to_vec())
            });
        }
        if !case.flag("open")? {
            return Ok(Judgement::unknown("unknown-no-way"));
        }
        case.list("offers")?; // what a look from outside is held against: left out, it would meet nothing
        let who = case.text("who")?;
        let judgement = outcome::judge(case, who)?;
        let unresolved = case.list("unresolved")?;
        let good = !matches!(judgement.verdict, Verdict::Fail | Verdict::Unknown);
        if good && !unresolved.is_empty() {
            return Ok(Judgement::unknown("unknown-match").with("blocks", unresolved.to_vec()));
        }
        let others = case.list("others")?;
        if good && !others.is_empty() {
            return Ok(Judgement::unknown("unknown-other-server").with("servers", others.to_vec()));
        }
        let named = case.list("not_enrolled")?;
        if judgement.reason.key == "fail-optional" && !named.is_empty() {
            let path = case.text("path")?;
            return Ok(Judgement::fail("fail-optional-named")
                .with("path", path)
                .with("who", who)
                .with("accounts", named.to_vec()));
        }
        match differs(case).filter(|_| good) {
            Some(shown) => Ok(Judgement::unknown("unknown-differs").with("methods", shown)),
            None => Ok(judgement),
        }
    }
}

/// `ssh:22 accounts (group ops) from 10.0.0.0/8`.
fn name(entry: &Entry) -> String {
    let zones = if entry.zones.iter().any(|z| z == "anywhere") {
        "anywhere".to_owned()
    } else {
        entry.zones.join(", ")
    };
    format!("{} {} from {zones}", entry.endpoint, entry.class)
}

/// The class and the first of its people; the class alone where it is one person.
fn who(entry: &Entry) -> String {
    const MOST: usize = 5;
    let shown = &entry.people[..entry.people.len().min(MOST)];
    let more = if entry.people.len() > MOST {
        ", …"
    } else {
        ""
    };
    let people = format!("{}{more}", shown.join(", "));
    if entry.class == people {
        people
    } else {
        format!("{} – {people}", entry.class)
    }
}

fn describe(entry: &Entry, found: &SshPaths, without: &[String]) -> Facts {
    let named: Vec<String> = entry
        .people
        .iter()
        .filter(|p| without.contains(p))
        .cloned()
        .collect();
    let keys = entry.keys;
    let counts = [
        ("plain", keys.plain),
        ("device", keys.device),
        ("device_with_pin", keys.pinned),
        ("service", keys.service),
        ("authority", keys.authority),
    ];
    let mut facts = Facts::new()
        .configured("sshd_present", true, PLACES)
        .configured("open", true, PLACES)
        .configured("who", who(entry), "/etc/passwd, /etc/group")
        .configured("people", entry.people.clone(), "/etc/passwd")
        .configured("zones", entry.zones.clone(), "/etc/ssh/sshd_config")
        .configured("tokens", entry.tokens.clone(), "/etc/pam.d")
        .configured("not_enrolled", named, "home folders")
        .configured("keys", Value::from_iter(counts), "authorized_keys")
        .configured("others", found.others.clone(), SERVERS)
        .configured(
            "unresolved",
            found.unresolved.clone(),
            "/etc/ssh/sshd_config",
        );
    let offers: Vec<String> = entry.offers.iter().cloned().collect();
    facts = facts.add("offers", entry.vantage, offers, &entry.source);
    let strangers: Vec<String> = entry.stranger_offers.iter().cloned().collect();
    facts = facts.configured("stranger_offers", strangers, "/etc/ssh/sshd_config");
    facts = outcome::add(facts, &entry.concluded, entry.vantage, &entry.source);
    if let Some(first) = &entry.first {
        facts = facts
            .add(
                "first_methods",
                entry.vantage,
                first.expected.clone(),
                &entry.source,
            )
            .observed("first_methods", first.shown.clone(), &first.address);
    }
    match entry.by_files {
        Some(files) => facts.configured("outcome", files.word(), "/etc/ssh/sshd_config"),
        None => facts,
    }
}

/// Whether the server's address names methods that its settings do not let stand first.
fn differs(case: &Case<'_>) -> Option<Vec<Value>> {
    let methods = |v| case.observation.at("first_methods", v).map(|f| &f.value);
    let shown = methods(Vantage::Observed)?;
    let expected = methods(Vantage::Effective).or_else(|| methods(Vantage::Configured))?;
    match shown {
        Value::List(list) if shown != expected => Some(list.clone()),
        _ => None,
    }
}
