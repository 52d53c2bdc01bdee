//! From which sources unattended-upgrades may install: its patterns, fitted to what the sources of security
//! fixes say of themselves, as its own `match_whitelist_string` does it.

use super::super::{
    apt::{Apt, Extra, Fetched, conf::AptConf},
    glob,
    os_release::OsRelease,
};

/// What a pattern is fitted to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Face {
    origin: String,
    label: String,
    codename: String,
    /// `None` where nothing was fetched yet that would say; every pattern fits it then.
    suite: Option<String>,
    components: Vec<String>,
    /// Host name of the address; likewise.
    site: Option<String>,
}

/// How many of the allowed origins fit a source of security fixes of the system itself (`main`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origins {
    /// An ordinary one.
    pub ordinary: usize,
    /// One of the longer support that stands in for it later: Ubuntu's ESM infra, Debian's ELTS.
    pub longer: usize,
}

/// Fits the allowed origins to the sources. Where no list of one was fetched yet, the distribution's own
/// source stands for it; which sources there are is asked by other checks.
pub(super) fn see(conf: &AptConf, apt: &Apt, os: &OsRelease) -> Origins {
    let named = |name: &str| conf.values(&format!("Unattended-Upgrade::{name}"));
    let listed = named("Allowed-Origins").into_iter().filter_map(allowed);
    let patterns = named("Origins-Pattern").into_iter().map(str::to_owned);
    let patterns: Vec<String> = listed.chain(patterns).collect();
    let count = |is_such: &dyn Fn(&Fetched) -> bool, expected: Option<Face>| {
        let such = apt.security().filter(|f| is_such(f));
        let mut faces: Vec<Face> = such.filter_map(face).collect();
        if faces.is_empty() {
            faces.extend(expected);
        }
        let fits_any = |pattern: &&String| faces.iter().any(|face| fits(pattern, face, os));
        patterns.iter().filter(fits_any).count()
    };
    let is_longer = |f: &Fetched| f.extra() == Some(Extra::Infra) || f.source.is_elts();
    let is_ordinary = |f: &Fetched| f.extra().is_none() && !f.source.is_elts();
    Origins {
        ordinary: count(&is_ordinary, expected(os)),
        longer: count(&is_longer, expected_longer(os)),
    }
}

fn face(fetched: &Fetched) -> Option<Face> {
    let release = fetched.release.as_ref()?;
    let is_main = |c: &&String| c.rsplit('/').next() == Some("main");
    let components: Vec<String> = fetched
        .source
        .components
        .iter()
        .filter(is_main)
        .cloned()
        .collect();
    if components.is_empty() {
        return None;
    }
    let site = fetched
        .source
        .uri
        .split_once("://")
        .map_or("", |(_, rest)| rest);
    let site = site.split(['/', ':']).next().unwrap_or_default();
    Some(Face {
        origin: release.origin.clone(),
        label: release.label.clone(),
        codename: release.codename.clone(),
        suite: Some(release.suite.clone()),
        components,
        site: Some(site.to_owned()),
    })
}

/// What the distribution's own source of security fixes says of itself.
fn expected(os: &OsRelease) -> Option<Face> {
    let codename = os.codename.as_str();
    match os.id.as_str() {
        "debian" => Some(Face {
            origin: "Debian".into(),
            label: "Debian-Security".into(),
            codename: if os.version == "10" {
                codename.to_owned()
            } else {
                format!("{codename}-security")
            },
            components: vec!["main".into()],
            ..Face::default()
        }),
        "ubuntu" => Some(Face {
            origin: "Ubuntu".into(),
            label: "Ubuntu".into(),
            codename: codename.to_owned(),
            suite: Some(format!("{codename}-security")),
            components: vec!["main".into()],
            ..Face::default()
        }),
        _ => None,
    }
}

/// What the source of its longer support says of itself.
fn expected_longer(os: &OsRelease) -> Option<Face> {
    let codename = os.codename.as_str();
    let (name, suite) = match os.id.as_str() {
        "debian" => ("Freexian", codename.to_owned()),
        "ubuntu" => ("UbuntuESM", format!("{codename}-infra-security")),
        _ => return None,
    };
    Some(Face {
        origin: name.into(),
        label: name.into(),
        codename: codename.to_owned(),
        suite: Some(suite),
        components: vec!["main".into()],
        ..Face::default()
    })
}

