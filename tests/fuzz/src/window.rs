//! A host of a fixture, some of whose sources hold other bytes.

use std::{cell::Cell, collections::BTreeMap, net::SocketAddr};

use capdo_checks::{
    Host,
    host::{
        Attributes, Command, Entry, Exchange, FileKind, HostError, HttpAnswer, HttpAsk, Kind,
        Output, Space, Stat,
    },
    probes::tls::survey::{Ask, Survey},
};
use jiff::Timestamp;

/// The host. Without one below, it is empty and knows only what was put into it.
#[derive(Default)]
pub struct Window<'a> {
    /// What stands where nothing was put.
    pub below: Option<&'a dyn Host>,
    /// Files by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What commands print, by their line.
    pub commands: BTreeMap<String, Vec<u8>>,
    /// Answers over HTTP, by the question's line.
    pub http: BTreeMap<String, Vec<u8>>,
    /// Answers over HTTP to whatever is asked, in turn.
    pub pages: Vec<Vec<u8>>,
    /// Surveys by address.
    pub surveys: BTreeMap<String, Survey>,
    /// What any address says.
    pub says: Option<Vec<u8>>,
    /// Questions over HTTP so far.
    pub asked: Cell<usize>,
}

impl Window<'_> {
    /// An empty host with one file.
    pub fn holding(path: &str, bytes: &[u8]) -> Self {
        let mut window = Self::default();
        window.files.insert(path.to_owned(), bytes.to_vec());
        window
    }

    fn absent<T>(&self, path: &str) -> Result<T, HostError> {
        Err(HostError::NotFound(path.to_owned()))
    }

    fn is_folder(&self, path: &str) -> bool {
        let inside = format!("{}/", path.trim_end_matches('/'));
        self.files.keys().any(|p| p.starts_with(&inside))
    }
}

