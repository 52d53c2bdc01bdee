//! Security advisories that dnf and zypper fetched with their repositories: `repodata/*-updateinfo.xml.*`. Read
//! piece by piece; no part of it is larger in memory than one element.
//!
//! The form is that of `createrepo_c`'s updateinfo: `update` with `id`, `severity`, `issued`, and
//! `pkglist` with the packages that hold the fix.

mod metered;

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use jiff::civil::Date;
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

use self::metered::Metered;
use super::{
    rpm_modules::streams,
    rpmdb::{RpmDb, RpmPackage},
    stream,
    versions::rpm,
};
use crate::{host::Host, observation::Gap};

/// Most packages of one advisory, and most advisories that are named for one package.
const PACKAGES_CAP: usize = 20_000;
const NAMED_CAP: usize = 32;
/// Longest title, in bytes, whose streams are read; of a longer one it is not known what its end names.
const TITLE_CAP: usize = 1_000;
/// Deepest nesting; the form has six levels.
const DEPTH_CAP: usize = 32;

/// A security fix that is offered and not installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpmFix {
    /// Installed version.
    pub installed: String,
    /// Newest version with a fix.
    pub offered: String,
    /// The advisories, by id.
    pub advisories: Vec<String>,
    /// The worst severity that they name, or an empty text.
    pub severity: String,
    /// When the first of them was issued.
    pub since: Option<Date>,
    /// The repository of that newest version, by its id.
    pub repository: String,
}

/// What the advisories of some repositories say about the installed packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advised {
    /// Fixes by package name.
    pub pending: BTreeMap<String, RpmFix>,
    /// Whether an advisory, however old, speaks of the base system. Advisories of an extra
    /// repository alone do not tell of the system's own fixes.
    pub covers_base: bool,
    /// Fixes of modular packages that do not say for which stream they are, and may be for the installed
    /// one: package and advisory.
    pub untold: BTreeSet<String>,
    /// Id of the repository whose advisories are being added.
    pub repository: String,
}

/// Packages that every such system has and that get fixes often.
const BASE: [&str; 8] = [
    "bash",
    "glibc",
    "kernel",
    "kernel-core",
    "kernel-default",
    "openssl-libs",
    "sudo",
    "systemd",
];

/// Severities, the worst first, as vendors spell them.
const SEVERITIES: [&str; 5] = ["critical", "important", "moderate", "medium", "low"];

/// Adds what the advisories in `path` say.
///
/// # Errors
/// When the file cannot be read and understood to its end.
pub fn add(host: &dyn Host, path: &str, db: &RpmDb, to: &mut Advised) -> Result<(), Gap> {
    let spent = Rc::new(Cell::new(0));
    let metered = Metered {
        inner: stream::open(host, path)?,
        spent: Rc::clone(&spent),
    };
    let mut reader = Reader::from_reader(metered);
    let mut state = State::default();
    let mut raw = Vec::new();
    let mut depth = 0_usize;
    loop {
        raw.clear();
        spent.set(0);
        let event = reader.read_event_into(&mut raw).map_err(|e| match e {
            quick_xml::Error::Io(e) => stream::gap(path, &e),
            e => Gap::parse(format!("{path}: {e}")),
        })?;
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth > DEPTH_CAP || state.update.packages.len() > PACKAGES_CAP {
                    return Err(Gap::parse(format!("{path}: too deep or too long")));
                }
                state.open(&tag, false);
            }
            Event::Empty(tag) => state.open(&tag, true),
            Event::Text(text) => state.text(text.as_ref()),
            Event::End(tag) => {
                depth -= 1;
                if tag.name().as_ref() == "update" {
                    std::mem::take(&mut state.update).tell(db, to);
                }
                state.within.clear();
                state.ended = depth == 0 && tag.name().as_ref() == "updates";
            }
            Event::Eof => break,
            _ => {}
        }
    }
    // What ends early may have lost the very advisory that counts.
    if state.ended && depth == 0 {
        Ok(())
    } else {
        Err(Gap::parse(format!("{path}: cut short")))
    }
}

/// A package that holds a fix.
struct Fixed {
    name: String,
    arch: String,
    evr: String,
    module: String,
}

impl Fixed {
    /// Whether it is for this package, by its module or by the streams that the title `names`; `None` where
    /// neither tells for which stream of a module it is, as in some advisories of Rocky. A stream that is
    /// named by a number, which its package's version begins with, is told by that.
    fn is_for(&self, own: &RpmPackage, names: &[String]) -> Option<bool> {
        let own_stream = own.stream();
        let is_of_module = self.evr.contains(".module");
        if self.arch != own.arch {
            return Some(false);
        }
        let Some((module, stream)) = own_stream.split_once(':') else {
            let same = self.module.is_empty() && is_of_module == own.release.contains(".module");
            return Some(same);
        };
        if !self.module.is_empty() || !is_of_module {
            return Some(self.module == own_stream);
        }
        let of_module = |n: &&String| n.split_once(':').is_some_and(|(name, _)| name == module);
        let named: Vec<&String> = names.iter().filter(of_module).collect();
        if named.len() == 1 || !named.is_empty() && !named.contains(&&own_stream) {
            return Some(named.contains(&&own_stream));
        }
        let version = self.evr.split_once(':').map_or("", |(_, rest)| rest);
        let of_stream = |version: &str| {
            let rest = version.strip_prefix(stream);
            rest.is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_digit()))
        };
        let is_other = of_stream(&own.version) && !of_stream(version);
        is_other.then_some(false)
    }
}

