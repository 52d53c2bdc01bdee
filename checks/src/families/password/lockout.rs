//! Lock-out after wrong passwords: four checks on the same facts.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        accounts::{Password, Shadows},
        lockout::{Lockout, Service, weaker_deny, weaker_unlock},
        sshd_auth::SshdAuth,
    },
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// One aspect of the lock-out of the login services that this host has. The stacks are followed,
/// not searched for a word: a wrong password must reach the counter on every way, and a locked
/// account must be refused with the right password. It does not try a login.
pub(super) struct LockoutCheck {
    meta: &'static Meta,
    judge: fn(&Case<'_>) -> Result<Judgement, Missing>,
}

impl LockoutCheck {
    /// Each login service counts and refuses.
    pub(super) const WIRED: Self = Self {
        meta: &WIRED,
        judge: wired,
    };
    /// After how many wrong passwords.
    pub(super) const THRESHOLD: Self = Self {
        meta: &THRESHOLD,
        judge: threshold,
    };
    /// For how long.
    pub(super) const TIME: Self = Self {
        meta: &TIME,
        judge: time,
    };
    /// Root too.
    pub(super) const ROOT: Self = Self {
        meta: &ROOT,
        judge: root,
    };
}

const fn meta(
    id: &'static str,
    thresholds: &'static [&'static str],
    needs: &'static [Need],
    always_applies: bool,
) -> Meta {
    Meta {
        id,
        version: 1,
        severity: Severity::Medium,
        confidence: Confidence::High,
        needs,
        thresholds,
        always_applies,
    }
}

const WIRED: Meta = meta("password.lockout-wired", &[], &[], true);
const THRESHOLD: Meta = meta(
    "password.lockout-threshold",
    &["lockout.max-attempts"],
    &[],
    true,
);
const TIME: Meta = meta(
    "password.lockout-time",
    &["lockout.min-seconds", "lockout.max-seconds"],
    &[],
    true,
);
const ROOT: Meta = meta("password.lockout-root", &[], &[Need::Root], false);

/// Seconds below which a lock hardly slows anybody down.
const SHORT: i64 = 900;

impl Check for LockoutCheck {
    fn meta(&self) -> &'static Meta {
        self.meta
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let lockout = cx.get::<Lockout>()?;
        let services: Vec<Value> = lockout.services.iter().map(describe).collect();
        let mut facts = Facts::new().configured("services", services, "/etc/pam.d");
        let figures = || lockout.services.iter().filter_map(|s| s.figures.as_ref());
        if let Some(first) = figures().next() {
            let deny = figures().map(|f| f.deny).reduce(weaker_deny);
            let unlock = figures().map(|f| f.unlock).reduce(weaker_unlock);
            facts = facts
                .configured("deny", deny.unwrap_or(0), &first.source)
                .configured("unlock_seconds", unlock.unwrap_or(0), &first.source)
                .configured("counts_root", figures().all(|f| f.root), &first.source);
        }
        if self.meta.id == WIRED.id {
            let sshd = cx.get::<SshdAuth>()?;
            let past = sshd
                .contexts
                .iter()
                .any(|c| c.on("passwordauthentication", true) && !c.on("usepam", false));
            facts = facts.configured("sshd_without_pam", past, "/etc/ssh/sshd_config");
        }
        if self.meta.id == ROOT.id {
            let root = cx.get::<Shadows>()?.0.get("root").map(|s| s.password);
            let usable = root != Some(Password::Locked);
            facts = facts.configured("root_password_usable", usable, "/etc/shadow");
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.list("services")?.is_empty() {
            return Ok(Judgement::unknown("unknown-no-service"));
        }
        (self.judge)(case)
    }
}

fn describe(service: &Service) -> Value {
    Value::from_iter([("name", service.name), ("wiring", service.wiring.word())])
}

/// Names of the services whose wiring is one of `words`.
fn services(case: &Case<'_>, words: &[&str]) -> Result<Vec<String>, Missing> {
    let mut names = Vec::new();
    for service in case.list("services")? {
        let text = |key| service.get(key).and_then(Value::as_text);
        let (Some(name), Some(wiring)) = (text("name"), text("wiring")) else {
            return Err(Missing("services".to_owned()));
        };
        if words.contains(&wiring) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn wired(case: &Case<'_>) -> Result<Judgement, Missing> {
    for (words, key) in [
        (["none"], "fail-none"),
        (["not-counted"], "fail-not-counted"),
        (["not-refused"], "fail-not-refused"),
    ] {
        let names = services(case, &words)?;
        if !names.is_empty() {
            return Ok(Judgement::fail(key).with("services", names));
        }
    }
    if case.flag("sshd_without_pam")? {
        return Ok(Judgement::fail("fail-sshd"));
    }
    let names = services(case, &["not-cleared"])?;
    if !names.is_empty() {
        return Ok(Judgement::partial("partial-not-cleared").with("services", names));
    }
    let whole = services(case, &["whole"])?;
    if whole.len() < case.list("services")?.len() {
        return Err(Missing("services".to_owned())); // a word that this release does not know
    }
    Ok(Judgement::pass("pass").with("services", whole))
}

/// Figures of a lock-out that does not work are worth nothing.
fn loose(case: &Case<'_>) -> Result<Option<Judgement>, Missing> {
    let names = services(case, &["none", "not-counted", "not-refused"])?;
    let loose = !names.is_empty();
    Ok(loose.then(|| Judgement::fail("fail-not-wired").with("services", names)))
}

fn threshold(case: &Case<'_>) -> Result<Judgement, Missing> {
    if let Some(judgement) = loose(case)? {
        return Ok(judgement);
    }
    let deny = case.int("deny")?;
    let wanted = case.threshold("lockout.max-attempts");
    let judgement = if deny <= 0 {
        Judgement::fail("fail-off")
    } else if deny > wanted {
        Judgement::fail("fail-many")
    } else {
        Judgement::pass("pass")
    };
    Ok(judgement.with("deny", deny).with("wanted", wanted))
}

fn time(case: &Case<'_>) -> Result<Judgement, Missing> {
    if let Some(judgement) = loose(case)? {
        return Ok(judgement);
    }
    let seconds = case.int("unlock_seconds")?;
    let least = case.threshold("lockout.min-seconds");
    let most = case.threshold("lockout.max-seconds");
    let judgement = if seconds == 0 {
        Judgement::pass("pass-manual")
    } else if seconds > most {
        Judgement::pass("pass-long")
    } else if seconds >= least {
        Judgement::pass("pass")
    } else if seconds >= SHORT {
        Judgement::partial("partial")
    } else {
        Judgement::fail("fail")
    };
    Ok(judgement.with("seconds", seconds).with("least", least))
}

fn root(case: &Case<'_>) -> Result<Judgement, Missing> {
    if !case.flag("root_password_usable")? {
        return Ok(Judgement::not_applicable("not-applicable"));
    }
    if let Some(judgement) = loose(case)? {
        return Ok(judgement);
    }
    Ok(if case.flag("counts_root")? {
        Judgement::pass("pass")
    } else {
        Judgement::fail("fail")
    })
}
