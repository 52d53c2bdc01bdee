//! The narrow read-only window through which every check sees a machine.
//!
//! Three implementations: [`Live`] for the running host, [`Image`] for a mounted file system
//! (`--root DIR`), and [`Fixture`] for tests. Nothing here writes, and every read has a cap.

mod authority;
mod budget;
mod command;
mod files;
mod fixture;
mod http;
mod image;
mod live;
mod patient;
mod runner;
mod slow;
mod stop;
mod tls;
pub(crate) mod walk;

use std::{net::SocketAddr, time::Duration};

use jiff::Timestamp;
use serde::Deserialize;

pub(crate) use self::budget::Unlimited;
pub use self::{
    authority::AuthorityAsk,
    budget::{Allowance, Budget, Budgeted, Spent},
    command::Command,
    fixture::{Fixture, FixtureError},
    http::{BODY_CAP, DISTRUSTED, HttpAnswer, HttpAsk, HttpMethod},
    image::Image,
    live::{Live, Reach, is_own},
    runner::{RunError, run_bounded},
    stop::Stop,
};
use crate::{
    observation::{Gap, GapReason},
    probes::ssh::{self, SshFace},
    probes::tls::survey::{Ask, Survey},
};

/// Cap for ordinary configuration files, in bytes.
pub const CONFIG_CAP: usize = 1 << 20;

/// What kind of window this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The running host.
    Live,
    /// A mounted file system: files only, nothing runs.
    Image,
}

/// Why the window showed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Nothing stands there. Often an answer, not a fault.
    #[error("{0}: does not exist")]
    NotFound(String),
    /// Something stands there and may not be looked at.
    #[error("{0}: no permission")]
    NoPermission(String),
    /// A file is larger than the caller's cap.
    #[error("{path}: larger than {cap} bytes")]
    TooLarge {
        /// The file.
        path: String,
        /// The cap in bytes.
        cap: usize,
    },
    /// A folder, a pipe or a device stands where a file was expected, or the reverse.
    #[error("{0}: not of the expected kind")]
    WrongKind(String),
    /// The check's time ran out.
    #[error("{0}: took too long")]
    Timeout(String),
    /// The check's output or memory budget ran out.
    #[error("{0}: over the check's budget")]
    OverBudget(String),
    /// A mounted image cannot run commands or answer on the network.
    #[error("{0}: needs the running system")]
    NotLive(String),
    /// The address refused or did not answer.
    #[error("{0}: does not answer")]
    Unreachable(String),
    /// The address is not this host's own.
    #[error("{0}: not an address of this host; probing it needs an authorisation")]
    NotAuthorised(String),
    /// Reading failed.
    #[error("{path}: {what}")]
    Io {
        /// What was being read.
        path: String,
        /// The system's words.
        what: String,
    },
}

impl HostError {
    /// Whether nothing stands there.
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }
}

impl From<HostError> for Gap {
    fn from(error: HostError) -> Self {
        let (reason, detail) = match error {
            HostError::NotFound(d) => (GapReason::ToolMissing, d),
            HostError::NoPermission(d) => (GapReason::NoPermission, d),
            HostError::TooLarge { path, cap } => (
                GapReason::OverBudget,
                format!("{path}: larger than {cap} bytes"),
            ),
            HostError::WrongKind(d) => (GapReason::ParseError, d),
            HostError::Timeout(d) => (GapReason::Timeout, d),
            HostError::OverBudget(d) => (GapReason::OverBudget, d),
            HostError::NotLive(d) => (GapReason::NotLive, d),
            HostError::Unreachable(d) => (GapReason::Unreachable, d),
            HostError::NotAuthorised(d) => (GapReason::NotAuthorised, d),
            HostError::Io { path, what } => (GapReason::Io, format!("{path}: {what}")),
        };
        Self::new(reason, detail)
    }
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link (only from [`Host::list`]; [`Host::stat`] follows links).
    Link,
    /// A pipe, socket or device.
    Other,
}

/// Metadata of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: FileKind,
    /// Permission bits, `0o7777` at most.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Last change of the content.
    pub mtime: Timestamp,
    /// Device that holds it, to tell one file system from another.
    pub dev: u64,
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Name within the folder. Names that are not UTF-8 are left out of listings.
    pub name: String,
    /// What it is; links are not followed.
    pub kind: FileKind,
}

impl PartialOrd for FileKind {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FileKind {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (*self as u8).cmp(&(*other as u8))
    }
}

/// Attributes that a file system keeps against change (chattr(1), statx(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `i`: cannot be changed or removed until the attribute is lifted.
    pub immutable: bool,
    /// `a`: can only grow.
    pub append_only: bool,
}

