//! Packages that apk says are on the host, the repositories it uses, and the indexes it fetched.
//! The forms: apk-tools' `apk-package(5)`, `apk-repositories(5)`.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read},
};

use jiff::Timestamp;

use super::{stream, text::lines, versions::apk};
use crate::{
    context::{Cx, Gather},
    host::{Host, HostError},
    observation::Gap,
};

/// apk's database in its two places, the newer first.
const DATABASES: [&str; 2] = ["/usr/lib/apk/db/installed", "/lib/apk/db/installed"];
/// Where apk says which repositories it uses.
pub const REPOSITORIES: &str = "/etc/apk/repositories";
/// Where fetched indexes lie: linked from the configuration, or the default.
const CACHES: [&str; 2] = ["/etc/apk/cache", "/var/cache/apk"];
const PACKAGES_CAP: usize = 20_000;
const LINE_CAP: usize = 64 << 10;

/// One installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApkPackage {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Architecture.
    pub arch: String,
    /// The package that it was built from (`origin`); empty where it says none.
    pub origin: String,
    /// When it was built, in seconds of Unix time.
    pub built: Option<i64>,
}

/// All that is installed, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApkDb {
    /// The packages.
    pub packages: Vec<ApkPackage>,
    /// Where they were read.
    pub source: &'static str,
    /// Packages of `/etc/apk/world` that name a version, and so stay at it.
    pub pinned: Vec<String>,
}

impl Gather for ApkDb {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        for path in DATABASES {
            if host.stat_if_any(path)?.is_none() {
                continue;
            }
            let mut reader = stream::open(host, path)?;
            let mut packages = read(&mut *reader, path).map_err(|e| stream::gap(path, &e))?;
            packages.sort();
            if packages.is_empty() {
                return Err(Gap::parse(format!("{path}: names no installed package")));
            }
            let world = host.text_if_any("/etc/apk/world")?.unwrap_or_default();
            return Ok(Self {
                packages,
                source: path,
                pinned: pinned(&world),
            });
        }
        Err(Gap::parse("/lib/apk/db/installed: does not exist"))
    }
}

/// Entries that allow one version only (`a=1.2`), or none above one (`a<2`, `a~1.2`).
fn pinned(world: &str) -> Vec<String> {
    let holds = |word: &&str| {
        let at = word.find(['=', '<', '>', '~']).unwrap_or(word.len());
        at < word.len() && !word.starts_with('!') && !word[at..].starts_with('>')
    };
    let words = world.split_whitespace().filter(holds);
    words.map(str::to_owned).collect()
}

/// Stanzas of `X:value`, one package each, as the database and the indexes have them.
fn read(reader: &mut dyn BufRead, path: &str) -> io::Result<Vec<ApkPackage>> {
    let mut all = Vec::new();
    let mut package = ApkPackage::default();
    let mut raw = Vec::new();
    loop {
        raw.clear();
        let got = (&mut *reader)
            .take(LINE_CAP as u64)
            .read_until(b'\n', &mut raw)?;
        let line = String::from_utf8_lossy(&raw);
        let line = line.trim_end();
        if line.is_empty() {
            let whole = std::mem::take(&mut package);
            if !whole.name.is_empty() && !whole.version.is_empty() {
                all.push(whole);
            }
        }
        if got == 0 {
            return Ok(all);
        }
        if all.len() > PACKAGES_CAP * 4 {
            return Err(io::Error::other(HostError::OverBudget(path.to_owned())));
        }
        match line.split_once(':') {
            Some(("P", value)) => value.clone_into(&mut package.name),
            Some(("V", value)) => value.clone_into(&mut package.version),
            Some(("A", value)) => value.clone_into(&mut package.arch),
            Some(("o", value)) => value.clone_into(&mut package.origin),
            Some(("t", value)) => package.built = value.parse().ok(),
            _ => {}
        }
    }
}

/// A repository that apk uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repository {
    /// Its address, or a folder.
    pub address: String,
    /// `@tag`: used only for packages that ask for it.
    pub tag: String,
    /// Line of the file.
    pub line: usize,
}

/// The repositories in use.
///
/// # Errors
/// When a file may not be read.
pub fn repositories(host: &dyn Host) -> Result<Vec<Repository>, HostError> {
    let mut texts = vec![host.text_if_any(REPOSITORIES)?.unwrap_or_default()];
    for entry in host.list_if_any("/etc/apk/repositories.d", 1_000)? {
        if entry.name.ends_with(".list") {
            let path = format!("/etc/apk/repositories.d/{}", entry.name);
            texts.push(host.text_if_any(&path)?.unwrap_or_default());
        }
    }
    let all = texts.iter().flat_map(|text| lines(text));
    Ok(all.map(|(line, text)| repository(line, text)).collect())
}

