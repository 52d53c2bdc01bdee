//! Servers that run although nothing in the usual places explains them: what they ask for is not seen,
//! and that they are there is.

use super::{Blind, Login, declared};
use crate::{
    context::Cx,
    facts::{
        processes::Processes,
        sockets::{Proto, Sockets},
    },
    host::Kind,
};

/// How a server shows without its files.
pub(super) struct Traces {
    /// Its name in reports.
    pub name: &'static str,
    /// Its programs.
    pub programs: &'static [&'static str],
    /// The UDP ports that are its own.
    pub ports: &'static [u16],
}

/// The servers that show, of those that nothing explains. In an image nothing runs. `none` tells that
/// no login was found otherwise; what may not be seen is a gap only then.
pub(super) fn unread(cx: &Cx<'_>, all: &[&Traces], none: bool) -> Vec<Login> {
    if cx.host().kind() == Kind::Image {
        return Vec::new();
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
        found.push(login(traces.name, &shown));
    }
    if found.is_empty() && none {
        let gaps = processes.err().into_iter().chain(sockets.err());
        found.extend(
            gaps.take(1)
                .map(|gap| Login::unseen("running servers", gap)),
        );
    }
    found
}

/// A server that shows so, and of which nothing else is seen.
pub(super) fn login(name: &str, shown: &str) -> Login {
    let seen = declared::seen(shown, Vec::new(), Some(Blind::Kind));
    Login {
        seen: Ok(seen),
        ..Login::configured(format!("{name} ({shown})"), shown, Vec::new())
    }
}
