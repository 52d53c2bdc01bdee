//! How Keycloak runs a flow: where required or conditional steps stand, all of them must be taken
//! and alternatives beside them count for nothing; else any one alternative is enough. A
//! conditional flow is passed over unless all its conditions hold, and always when it has none.

use super::Realm;
use crate::facts::login_services::{KEY, NOTHING, PASSWORD, Shown, Sort, TOKEN, UNSEEN};

const MAX_ENDS: usize = 128;
const MAX_DEPTH: usize = 12;

/// How a step is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Must be taken.
    Required,
    /// One of several.
    Alternative,
    /// Taken where its conditions hold.
    Conditional,
    /// Switched off.
    Disabled,
}

impl Requirement {
    /// The requirement of that name; an unknown one is taken for conditional.
    pub fn named(word: &str) -> Self {
        match word {
            "REQUIRED" => Self::Required,
            "ALTERNATIVE" => Self::Alternative,
            "DISABLED" => Self::Disabled,
            _ => Self::Conditional,
        }
    }
}

/// One execution of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// How it is asked for.
    pub requirement: Requirement,
    /// What it is.
    pub step: Step,
}

/// What an execution is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An authenticator, and the keys and values of its configuration; `None` where it is not
    /// known.
    Authenticator(String, Option<Vec<(String, String)>>),
    /// A flow in the flow.
    Flow(Vec<Execution>),
}

/// One way to the end of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    pub(super) steps: Vec<String>,
    pub(super) shown: Shown,
    pub(super) sort: Sort,
    pub(super) note: String,
}

impl End {
    fn step(name: &str, shown: Shown) -> Self {
        Self {
            steps: vec![name.to_owned()],
            shown,
            ..Self::default()
        }
    }

    fn then(&self, other: &Self) -> Self {
        let join = |a: &str, b: &str| match (a, b) {
            ("", b) => b.to_owned(),
            (a, "") => a.to_owned(),
            (a, b) => format!("{a}; {b}"),
        };
        Self {
            steps: [self.steps.clone(), other.steps.clone()].concat(),
            shown: self.shown.and(other.shown),
            sort: self.sort.max(other.sort),
            note: join(&self.note, &other.note),
        }
    }
}

/// The ways through the executions of one flow.
pub(super) fn ends(realm: &Realm, executions: &[Execution]) -> Vec<End> {
    through(realm, executions, 0)
}

fn through(realm: &Realm, executions: &[Execution], depth: usize) -> Vec<End> {
    if depth > MAX_DEPTH {
        return vec![End::step("…", UNSEEN)];
    }
    let steps: Vec<&Execution> = executions.iter().filter(|e| counts(e)).collect();
    let strict = steps
        .iter()
        .any(|e| e.requirement != Requirement::Alternative);
    if !strict {
        return kept(steps.iter().flat_map(|e| taken(realm, e, depth)).collect());
    }
    let mut ends = vec![End::default()];
    for execution in steps
        .iter()
        .filter(|e| e.requirement != Requirement::Alternative)
    {
        let mut more = taken(realm, execution, depth);
        if execution.requirement == Requirement::Conditional {
            more = conditional(realm, execution, more);
        }
        let both = ends.iter().flat_map(|a| more.iter().map(|b| a.then(b)));
        ends = kept(both.collect());
    }
    ends
}

/// Steps that are switched on and no mere conditions.
fn counts(execution: &Execution) -> bool {
    execution.requirement != Requirement::Disabled && condition(execution).is_none()
}

/// The name of a condition.
fn condition(execution: &Execution) -> Option<&str> {
    match &execution.step {
        Step::Authenticator(name, _)
            if name.starts_with("conditional-") && name != "conditional-otp-form" =>
        {
            Some(name)
        }
        _ => None,
    }
}

fn taken(realm: &Realm, execution: &Execution, depth: usize) -> Vec<End> {
    match &execution.step {
        Step::Flow(inner) => through(realm, inner, depth + 1),
        Step::Authenticator(name, config) => authenticator(realm, name, config.as_deref()),
    }
}

