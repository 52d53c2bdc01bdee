//! Services that people log in to beside SSH: which ways lead in, and what each asks for.
//!
//! Each file here reads one product. What a product keeps where it cannot be read (a database, a
//! directory, another server) is said so and never guessed.

pub mod cockpit;
pub mod consoles;
pub mod declared;
pub mod gitlab;
pub mod guacamole;
pub mod identity;
pub mod ipsec_conf;
pub mod keycloak;
pub mod nextcloud;
pub mod openvpn;
pub mod page_asks;
pub mod pages;
pub mod php;
pub mod radius;
pub mod running;
pub mod secret_file;
pub mod sso;
pub mod swanctl;
pub mod vhosts;
pub mod vpn;
pub mod web;
pub mod web_roots;
pub mod webmin;
pub mod wireguard;
pub mod zimbra;

pub use super::login_paths::Shown;
use super::login_paths::{self, Strength};
use crate::{
    context::Cx,
    observation::{Gap, SubjectKind, Value, Vantage},
};

/// A password.
pub const PASSWORD: Shown = Shown {
    password: true,
    key: false,
    token: false,
    unseen: false,
};
/// A key or a certificate.
pub const KEY: Shown = Shown {
    password: false,
    key: true,
    token: false,
    unseen: false,
};
/// A one-time code or a token.
pub const TOKEN: Shown = Shown {
    password: false,
    key: false,
    token: true,
    unseen: false,
};
/// Whatever another program or server asks for.
pub const UNSEEN: Shown = Shown {
    password: false,
    key: false,
    token: false,
    unseen: true,
};
/// Nothing at all.
pub const NOTHING: Shown = Shown {
    password: false,
    key: false,
    token: false,
    unseen: false,
};

/// Most ways that are kept for one login; the weakest are kept.
const MAX_WAYS: usize = 24;

/// What sort of way it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// The rule for everybody it concerns.
    #[default]
    Plain,
    /// A second factor exists, and a user may do without it.
    Skippable,
    /// A secret that the service made and handed out after a full login, such as an application
    /// password: enough by itself from then on.
    Issued,
}

impl Sort {
    /// The name used in facts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Skippable => "skippable",
            Self::Issued => "issued",
        }
    }

    /// The sort of that name.
    pub fn named(code: &str) -> Option<Self> {
        let all = [Self::Plain, Self::Skippable, Self::Issued];
        all.into_iter().find(|s| s.code() == code)
    }
}

/// One way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its steps, such as `password, code`.
    pub chain: String,
    /// What is shown on it.
    pub shown: Shown,
    /// What sort of way it is.
    pub sort: Sort,
    /// Where it is, or what makes it so: a file, a setting, a protocol.
    pub via: String,
}

impl Way {
    /// A way for everybody.
    pub fn new(chain: &str, shown: Shown, via: impl Into<String>) -> Self {
        Self {
            chain: chain.to_owned(),
            shown,
            sort: Sort::Plain,
            via: via.into(),
        }
    }

    /// The same way, on which a second factor may be left out.
    #[must_use]
    pub fn skippable(mut self) -> Self {
        self.sort = Sort::Skippable;
        self
    }

    /// The same way, with a secret handed out after a full login.
    #[must_use]
    pub fn issued(mut self) -> Self {
        self.sort = Sort::Issued;
        self
    }
}

impl From<Way> for Value {
    fn from(way: Way) -> Self {
        Self::from_iter([
            ("chain", Self::from(way.chain)),
            ("password", way.shown.password.into()),
            ("key", way.shown.key.into()),
            ("token", way.shown.token.into()),
            ("unseen", way.shown.unseen.into()),
            ("sort", way.sort.code().into()),
            ("via", way.via.into()),
        ])
    }
}

/// Why the ways that are known are not the whole story. Each has a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blind {
    /// What is asked for is settled in the service's database.
    Database,
    /// What is asked for is settled in a directory.
    Directory,
    /// The product cannot demand a second factor; what stands before it is not seen.
    Unenforceable,
    /// The product's rules are not read here.
    Kind,
    /// What was seen is advertised, and proves nothing.
    Advertised,
    /// What was seen is an export; the running service may do otherwise.
    Export,
    /// A page that asks for a password, which nobody declared.
    Undeclared,
    /// A page that nobody declared, of which is not seen whether it asks for a password.
    Unread,
    /// The endpoint is declared without a test account or without an authorisation.
    NoTestAccount,
    /// The test login ended in a way that proves nothing.
    Unclear,
    /// The login page came back after the test account's password.
    Refused,
    /// The web server treats some addresses unlike others, and the login was tried from one alone.
    Zone,
}

