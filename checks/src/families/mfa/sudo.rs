use super::outcome;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        accounts::{Password, Shadows},
        login_paths::{self, Shown},
        pam,
        polkit::{self, Granted},
        sudo_skip,
        text::lines,
    },
    host::Host,
    observation::{Facts, Gap, Seen, Subject, SubjectKind},
    verdict::{Judgement, Verdict},
};

/// Becoming root asks for a second factor: the PAM stacks of sudo, doas, pkexec and run0, and of su
/// where root's password can be used or none is needed, are followed to their weakest way, and no sudo rule lets a person by without
/// asking; one subject for each PAM service. Rules of polkit that grant pkexec or the starting of
/// units without asking count, too. It does not see what a directory server asks for.
pub(super) struct Sudo;

const META: Meta = Meta {
    id: "mfa.sudo",
    version: 7,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const PLACES: &str = "/usr/bin/sudo, /usr/bin/pkexec, /etc/pam.d, /etc/shadow";

impl Check for Sudo {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let sudo = host.stat_if_any("/usr/bin/sudo")?.is_some() || pam::has_service(host, "sudo")?;
        let root = cx.get::<Shadows>()?.0.get("root").map(|s| s.password);
        let usable = !matches!(root, Some(Password::Locked));
        let mut services = Vec::new();
        let mut skips = Vec::new();
        if sudo {
            skips = sudo_skip::rules(cx, &cx.settings().automation_accounts)?;
            services.push("sudo");
            services.extend(asks_sudo_i(host)?.then_some("sudo-i"));
        }
        for name in ["su", "su-l"] {
            let there = pam::has_service(host, name)?;
            let opens = there && (usable || opens_without_password(cx, name));
            services.extend(opens.then_some(name));
        }
        let doas = unasked_by_doas(host, &cx.settings().automation_accounts)?;
        services.extend(doas.is_some().then_some("doas"));
        services.extend(has_polkit(host)?.then_some("polkit-1"));
        let granted = services
            .contains(&"polkit-1")
            .then(|| polkit::granted(host));
        if services.is_empty() {
            let none = Facts::new().configured("present", false, PLACES);
            return Ok(none
                .configured("root_password_usable", usable, "/etc/shadow")
                .into());
        }
        let mut seen = Vec::new();
        for name in services {
            let facts = outcome::of_service(cx, name).unwrap_or_else(Facts::unseen);
            let own = match name {
                "doas" => doas.clone().unwrap_or_default(),
                "polkit-1" => unasked_by_polkit(granted.as_ref()),
                n if n.starts_with("sudo") => skips.clone(),
                _ => Vec::new(),
            };
            let unsure = match &granted {
                Some(Ok(granted)) if name == "polkit-1" => granted.unsure.iter().cloned().collect(),
                _ => Vec::new(),
            };
            let facts = match &granted {
                Some(Err(gap)) if name == "polkit-1" => Facts::unseen(gap.clone()),
                _ => facts,
            };
            let facts = facts
                .configured("unsure", unsure, "/etc/polkit-1/rules.d")
                .configured("present", true, PLACES)
                .configured("root_password_usable", usable, "/etc/shadow")
                .configured(
                    "skips",
                    own,
                    "/etc/sudoers and what it includes, /etc/doas.conf",
                );
            seen.push((Subject::new(SubjectKind::Service, name), facts));
        }
        Ok(Seen::each(seen))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let skips = case.list("skips")?;
        if !skips.is_empty() {
            return Ok(Judgement::fail("fail-nopasswd").with("rules", skips.to_vec()));
        }
        let judged = outcome::judge_service(case)?;
        let unsure = case.list("unsure")?;
        // A rule that may ask for nothing takes a pass away, and hides no failure.
        if !unsure.is_empty() && judged.verdict != Verdict::Fail {
            return Ok(Judgement::unknown("unknown-polkit").with("rules", unsure.to_vec()));
        }
        Ok(judged)
    }
}

/// Whether pkexec or run0 is here, and polkit to answer them.
fn has_polkit(host: &dyn Host) -> Result<bool, Gap> {
    let mut found = false;
    for program in ["/usr/bin/pkexec", "/usr/bin/run0"] {
        found |= host.stat_if_any(program)?.is_some();
    }
    Ok(found && pam::has_service(host, "polkit-1")?)
}

fn unasked_by_polkit(granted: Option<&Result<Granted, Gap>>) -> Vec<String> {
    match granted {
        Some(Ok(granted)) => granted.open.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Whether `sudo -i` asks the service `sudo-i`: its file is there, or the package brought one that is
/// gone, and libpam then takes `other`.
fn asks_sudo_i(host: &dyn Host) -> Result<bool, Gap> {
    if pam::has_service(host, "sudo-i")? {
        return Ok(true);
    }
    for list in [
        "/var/lib/dpkg/info/sudo.conffiles",
        "/var/lib/dpkg/info/sudo-ldap.conffiles",
    ] {
        let text = host.text_if_any(list)?.unwrap_or_default();
        if text.lines().any(|l| l.trim() == "/etc/pam.d/sudo-i") {
            return Ok(true);
        }
    }
    // Red Hat's sudo always has it.
    Ok(host.stat_if_any("/etc/redhat-release")?.is_some())
}

/// Whether a way through a service of `su` needs no password of root's: `pam_wheel.so trust`. A
/// stack that cannot be followed may have one.
fn opens_without_password(cx: &Cx<'_>, name: &str) -> bool {
    let ways = login_paths::service(cx, name);
    ways.map_or(true, |s| {
        s.ways.iter().any(|w| !Shown::from(w.marks).password)
    })
}

/// Rules of doas that ask for nothing (`permit nopass`), but for root and the accounts in
/// `accepted`; `None` where there is no doas. Whether a later rule takes one back is not looked at.
fn unasked_by_doas(host: &dyn Host, accepted: &[String]) -> Result<Option<Vec<String>>, Gap> {
    for path in ["/etc/doas.conf", "/usr/local/etc/doas.conf"] {
        let Some(text) = host.text_if_any(path)? else {
            continue;
        };
        let fine = |word: &str| word == "root" || accepted.iter().any(|a| a == word);
        let asks = |line: &str| {
            let mut words = line.split_whitespace();
            let permits = words.next() == Some("permit");
            let words: Vec<&str> = words.take_while(|w| !matches!(*w, "as" | "cmd")).collect();
            !permits || !words.contains(&"nopass") || words.last().is_some_and(|w| fine(w))
        };
        let open = lines(&text).filter(|(_, line)| !asks(line));
        return Ok(Some(open.map(|(n, _)| format!("{path}:{n}")).collect()));
    }
    Ok(None)
}
