//! A host made of a fixture: one TOML file, with an optional folder of files beside it.
//!
//! ```toml
//! base = "../base/debian12.toml"          # optional: everything there holds unless said again
//! now = "2026-11-22T00:00:00Z"
//! kind = "live"                           # or "image"
//!
//! [files."/etc/ssh/sshd_config"]          # text = "", hex = "", or base64-free binary by `size`
//! text = "PermitRootLogin no\n"
//! attributes = "i"                        # optional: as lsattr(1) shows, "i" and "a"
//! mode = "0644"                           # defaults: 0644 (dirs 0755), uid 0, gid 0, mtime = now
//! [files."/etc/shadow"]
//! error = "no_permission"                 # not_found | no_permission | timeout | too_large | io
//! reading = "timeout"                     # in place of error: what it is shows, what it holds does not
//! [files."/etc/alternatives/x"]
//! link = "/usr/bin/x"
//!
//! [commands."sshd -T"]
//! stdout = "permitrootlogin no\n"         # status = 0 unless said; error as above
//!
//! [exchanges."127.0.0.1:443 tls12-hello"]
//! hex = "1603…"
//!
//! [surveys."127.0.0.1:443"]               # or "127.0.0.1:443 name"; or only `error`, as above
//! tls = true
//! versions = { tls12 = "yes", tls13 = "yes" }
//! suites = { tls13 = { codes = [0x1301] } }
//! shown = [{ chain = ["3082…"] }]         # hex DER
//!
//! [http."GET https://127.0.0.1:443/path"] # or with the name behind it: "GET https://… may.example"
//! status = 200                            # the default; error as above
//! headers = [["Server", "nginx"]]
//! text = "<html>"                         # or hex; an address with any answer says 404 to the
//!                                         # rest, unless "GET https://127.0.0.1:443/*" stands there
//!
//! [http."http://ca.example/ca.crl"]        # what a certification authority says; text or hex
//! hex = "3081…"
//!
//! [space."/var/log"]
//! total = 100
//! available = 50
//! ```
//!
//! Folders exist where a file below them does. A file under `STEM/root/` (beside `STEM.toml`) is
//! part of the host as well, for what is too large to stand in the TOML.

mod http;
mod spec;
mod survey;

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;

pub use self::spec::FixtureError;
use self::spec::{CommandSpec, FileSpec, Spec, unhex};
use super::{
    Attributes, AuthorityAsk, Command, Entry, Exchange, FileKind, Host, HostError, HttpAnswer,
    HttpAsk, Kind, Output, Space, Stat,
};
use crate::probes::tls::survey::{Ask, Survey};

/// A host made of a fixture.
#[derive(Clone, Debug)]
pub struct Fixture {
    spec: Spec,
}

impl Fixture {
    /// Loads a fixture file, its bases, and the folder of files beside it. Keys that this type
    /// does not know (such as the verdict that a test expects) are left to the caller.
    ///
    /// # Errors
    /// When a file cannot be read or understood.
    pub fn load(path: &Path) -> Result<Self, FixtureError> {
        let spec = Spec::read(path)?;
        Ok(Self { spec })
    }

    /// Every path that the fixture spells out.
    pub fn paths(&self) -> Vec<String> {
        self.spec.files.keys().cloned().collect()
    }

    /// The lines of the commands that the fixture answers.
    pub fn command_lines(&self) -> Vec<String> {
        self.spec.commands.keys().cloned().collect()
    }

    /// The same host with a file that may not be read.
    #[must_use]
    pub fn denying(&self, path: &str) -> Self {
        let mut spec = self.spec.clone();
        let error = Some("no_permission".to_owned());
        spec.files.insert(
            path.to_owned(),
            FileSpec {
                error,
                ..FileSpec::default()
            },
        );
        Self { spec }
    }

    /// The same host with a command that may not be run.
    #[must_use]
    pub fn forbidding(&self, line: &str) -> Self {
        let mut spec = self.spec.clone();
        let error = Some("no_permission".to_owned());
        spec.commands.insert(
            line.to_owned(),
            CommandSpec {
                error,
                ..CommandSpec::default()
            },
        );
        Self { spec }
    }

    /// The same host with a file that holds other bytes.
    #[must_use]
    pub fn holding(&self, path: &str, bytes: &[u8]) -> Self {
        let mut spec = self.spec.clone();
        let hex = Some(bytes.iter().map(|b| format!("{b:02x}")).collect());
        let file = spec.files.entry(path.to_owned()).or_default();
        *file = FileSpec {
            text: None,
            hex,
            size: None,
            ..file.clone()
        };
        Self { spec }
    }

