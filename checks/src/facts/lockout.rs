//! Lock-out after wrong passwords: whether it is wired into each login service, and its figures.

use std::collections::BTreeMap;

use super::{
    pam::{
        self, Code, Facility, Rule, Stack,
        factors::{is_password, is_token},
        surroundings::runs_as_caller,
        walk::{Marks, Outcome, Way, ways},
    },
    text::lines,
};
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::{Gap, GapReason},
};

/// Services through which people log in; those that the host has are examined.
const SERVICES: [&str; 6] = ["sshd", "login", "sudo", "su", "gdm-password", "lightdm"];

/// How far a service counts wrong passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wiring {
    /// No module that counts.
    None,
    /// A wrong password can go uncounted.
    NotCounted,
    /// A locked account still gets in.
    NotRefused,
    /// Counts and refuses, yet a success does not clear the count.
    NotCleared,
    /// All of it.
    Whole,
}

impl Wiring {
    /// The word used in facts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::NotCounted => "not-counted",
            Self::NotRefused => "not-refused",
            Self::NotCleared => "not-cleared",
            Self::Whole => "whole",
        }
    }
}

/// The figures of one service's lock-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Wrong passwords until the lock; 0 never locks.
    pub deny: i64,
    /// Seconds until it opens by itself; 0 means only by hand.
    pub unlock: i64,
    /// Whether root is locked too.
    pub root: bool,
    /// Where they stand.
    pub source: String,
}

/// One login service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its PAM name.
    pub name: &'static str,
    /// How far it counts.
    pub wiring: Wiring,
    /// Its figures, where a module counts.
    pub figures: Option<Figures>,
}

/// Lock-out on this host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockout {
    /// The login services that the host has.
    pub services: Vec<Service>,
}

impl Gather for Lockout {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut services = Vec::new();
        for name in SERVICES {
            if !pam::has_service(host, name)? {
                continue;
            }
            let auth = pam::stack(host, name, Facility::Auth)?;
            let account = pam::stack(host, name, Facility::Account)?;
            services.push(Service {
                name,
                wiring: wiring(name, &auth, &account)
                    .ok_or_else(|| Gap::new(GapReason::OverBudget, format!("/etc/pam.d/{name}")))?,
                figures: figures(host, &auth)?,
            });
        }
        Ok(Self { services })
    }
}

fn counts(rule: &Rule) -> bool {
    matches!(rule.module(), "pam_faillock" | "pam_tally2" | "pam_tally")
}

/// `None` when a stack has too many ways to follow.
fn wiring(name: &str, auth: &Stack, account: &Stack) -> Option<Wiring> {
    if !auth.rules.iter().any(counts) {
        return Some(Wiring::None);
    }
    // A wrong password, with everything else at its best or worst: a = tried, b = counted.
    let wrong = ways(auth, |rule| results(name, rule, false))?;
    let uncounted = |w: &Way| w.marks.a && !w.marks.b;
    if wrong.iter().any(uncounted) {
        return Some(Wiring::NotCounted);
    }
    // A locked account with the right password must not get in.
    let locked = ways(auth, |rule| results(name, rule, true))?;
    if locked.iter().any(|w| w.success && w.marks.a) {
        return Some(Wiring::NotRefused);
    }
    let clears = account.rules.iter().any(counts)
        || auth.rules.iter().any(|r| counts(r) && r.has("authsucc"));
    Some(if clears {
        Wiring::Whole
    } else {
        Wiring::NotCleared
    })
}

/// What the modules return when the password is wrong (`locked` false), or right on a locked
/// account.
fn results(name: &str, rule: &Rule, locked: bool) -> Vec<Outcome> {
    let with = |code, a, b| Outcome {
        code,
        marks: Marks { a, b, c: false },
        told: None,
    };
    let quiet = |code| with(code, false, false);
    match rule.module() {
        "pam_deny" => vec![quiet(Code::AuthErr)],
        "pam_permit" => vec![quiet(Code::Success)],
        "pam_rootok" if runs_as_caller(name) => vec![quiet(Code::AuthErr)],
        "pam_rootok" => vec![quiet(Code::Success)],
        "pam_env" | "pam_faildelay" | "pam_group" | "pam_cap" | "pam_echo" | "pam_warn" => {
            vec![quiet(Code::Ignore)]
        }
        "pam_faillock" if rule.has("authfail") => {
            let code = if locked { Code::AuthErr } else { Code::Ignore };
            vec![with(code, false, true)]
        }
        "pam_faillock" => vec![quiet(if locked { Code::AuthErr } else { Code::Success })],
        // Counts each attempt on entry, before the password is known.
        "pam_tally2" | "pam_tally" => {
            let code = if locked { Code::AuthErr } else { Code::Success };
            vec![with(code, false, true)]
        }
        m if is_password(m) && locked => vec![with(Code::Success, true, false)],
        m if is_password(m) => vec![with(Code::AuthErr, true, false)],
        m if is_token(m) => vec![quiet(Code::Success), quiet(Code::Ignore)],
        _ => vec![
            quiet(Code::Success),
            quiet(Code::AuthErr),
            quiet(Code::Ignore),
        ],
    }
}

