//! The ways into a host and what each asks for: SSH's methods and PAM's stacks, combined.

use std::collections::BTreeMap;

use super::{
    pam::{
        self, Facility, Stack,
        factors::{Surroundings, is_token, logins},
        walk::{Marks, Way},
    },
    sshd_auth::{Context, SshdAuth},
};
use crate::{
    context::{Cx, Gather},
    observation::{Gap, GapReason, Value, Vantage},
};

/// What somebody has shown who came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    /// A password, or the PIN of a device.
    pub password: bool,
    /// A key.
    pub key: bool,
    /// A one-time code, a token, a confirmation on another device.
    pub token: bool,
    /// Whatever a module or server asked whose demands cannot be seen from here.
    pub unseen: bool,
}

impl Shown {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            password: self.password || other.password,
            key: self.key || other.key,
            token: self.token || other.token,
            unseen: self.unseen || other.unseen,
        }
    }

    /// How much that is; the order in which the weakest way is looked for.
    pub const fn strength(self) -> Strength {
        let holds = self.key || self.token;
        if self.password && holds {
            Strength::Two
        } else if self.key && self.token {
            Strength::SameKind
        } else if self.unseen {
            Strength::Unseen
        } else {
            Strength::One
        }
    }
}

impl From<Marks> for Shown {
    fn from(marks: Marks) -> Self {
        Self {
            password: marks.a,
            key: false,
            token: marks.b,
            unseen: marks.c,
        }
    }
}

/// How much a way asks for, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// One factor at most.
    One,
    /// One factor that is seen, and demands that are not.
    Unseen,
    /// Two things that somebody holds: a key and a token.
    SameKind,
    /// Something known and something held.
    Two,
}

/// The weakest way through one door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Who comes from where, or the PAM service.
    pub door: String,
    /// The methods of SSH in turn, or `pam`.
    pub chain: String,
    /// What is shown on the way.
    pub shown: Shown,
    /// The modules that make it so.
    pub via: Vec<String>,
}

impl From<Path> for Value {
    fn from(path: Path) -> Self {
        let flags = path.shown;
        Self::from_iter([
            ("door", Self::from(path.door)),
            ("chain", path.chain.into()),
            ("password", flags.password.into()),
            ("key", flags.key.into()),
            ("token", flags.token.into()),
            ("unseen", flags.unseen.into()),
            ("via", path.via.join(" > ").into()),
        ])
    }
}

/// One PAM service: the ways in, and its second-factor modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Kinds of ways in; none when nobody gets in.
    pub ways: Vec<Way>,
    /// Names of the second-factor modules in the stack, wherever they stand.
    pub tokens: Vec<String>,
}

/// Follows the authentication stack of a PAM service.
///
/// # Errors
/// When the stack cannot be read, or has more ways than can be followed.
pub fn service(cx: &Cx<'_>, name: &str) -> Result<Service, Gap> {
    let stack: Stack = pam::stack(cx.host(), name, Facility::Auth)?;
    let around = Surroundings::of(cx.host(), &stack)?;
    let ways = logins(&stack, &around)
        .ok_or_else(|| Gap::new(GapReason::OverBudget, format!("/etc/pam.d/{name}")))?;
    let modules = stack.rules.iter().map(|r| r.module());
    let mut tokens: Vec<String> = modules.filter(|m| is_token(m)).map(str::to_owned).collect();
    tokens.dedup();
    Ok(Service { ways, tokens })
}

/// The weakest way through a PAM service; nothing when nobody gets in.
pub fn weakest(service: &Service, name: &str) -> Option<Path> {
    let ways = service.ways.iter();
    let weakest = ways.min_by_key(|w| (Shown::from(w.marks).strength(), Shown::from(w.marks)))?;
    Some(Path {
        door: name.to_owned(),
        chain: "pam".to_owned(),
        shown: weakest.marks.into(),
        via: weakest.trace.clone(),
    })
}

/// Every way in over SSH, the weakest of each chain of methods for each connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshPaths {
    /// Whether this host has an SSH server.
    pub present: bool,
    /// The ways.
    pub paths: Vec<Path>,
    /// From where the server's settings are known.
    pub vantage: Vantage,
    /// The command or file that shows them.
    pub source: String,
    /// `Match` blocks whose effect is not known.
    pub unresolved: Vec<String>,
    /// Second-factor modules in the PAM stack of sshd.
    pub tokens: Vec<String>,
}

