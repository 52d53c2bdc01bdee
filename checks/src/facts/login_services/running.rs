//! Servers that run although none of their files stands in the usual places: what they ask for is
//! not seen, and that they are there is.

use super::{Blind, Login, declared};
use crate::{
    context::Cx,
    facts::{
        glob,
        processes::Processes,
        sockets::{Proto, Sockets},
    },
    host::{Host, Kind},
    observation::Gap,
};

/// How a server shows without its files.
pub(super) struct Traces {
    /// Its name in reports.
    pub name: &'static str,
    /// Its programs.
    pub programs: &'static [&'static str],
    /// The UDP ports that are its own.
    pub ports: &'static [u16],
    /// Where its files stand; one that is there was read, and explains the server. Nothing, where
    /// no file of it is read here.
    pub files: &'static [&'static str],
}

/// The servers that show and that no file explains. In an image nothing runs. `none` tells that no
/// login was found otherwise; what may not be seen is a gap only then.
///
/// # Errors
/// When a folder may not be read.
pub(super) fn unread(cx: &Cx<'_>, all: &[Traces], none: bool) -> Result<Vec<Login>, Gap> {
    if cx.host().kind() == Kind::Image {
        return Ok(Vec::new());
    }
    let processes = cx.get::<Processes>();
    let sockets = cx.get::<Sockets>();
    let mut found = Vec::new();
    for traces in all {
        let runs = traces.programs.iter().find(|name| {
            let seen = processes.as_ref();
            seen.is_ok_and(|p| p.has(name))
        });
        let listens = sockets.as_ref().ok().and_then(|s| {
            let mut own = s.listeners.iter().filter(|l| l.proto == Proto::Udp);
            own.find(|l| l.reachable() && traces.ports.contains(&l.port))
        });
        let shown = match (runs, listens) {
            (Some(program), _) => format!("process {program}"),
            (None, Some(listener)) => listener.label(),
            (None, None) => continue,
        };
        if explained(cx.host(), traces.files)? {
            continue;
        }
        let seen = declared::seen(&shown, Vec::new(), Some(Blind::Kind));
        found.push(Login {
            seen: Ok(seen),
            ..Login::configured(format!("{} ({shown})", traces.name), &shown, Vec::new())
        });
    }
    if found.is_empty() && none {
        let gaps = processes.err().into_iter().chain(sockets.err());
        found.extend(
            gaps.take(1)
                .map(|gap| Login::unseen("running servers", gap)),
        );
    }
    Ok(found)
}

fn explained(host: &dyn Host, files: &[&str]) -> Result<bool, Gap> {
    for pattern in files {
        if !glob::expand(host, pattern)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
