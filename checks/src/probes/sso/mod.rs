//! A login that leads over several hosts: OpenID Connect, SAML, and interfaces that take JSON.
//!
//! [`travel`] goes only where the owner declared it may; [`walk`] follows the pages of a login to its
//! end; [`oidc`], [`saml`] and [`api`] know where each kind of login begins and what its end proves.

pub mod api;
pub mod cookies;
pub mod oidc;
pub mod saml;
pub mod travel;
pub mod walk;

/// How a test login ended, with one factor shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A second step was asked for, and nothing was handed out before it.
    Stopped,
    /// The password alone was enough.
    Open,
    /// A second step was asked for, and going round it was enough.
    OpenBehind,
    /// Nothing at all was enough.
    Bare,
    /// The password was refused.
    Refused,
    /// An end that proves nothing; the words say which.
    Unclear(&'static str),
}

/// What a test login showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How it ended.
    pub end: End,
    /// What the provider said about the login. It decides nothing.
    pub remarks: Vec<String>,
}

impl From<End> for Report {
    fn from(end: End) -> Self {
        Self {
            end,
            remarks: Vec::new(),
        }
    }
}

/// Who logs in.
pub struct Account<'a> {
    /// The name.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
}

const MAX_REMARK: usize = 400;

/// A remark of a length that fits, without control characters.
fn remark(what: &str, value: &str) -> String {
    let text = crate::observation::clean(value);
    format!("{what}: {text}").chars().take(MAX_REMARK).collect()
}