impl Gather for SshPaths {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let auth = cx.get::<SshdAuth>()?;
        let mut found = Self {
            present: auth.present,
            paths: Vec::new(),
            vantage: Vantage::Configured,
            source: "/etc/ssh/sshd_config".to_owned(),
            unresolved: auth.unresolved.clone(),
            tokens: Vec::new(),
        };
        if !auth.present {
            return Ok(found);
        }
        if let Some(first) = auth.contexts.first() {
            found.vantage = first.vantage;
            found.source.clone_from(&first.source);
        }
        let pam = if auth.contexts.iter().any(|c| c.on("usepam", false)) {
            Some(service(cx, "sshd")?)
        } else {
            None
        };
        found.tokens = pam.as_ref().map(|p| p.tokens.clone()).unwrap_or_default();
        for context in &auth.contexts {
            found.paths.extend(of_context(context, pam.as_ref()));
        }
        Ok(found)
    }
}

/// The weakest way for each chain of methods that can be completed.
fn of_context(context: &Context, pam: Option<&Service>) -> Vec<Path> {
    if context.root && context.get("permitrootlogin") == "no" {
        return Vec::new();
    }
    let pam = pam.filter(|_| context.on("usepam", false));
    let listed = context.get("authenticationmethods");
    let chains: Vec<&str> = match listed {
        "" | "any" => vec![
            "publickey",
            "password",
            "keyboard-interactive",
            "gssapi-with-mic",
            "hostbased",
        ],
        listed => listed.split_whitespace().collect(),
    };
    let mut paths = Vec::new();
    for chain in chains {
        let steps: Option<Vec<_>> = chain.split(',').map(|m| method(context, pam, m)).collect();
        if let Some((shown, via)) = steps.and_then(|s| weakest_of(&s)) {
            let door = format!("{}@{}", context.user, context.addr);
            paths.push(Path {
                door,
                chain: chain.to_owned(),
                shown,
                via,
            });
        }
    }
    paths
}

type Step = (Shown, Vec<String>);

/// The weakest way to take all steps; nothing when one of them cannot be taken.
fn weakest_of(steps: &[Vec<Step>]) -> Option<Step> {
    let mut all: BTreeMap<Shown, Vec<String>> = BTreeMap::from([(Shown::default(), Vec::new())]);
    for step in steps {
        let mut next = BTreeMap::new();
        for (shown, via) in &all {
            for (more, how) in step {
                let together = [via.as_slice(), how.as_slice()].concat();
                next.entry(shown.and(*more)).or_insert(together);
            }
        }
        all = next;
    }
    all.into_iter()
        .min_by_key(|(shown, _)| (shown.strength(), *shown))
}

/// What a method shows, in each way it can be completed; `None` when it is switched off.
fn method(context: &Context, pam: Option<&Service>, name: &str) -> Option<Vec<Step>> {
    let (name, device) = name.split_once(':').unwrap_or((name, ""));
    let rooted = context.get("permitrootlogin");
    let key_only = context.root
        && !matches!(rooted, "yes" | "no")
        && matches!(name, "password" | "keyboard-interactive");
    if key_only {
        return None; // prohibit-password (the default) and forced-commands-only
    }
    let one = |shown| Some(vec![(shown, Vec::new())]);
    match name {
        "publickey" if context.on("pubkeyauthentication", true) => one(Shown {
            key: true,
            password: keys_ask_for_a_pin(context),
            ..Shown::default()
        }),
        "password" if context.on("passwordauthentication", true) => match pam {
            Some(pam) => Some(steps(pam)),
            None => one(Shown {
                password: true,
                ..Shown::default()
            }),
        },
        "keyboard-interactive"
            if matches!(device, "" | "pam") && context.on("kbdinteractiveauthentication", true) =>
        {
            pam.map(steps)
        }
        "gssapi-with-mic" if context.on("gssapiauthentication", false) => one(Shown {
            unseen: true,
            ..Shown::default()
        }),
        "hostbased" if context.on("hostbasedauthentication", false) => one(Shown::default()),
        _ => None,
    }
}