impl Blind {
    /// The name used in facts and in messages.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Directory => "directory",
            Self::Unenforceable => "unenforceable",
            Self::Kind => "kind",
            Self::Advertised => "advertised",
            Self::Export => "export",
            Self::Undeclared => "undeclared",
            Self::Unread => "unread",
            Self::NoTestAccount => "no-test-account",
            Self::Unclear => "unclear",
            Self::Refused => "refused",
            Self::Zone => "zone",
        }
    }
}

/// What is known of one login: one endpoint for one class of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The ways in.
    pub ways: Vec<Way>,
    /// Why they may not be all.
    pub blind: Option<Blind>,
    /// From where this is known.
    pub vantage: Vantage,
    /// The file or address that shows it.
    pub source: String,
    /// What is advertised or worth knowing, and decides nothing.
    pub remarks: Vec<String>,
}

/// One login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Endpoint and class of users, such as `nextcloud /var/www/nextcloud, group admin`.
    pub name: String,
    /// A service on this host, or an address.
    pub kind: SubjectKind,
    /// What is known of it.
    pub seen: Result<Seen, Gap>,
}

impl Login {
    /// A login whose ways a file shows.
    pub fn configured(name: impl Into<String>, source: impl Into<String>, ways: Vec<Way>) -> Self {
        let seen = Seen {
            ways,
            blind: None,
            vantage: Vantage::Configured,
            source: source.into(),
            remarks: Vec::new(),
        };
        Self {
            name: name.into(),
            kind: SubjectKind::Service,
            seen: Ok(seen),
        }
    }

    /// A login at an address.
    pub fn at(name: impl Into<String>, seen: Result<Seen, Gap>) -> Self {
        Self {
            name: name.into(),
            kind: SubjectKind::Endpoint,
            seen,
        }
    }

    /// A login that could not be seen.
    pub fn unseen(name: impl Into<String>, gap: Gap) -> Self {
        Self {
            name: name.into(),
            kind: SubjectKind::Service,
            seen: Err(gap),
        }
    }

    /// The same login, of which not everything is known.
    #[must_use]
    pub fn blind(mut self, why: Blind) -> Self {
        if let Ok(seen) = &mut self.seen {
            seen.blind = Some(why);
        }
        self
    }

    /// The same login with a remark.
    #[must_use]
    pub fn remark(mut self, text: impl Into<String>) -> Self {
        if let Ok(seen) = &mut self.seen {
            seen.remarks.push(text.into());
        }
        self
    }
}

/// The weakest ways first, as many as are kept.
pub fn weakest_first(mut ways: Vec<Way>) -> Vec<Way> {
    ways.sort_by_key(|w| (w.shown.strength(), w.sort, w.shown));
    ways.dedup();
    ways.truncate(MAX_WAYS);
    ways
}

/// What is asked for by the PAM service `name`, together with `before`; the ways that stand for
/// all: the weakest, and the strongest where it differs, so that a bypass shows as one.
///
/// # Errors
/// When the stack cannot be read or followed.
pub fn through_pam(cx: &Cx<'_>, name: &str, before: &Way) -> Result<Vec<Way>, Gap> {
    let service = login_paths::service(cx, name)?;
    let mut ways: Vec<Way> = service
        .ways
        .iter()
        .map(|way| {
            let shown = before.shown.and(way.marks.into());
            let via = [before.via.as_str(), &way.trace.join(" > ")];
            let steps = [before.chain.as_str(), &format!("pam:{name}")];
            Way {
                chain: joined(&steps, ", "),
                shown,
                sort: before.sort,
                via: joined(&via, "; "),
            }
        })
        .collect();
    ways.sort_by_key(|w| (w.shown.strength(), w.shown));
    // A token that stands in the stack and need not be shown: users may do without it.
    let strict = ways
        .iter()
        .any(|w| w.shown.strength() >= Strength::SameKind);
    if let Some(weakest) = ways.first_mut()
        && weakest.shown.strength() == Strength::One
        && !service.tokens.is_empty()
        && (!strict || is_excused(&weakest.via, &service.tokens))
    {
        weakest.sort = Sort::Skippable;
    }
    let last = ways.len().saturating_sub(1);
    let mut at = 0;
    ways.retain(|_| {
        at += 1;
        at == 1 || at - 1 == last
    });
    Ok(ways)
}

/// Whether a second-factor module on the way was told to ask only some, as by `nullok`.
fn is_excused(via: &str, tokens: &[String]) -> bool {
    let mut steps = via.split(" > ");
    steps.any(|step| step.contains(" (") && tokens.iter().any(|t| step.contains(t.as_str())))
}

fn joined(parts: &[&str], with: &str) -> String {
    let full: Vec<&str> = parts.iter().copied().filter(|p| !p.is_empty()).collect();
    full.join(with)
}
