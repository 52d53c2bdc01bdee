//! OSV records (<https://ossf.github.io/osv-schema/>): Debian, Ubuntu, AlmaLinux, Rocky Linux, Alpine.

use capdo_checks::{advisories::Distribution, check::Severity, facts::rpm_modules::streams};
use serde::Deserialize;

use super::{Unit, date_ms, severity_of};
use crate::store::advisory::{Advisory, FixRow, Record};

#[derive(Deserialize)]
pub(super) struct Osv {
    id: String,
    #[serde(default)]
    summary: String,
    withdrawn: Option<String>,
    published: Option<String>,
    modified: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    related: Vec<String>,
    #[serde(default)]
    upstream: Vec<String>,
    #[serde(default)]
    severity: Vec<Rating>,
    #[serde(default)]
    affected: Vec<Affected>,
}

#[derive(Deserialize)]
struct Rating {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    score: String,
}

#[derive(Deserialize)]
struct Affected {
    package: Option<Package>,
    #[serde(default)]
    ranges: Vec<Range>,
    ecosystem_specific: Option<Specific>,
}

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    ecosystem: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Specific {
    #[serde(default)]
    urgency: String,
}

#[derive(Deserialize)]
struct Range {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    introduced: Option<String>,
    fixed: Option<String>,
}

/// A release of a distribution, as an ecosystem names it.
struct Ecosystem {
    of: Distribution,
    by_source: bool,
    channel: &'static str,
}

impl Ecosystem {
    fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (id, version, by_source, channel) = match parts.as_slice() {
            ["Debian", version] => ("debian", *version, true, ""),
            ["Ubuntu", "Pro", version] | ["Ubuntu", "Pro", version, "LTS"] => {
                ("ubuntu", *version, true, "esm")
            }
            ["Ubuntu", version] | ["Ubuntu", version, "LTS"] => ("ubuntu", *version, true, ""),
            ["AlmaLinux", version] => ("almalinux", *version, false, ""),
            ["Rocky Linux", version] => ("rocky", *version, true, ""),
            ["Alpine", version] => ("alpine", version.strip_prefix('v')?, true, ""),
            _ => return None,
        };
        version
            .starts_with(|c: char| c.is_ascii_digit())
            .then(|| Self {
                of: Distribution::new(id, version),
                by_source,
                channel,
            })
    }
}

impl Osv {
    /// What the record says, one advisory for each distribution.
    pub(super) fn read(self) -> Unit {
        let mut all: Vec<Advisory> = Vec::new();
        let streams = streams(&self.summary);
        for affected in &self.affected {
            let Some((package, ecosystem)) = affected
                .package
                .as_ref()
                .and_then(|p| Some((p, Ecosystem::read(&p.ecosystem)?)))
            else {
                continue;
            };
            let at = all.iter().position(|a| a.distro == ecosystem.of.name);
            let at = at.unwrap_or_else(|| {
                all.push(self.advisory(&ecosystem.of.name));
                all.len() - 1
            });
            let urgency = affected
                .ecosystem_specific
                .as_ref()
                .map(|s| s.urgency.as_str());
            if self.withdrawn.is_some() || urgency == Some("unimportant") {
                continue;
            }
            if let Some(advisory) = all.get_mut(at) {
                advisory.severity = advisory.severity.max(urgency.and_then(severity_of));
                for range in affected.ranges.iter().filter(|r| r.r#type == "ECOSYSTEM") {
                    advisory
                        .fixes
                        .extend(fixes(package, &ecosystem, range, &streams));
                }
            }
        }
        Unit {
            records: all.into_iter().map(Record::Advisory).collect(),
            dated: self.modified.as_deref().and_then(date_ms),
        }
    }

    fn advisory(&self, distro: &str) -> Advisory {
        let ids = [&self.aliases, &self.related, &self.upstream];
        let ids = ids.into_iter().flatten().chain([&self.id]);
        let mut cves: Vec<String> = ids
            .filter_map(|id| id.get(id.find("CVE-")?..).map(str::to_owned))
            .collect();
        cves.sort();
        cves.dedup();
        Advisory {
            distro: distro.to_owned(),
            id: self.id.clone(),
            severity: self.severity(),
            // The record of a hole bears the day of the hole.
            published: self
                .published
                .as_deref()
                .filter(|_| !self.id.starts_with("CVE-") && !self.id.contains("-CVE-"))
                .and_then(date_ms),
            cves,
            fixes: Vec::new(),
        }
    }

    /// Ubuntu rates by name; the RHEL family says it before the summary. CVSS vectors are upstream's.
    fn severity(&self) -> Option<Severity> {
        let rated = self.severity.iter().find(|r| r.r#type == "Ubuntu");
        let word = rated.map(|r| r.score.as_str());
        word.or_else(|| self.summary.split_once(':').map(|(word, _)| word))
            .and_then(severity_of)
    }
}

/// The fixes of one range: each `fixed` ends what the `introduced` before it began.
fn fixes(package: &Package, of: &Ecosystem, range: &Range, streams: &[String]) -> Vec<FixRow> {
    let mut introduced = String::new();
    let mut all = Vec::new();
    for event in &range.events {
        if let Some(from) = &event.introduced {
            introduced = if from == "0" {
                String::new()
            } else {
                from.clone()
            };
        }
        let Some(fixed) = event.fixed.as_ref().filter(|f| !f.is_empty() && *f != "0") else {
            continue;
        };
        let fix = FixRow {
            release: of.of.release.clone(),
            package: package.name.clone(),
            by_source: of.by_source,
            introduced: introduced.clone(),
            fixed: fixed.clone(),
            channel: if fixed.contains("esm") {
                "esm"
            } else {
                of.channel
            }
            .to_owned(),
            ..FixRow::default()
        };
        let of = |named: &str| FixRow {
            module: super::stream(fixed, named),
            ..fix.clone()
        };
        if fixed.contains(".module") && !streams.is_empty() {
            all.extend(streams.iter().map(|stream| of(stream)));
        } else {
            all.push(of(""));
        }
    }
    all
}
