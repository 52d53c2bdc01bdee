//! Packages that rpm says are on the host. Its SQLite database and its own (ndb) are read here,
//! without rpm; the older BerkeleyDB is recognised, and rpm is asked.

mod header;
mod ndb;
mod sqlite;
mod wal;

use std::io;

use self::{sqlite::Database, wal::Wal};
use super::{stream, versions::rpm};
use crate::{
    context::{Cx, Gather},
    host::{Command, Host, HostError, Kind},
    observation::{Gap, GapReason},
};

/// Most packages that are kept.
pub const PACKAGES_CAP: usize = 20_000;

/// One installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RpmPackage {
    /// Name.
    pub name: String,
    /// Epoch; 0 where none is given, which is the same.
    pub epoch: u32,
    /// Version.
    pub version: String,
    /// Release.
    pub release: String,
    /// Architecture, such as `x86_64` or `noarch`.
    pub arch: String,
    /// When it was installed, in seconds of Unix time.
    pub installed: i64,
    /// Who built it.
    pub vendor: String,
    /// File name of its source package, such as `openssl-3.0.7-27.el9.src.rpm`.
    pub source_rpm: String,
    /// `name:stream:version:context` of the module that it belongs to, or an empty text.
    pub module: String,
}

impl RpmPackage {
    /// `epoch:version-release`, without an epoch that is 0.
    pub fn evr(&self) -> String {
        let epoch = if self.epoch == 0 {
            String::new()
        } else {
            format!("{}:", self.epoch)
        };
        format!("{epoch}{}-{}", self.version, self.release)
    }

    /// `name:stream` of its module, or an empty text.
    pub fn stream(&self) -> String {
        let mut parts = self.module.splitn(3, ':');
        match (parts.next(), parts.next()) {
            (Some(name), Some(stream)) if !name.is_empty() => format!("{name}:{stream}"),
            _ => String::new(),
        }
    }

    /// Name and version of its source package. rpm does not record the source's epoch.
    pub fn source(&self) -> Option<(&str, &str)> {
        let stem = self.source_rpm.strip_suffix(".src.rpm");
        let stem = stem.or_else(|| self.source_rpm.strip_suffix(".nosrc.rpm"))?;
        let release = stem.rfind('-')?;
        let version = stem[..release].rfind('-')?;
        Some((&stem[..version], &stem[version + 1..]))
    }
}

/// All that is installed, by name, then version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RpmDb {
    /// The packages. Keys that rpm keeps among them (`gpg-pubkey`) are left out.
    pub packages: Vec<RpmPackage>,
    /// Where they were read.
    pub source: &'static str,
}

impl RpmDb {
    /// All installed packages of that name; of a kernel there are several.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a RpmPackage> {
        let from = self.packages.partition_point(|p| p.name.as_str() < name);
        self.packages[from..]
            .iter()
            .take_while(move |p| p.name == name)
    }

    fn of(mut packages: Vec<RpmPackage>, source: &'static str) -> Result<Self, Gap> {
        packages.retain(|p| p.name != "gpg-pubkey");
        packages.sort_by(|a, b| {
            let version = || rpm::compare(&a.evr(), &b.evr());
            a.name
                .cmp(&b.name)
                .then_with(version)
                .then_with(|| a.cmp(b))
        });
        packages.dedup();
        if packages.is_empty() {
            return Err(Gap::parse(format!("{source}: names no installed package")));
        }
        Ok(Self { packages, source })
    }
}

impl Gather for RpmDb {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let found = databases(host)?;
        let live = host.kind() == Kind::Live;
        let read = match found.as_slice() {
            [path @ (SQLITE_NEW | SQLITE_OLD)] if !rolls_back(host, path)? => {
                Some((*path, read_sqlite(host, path)))
            }
            [path @ (NDB_NEW | NDB_OLD)] => Some((*path, read_ndb(host, path))),
            _ => None,
        };
        match (read, found.as_slice()) {
            // In the middle of a change; rpm waits for its end.
            (Some((_, Err(gap))), _) if live && gap.reason == GapReason::Io => {
                Self::of(ask_rpm(host)?, "rpm -qa")
            }
            (Some((path, packages)), _) => Self::of(packages?, path),
            // No database that is read here, more than one, or one that a change was broken off in.
            _ if live => Self::of(ask_rpm(host)?, "rpm -qa"),
            (None, []) => Err(Gap::parse("/var/lib/rpm: no database that is understood")),
            (None, [one]) => Err(Gap::parse(format!(
                "{one}: its format is not read from an image"
            ))),
            _ => Err(Gap::parse(format!(
                "{}: more than one database",
                found.join(", ")
            ))),
        }
    }
}

const SQLITE_NEW: &str = "/usr/lib/sysimage/rpm/rpmdb.sqlite";
const SQLITE_OLD: &str = "/var/lib/rpm/rpmdb.sqlite";
const NDB_NEW: &str = "/usr/lib/sysimage/rpm/Packages.db";
const NDB_OLD: &str = "/var/lib/rpm/Packages.db";

/// The databases that are there. One folder is often a link to the other.
fn databases(host: &dyn Host) -> Result<Vec<&'static str>, HostError> {
    let kinds = [
        [SQLITE_NEW, SQLITE_OLD],
        [NDB_NEW, NDB_OLD],
        ["/usr/lib/sysimage/rpm/Packages", "/var/lib/rpm/Packages"],
    ];
    let mut found = Vec::new();
    for kind in kinds {
        let mut sizes = Vec::new();
        for path in kind {
            if let Some(stat) = host.stat_if_any(path)? {
                sizes.push((path, stat.size, stat.mtime, stat.dev));
            }
        }
        sizes.dedup_by(|b, a| (a.1, a.2, a.3) == (b.1, b.2, b.3));
        found.extend(sizes.into_iter().map(|s| s.0));
    }
    Ok(found)
}