fn repository(line: usize, text: &str) -> Repository {
    let (tag, address) = match text.strip_prefix('@') {
        Some(rest) => rest.split_once([' ', '\t']).unwrap_or((rest, "")),
        None => ("", text),
    };
    Repository {
        address: super::apt::without_login(address.trim()),
        tag: tag.to_owned(),
        line,
    }
}

/// What the fetched indexes offer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// By package: installed version and the newest offered one, where that is newer.
    pub newer: BTreeMap<String, (String, String)>,
    /// How many indexes were read.
    pub indexes: usize,
    /// When the oldest of them was fetched.
    pub fetched: Option<Timestamp>,
    /// Where they lie.
    pub source: &'static str,
}

impl Gather for Offered {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let db = cx.get::<ApkDb>()?;
        for folder in CACHES {
            let files = host.list_if_any(folder, 5_000)?;
            let indexes = files
                .iter()
                .filter(|f| f.name.starts_with("APKINDEX.") && f.name.ends_with(".tar.gz"));
            let mut offered = Self {
                source: folder,
                ..Self::default()
            };
            for file in indexes {
                let path = format!("{folder}/{}", file.name);
                let fetched = host.stat(&path)?.mtime;
                offered.fetched = Some(offered.fetched.map_or(fetched, |f| f.min(fetched)));
                offered.indexes += 1;
                let packages = index(host, &path).map_err(|e| stream::gap(&path, &e))?;
                offered.compare(&db, &packages);
            }
            if offered.indexes > 0 {
                return Ok(offered);
            }
        }
        Ok(Self {
            source: CACHES[1],
            ..Self::default()
        })
    }
}

impl Offered {
    fn compare(&mut self, db: &ApkDb, packages: &[ApkPackage]) {
        for p in packages {
            let from = db.packages.partition_point(|own| own.name < p.name);
            let Some(own) = db.packages.get(from).filter(|own| own.name == p.name) else {
                continue;
            };
            let known = self.newer.get(&p.name).map_or(&own.version, |n| &n.1);
            if apk::compare(&p.version, known).is_gt() {
                let pair = (own.version.clone(), p.version.clone());
                self.newer.insert(p.name.clone(), pair);
            }
        }
    }
}

/// The file `APKINDEX` in a packed archive: a signature, then the index, each a tar of its own.
fn index(host: &dyn Host, path: &str) -> io::Result<Vec<ApkPackage>> {
    let mut reader = stream::open(host, path).map_err(|g| io::Error::other(g.detail))?;
    loop {
        let mut head = [0; 512];
        if let Err(error) = reader.read_exact(&mut head) {
            let ended = error.kind() == io::ErrorKind::UnexpectedEof;
            let what = format!("{path}: holds no index");
            return Err(if ended { io::Error::other(what) } else { error });
        }
        let name = head[..100].split(|b| *b == 0).next().unwrap_or_default();
        let size = octal(&head[124..136]);
        if name == b"APKINDEX" {
            let mut inner = io::BufReader::new((&mut *reader).take(size));
            let packages = read(&mut inner, path)?;
            if inner.get_ref().limit() > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            return Ok(packages);
        }
        let padded = size.div_ceil(512).saturating_mul(512);
        io::copy(&mut (&mut *reader).take(padded), &mut io::sink())?;
    }
}

fn octal(field: &[u8]) -> u64 {
    let digits = field.iter().filter(|b| (b'0'..=b'7').contains(b));
    digits.take(12).fold(0, |n, b| n * 8 + u64::from(b - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_read() {
        let text = "C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\no:musl\nt:1700000000\nF:lib\nR:ld.so\n\n\
            P:libcrypto3\nV:3.3.2-r0\nA:x86_64\no:openssl\n";
        let got = read(&mut text.as_bytes(), "/f").unwrap();
        assert_eq!(got.len(), 2);
        assert_eq!(
            (got[1].name.as_str(), got[1].origin.as_str()),
            ("libcrypto3", "openssl")
        );
        assert_eq!(got[0].built, Some(1_700_000_000));
    }

    #[test]
    fn an_entry_that_names_a_version_stays_at_it() {
        let got = pinned("alpine-base nginx=1.26.0-r0\nphp~8 a>1 b<2 !c=1\n");
        assert_eq!(got, ["nginx=1.26.0-r0", "php~8", "b<2"]);
    }
}
