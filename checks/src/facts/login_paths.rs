//! What somebody has shown who came in, and the ways through a PAM service.

use super::{
    accounts::{Account, Accounts, Groups, Password, Shadows},
    directory::Directory,
    login_outcome::Span,
    pam::{
        self, Facility, Stack,
        conditions::{self, Fixed, People},
        factors::{asks_apart, is_gate, is_token, logins},
        surroundings::{Empty, Surroundings},
        walk::{Marks, Way},
    },
    sudoers::Sudoers,
};
use crate::{
    context::Cx,
    observation::{Gap, GapReason, Value},
};

/// What somebody has shown who came in. Among equals, the order puts first what is got hold of most
/// easily.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    /// A key.
    pub key: bool,
    /// A one-time code, a token, a confirmation on another device.
    pub token: bool,
    /// A password, or the PIN of a device.
    pub password: bool,
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
    /// Whether each of them has its code typed at a question of its own.
    pub asks_apart: bool,
}

/// Follows the authentication stack of a PAM service.
///
/// # Errors
/// When the stack cannot be read, or has more ways than can be followed.
pub fn service(cx: &Cx<'_>, name: &str) -> Result<Service, Gap> {
    follow(cx, name, &[], empty(cx, name))
}

/// Follows the authentication stack of a PAM service as these accounts meet it over SSH; everybody,
/// where none is named. `empty` tells whether one of them comes by with an empty password.
///
/// # Errors
/// As [`service`].
pub fn service_for(cx: &Cx<'_>, name: &str, who: &[String], empty: Empty) -> Result<Service, Gap> {
    follow(cx, name, who, empty)
}

/// Whether one of these accounts has an empty password; of all, where none is named. What a directory
/// says of an account is not seen.
pub fn empty_among(cx: &Cx<'_>, who: &[String]) -> Empty {
    let known = |accounts: &Accounts| accounts.all.iter().any(|a| who.contains(&a.name));
    if !who.is_empty() && cx.get::<Accounts>().is_ok_and(|a| !known(&a)) {
        return Empty::Unseen;
    }
    empty_of(cx, |a| who.is_empty() || who.contains(&a.name))
}

/// Whether somebody whom the service asks has an empty password. `su` asks for root's.
fn empty(cx: &Cx<'_>, name: &str) -> Empty {
    empty_of(cx, |a| match name {
        "su" | "su-l" => a.uid == 0,
        _ => a.has_login_shell(),
    })
}

fn empty_of(cx: &Cx<'_>, asked: impl Fn(&Account) -> bool) -> Empty {
    let Ok(accounts) = cx.get::<Accounts>() else {
        return Empty::Unseen;
    };
    let mut all = accounts.all.iter().filter(|a| asked(a));
    match cx.get::<Shadows>() {
        _ if all.clone().any(|a| a.passwordless) => Empty::Yes,
        Err(_) => Empty::Unseen,
        Ok(shadows) => {
            let blank = |a: &Account| {
                let entry = shadows.0.get(&a.name);
                entry.is_some_and(|s| s.password == Password::Empty)
            };
            if all.any(blank) {
                Empty::Yes
            } else {
                Empty::No
            }
        }
    }
}

fn follow(cx: &Cx<'_>, name: &str, who: &[String], empty: Empty) -> Result<Service, Gap> {
    let stack: Stack = pam::stack(cx.host(), name, Facility::Auth)?;
    let mut around = Surroundings::of(cx.host(), name, &stack)?;
    around.empty = empty;
    let mut ways: Vec<Way> = Vec::new();
    for fixed in kinds(cx, name, &stack, who)? {
        around.fixed = fixed;
        let found = logins(&stack, &around)
            .ok_or_else(|| Gap::new(GapReason::OverBudget, format!("/etc/pam.d/{name}")))?;
        for way in found {
            if !ways.iter().any(|w| w.marks == way.marks) {
                ways.push(way);
            }
        }
    }
    let modules = stack.rules.iter().map(|r| r.module());
    let mut tokens: Vec<String> = modules.filter(|m| is_token(m)).map(str::to_owned).collect();
    tokens.dedup();
    let mut modules = stack.rules.iter().filter(|r| is_token(r.module()));
    let asks_apart = !tokens.is_empty() && modules.all(asks_apart);
    Ok(Service {
        ways,
        tokens,
        asks_apart,
    })
}

/// The kinds of accounts that the conditions of a stack tell apart: those that could stand before
/// the service. Where a directory may know more of them, nothing is fixed.
fn kinds(cx: &Cx<'_>, name: &str, stack: &Stack, who: &[String]) -> Result<Vec<Fixed>, Gap> {
    let open = vec![Fixed::new()];
    if !stack.rules.iter().any(|r| is_gate(r.module()))
        || Directory::of(cx.host())? != Directory::No
    {
        return Ok(open);
    }
    let (Ok(accounts), Ok(groups)) = (cx.get::<Accounts>(), cx.get::<Groups>()) else {
        return Ok(open);
    };
    if !accounts.odd_lines.is_empty() {
        return Ok(open);
    }
    let shadows = cx.get::<Shadows>();
    let has_password = |a: &Account| match &shadows {
        Ok(all) => !matches!(
            all.0.get(&a.name).map(|s| s.password),
            Some(Password::Locked)
        ),
        Err(_) => true,
    };
    let comes = |a: &&Account| a.has_login_shell() || has_password(a);
    let all: Vec<&Account> = accounts.all.iter().filter(comes).collect();
    let root = |a: &&Account| a.uid == 0;
    let callers: Vec<&Account> = all.iter().copied().filter(|a| !root(a)).collect();
    let users = match name {
        // Who becomes root is asked as root.
        "su" | "su-l" => accounts.all.iter().filter(root).collect(),
        "sudo" | "sudo-i" if asks_as_caller(cx) => callers.clone(),
        _ if who.is_empty() => all,
        _ => {
            let named = accounts.all.iter().filter(|a| who.contains(&a.name));
            named.collect()
        }
    };
    let people = People {
        users,
        callers,
        groups: &groups,
    };
    Ok(conditions::kinds(cx.host(), stack, &people))
}

/// Whether sudo asks for the password of whoever calls it.
fn asks_as_caller(cx: &Cx<'_>) -> bool {
    let others = ["rootpw", "runaspw", "targetpw"];
    cx.get::<Sudoers>().is_ok_and(|s| {
        let mut defaults = s.defaults.iter();
        !defaults.any(|d| others.contains(&d.name.as_str()) && d.on)
    })
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

/// The ways through a PAM service as one door.
pub fn through(service: &Service, name: &str) -> Vec<Span> {
    let strengths = service.ways.iter().map(|w| Shown::from(w.marks).strength());
    let (Some(path), Some(strongest)) = (weakest(service, name), strengths.max()) else {
        return Vec::new();
    };
    vec![Span { path, strongest }]
}
