//! What the common authentication modules prove, and how each can be made to ask for nothing.

use super::{
    Rule, Stack,
    codes::Code,
    surroundings::{Empty, Surroundings},
    walk::{Marks, Outcome, Way, ways},
};

/// Modules that ask for a password and nothing else.
const PASSWORDS: [&str; 9] = [
    "pam_unix",
    "pam_ldap",
    "pam_winbind",
    "pam_pwdfile",
    "pam_userdb",
    "pam_mysql",
    "pam_pgsql",
    "pam_tcb",
    "pam_unix2",
];

/// Modules that ask a server or a home folder which may itself want more than a password.
const REMOTE: [&str; 7] = [
    "pam_sss",
    "pam_krb5",
    "pam_radius_auth",
    "pam_radius",
    "pam_tacplus",
    "pam_systemd_home",
    "pam_securid",
];

/// Modules whose success proves possession of a second factor.
const TOKENS: [&str; 7] = [
    "pam_google_authenticator",
    "pam_oath",
    "pam_u2f",
    "pam_yubico",
    "pam_duo",
    "pam_otpw",
    "pam_ssh_agent_auth",
];

/// Modules that open or close a way but prove nothing about who asks.
const GATES: [&str; 12] = [
    "pam_succeed_if",
    "pam_access",
    "pam_listfile",
    "pam_localuser",
    "pam_usertype",
    "pam_time",
    "pam_shells",
    "pam_securetty",
    "pam_rhosts",
    "pam_sepermit",
    "pam_tally",
    "pam_tally2",
];

/// Modules that prepare something and prove nothing; they may succeed, fail or be ignored.
const HELPERS: [&str; 10] = [
    "pam_cap",
    "pam_nologin",
    "pam_gnome_keyring",
    "pam_kwallet",
    "pam_kwallet5",
    "pam_mount",
    "pam_ecryptfs",
    "pam_lastlog",
    "pam_selinux",
    "pam_keyinit",
];

/// Whether the module asks for a second factor.
pub fn is_token(module: &str) -> bool {
    TOKENS.contains(&module) || matches!(module, "pam_pkcs11" | "pam_p11")
}

/// Whether the module checks a password.
pub fn is_password(module: &str) -> bool {
    PASSWORDS.contains(&module) || REMOTE.contains(&module)
}

/// Whether the module opens or closes a way by who asks, or from where.
pub fn is_gate(module: &str) -> bool {
    GATES.contains(&module) || module == "pam_wheel"
}

/// Whether the module has its code typed at a question of its own, rather than behind the password
/// or on a device.
pub fn asks_apart(rule: &Rule) -> bool {
    let handed = ["forward_pass", "use_first_pass", "try_first_pass"];
    matches!(
        rule.module(),
        "pam_google_authenticator" | "pam_oath" | "pam_otpw"
    ) && !handed.iter().any(|a| rule.has(a))
}

/// A way that authenticates, by what it proves: a password, a second factor, or something that
/// only a server elsewhere knows.
pub const PASSWORD: Marks = Marks {
    a: true,
    b: false,
    c: false,
};
const TOKEN: Marks = Marks {
    a: false,
    b: true,
    c: false,
};
const BOTH: Marks = Marks {
    a: true,
    b: true,
    c: false,
};
const NOTHING: Marks = Marks {
    a: false,
    b: false,
    c: false,
};
const UNSEEN: Marks = Marks {
    a: false,
    b: false,
    c: true,
};
const PASSWORD_UNSEEN: Marks = Marks {
    a: true,
    b: false,
    c: true,
};

/// The ways in which the authentication stack lets somebody in who is not root already. In their
/// marks `a` is a password, `b` a second factor, `c` a module of unknown demands. `None` when the
/// stack is too large to follow.
pub fn logins(stack: &Stack, around: &Surroundings) -> Option<Vec<Way>> {
    let mut found = ways(stack, |rule| outcomes(rule, around))?;
    found.retain(|way| way.success);
    Some(found)
}