    fn file(&self, path: &str) -> Result<&FileSpec, HostError> {
        let mut at = normal(path);
        for _ in 0..16 {
            match self.spec.files.get(&at) {
                Some(FileSpec { link: Some(to), .. }) => at = resolve(&at, to),
                Some(file) => {
                    return file
                        .error
                        .as_ref()
                        .map_or(Ok(file), |e| Err(error(e, path)));
                }
                None => match self.beyond(&at) {
                    Some(further) => at = further,
                    None => return Err(self.absent(&at)),
                },
            }
        }
        Err(HostError::NotFound(path.to_owned()))
    }

    /// Where a path leads on whose way a folder is a link.
    fn beyond(&self, path: &str) -> Option<String> {
        path.match_indices('/').skip(1).find_map(|(end, _)| {
            let to = self.spec.files.get(&path[..end])?.link.as_ref()?;
            Some(normal(&format!(
                "{}{}",
                resolve(&path[..end], to),
                &path[end..]
            )))
        })
    }

    /// A path that is not spelled out: what an unreadable folder holds cannot be seen either.
    fn absent(&self, path: &str) -> HostError {
        let above = Path::new(path).ancestors().skip(1);
        let shut = above
            .filter_map(|p| p.to_str())
            .find_map(|p| self.spec.files.get(p)?.error.as_ref());
        shut.map_or_else(|| HostError::NotFound(path.to_owned()), |e| error(e, path))
    }