#[derive(Default)]
struct Update {
    security: bool,
    id: String,
    /// At most a piece more than `TITLE_CAP`.
    title: String,
    severity: String,
    issued: Option<Date>,
    packages: Vec<Fixed>,
}

#[derive(Default)]
struct State {
    update: Update,
    /// Module of the collection, `name:stream`, or empty.
    module: String,
    /// The element whose text is wanted.
    within: String,
    ended: bool,
}

impl State {
    fn open(&mut self, tag: &BytesStart<'_>, empty: bool) {
        let name = tag.name().as_ref().to_owned();
        let value = |key: &str| attribute(tag, key);
        match name.as_str() {
            "update" => {
                self.update = Update {
                    // What SUSE took back is offered no more.
                    security: value("type") == "security" && value("status") != "retracted",
                    ..Update::default()
                };
            }
            "collection" => self.module.clear(),
            "module" => self.module = format!("{}:{}", value("name"), value("stream")),
            "issued" => self.update.issued = day(&value("date")),
            "package" if self.update.security && !empty => {
                let epoch = value("epoch");
                let epoch = if epoch.is_empty() {
                    "0".to_owned()
                } else {
                    epoch
                };
                self.update.packages.push(Fixed {
                    name: value("name"),
                    arch: value("arch"),
                    evr: format!("{epoch}:{}-{}", value("version"), value("release")),
                    module: self.module.clone(),
                });
            }
            _ => {}
        }
        self.within = if empty { String::new() } else { name };
    }

    fn text(&mut self, text: &str) {
        if self.within == "title" && self.update.title.len() <= TITLE_CAP {
            // It comes in pieces where it holds an entity.
            self.update.title.push(' ');
            self.update.title.extend(text.chars().take(TITLE_CAP + 1));
            return;
        }
        let text = text.trim().chars().take(80).collect();
        match self.within.as_str() {
            "id" => self.update.id = text,
            "severity" => self.update.severity = text,
            _ => {}
        }
    }
}

impl Update {
    fn tell(self, db: &RpmDb, to: &mut Advised) {
        let names = if self.title.len() <= TITLE_CAP {
            streams(&self.title)
        } else {
            Vec::new()
        };
        for fixed in self.packages.iter().filter(|_| self.security) {
            let is_newer = |p: &RpmPackage| rpm::compare(&fixed.evr, &p.evr()).is_gt();
            let same = |p: &&RpmPackage| fixed.is_for(p, &names) == Some(true);
            // Of a kernel several are installed; the newest one counts.
            let Some(own) = db.named(&fixed.name).filter(same).last() else {
                let may_be = |p: &RpmPackage| fixed.is_for(p, &names).is_none() && is_newer(p);
                let mut all = db.named(&fixed.name);
                if to.untold.len() < NAMED_CAP && all.any(may_be) {
                    to.untold.insert(format!("{} ({})", fixed.name, self.id));
                }
                continue;
            };
            to.covers_base |= BASE.contains(&fixed.name.as_str());
            if is_newer(own) {
                self.wait(own, fixed, to);
            }
        }
    }

    fn wait(&self, own: &RpmPackage, fixed: &Fixed, to: &mut Advised) {
        let fix = to
            .pending
            .entry(own.name.clone())
            .or_insert_with(|| RpmFix {
                installed: own.evr(),
                offered: own.evr(),
                advisories: Vec::new(),
                severity: String::new(),
                since: None,
                repository: String::new(),
            });
        if rpm::compare(&fixed.evr, &fix.offered).is_gt() {
            let plain = fixed.evr.strip_prefix("0:").unwrap_or(&fixed.evr);
            plain.clone_into(&mut fix.offered);
            to.repository.clone_into(&mut fix.repository);
        }
        if fix.advisories.len() < NAMED_CAP && !fix.advisories.contains(&self.id) {
            fix.advisories.push(self.id.clone());
            fix.advisories.sort();
        }
        if rank(&self.severity) < rank(&fix.severity) {
            self.severity.clone_into(&mut fix.severity);
        }
        fix.since = [fix.since, self.issued].into_iter().flatten().min();
    }
}

