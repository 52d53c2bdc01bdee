//! What somebody has shown who came in, and the ways through a PAM service.

use super::{
    login_outcome::Span,
    pam::{
        self, Facility, Stack,
        factors::{asks_apart, is_token, logins},
        surroundings::Surroundings,
        walk::{Marks, Way},
    },
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
    let stack: Stack = pam::stack(cx.host(), name, Facility::Auth)?;
    let around = Surroundings::of(cx.host(), &stack)?;
    let ways = logins(&stack, &around)
        .ok_or_else(|| Gap::new(GapReason::OverBudget, format!("/etc/pam.d/{name}")))?;
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