fn outcomes(rule: &Rule, around: &Surroundings) -> Vec<Outcome> {
    let module = rule.module();
    let quiet = |code| Outcome {
        code,
        marks: NOTHING,
        told: None,
    };
    if let Some(outcome) = settled(rule, around) {
        return vec![outcome];
    }
    match module {
        "pam_deny" => vec![quiet(Code::AuthErr)],
        "pam_permit" => vec![quiet(Code::Success)],
        "pam_rootok" if around.as_root => {
            vec![loud(Code::Success, NOTHING, "the service runs as root")]
        }
        "pam_rootok" => vec![quiet(Code::AuthErr)],
        "pam_wheel" if rule.has("trust") => vec![
            quiet(Code::PermDenied),
            loud(Code::Success, NOTHING, "trust"),
        ],
        "pam_wheel" => vec![quiet(Code::Ignore), quiet(Code::PermDenied)],
        "pam_env" | "pam_faildelay" | "pam_group" | "pam_echo" | "pam_warn" => {
            vec![quiet(Code::Ignore)]
        }
        "pam_faillock" => faillock(rule),
        m if GATES.contains(&m) => vec![
            loud(Code::Success, NOTHING, ""),
            loud(Code::AuthErr, NOTHING, ""),
            loud(Code::PermDenied, NOTHING, ""), // pam_access, pam_localuser, pam_time
            quiet(Code::Ignore),
        ],
        m if HELPERS.contains(&m) => {
            vec![
                quiet(Code::Ignore),
                quiet(Code::Success),
                quiet(Code::AuthErr),
            ]
        }
        m if PASSWORDS.contains(&m) => password(rule, around),
        m if is_token(m) => token(rule, around),
        "pam_sss" if rule.has("require_cert_auth") => failing(loud(Code::Success, BOTH, "")),
        m if REMOTE.contains(&m) => {
            let mut all = failing(loud(Code::Success, PASSWORD_UNSEEN, ""));
            if rule.has("localifdown") {
                all.push(loud(Code::Ignore, NOTHING, "localifdown"));
            }
            all
        }
        _ => {
            let mut all = failing(loud(Code::Success, UNSEEN, ""));
            all.push(loud(Code::Ignore, UNSEEN, ""));
            all
        }
    }
}

/// What the module returns whoever asks: it is not installed, or a condition is answered by files.
fn settled(rule: &Rule, around: &Surroundings) -> Option<Outcome> {
    if around.missing.iter().any(|m| m == rule.module()) {
        return Some(loud(Code::ModuleUnknown, NOTHING, "not installed"));
    }
    let (code, who) = around.fixed.get(&rule.source)?;
    let words = format!("{}; {who}", rule.args().join(" "));
    Some(Outcome {
        code: *code,
        marks: NOTHING,
        told: Some(words.trim_start_matches("; ").to_owned().into()),
    })
}

fn password(rule: &Rule, around: &Surroundings) -> Vec<Outcome> {
    let mut all = failing(loud(Code::Success, PASSWORD, ""));
    let null = rule.has("nullok") || rule.has("nullok_secure");
    match around.empty {
        Empty::Yes if null => {
            all.push(loud(Code::Success, NOTHING, "nullok and an empty password"));
        }
        Empty::Unseen if null => all.push(loud(Code::Success, UNSEEN, "nullok")),
        _ => {}
    }
    all
}

fn loud(code: Code, marks: Marks, words: &'static str) -> Outcome {
    Outcome {
        code,
        marks,
        told: Some(words.into()),
    }
}

fn faillock(rule: &Rule) -> Vec<Outcome> {
    let quiet = |code| Outcome {
        code,
        marks: NOTHING,
        told: None,
    };
    let told = |code| Outcome {
        code,
        marks: NOTHING,
        told: Some("".into()),
    };
    if rule.has("authfail") {
        vec![quiet(Code::Ignore), quiet(Code::AuthErr)]
    } else {
        vec![told(Code::Success), quiet(Code::AuthErr)]
    }
}

/// The failures that a module of this kind shows, beside its success.
fn failing(success: Outcome) -> Vec<Outcome> {
    let fail = |code| Outcome {
        code,
        marks: NOTHING,
        told: Some("".into()),
    };
    vec![
        success,
        fail(Code::AuthErr),
        fail(Code::UserUnknown),
        fail(Code::AuthinfoUnavail),
    ]
}

fn token(rule: &Rule, around: &Surroundings) -> Vec<Outcome> {
    let proves = match rule.module() {
        "pam_pkcs11" | "pam_p11" => BOTH,
        "pam_u2f" if rule.value("pinverification") == Some("1") => BOTH,
        _ => TOKEN,
    };
    let mut all = failing(loud(Code::Success, proves, ""));
    if let Some(words) = skip(rule, around) {
        all.push(loud(Code::Success, NOTHING, words));
        all.push(loud(Code::Ignore, NOTHING, words));
    }
    all
}

/// The argument that lets somebody past the module without a second factor.
fn skip(rule: &Rule, around: &Surroundings) -> Option<&'static str> {
    let module = rule.module();
    if rule.has("alwaysok") {
        return Some("alwaysok");
    }
    match module {
        "pam_google_authenticator" => {
            let grace = rule.value("grace_period").is_some_and(|v| v != "0");
            if rule.has("nullok") {
                Some("nullok")
            } else {
                grace.then_some("grace_period")
            }
        }
        "pam_u2f" if rule.has("nouserok") => Some("nouserok"),
        "pam_u2f" | "pam_duo" | "pam_yubico" | "pam_oath" | "pam_otpw" | "pam_ssh_agent_auth" => {
            let open = module == "pam_duo" && !around.duo_strict;
            let null = rule.has("nullok");
            open.then_some("failmode=safe").or(null.then_some("nullok"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