fn steps(pam: &Service) -> Vec<Step> {
    let ways = pam.ways.iter();
    ways.map(|w| (w.marks.into(), w.trace.clone())).collect()
}

/// Whether every key that is accepted lives in a device that asks for its PIN.
fn keys_ask_for_a_pin(context: &Context) -> bool {
    let options = context.get("pubkeyauthoptions");
    let accepted = context.get("pubkeyacceptedalgorithms");
    let on_device = |a: &str| a.starts_with("sk-") || a.starts_with("webauthn-sk-");
    options.split([',', ' ']).any(|o| o == "verify-required")
        && !accepted.is_empty()
        && accepted.split(',').all(on_device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(root: bool, settings: &[(&str, &str)]) -> Context {
        let pairs = settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Context {
            user: if root { "root" } else { "an" }.into(),
            root,
            addr: "203.0.113.1".into(),
            settings: pairs.collect(),
            vantage: Vantage::Effective,
            source: String::new(),
        }
    }

    fn pam(marks: &[(bool, bool, bool)]) -> Service {
        let way = |&(a, b, c): &(bool, bool, bool)| Way {
            success: true,
            marks: Marks { a, b, c },
            trace: Vec::new(),
        };
        Service {
            ways: marks.iter().map(way).collect(),
            tokens: Vec::new(),
        }
    }

    fn chains(context: &Context, pam: &Service) -> Vec<(String, Strength)> {
        let paths = of_context(context, Some(pam)).into_iter();
        paths.map(|p| (p.chain, p.shown.strength())).collect()
    }

    #[test]
    fn a_key_alone_passes_by_a_strict_pam_stack() {
        let strict = pam(&[(true, true, false)]);
        let got = chains(&context(false, &[("usepam", "yes")]), &strict);
        assert!(got.contains(&("publickey".into(), Strength::One)));
        assert!(got.contains(&("keyboard-interactive".into(), Strength::Two)));
    }

    #[test]
    fn chains_add_up() {
        let both = pam(&[(true, true, false)]);
        let password = pam(&[(true, false, false)]);
        let code = pam(&[(false, true, false)]);
        let unseen = pam(&[(false, false, true)]);
        let ask = |methods, pam: &Service| {
            chains(
                &context(
                    false,
                    &[("usepam", "yes"), ("authenticationmethods", methods)],
                ),
                pam,
            )
        };
        for (methods, pam, want) in [
            ("publickey,keyboard-interactive:pam", &both, Strength::Two),
            ("publickey,password", &password, Strength::Two),
            ("publickey,keyboard-interactive", &code, Strength::SameKind),
            ("publickey,publickey", &both, Strength::One),
            ("publickey,keyboard-interactive", &unseen, Strength::Unseen),
            ("keyboard-interactive", &password, Strength::One),
        ] {
            assert_eq!(ask(methods, pam), [(methods.to_owned(), want)], "{methods}");
        }
        assert_eq!(ask("hostbased,publickey", &both), []);
    }

    #[test]
    fn root_is_held_to_permit_root_login() {
        let both = pam(&[(true, true, false)]);
        let ask = |value| {
            let context = context(true, &[("usepam", "yes"), ("permitrootlogin", value)]);
            chains(&context, &both)
                .into_iter()
                .map(|c| c.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(ask("no"), Vec::<String>::new());
        assert_eq!(ask("without-password"), ["publickey"]);
        assert_eq!(
            ask("yes"),
            ["publickey", "password", "keyboard-interactive"]
        );
    }

    #[test]
    fn device_keys_with_a_pin_are_two_factors() {
        let verify = ("pubkeyauthoptions", "verify-required");
        let only = |accepted| {
            let c = context(
                false,
                &[
                    verify,
                    ("authenticationmethods", "publickey"),
                    ("pubkeyacceptedalgorithms", accepted),
                ],
            );
            chains(&c, &pam(&[]))[0].1
        };
        assert_eq!(only("sk-ssh-ed25519@openssh.com"), Strength::Two);
        assert_eq!(
            only("sk-ssh-ed25519@openssh.com,ssh-ed25519"),
            Strength::One
        );
    }
}