/// Room on a file system, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// All of it.
    pub total: u64,
    /// What an unprivileged writer may still use.
    pub available: u64,
}

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// Standard output, capped.
    pub stdout: Vec<u8>,
    /// Standard error, capped at 4 KiB.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether it exited with 0.
    pub fn ok(&self) -> bool {
        self.status == Some(0)
    }

    /// Standard output as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// One bounded conversation: connect, send, read until the peer pauses, closes or the cap is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange<'a> {
    /// Where; must be an address of this host.
    pub target: SocketAddr,
    /// Name of what is sent, such as `tls13-hello`; fixtures find their answer by it.
    pub label: &'a str,
    /// What to send; may be empty.
    pub send: &'a [u8],
    /// Most bytes to read.
    pub cap: usize,
}

/// What mounts that answer late cost whoever looks through a window, so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delays {
    /// How many calls got no answer: what they asked about may be there a moment later.
    pub unanswered: u64,
    /// How long calls took in which a mount woke up. No check can help that.
    pub waking: Duration,
}

/// The window. Paths are absolute and UTF-8.
pub trait Host {
    /// What kind of window this is.
    fn kind(&self) -> Kind;

    /// What mounts that answer late cost so far.
    fn delays(&self) -> Delays {
        Delays::default()
    }

    /// The time now, as the host's clock has it.
    fn now(&self) -> Timestamp;

    /// Whether the time of whoever looks is over, so that every further call is a timeout.
    fn time_is_up(&self) -> bool {
        false
    }

    /// Metadata of what `path` leads to, links followed.
    #[expect(
        clippy::missing_errors_doc,
        reason = "every method: a HostError that names the path"
    )]
    fn stat(&self, path: &str) -> Result<Stat, HostError>;

    /// The attributes of what `path` leads to that keep it from being changed.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn attributes(&self, path: &str) -> Result<Attributes, HostError> {
        Err(HostError::NotLive(path.to_owned()))
    }

    /// The whole regular file at `path`, or `TooLarge` when it has more than `cap` bytes.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn read(&self, path: &str, cap: usize) -> Result<Vec<u8>, HostError>;

    /// Up to `len` bytes from `offset`.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn read_at(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, HostError>;

    /// Where the link at `path` points, unresolved.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn read_link(&self, path: &str) -> Result<String, HostError>;

    /// The entries of a folder, sorted by name; `OverBudget` when there are more than `cap`.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn list(&self, path: &str, cap: usize) -> Result<Vec<Entry>, HostError>;

    /// Room on the file system that holds `path`.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn space(&self, path: &str) -> Result<Space, HostError>;

    /// Runs one of the fixed commands. A command that exits with an error is not an error here.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn run(&self, command: &Command) -> Result<Output, HostError>;

    /// Talks to an address of this host.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn exchange(&self, exchange: &Exchange<'_>) -> Result<Vec<u8>, HostError>;

    /// Asks a TLS service at an address of this host for everything that it offers, whether or not
    /// its certificate can be trusted.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn tls_survey(&self, ask: &Ask) -> Result<Survey, HostError>;

    /// Asks an address of this host over HTTP; follows no redirect.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn http(&self, ask: &HttpAsk) -> Result<HttpAnswer, HostError>;

    /// Asks a certification authority about certificates; only where the owner allowed it.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn ask_authority(&self, ask: &AuthorityAsk) -> Result<Vec<u8>, HostError> {
        Err(HostError::NotLive(ask.url.clone()))
    }

    /// What the SSH server of an address of this host shows without a login, and the ways to log
    /// in that it names for `user`.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn ssh_face(&self, target: SocketAddr, user: Option<&str>) -> Result<SshFace, HostError> {
        ssh::face(self, target, user)
    }

    /// The text file at `path`, with [`CONFIG_CAP`]; bytes that are not UTF-8 become U+FFFD.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn text(&self, path: &str) -> Result<String, HostError> {
        Ok(String::from_utf8_lossy(&self.read(path, CONFIG_CAP)?).into_owned())
    }

    /// As [`Self::text`], with `None` where nothing stands.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn text_if_any(&self, path: &str) -> Result<Option<String>, HostError> {
        match self.text(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// As [`Self::stat`], with `None` where nothing stands.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn stat_if_any(&self, path: &str) -> Result<Option<Stat>, HostError> {
        match self.stat(path) {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// As [`Self::list`], with nothing where nothing stands.
    #[expect(clippy::missing_errors_doc, reason = "as `stat`")]
    fn list_if_any(&self, path: &str, cap: usize) -> Result<Vec<Entry>, HostError> {
        match self.list(path, cap) {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            other => other,
        }
    }
}