/// `2026-03-01 10:00:00`, or seconds of Unix time, as SUSE has them.
fn day(text: &str) -> Option<Date> {
    if let Ok(seconds) = text.parse() {
        let at = jiff::Timestamp::from_second(seconds).ok()?;
        return Some(at.to_zoned(jiff::tz::TimeZone::UTC).date());
    }
    text.get(..10)?.parse().ok()
}

fn rank(severity: &str) -> usize {
    let lower = severity.to_lowercase();
    let known = SEVERITIES.iter().position(|s| *s == lower);
    known.unwrap_or(SEVERITIES.len())
}

pub(super) fn attribute(tag: &BytesStart<'_>, key: &str) -> String {
    let found = tag.try_get_attribute(key).ok().flatten();
    let value = found.and_then(|a| {
        a.normalized_value(XmlVersion::Explicit1_0)
            .ok()
            .map(String::from)
    });
    value.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Image;
    use jiff::Timestamp;

    fn told(text: &str) -> Result<Advised, Gap> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("u.xml"), text).unwrap();
        let image = Image::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
        let package = |name: &str, release: &str, module: &str| RpmPackage {
            name: name.into(),
            version: "1".into(),
            release: release.into(),
            arch: "x86_64".into(),
            module: module.into(),
            ..RpmPackage::default()
        };
        let db = RpmDb {
            packages: vec![
                package("bash", "1", ""),
                package("kernel-core", "1", ""),
                package("kernel-core", "3", ""),
                package("nodejs", "1", "nodejs:18:9:c"),
            ],
            source: "",
        };
        let mut advised = Advised::default();
        add(&image, "/u.xml", &db, &mut advised).map(|()| advised)
    }

    fn update(kind: &str, id: &str, inner: &str) -> String {
        format!(
            "<update type=\"{kind}\"><id>{id}</id><issued date=\"2026-03-0{} 10:00:00\"/>\
             <severity>Important</severity><pkglist><collection>{inner}</collection></pkglist></update>",
            id.len()
        )
    }

    fn package(name: &str, release: &str) -> String {
        format!(
            "<package name=\"{name}\" epoch=\"0\" version=\"1\" release=\"{release}\" arch=\"x86_64\" src=\"x\"><filename>x</filename></package>"
        )
    }

    #[test]
    fn only_security_for_what_is_installed_counts() {
        let text = format!(
            "<updates>{}{}{}{}</updates>",
            update("security", "A", &package("bash", "2")),
            update("security", "BB", &package("bash", "3")),
            update("bugfix", "C", &package("bash", "9")),
            update(
                "security",
                "D",
                &(package("kernel-core", "2") + &package("zsh", "9"))
            ),
        );
        let got = told(&text).unwrap();
        assert!(got.covers_base);
        assert_eq!(got.pending.len(), 1);
        let fix = &got.pending["bash"];
        assert_eq!(
            (fix.installed.as_str(), fix.offered.as_str()),
            ("1-1", "1-3")
        );
        assert_eq!(fix.advisories, ["A", "BB"]);
        assert_eq!(fix.since.unwrap().to_string(), "2026-03-01");
        assert_eq!(fix.severity, "Important");
    }

    #[test]
    fn suses_days_are_seconds_and_what_it_took_back_is_none() {
        assert_eq!(day("1772359200").unwrap().to_string(), "2026-03-01");
        assert_eq!(
            day("2026-03-01 10:00:00").unwrap().to_string(),
            "2026-03-01"
        );
        assert_eq!((day("soon"), day("")), (None, None));
        let text = update("security", "A", &package("bash", "2"));
        let back = text.replace("<update ", "<update status=\"retracted\" ");
        let pending = |t: &str| {
            told(&format!("<updates>{t}</updates>"))
                .unwrap()
                .pending
                .len()
        };
        assert_eq!((pending(&text), pending(&back)), (1, 0));
    }

    #[test]
    fn a_module_is_fixed_by_advisories_of_its_stream() {
        let of = |stream: &str| {
            let module = format!(
                "<module name=\"nodejs\" stream=\"{stream}\" version=\"1\" context=\"c\" arch=\"x86_64\"/>"
            );
            let text = update("security", "A", &(module + &package("nodejs", "2")));
            told(&format!("<updates>{text}</updates>"))
                .unwrap()
                .pending
                .len()
        };
        assert_eq!((of("18"), of("20")), (1, 0));
    }

    #[test]
    fn what_is_cut_or_swollen_is_a_gap() {
        let text = format!(
            "<updates>{}</updates>",
            update("security", "A", &package("bash", "2"))
        );
        assert!(told(&text[..text.len() - 12]).is_err());
        for text in ["", "<a><updates></updates>", "<updates></updates><updates>"] {
            assert!(told(text).is_err());
        }
        let swollen = format!("<updates><a>{}</a></updates>", "x".repeat(2 << 20));
        assert!(told(&swollen).is_err());
        assert!(told(&"<a>".repeat(300_000)).is_err());
    }
}