/// A conditional step: what it asks where it is taken, and the way past it.
fn conditional(realm: &Realm, execution: &Execution, taken: Vec<End>) -> Vec<End> {
    let conditions: Vec<&str> = match &execution.step {
        Step::Flow(inner) => inner
            .iter()
            .filter(|e| e.requirement != Requirement::Disabled)
            .filter_map(condition)
            .collect(),
        Step::Authenticator(..) => vec!["conditional-user-configured"], // the old OPTIONAL
    };
    let own = |name: &&str| *name == "conditional-user-configured";
    let mut past = End {
        note: format!("passed over: {}", conditions.join(", ")),
        ..End::default()
    };
    if conditions.is_empty() {
        "a conditional flow without conditions never runs".clone_into(&mut past.note);
        return vec![past];
    }
    if conditions.iter().all(own) {
        past.sort = Sort::Skippable;
        "users who have not enrolled are not asked".clone_into(&mut past.note);
        if realm.enrols_new_users {
            // New users must enrol at once; whether older users all have is not in the realm.
            past.shown = UNSEEN;
            past.note.push_str("; new users must enrol");
        }
    }
    [taken, vec![past]].concat()
}

fn authenticator(realm: &Realm, name: &str, config: Option<&[(String, String)]>) -> Vec<End> {
    let one = |words: &str, shown| vec![End::step(words, shown)];
    match name {
        // Somebody who has logged in already; and steps that only refuse.
        "auth-cookie" | "deny-access-authenticator" => Vec::new(),
        "auth-username-form" | "direct-grant-validate-username" | "allow-access-authenticator" => {
            vec![End::default()]
        }
        "auth-username-password-form"
        | "auth-password-form"
        | "basic-auth"
        | "direct-grant-validate-password"
        | "http-basic-authenticator" => one("password", PASSWORD),
        "auth-otp-form" | "direct-grant-validate-otp" => one("code", TOKEN),
        "basic-auth-otp" => one("password, code", PASSWORD.and(TOKEN)),
        "webauthn-authenticator" => one("security key", TOKEN),
        "webauthn-authenticator-passwordless" if realm.passkey_verifies => {
            one("passkey with PIN", PASSWORD.and(TOKEN))
        }
        "webauthn-authenticator-passwordless" => one("passkey", TOKEN),
        "auth-recovery-authn-code-form" => one("recovery code", TOKEN),
        "auth-x509-client-username-form" | "direct-grant-auth-x509-username" => {
            one("certificate", KEY)
        }
        "identity-provider-redirector" => match &realm.providers {
            Some(providers) if providers.is_empty() => Vec::new(),
            Some(providers) => {
                let mut end = End::step("another identity provider", UNSEEN);
                end.note = providers.join(", ");
                vec![end]
            }
            None => one("another identity provider", UNSEEN),
        },
        "auth-conditional-otp-form" => conditional_otp(config),
        _ => one(name, UNSEEN),
    }
}

/// The form that asks for a code unless a role, an attribute or a header excuses.
fn conditional_otp(config: Option<&[(String, String)]>) -> Vec<End> {
    let code = End::step("code", TOKEN);
    let excuses = |key: &str| {
        matches!(
            key,
            "skipOtpRole" | "noOtpRequiredForHeaderPattern" | "otpControlAttribute"
        )
    };
    let note = match config {
        None => "its configuration is not known".to_owned(),
        Some(config) => {
            let set = config.iter().filter(|(_, v)| !v.is_empty());
            let mut names: Vec<&str> = set
                .clone()
                .map(|(k, _)| k.as_str())
                .filter(|k| excuses(k))
                .collect();
            let usual = set
                .clone()
                .find(|(k, _)| k == "defaultOtpOutcome")
                .map(|(_, v)| v.as_str());
            if usual != Some("force") {
                names.push("defaultOtpOutcome");
            }
            if names.is_empty() {
                return vec![code];
            }
            names.join(", ")
        }
    };
    let past = End {
        shown: if config.is_none() { UNSEEN } else { NOTHING },
        note: format!("conditional OTP: {note}"),
        ..End::default()
    };
    vec![code, past]
}

/// Ways that differ in what they show, so that their number stays small.
fn kept(mut ends: Vec<End>) -> Vec<End> {
    ends.sort_by_key(|e| (e.shown, e.sort, e.note.len()));
    ends.dedup_by_key(|e| (e.shown, e.sort));
    ends.truncate(MAX_ENDS);
    ends
}