/// An entry of `Allowed-Origins`, `origin:suite` or in older files `origin suite`, as a pattern.
fn allowed(entry: &str) -> Option<String> {
    const COLON: &str = "\u{1}";
    let entry = entry.replace("\\:", COLON);
    let (origin, suite) = entry
        .split_once(':')
        .or_else(|| entry.trim().split_once(char::is_whitespace))?;
    let plain = |text: &str| text.trim().replace(COLON, ":").replace(',', "\\,");
    Some(format!("o={},a={}", plain(origin), plain(suite)))
}

/// Whether every part of the pattern fits. A part that unattended-upgrades does not know stops it.
fn fits(pattern: &str, face: &Face, os: &OsRelease) -> bool {
    const COMMA: &str = "\u{1}";
    let pattern = pattern.replace("\\,", COMMA);
    pattern.split(',').all(|part| {
        let Some((key, value)) = part.split_once('=') else {
            return false;
        };
        let value = filled_in(&value.trim().replace(COMMA, ","), os);
        let like = |text: &str| glob::matches(&value, text);
        let known = |text: &Option<String>| text.as_deref().is_none_or(like);
        match key.trim() {
            "o" | "origin" => like(&face.origin),
            "l" | "label" => like(&face.label),
            "n" | "codename" => like(&face.codename),
            "a" | "suite" | "archive" => known(&face.suite),
            "c" | "component" => face.components.iter().any(|c| like(c)),
            "site" => known(&face.site),
            _ => false,
        }
    })
}

/// Puts the distribution in for its variables.
fn filled_in(text: &str, os: &OsRelease) -> String {
    let mut name = os.id.clone();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let values = [("distro_codename", &os.codename), ("distro_id", &name)];
    let mut text = text.to_owned();
    for (variable, value) in values {
        text = text.replace(&format!("${{{variable}}}"), value);
        text = text.replace(&format!("${variable}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(id: &str, codename: &str) -> OsRelease {
        OsRelease {
            id: id.into(),
            codename: codename.into(),
            ..OsRelease::default()
        }
    }

    fn fits_own(entry: &str, os: &OsRelease) -> bool {
        let pattern = if entry.contains('=') {
            Some(entry.to_owned())
        } else {
            allowed(entry)
        };
        pattern.is_some_and(|p| fits(&p, &expected(os).unwrap(), os))
    }

    #[test]
    fn patterns_fit_the_source_of_this_release_alone() {
        let debian = os("debian", "bookworm");
        for entry in [
            "origin=Debian,codename=${distro_codename}-security,label=Debian-Security",
            "origin=Debian,label=Debian-Security",
            "o=$distro_id,n=$distro_codename-*",
            "origin=*",
            "site=mirror.example",
            "o=Debian,a=oldstable-security",
        ] {
            assert!(fits_own(entry, &debian), "{entry}");
        }
        for entry in [
            "origin=Debian,codename=${distro_codename},label=Debian-Security",
            "origin=Debian,codename=bullseye-security,label=Debian-Security",
            "origin=Debian,codename=${distro_codename}",
            "origin=Security Tools,label=security",
            "origin=Debian,version=12",
            "x=",
            "*",
            "",
        ] {
            assert!(!fits_own(entry, &debian), "{entry}");
        }
        let ubuntu = os("ubuntu", "jammy");
        for entry in [
            "${distro_id}:${distro_codename}-security",
            "*:*",
            "Ubuntu jammy-security",
        ] {
            assert!(fits_own(entry, &ubuntu), "{entry}");
        }
        for entry in [
            "${distro_id}:${distro_codename}",
            "${distro_id}ESM:${distro_codename}-infra-security",
            "Ubuntu:focal-security",
            "x",
        ] {
            assert!(!fits_own(entry, &ubuntu), "{entry}");
        }
    }

    #[test]
    fn signs_that_part_are_escaped() {
        assert_eq!(allowed("a\\:b:c").as_deref(), Some("o=a:b,a=c"));
        let face = Face {
            origin: "A, B".into(),
            ..Face::default()
        };
        let os = os("debian", "bookworm");
        assert!(fits("origin=A\\, B", &face, &os));
        let entry = allowed("A, B:x").unwrap();
        assert!(fits(&entry, &face, &os));
    }
}