impl Host for Window<'_> {
    fn kind(&self) -> Kind {
        self.below.map_or(Kind::Live, Host::kind)
    }

    fn now(&self) -> Timestamp {
        self.below.map_or(Timestamp::UNIX_EPOCH, Host::now)
    }

    fn stat(&self, path: &str) -> Result<Stat, HostError> {
        let below = self
            .below
            .map_or_else(|| self.absent(path), |b| b.stat(path));
        let size = self.files.get(path).map(|b| b.len() as u64);
        match (below, size) {
            (Ok(stat), Some(size)) => Ok(Stat { size, ..stat }),
            (Err(error), None) if error.is_not_found() && self.is_folder(path) => Ok(Stat {
                kind: FileKind::Dir,
                mode: 0o755,
                uid: 0,
                gid: 0,
                size: 0,
                mtime: self.now(),
                dev: 0,
            }),
            (below, None) => below,
            (Err(_), Some(size)) => Ok(Stat {
                kind: FileKind::File,
                mode: 0o644,
                uid: 0,
                gid: 0,
                size,
                mtime: self.now(),
                dev: 0,
            }),
        }
    }

    fn attributes(&self, path: &str) -> Result<Attributes, HostError> {
        self.below
            .map_or_else(|| self.absent(path), |b| b.attributes(path))
    }

    fn read(&self, path: &str, cap: usize) -> Result<Vec<u8>, HostError> {
        match self.files.get(path) {
            Some(bytes) if bytes.len() > cap => Err(HostError::TooLarge {
                path: path.to_owned(),
                cap,
            }),
            Some(bytes) => Ok(bytes.clone()),
            None => self
                .below
                .map_or_else(|| self.absent(path), |b| b.read(path, cap)),
        }
    }

    fn read_at(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, HostError> {
        let Some(bytes) = self.files.get(path) else {
            return self
                .below
                .map_or_else(|| self.absent(path), |b| b.read_at(path, offset, len));
        };
        let from = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let to = from.saturating_add(len).min(bytes.len());
        Ok(bytes.get(from..to).unwrap_or_default().to_vec())
    }

    fn read_link(&self, path: &str) -> Result<String, HostError> {
        self.below
            .map_or_else(|| self.absent(path), |b| b.read_link(path))
    }

    fn list(&self, path: &str, cap: usize) -> Result<Vec<Entry>, HostError> {
        let below = self
            .below
            .map_or_else(|| self.absent(path), |b| b.list(path, cap));
        let inside = format!("{}/", path.trim_end_matches('/'));
        let ours = self.files.keys().filter_map(|p| p.strip_prefix(&inside));
        let ours: Vec<Entry> = ours
            .map(|rest| match rest.split_once('/') {
                Some((name, _)) => (name, FileKind::Dir),
                None => (rest, FileKind::File),
            })
            .map(|(name, kind)| Entry {
                name: name.to_owned(),
                kind,
            })
            .collect();
        let mut all = match below {
            Err(error) if ours.is_empty() => return Err(error),
            other => other.unwrap_or_default(),
        };
        all.extend(ours);
        all.sort();
        all.dedup_by(|a, b| a.name == b.name);
        if all.len() > cap {
            return Err(HostError::OverBudget(path.to_owned()));
        }
        Ok(all)
    }

    fn space(&self, path: &str) -> Result<Space, HostError> {
        self.below
            .map_or_else(|| self.absent(path), |b| b.space(path))
    }

    fn run(&self, command: &Command) -> Result<Output, HostError> {
        let line = command.line();
        let Some(said) = self.commands.get(&line) else {
            return self
                .below
                .map_or_else(|| self.absent(&line), |b| b.run(command));
        };
        Ok(Output {
            status: Some(0),
            stdout: said.clone(),
            stderr: said.iter().copied().take(4096).collect(),
        })
    }

    fn exchange(&self, exchange: &Exchange<'_>) -> Result<Vec<u8>, HostError> {
        match (&self.says, self.below) {
            (Some(said), _) => Ok(said.iter().copied().take(exchange.cap).collect()),
            (None, Some(below)) => below.exchange(exchange),
            (None, None) => Err(HostError::Unreachable(exchange.target.to_string())),
        }
    }

    fn tls_survey(&self, ask: &Ask) -> Result<Survey, HostError> {
        let plain = ask.target.to_string();
        let named = format!("{plain} {}", ask.name.as_deref().unwrap_or_default());
        let found = self
            .surveys
            .get(&named)
            .or_else(|| self.surveys.get(&plain));
        match (found, self.below) {
            (Some(survey), _) => Ok(survey.clone()),
            (None, Some(below)) => below.tls_survey(ask),
            (None, None) => Err(HostError::Unreachable(plain)),
        }
    }

    fn http(&self, ask: &HttpAsk) -> Result<HttpAnswer, HostError> {
        if let Some(page) = self.pages.get(self.asked.get() % self.pages.len().max(1)) {
            self.asked.set(self.asked.get() + 1);
            return Ok(answer(page, ask.cap));
        }
        match (self.http.get(&ask.line()), self.below) {
            (Some(page), _) => Ok(answer(page, ask.cap)),
            (None, Some(below)) => below.http(ask),
            (None, None) => Err(HostError::Unreachable(ask.target.to_string())),
        }
    }
}

/// An answer over HTTP: a line with the status, lines with headers, an empty one, the body.
pub fn answer(bytes: &[u8], cap: usize) -> HttpAnswer {
    let end = bytes
        .windows(2)
        .position(|w| w == b"\n\n")
        .unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned();
    let body = bytes.get(end + 2..).unwrap_or_default();
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|s| s.trim().parse().ok())
        .unwrap_or(200);
    let headers = lines.filter_map(|l| l.split_once(':'));
    HttpAnswer {
        status,
        headers: headers
            .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
            .collect(),
        body: body.iter().copied().take(cap).collect(),
        body_cut: body.len() > cap,
    }
}

/// An address that answers nothing outside a test.
pub fn somewhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 443))
}
