//! Which addresses a probe may reach. The host's own need nobody's leave; every other needs a
//! stated authorisation, and the probe is then on record before the first packet.

use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
};

use capdo_checks::{
    Value,
    host::{Live, is_own},
};

use super::{
    log::{self, Entry},
    target::Target,
};
use crate::{
    cli::ProbeArgs,
    clock::{Clock as _, SystemClock},
    config::{Config, ConfigError, DEFAULT_PATH},
    say::{Args, Explain},
};

/// Longest authorisation, in characters.
const MAX_WORDS: usize = 500;

/// What may be reached, and through which window.
pub(super) struct Admitted {
    /// What was asked for.
    pub(super) target: Target,
    /// All of its addresses; nothing else is connected to.
    pub(super) addresses: Vec<SocketAddr>,
    /// The window that lets them, and the host's own, be reached.
    pub(super) window: Live,
}

/// Why nothing was sent.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The target is none.
    Target(String),
    /// The name to ask for is none.
    Name(String),
    /// The name has no address, or none of the wanted family.
    NoAddress { target: String, detail: String },
    /// An address is not this host's own, and nobody is said to have permitted it.
    NotAuthorised { target: String, address: IpAddr },
    /// The authorisation says nothing, or too much.
    Words,
    /// The probe cannot be put on record.
    Log { file: String, detail: String },
    /// The configuration, which says where the record is, is wrong.
    Config(ConfigError),
}

impl Refusal {
    /// Whether the command line has to be put right.
    pub(super) const fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Target(_)
                | Self::Name(_)
                | Self::NotAuthorised { .. }
                | Self::Words
                | Self::Config(_)
        )
    }
}

impl Explain for Refusal {
    fn sentence(&self) -> (&'static str, Args) {
        let text = |name, value: &str| (name, Value::from(value));
        match self {
            Self::Target(target) => ("probe-target", vec![text("target", target)]),
            Self::Name(name) => ("probe-sni", vec![text("name", name)]),
            Self::NoAddress { target, detail } => (
                "probe-no-address",
                vec![text("target", target), text("detail", detail)],
            ),
            Self::NotAuthorised { target, address } => (
                "probe-not-authorised",
                vec![
                    text("target", target),
                    text("address", &address.to_string()),
                ],
            ),
            Self::Words => ("probe-authorisation", vec![]),
            Self::Log { file, detail } => (
                "probe-log",
                vec![text("file", file), text("detail", detail)],
            ),
            Self::Config(error) => error.sentence(),
        }
    }
}

/// Resolves the target once (at its port or the usual one; where the other port is not 0, that is
/// put on record as well), checks every address, and puts a probe of others on record.
///
/// # Errors
/// When something is not this host's own and not permitted, or cannot be put on record.
pub(super) fn admit(
    probe: &str,
    args: &ProbeArgs,
    [usual_port, other_port]: [u16; 2],
    config: Option<&Path>,
) -> Result<Admitted, Refusal> {
    let target = Target::parse(&args.target, usual_port)
        .ok_or_else(|| Refusal::Target(args.target.clone()))?;
    let no_address = |detail: String| Refusal::NoAddress {
        target: target.shown(),
        detail,
    };
    let addresses = target
        .addresses(args.ipv4, args.ipv6)
        .map_err(|e| no_address(e.to_string()))?;
    if addresses.is_empty() {
        return Err(no_address(String::new()));
    }
    let shown = target.shown();
    let mut reached = addresses.clone();
    if other_port != 0 {
        reached.extend(
            addresses
                .iter()
                .map(|a| SocketAddr::new(a.ip(), other_port)),
        );
    }
    permit(
        probe,
        &shown,
        &reached,
        args.authorisation.as_deref(),
        config,
    )?;
    let all = addresses.iter().map(SocketAddr::ip).collect();
    Ok(Admitted {
        target,
        addresses,
        window: Live::permitting(all, args.patience()),
    })
}

/// Checks every address; puts the probe on record where one is not this host's own.
///
/// # Errors
/// As [`admit`].
pub(super) fn permit(
    probe: &str,
    target: &str,
    addresses: &[SocketAddr],
    authorisation: Option<&str>,
    config: Option<&Path>,
) -> Result<(), Refusal> {
    let words = authorisation.map(str::trim);
    if words.is_some_and(|w| w.is_empty() || w.chars().count() > MAX_WORDS) {
        return Err(Refusal::Words);
    }
    let Some(foreign) = addresses.iter().find(|a| !is_own(a.ip())) else {
        return Ok(());
    };
    let words = words.ok_or_else(|| Refusal::NotAuthorised {
        target: target.to_owned(),
        address: foreign.ip(),
    })?;
    record(probe, target, addresses, words, config)
}

fn record(
    probe: &str,
    target: &str,
    addresses: &[SocketAddr],
    authorisation: &str,
    config: Option<&Path>,
) -> Result<(), Refusal> {
    let uid = rustix::process::geteuid();
    let env = |name: &str| std::env::var(name).ok();
    let state_dir = configuration(config).map_err(Refusal::Config)?.state_dir;
    let file = log::path(uid.is_root(), &state_dir, env).ok_or_else(|| Refusal::Log {
        file: "$XDG_STATE_HOME/capdo/probes.log".to_owned(),
        detail: "HOME".to_owned(),
    })?;
    let entry = Entry {
        time: SystemClock.now(),
        uid: uid.as_raw(),
        sudo_user: env("SUDO_USER").map(|u| u.chars().take(64).collect()),
        probe,
        target,
        addresses,
        authorisation,
    };
    log::append(&file, &entry).map_err(|e| Refusal::Log {
        file: file.display().to_string(),
        detail: e.to_string(),
    })
}

/// The given configuration, else the usual one where it exists.
///
/// # Errors
/// When it cannot be used.
pub(super) fn configuration(config: Option<&Path>) -> Result<Config, ConfigError> {
    let usual = Path::new(DEFAULT_PATH);
    match config {
        None if !usual.exists() => Ok(Config::empty()),
        file => Config::load(file.unwrap_or(usual)),
    }
}
