//! Certificates and private keys that services are configured to use. Private keys are never read:
//! only where they stand and who may read them.

mod apache;
pub mod databases;
mod haproxy;
mod mail;
mod nginx;

use crate::{
    context::{Cx, Gather},
    facts::glob,
    host::{Host, HostError},
    observation::Gap,
};

/// Most pairs that are kept of one host; more make a gap.
const MAX_PAIRS: usize = 64;
/// Most files of one service's configuration that are read.
const MAX_FILES: usize = 256;

/// A certificate and its key, as a service's configuration names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The certificate file; `None` where the configuration names it in a way that only the
    /// service itself can follow (a variable, an engine).
    pub cert: Option<String>,
    /// The file of the private key; the same where one file holds both.
    pub key: Option<String>,
    /// The service.
    pub service: &'static str,
    /// The configuration file that says so.
    pub source: String,
}

/// Every pair of every service, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(pub Vec<Pair>);

impl Gather for Pairs {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut all = nginx::pairs(host)?;
        all.extend(apache::pairs(host)?);
        all.extend(haproxy::pairs(host)?);
        all.extend(mail::postfix(host)?);
        all.extend(mail::dovecot(host)?);
        all.extend(databases::postgresql(host)?);
        all.extend(databases::mysql(host)?);
        all.sort();
        all.dedup_by(|a, b| (&a.cert, &a.key, a.service) == (&b.cert, &b.key, b.service));
        if all.len() > MAX_PAIRS {
            let reason = crate::observation::GapReason::OverBudget;
            return Err(Gap::new(reason, "more than 64 configured certificates"));
        }
        Ok(Self(all))
    }
}

/// `path` as it stands, or below `base` where it is relative.
fn below(base: &str, path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", base.trim_end_matches('/'))
    }
}

/// The text of each file that one of the patterns names, with its path.
///
/// # Errors
/// When a file may not be read, or there are too many.
pub fn texts(host: &dyn Host, patterns: &[&str]) -> Result<Vec<(String, String)>, HostError> {
    let mut found = Vec::new();
    for pattern in patterns {
        for path in glob::expand(host, pattern)? {
            if found.len() == MAX_FILES {
                let what = format!("{pattern}: more than {MAX_FILES} files");
                return Err(HostError::OverBudget(what));
            }
            if let Some(text) = text(host, &path)? {
                found.push((path, text));
            }
        }
    }
    Ok(found)
}

/// A file's text; nothing for a folder, or for a link that leads nowhere.
fn text(host: &dyn Host, path: &str) -> Result<Option<String>, HostError> {
    match host.text_if_any(path) {
        Err(HostError::WrongKind(_)) => Ok(None),
        other => other,
    }
}

/// A value without the quotes around it.
fn bare(value: &str) -> &str {
    let value = value.trim();
    let quoted = |q: char| value.strip_prefix(q).and_then(|v| v.strip_suffix(q));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(value)
}
