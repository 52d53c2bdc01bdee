//! Searches in package lists: `openssl < 3.0.15`.

use std::cmp::Ordering;

use capdo_checks::facts::versions::Scheme;

use crate::store::{
    Db, Result, Scope,
    inventory::{self, Found},
};

/// Most packages that a search looks at.
pub const MOST: u32 = 50_000;
const MAX_QUERY: usize = 200;

/// How a version compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

const BOUNDS: [(&str, Bound); 6] = [
    ("<=", Bound::AtMost),
    (">=", Bound::AtLeast),
    ("==", Bound::Equal),
    ("<", Bound::Less),
    (">", Bound::More),
    ("=", Bound::Equal),
];

/// What is searched for: a package by its name or its source's, and maybe a bound on its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    name: String,
    bound: Option<(Bound, String)>,
}

impl Query {
    /// Reads `openssl`, `openssl<3.0.15`, `bash >= 5.2`. Nothing where it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MAX_QUERY {
            return None;
        }
        let found = text.find(['<', '>', '=']);
        let Some((name, rest)) = found.and_then(|at| text.split_at_checked(at)) else {
            return is_word(text).then(|| Self {
                name: text.to_owned(),
                bound: None,
            });
        };
        let (sign, bound) = BOUNDS.iter().find(|(sign, _)| rest.starts_with(sign))?;
        let (name, version) = (name.trim(), rest.get(sign.len()..)?.trim());
        (is_word(name) && is_word(version)).then(|| Self {
            name: name.to_owned(),
            bound: Some((*bound, version.to_owned())),
        })
    }

    /// Whether a version keeps the bound, in the order of the host's package system. A bound without an
    /// epoch is compared with the version without its own: who types `openssh-server < 9.3` means the
    /// number that the program shows.
    fn holds(&self, scheme: Scheme, version: &str) -> bool {
        let Some((bound, wanted)) = &self.bound else {
            return true;
        };
        let version = match version.split_once(':') {
            Some((_, rest)) if !wanted.contains(':') => rest,
            _ => version,
        };
        let order = scheme.compare(version, wanted);
        match bound {
            Bound::Less => order == Ordering::Less,
            Bound::AtMost => order != Ordering::Greater,
            Bound::Equal => order == Ordering::Equal,
            Bound::AtLeast => order != Ordering::Less,
            Bound::More => order == Ordering::Greater,
        }
    }
}

fn is_word(text: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || "+-._:~^@/".contains(c);
    !text.is_empty() && text.chars().all(fine)
}

/// The packages of the scope that a query means, and whether there were more than are looked at.
///
/// # Errors
/// When the store fails.
pub async fn run(db: &mut Db, scope: &Scope, query: &Query) -> Result<(Vec<Found>, bool)> {
    let mut found = inventory::named(db, scope, &query.name, MOST).await?;
    let more = found.len() >= MOST as usize;
    found.retain(|f| {
        let scheme = serde_json::from_value(f.scheme.as_str().into());
        scheme.is_ok_and(|scheme| query.holds(scheme, &f.version))
    });
    Ok((found, more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_names_with_or_without_a_bound() {
        for (text, name, version) in [
            ("openssl", "openssl", None),
            (" openssl < 3.0.15 ", "openssl", Some("3.0.15")),
            ("libstdc++6>=12.2.0-14", "libstdc++6", Some("12.2.0-14")),
            ("bash=1:5", "bash", Some("1:5")),
        ] {
            let query = Query::parse(text).unwrap();
            assert_eq!(
                (
                    query.name.as_str(),
                    query.bound.as_ref().map(|b| b.1.as_str())
                ),
                (name, version)
            );
        }
        for text in [
            "",
            "<3",
            "a<",
            "a b",
            "a<<3",
            "a;drop",
            "ế",
            &"a".repeat(201),
        ] {
            assert_eq!(Query::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_hosts_own_order_of_versions_holds() {
        for (text, scheme, version, holds) in [
            ("a<3.0.15", Scheme::Dpkg, "3.0.9-1", true),
            ("a<3.0.15", Scheme::Dpkg, "3.0.15-1~deb12u1", false),
            ("a<3.0.15", Scheme::Dpkg, "3.0.15~rc1", true),
            ("a<9.3", Scheme::Dpkg, "1:9.2p1-2", true),
            ("a<1:9.3", Scheme::Dpkg, "1:9.2p1-2", true),
            ("a<=3.0.7-24.el9", Scheme::Rpm, "1:3.0.7-24.el9", true),
            ("a>1.2.3-r0", Scheme::Apk, "1.2.3-r1", true),
            ("a=1.0", Scheme::Dpkg, "1.0", true),
            ("a", Scheme::Dpkg, "x", true),
        ] {
            assert_eq!(
                Query::parse(text).unwrap().holds(scheme, version),
                holds,
                "{text} {version}"
            );
        }
    }
}
