//! Debian's own data: the security tracker's JSON (<https://security-tracker.debian.org/tracker/data/json>,
//! one object of some 60 MB) and the lists of DSA and DLA.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, BufRead, BufReader, Read},
};

use capdo_checks::advisories::Distribution;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, Visitor},
};

use super::{Sink, Unit, severity_of};
use crate::store::advisory::{Advisory, FixRow, Record};

#[derive(Deserialize)]
struct Issue {
    #[serde(default)]
    releases: BTreeMap<String, Standing>,
}

#[derive(Deserialize)]
struct Standing {
    #[serde(default)]
    status: String,
    #[serde(default)]
    fixed_version: String,
    #[serde(default)]
    urgency: String,
}

/// Reads the tracker's object, one hole of one package at a time.
pub(super) fn tracker(from: impl Read, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(from));
    json.deserialize_map(Packages { sink })
        .map_err(io::Error::from)?;
    json.end().map_err(io::Error::from)
}

struct Packages<'a, 'b> {
    sink: &'a mut Sink<'b>,
}

impl<'de> Visitor<'de> for Packages<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of packages, as Debian's security tracker has it")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(package) = map.next_key::<String>()? {
            let sink = &mut *self.sink;
            map.next_value_seed(Issues { package, sink })?;
        }
        Ok(())
    }
}

struct Issues<'a, 'b> {
    package: String,
    sink: &'a mut Sink<'b>,
}

impl<'de> DeserializeSeed<'de> for Issues<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Issues<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of holes, as Debian's security tracker has it")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((id, issue)) = map.next_entry::<String, Issue>()? {
            let unit = unit(&self.package, id, &issue);
            self.sink.put(unit).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// Only `resolved` has a fix. `0` says that the release never had the hole; what is `unimportant`
/// is none; `open`, whether postponed, ignored or without an advisory, has nothing to install.
fn unit(package: &str, id: String, issue: &Issue) -> Unit {
    let mut severity = None;
    let mut fixes = Vec::new();
    for (codename, standing) in &issue.releases {
        let has_fix = standing.status == "resolved"
            && !matches!(standing.fixed_version.as_str(), "" | "0")
            && standing.urgency != "unimportant";
        let Some(release) = Distribution::debian(codename).filter(|_| has_fix) else {
            continue;
        };
        severity = severity.max(severity_of(standing.urgency.trim_end_matches('*')));
        fixes.push(FixRow {
            release: release.release,
            package: package.to_owned(),
            by_source: true,
            fixed: standing.fixed_version.clone(),
            ..FixRow::default()
        });
    }
    let cves = id.starts_with("CVE-").then(|| id.clone());
    let advisory = Advisory {
        distro: "debian".to_owned(),
        id,
        severity,
        published: None,
        cves: cves.into_iter().collect(),
        fixes,
    };
    Unit {
        records: vec![Record::Advisory(advisory)],
        dated: None,
    }
}

/// Reads `data/DSA/list` or `data/DLA/list` of the tracker's repository:
///
/// ```text
/// [11 Jul 2019] DSA-4480-1 redis - security update
///         {CVE-2019-10192 CVE-2019-10193}
///         [buster] - redis 5:5.0.3-4+deb10u1
/// ```
pub(super) fn list(from: impl Read, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut current: Option<(Advisory, Option<i64>)> = None;
    for line in BufReader::new(from).lines() {
        let line = line?;
        let text = line.trim();
        if line.starts_with('[') {
            send(current.take(), sink)?;
            current = head(text);
        } else if let Some((advisory, _)) = &mut current {
            if let Some(cves) = text.strip_prefix('{') {
                let cves = cves.trim_end_matches('}').split_whitespace();
                advisory
                    .cves
                    .extend(cves.filter(|c| c.starts_with("CVE-")).map(str::to_owned));
            } else {
                advisory.fixes.extend(fix(text));
            }
        }
    }
    send(current, sink)
}

fn send(current: Option<(Advisory, Option<i64>)>, sink: &mut Sink<'_>) -> io::Result<()> {
    let Some((advisory, dated)) = current else {
        return Ok(());
    };
    sink.put(Unit {
        records: vec![Record::Advisory(advisory)],
        dated,
    })
}

fn head(line: &str) -> Option<(Advisory, Option<i64>)> {
    let (date, rest) = line.strip_prefix('[')?.split_once(']')?;
    let id = rest.split_whitespace().next()?;
    let date = jiff::civil::Date::strptime("%d %b %Y", date.trim()).ok();
    let published = date
        .and_then(|d| d.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|z| z.timestamp().as_millisecond());
    let advisory = Advisory {
        distro: "debian".to_owned(),
        id: id.to_owned(),
        published,
        ..Advisory::default()
    };
    (id.starts_with("DSA-") || id.starts_with("DLA-")).then_some((advisory, published))
}

/// `[buster] - redis 5:5.0.3-4+deb10u1`; `<not-affected>` and the like are no versions.
fn fix(line: &str) -> Option<FixRow> {
    let (codename, rest) = line.strip_prefix('[')?.split_once(']')?;
    let mut words = rest.trim().strip_prefix('-')?.split_whitespace();
    let (package, version) = (words.next()?, words.next()?);
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some(())?;
    Some(FixRow {
        release: Distribution::debian(codename)?.release,
        package: package.to_owned(),
        by_source: true,
        fixed: version.to_owned(),
        ..FixRow::default()
    })
}