    fn is_dir(&self, path: &str) -> bool {
        let prefix = format!("{}/", normal(path).trim_end_matches('/'));
        self.spec.files.keys().any(|p| p.starts_with(&prefix))
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, HostError> {
        match self.file(path) {
            Ok(file) if file.dir => Err(HostError::WrongKind(path.to_owned())),
            Ok(FileSpec {
                reading: Some(e), ..
            }) => Err(error(e, path)),
            Ok(file) => content(file, path),
            Err(e) if e.is_not_found() && self.is_dir(path) => {
                Err(HostError::WrongKind(path.to_owned()))
            }
            Err(e) => Err(e),
        }
    }

    fn now_or_epoch(&self) -> Timestamp {
        self.spec.now.unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl Host for Fixture {
    fn kind(&self) -> Kind {
        self.spec.kind.unwrap_or(Kind::Live)
    }

    fn now(&self) -> Timestamp {
        self.now_or_epoch()
    }

    fn stat(&self, path: &str) -> Result<Stat, HostError> {
        let dir = FileSpec {
            dir: true,
            ..FileSpec::default()
        };
        let file = match self.file(path) {
            Ok(file) => file,
            Err(e) if e.is_not_found() && self.is_dir(path) => &dir,
            Err(e) => return Err(e),
        };
        let default = if file.dir { 0o755 } else { 0o644 };
        let mode = file
            .mode
            .as_ref()
            .and_then(|m| u32::from_str_radix(m, 8).ok());
        let size = match file.size {
            Some(size) => size,
            None => u64::try_from(content(file, path)?.len()).unwrap_or(u64::MAX),
        };
        Ok(Stat {
            kind: if file.dir {
                FileKind::Dir
            } else {
                FileKind::File
            },
            mode: mode.unwrap_or(default),
            uid: file.uid,
            gid: file.gid,
            size,
            mtime: file.mtime.unwrap_or(self.now_or_epoch()),
            dev: file.dev,
        })
    }

    fn attributes(&self, path: &str) -> Result<Attributes, HostError> {
        let told = match self.file(path) {
            Err(e) if e.is_not_found() && self.is_dir(path) => return Ok(Attributes::default()),
            file => &file?.attributes,
        };
        Ok(Attributes {
            immutable: told.contains('i'),
            append_only: told.contains('a'),
        })
    }

    fn read(&self, path: &str, cap: usize) -> Result<Vec<u8>, HostError> {
        let bytes = self.bytes(path)?;
        let size = self.file(path)?.size.and_then(|s| usize::try_from(s).ok());
        if size.unwrap_or(bytes.len()) > cap {
            return Err(HostError::TooLarge {
                path: path.to_owned(),
                cap,
            });
        }
        Ok(bytes)
    }

    fn read_at(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, HostError> {
        let bytes = self.bytes(path)?;
        let from = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        Ok(bytes[from..from.saturating_add(len).min(bytes.len())].to_vec())
    }

    fn read_link(&self, path: &str) -> Result<String, HostError> {
        match self.spec.files.get(&normal(path)) {
            Some(FileSpec { link: Some(to), .. }) => Ok(to.clone()),
            Some(FileSpec { error: Some(e), .. }) => Err(error(e, path)),
            Some(_) => Err(HostError::WrongKind(path.to_owned())),
            None => Err(self.absent(path)),
        }
    }

    fn list(&self, path: &str, cap: usize) -> Result<Vec<Entry>, HostError> {
        match self.file(path) {
            Ok(file) if !file.dir => return Err(HostError::WrongKind(path.to_owned())),
            Err(e) if !e.is_not_found() => return Err(e),
            Err(e) if !self.is_dir(path) => return Err(e),
            _ => {}
        }
        let prefix = format!("{}/", normal(path).trim_end_matches('/'));
        let mut entries = BTreeMap::new();
        for (full, file) in &self.spec.files {
            let Some(rest) = full.strip_prefix(&prefix).filter(|r| !r.is_empty()) else {
                continue;
            };
            let (name, kind) = match rest.split_once('/') {
                Some((name, _)) => (name, FileKind::Dir),
                None if file.dir => (rest, FileKind::Dir),
                None if file.link.is_some() => (rest, FileKind::Link),
                None => (rest, FileKind::File),
            };
            entries.insert(name.to_owned(), kind);
        }
        if entries.len() > cap {
            return Err(HostError::OverBudget(format!(
                "{path}: more than {cap} entries"
            )));
        }
        Ok(entries
            .into_iter()
            .map(|(name, kind)| Entry { name, kind })
            .collect())
    }

    fn space(&self, path: &str) -> Result<Space, HostError> {
        self.spec
            .space
            .get(path)
            .copied()
            .ok_or_else(|| HostError::NotFound(path.to_owned()))
    }

    fn run(&self, command: &Command) -> Result<Output, HostError> {
        let line = command.line();
        if self.kind() == Kind::Image {
            return Err(HostError::NotLive(line));
        }
        let Some(spec) = self.spec.commands.get(&line) else {
            let program = line.split(' ').next().unwrap_or_default();
            return Err(HostError::NotFound(program.to_owned()));
        };
        if let Some(e) = &spec.error {
            return Err(error(e, &line));
        }
        let stdout = spec.stdout.clone().into_bytes();
        Ok(Output {
            status: Some(spec.status),
            stdout,
            stderr: spec.stderr.clone().into_bytes(),
        })
    }

    fn exchange(&self, exchange: &Exchange<'_>) -> Result<Vec<u8>, HostError> {
        let key = format!("{} {}", exchange.target, exchange.label);
        let Some(spec) = self.spec.exchanges.get(&key) else {
            return Err(HostError::Unreachable(exchange.target.to_string()));
        };
        if let Some(e) = &spec.error {
            return Err(error(e, &key));
        }
        let mut bytes = match &spec.text {
            Some(text) => text.clone().into_bytes(),
            None => unhex(&spec.hex).ok_or_else(|| error("io", &key))?,
        };
        bytes.truncate(exchange.cap);
        Ok(bytes)
    }

    fn tls_survey(&self, ask: &Ask) -> Result<Survey, HostError> {
        self.survey(ask)
    }

    fn http(&self, ask: &HttpAsk) -> Result<HttpAnswer, HostError> {
        self.answer(ask)
    }

    fn ask_authority(&self, ask: &AuthorityAsk) -> Result<Vec<u8>, HostError> {
        self.authority_answer(ask)
    }
}

fn content(file: &FileSpec, path: &str) -> Result<Vec<u8>, HostError> {
    match (&file.text, &file.hex) {
        (Some(text), _) => Ok(text.clone().into_bytes()),
        (None, Some(hex)) => unhex(hex).ok_or_else(|| error("io", path)),
        (None, None) => Ok(Vec::new()),
    }
}

fn error(word: &str, path: &str) -> HostError {
    let path = path.to_owned();
    match word {
        "not_found" => HostError::NotFound(path),
        "no_permission" => HostError::NoPermission(path),
        "timeout" => HostError::Timeout(path),
        "too_large" => HostError::TooLarge { path, cap: 0 },
        "not_live" => HostError::NotLive(path),
        "unreachable" => HostError::Unreachable(path),
        "over_budget" => HostError::OverBudget(path),
        what => HostError::Io {
            path,
            what: what.to_owned(),
        },
    }
}

fn normal(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/').filter(|p| !p.is_empty() && *p != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("/{}", parts.join("/"))
}

fn resolve(link: &str, to: &str) -> String {
    if to.starts_with('/') {
        return normal(to);
    }
    let dir = link.rsplit_once('/').map_or("", |(dir, _)| dir);
    normal(&format!("{dir}/{to}"))
}
