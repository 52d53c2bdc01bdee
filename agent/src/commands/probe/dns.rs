//! `probe dns`: records, DNSSEC and the rules for mail of a zone, asked through one resolver.

use std::{net::SocketAddr, path::Path};

use capdo_checks::{
    Host as _, Value,
    host::Live,
    lang::Lang,
    probes::dns::{AskError, Resolver, ZoneFound, survey},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{authorise, authorise::Refusal, refused, target::Target};
use crate::{
    cli::ProbeDnsArgs,
    clock::{Clock as _, SystemClock},
    exit::Exit,
    out::{self, Progress},
    report::{json, probe_dns},
    say,
};

/// The JSON of the probe.
#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    agent_version: &'static str,
    probe: &'static str,
    target: &'a str,
    server: SocketAddr,
    started_at: Timestamp,
    /// Whether the resolver gave any answer.
    answers: bool,
    found: &'a ZoneFound,
}

/// Carries out `probe dns`. What is reached is the resolver, so it is the resolver that must be
/// permitted.
pub(super) fn run(args: &ProbeDnsArgs, config: Option<&Path>, lang: Lang) -> Exit {
    let zone = args.zone.trim_end_matches('.').to_ascii_lowercase();
    let prepared = prepare(args, &zone, config);
    let server = match prepared {
        Ok(server) => server,
        Err(refusal) => return refused(&refusal, lang),
    };
    let started_at = SystemClock.now();
    let resolver = match Resolver::new(server, args.anchor.as_deref(), args.patience()) {
        Ok(resolver) => resolver,
        Err(error) => return no_resolver(&error, lang),
    };
    let progress = Progress::new(16);
    let mut done = 0;
    let found = survey(&resolver, &zone, |what| {
        progress.step(done, what);
        done += 1;
    });
    drop(progress);
    if args.format.json {
        out::line(&json::render(&Report {
            format: "capdo-probe/1",
            agent_version: env!("CARGO_PKG_VERSION"),
            probe: "dns",
            target: &zone,
            server,
            started_at,
            answers: resolver.heard(),
            found: &found,
        }));
    } else {
        let head = [
            ("target", Value::from(zone.as_str())),
            ("address", Value::from(server.to_string())),
        ];
        out::line(&say::with(lang, "probe-head", &head));
        if resolver.heard() {
            out::print(&probe_dns::render(&found, lang));
        } else {
            let server = [("server", Value::from(server.to_string()))];
            out::line(&say::with(lang, "probe-dns-silent", &server));
        }
    }
    // Without the zone's head nothing was seen that could be relied upon.
    if found.soa.proof.is_none() || found.dnssec.is_none() {
        Exit::Fails
    } else {
        Exit::Fine
    }
}

fn prepare(args: &ProbeDnsArgs, zone: &str, config: Option<&Path>) -> Result<SocketAddr, Refusal> {
    let wrong = || Refusal::Target(args.zone.clone());
    Target::parse(zone, 53)
        .filter(|t| t.name().is_some() && t.host == zone)
        .ok_or_else(wrong)?;
    let server = match &args.server {
        Some(text) => Target::parse(text, 53)
            .filter(|t| t.name().is_none())
            .and_then(|t| t.shown().parse().ok())
            .ok_or_else(|| Refusal::Target(text.clone()))?,
        None => usual_server().ok_or_else(|| Refusal::NoAddress {
            target: "/etc/resolv.conf".to_owned(),
            detail: "nameserver".to_owned(),
        })?,
    };
    let authorisation = args.authorisation.as_deref();
    authorise::permit("dns", zone, &[server], authorisation, config)?;
    Ok(server)
}

/// The first resolver that this host itself uses.
fn usual_server() -> Option<SocketAddr> {
    let text = Live::new().text("/etc/resolv.conf").ok()?;
    let servers = text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        (words.next() == Some("nameserver")).then(|| words.next())?
    });
    let ip = servers.filter_map(|word| word.parse().ok()).next()?;
    Some(SocketAddr::new(ip, 53))
}

fn no_resolver(error: &AskError, lang: Lang) -> Exit {
    let detail = [("detail", Value::from(error.to_string()))];
    out::error(&say::with(lang, "probe-dns-resolver", &detail));
    match error {
        AskError::Anchor(_) => Exit::Usage,
        AskError::Start(_) => Exit::Internal,
    }
}