/// The weakest figures over the calls in a stack; arguments override the file.
fn figures(host: &dyn Host, auth: &Stack) -> Result<Option<Figures>, Gap> {
    let mut weakest: Option<Figures> = None;
    for rule in auth.rules.iter().filter(|r| counts(r)) {
        let one = figures_of(host, rule)?;
        weakest = Some(match weakest {
            None => one,
            Some(w) => Figures {
                deny: weaker_deny(w.deny, one.deny),
                unlock: weaker_unlock(w.unlock, one.unlock),
                root: w.root && one.root,
                source: w.source,
            },
        });
    }
    Ok(weakest)
}

/// Of two limits the one that lets more through; 0 lets everything through.
pub fn weaker_deny(a: i64, b: i64) -> i64 {
    if a == 0 || b == 0 { 0 } else { a.max(b) }
}

/// Of two lock times the shorter; 0 never ends.
pub fn weaker_unlock(a: i64, b: i64) -> i64 {
    match (a, b) {
        (0, other) | (other, 0) => other,
        (a, b) => a.min(b),
    }
}

fn figures_of(host: &dyn Host, rule: &Rule) -> Result<Figures, Gap> {
    let faillock = rule.module() == "pam_faillock";
    let path = rule.value("conf").unwrap_or("/etc/security/faillock.conf");
    let mut settings = BTreeMap::new();
    if faillock && let Some(text) = host.text_if_any(path)? {
        settings = parse(&text);
    }
    for arg in rule.args() {
        let (key, value) = arg.split_once('=').unwrap_or((arg, ""));
        settings.insert(key.to_owned(), value.to_owned());
    }
    let seconds = |key: &str, default: i64| match settings.get(key).map(String::as_str) {
        None => Ok(default),
        Some("never") => Ok(0),
        Some(text) => text
            .parse::<i64>()
            .map_err(|_| Gap::parse(format!("{key} = {text}"))),
    };
    Ok(Figures {
        deny: seconds("deny", if faillock { 3 } else { 0 })?,
        unlock: seconds("unlock_time", if faillock { 600 } else { 0 })?,
        root: settings.contains_key("even_deny_root") || settings.contains_key("root_unlock_time"),
        source: format!("{}, {path}", rule.source),
    })
}

fn parse(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        (key.trim().to_owned(), value.trim().to_owned())
    };
    lines(text).map(|(_, line)| pair(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::pam::{
        Target,
        parse::{Item, parse as parse_pam},
    };

    fn stacks(text: &str) -> (Stack, Stack) {
        let mut both = (Stack::default(), Stack::default());
        for (line, item) in parse_pam(text) {
            let Item::Module {
                facility,
                control,
                name,
                args,
            } = item
            else {
                panic!("{item:?}")
            };
            let rule = Rule {
                target: Target::Module { name, args },
                control,
                level: 0,
                source: format!("t:{line}"),
            };
            match facility {
                Facility::Auth => both.0.rules.push(rule),
                _ => both.1.rules.push(rule),
            }
        }
        both
    }

    #[test]
    fn wiring_is_followed_not_guessed() {
        let account = "account required pam_faillock.so\n";
        let debian = "auth requisite pam_faillock.so preauth\nauth [success=1 default=ignore] pam_unix.so\nauth [default=die] pam_faillock.so authfail\nauth required pam_permit.so\n";
        let rhel = "auth required pam_env.so\nauth required pam_faillock.so preauth silent\nauth sufficient pam_unix.so\nauth required pam_faillock.so authfail\nauth required pam_deny.so\n";
        // A jump over one rule skips the deny, so the wrong password is never counted.
        let misplaced = "auth requisite pam_faillock.so preauth\nauth [success=2 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth [default=die] pam_faillock.so authfail\nauth required pam_permit.so\n";
        let no_preauth = "auth [success=1 default=ignore] pam_unix.so\nauth [default=die] pam_faillock.so authfail\nauth required pam_permit.so\n";
        let soft = "auth optional pam_faillock.so preauth\nauth sufficient pam_unix.so\nauth [default=die] pam_faillock.so authfail\n";
        let tally = "auth required pam_tally2.so deny=5\nauth required pam_unix.so\n";
        for (want, auth, account) in [
            (Wiring::Whole, debian, account),
            (Wiring::NotCleared, debian, ""),
            (Wiring::Whole, rhel, account),
            (Wiring::NotCounted, misplaced, account),
            (Wiring::NotRefused, no_preauth, account),
            (Wiring::NotRefused, soft, account),
            (Wiring::NotCleared, tally, ""),
            (Wiring::None, "auth required pam_unix.so\n", account),
        ] {
            let (auth, account) = stacks(&format!("{auth}{account}"));
            assert_eq!(wiring("sshd", &auth, &account), Some(want), "{auth:?}");
        }
    }

    #[test]
    fn weaker_figures_win() {
        assert_eq!(weaker_deny(5, 10), 10);
        assert_eq!(weaker_deny(5, 0), 0);
        assert_eq!(weaker_unlock(0, 600), 600);
        assert_eq!(weaker_unlock(900, 600), 600);
        assert_eq!(weaker_unlock(0, 0), 0);
    }
}