/// Whether a journal of the older sort lies beside it: the file is then in the middle of a change that
/// may have to be undone.
fn rolls_back(host: &dyn Host, path: &str) -> Result<bool, HostError> {
    let beside = host.stat_if_any(&format!("{path}-journal"))?;
    Ok(beside.is_some_and(|s| s.size > 0))
}

fn read_sqlite(host: &dyn Host, path: &'static str) -> Result<Vec<RpmPackage>, Gap> {
    let before = host.stat(path)?;
    let journal = format!("{path}-wal");
    let wal = Wal::read(host, path).map_err(|e| stream::gap(&journal, &e))?;
    let mut packages = Vec::new();
    let read = Database::open(host, path, wal.as_ref()).and_then(|database| {
        database.rows("Packages", |mut row| {
            if packages.len() == PACKAGES_CAP {
                return Err(io::Error::other(HostError::OverBudget(path.to_owned())));
            }
            let length = row.blob(1)?;
            packages.push(header::read(&mut row, length)?);
            Ok(())
        })
    });
    let after = host.stat(path)?;
    // Asked before any error is looked at: what was read in the middle of a change may look broken.
    if rolls_back(host, path)?
        || !Wal::is_unchanged(wal.as_ref(), host, path)?
        || (after.mtime, after.size) != (before.mtime, before.size)
    {
        return Err(changed(path));
    }
    read.map_err(|e| stream::gap(path, &e))?;
    Ok(packages)
}

fn read_ndb(host: &dyn Host, path: &'static str) -> Result<Vec<RpmPackage>, Gap> {
    let before = host.stat(path)?;
    let mut packages = Vec::new();
    let read = ndb::Database::open(host, path).and_then(|mut database| {
        database.heads(|head, length| {
            packages.push(header::read(head, length)?);
            Ok(())
        })?;
        database.is_unchanged()
    });
    let after = host.stat(path)?;
    if (after.mtime, after.size) != (before.mtime, before.size) {
        return Err(changed(path));
    }
    match read {
        Ok(true) => Ok(packages),
        Ok(false) => Err(changed(path)),
        Err(error) => Err(stream::gap(path, &error)),
    }
}

fn changed(path: &str) -> Gap {
    Gap::new(GapReason::Io, format!("{path}: changed while it was read"))
}

fn ask_rpm(host: &dyn Host) -> Result<Vec<RpmPackage>, Gap> {
    // rpm before 4.14 (RHEL 7) does not know modules and refuses the question.
    let mut output = host.run(&Command::RpmPackages { modules: true })?;
    if !output.ok() {
        output = host.run(&Command::RpmPackages { modules: false })?;
    }
    if !output.ok() {
        return Err(Gap::parse("rpm -qa"));
    }
    let text = output.text();
    if !text.ends_with('\n') {
        return Err(Gap::parse("rpm -qa: cut short"));
    }
    let all: Option<Vec<RpmPackage>> = text.lines().map(line).collect();
    let all = all.ok_or_else(|| Gap::parse("rpm -qa: a line that is not understood"))?;
    if all.len() > PACKAGES_CAP {
        return Err(HostError::OverBudget("rpm -qa".to_owned()).into());
    }
    Ok(all)
}

fn line(line: &str) -> Option<RpmPackage> {
    let word = |w: &str| {
        if w == "(none)" {
            String::new()
        } else {
            w.to_owned()
        }
    };
    let fields: Vec<&str> = line.split('\t').collect();
    let [
        name,
        epoch,
        version,
        release,
        arch,
        time,
        vendor,
        source,
        rest @ ..,
    ] = fields.as_slice()
    else {
        return None;
    };
    Some(RpmPackage {
        name: word(name),
        epoch: epoch.parse().ok()?,
        version: word(version),
        release: word(release),
        arch: word(arch),
        installed: time.trim().parse().ok()?,
        vendor: word(vendor),
        source_rpm: word(source),
        module: rest.first().map(|m| word(m)).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_package_is_named_by_its_file() {
        let package = RpmPackage {
            source_rpm: "python3.9-3.9.18-1.el9_3.1.src.rpm".into(),
            module: "nodejs:18:8090020231130:rhel9".into(),
            ..RpmPackage::default()
        };
        assert_eq!(package.source(), Some(("python3.9", "3.9.18-1.el9_3.1")));
        assert_eq!(package.stream(), "nodejs:18");
        assert_eq!(RpmPackage::default().source(), None);
        assert_eq!(RpmPackage::default().stream(), "");
    }

    #[test]
    fn lines_of_rpm_are_read_with_and_without_modules() {
        let got =
            line("a\t1\t2\t3.el8\tx86_64\t1700000000\tRed Hat, Inc.\ta-2-3.el8.src.rpm\t(none)");
        let got = got.unwrap();
        assert_eq!((got.evr().as_str(), got.module.as_str()), ("1:2-3.el8", ""));
        assert!(line("a\t0\t2\t3\tnoarch\t1\t(none)\t(none)").is_some());
        assert!(line("a\t0\t2").is_none());
    }
}
