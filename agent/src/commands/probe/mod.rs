//! `probe`: look at one address from outside, without a collector. Nothing is changed, nobody is
//! logged in, and nothing but the host's own addresses is reached without a stated authorisation.

mod authorise;
mod dns;
mod http;
mod log;
mod silence;
mod ssh;
mod target;
mod tls;

use std::{net::SocketAddr, path::Path};

use capdo_checks::{
    Value,
    host::{HostError, Live},
    lang::Lang,
    observation::Gap,
    probes::tls::survey::StartTls,
    text::Messages,
};
use jiff::Timestamp;
use serde::Serialize;

use self::{
    authorise::{Admitted, Refusal},
    silence::{Silence, Wanted},
    target::Target,
};
use crate::{
    cli::{ProbeArgs, ProbeCommand},
    clock::{Clock as _, SystemClock},
    exit::Exit,
    out::{self, Progress},
    report::json,
    say,
};

/// Carries out `probe`.
pub(super) fn run(command: &ProbeCommand, config: Option<&Path>, lang: Lang) -> Exit {
    match command {
        ProbeCommand::Tls(args) => tls::run(args, config, lang),
        ProbeCommand::Ssh(args) => ssh::run(args, config, lang),
        ProbeCommand::Dns(args) => dns::run(args, config, lang),
        ProbeCommand::Http(args) => http::run(args, config, lang),
    }
}

/// The JSON of a probe.
#[derive(Serialize)]
struct Report<'a, T> {
    format: &'static str,
    agent_version: &'static str,
    probe: &'a str,
    target: String,
    started_at: Timestamp,
    results: Vec<Answer<T>>,
}

/// What came of one address.
#[derive(Serialize)]
struct Answer<T> {
    address: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<Gap>,
    /// What it does instead of answering, where that was found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    silence: Option<Silence>,
}

/// A probe of all addresses of one target.
struct Each<'a> {
    name: &'static str,
    common: &'a ProbeArgs,
    usual_port: u16,
    /// A port of the same address that is asked as well.
    other_port: Option<u16>,
    config: Option<&'a Path>,
    lang: Lang,
    /// The protocol before TLS.
    starttls: Option<StartTls>,
}

impl Each<'_> {
    fn wanted(&self) -> Wanted {
        Wanted {
            tls: self.name == "tls",
            starttls: self.starttls,
            patience: self.common.patience(),
        }
    }

    /// Asks each address in turn and prints what it showed.
    fn run<T: Serialize>(
        &self,
        ask: impl Fn(&Live, &Target, SocketAddr, &Progress) -> Result<T, HostError>,
        print: impl Fn(&T) -> String,
    ) -> Exit {
        let admitted = match authorise::admit(
            self.name,
            self.common,
            [self.usual_port, self.other_port.unwrap_or(0)],
            self.config,
        ) {
            Ok(admitted) => admitted,
            Err(refusal) => return refused(&refusal, self.lang),
        };
        let Admitted {
            target,
            addresses,
            window,
        } = admitted;
        let started_at = SystemClock.now();
        let mut results = Vec::new();
        for (n, &address) in addresses.iter().enumerate() {
            let progress = Progress::new(addresses.len());
            progress.step(n, &address.to_string());
            let answer = ask(&window, &target, address, &progress);
            let answer = match answer {
                Ok(found) => Answer {
                    address,
                    found: Some(found),
                    gap: None,
                    silence: None,
                },
                Err(error) => Answer {
                    address,
                    found: None,
                    silence: silence::of(&error, &window, address, self.wanted()),
                    gap: Some(Gap::from(error)),
                },
            };
            drop(progress);
            if !self.common.format.json {
                out::print(&self.text(&target, &answer, &print));
            }
            results.push(answer);
        }
        let failed = results.iter().any(|r| r.gap.is_some());
        if self.common.format.json {
            out::line(&json::render(&Report {
                format: "capdo-probe/1",
                agent_version: env!("CARGO_PKG_VERSION"),
                probe: self.name,
                target: target.shown(),
                started_at,
                results,
            }));
        }
        if failed { Exit::Fails } else { Exit::Fine }
    }

    fn text<T>(
        &self,
        target: &Target,
        answer: &Answer<T>,
        print: &impl Fn(&T) -> String,
    ) -> String {
        let args = [
            ("target", Value::from(target.shown())),
            ("address", Value::from(answer.address.to_string())),
        ];
        let head = say::with(self.lang, "probe-head", &args);
        let body = match (&answer.found, &answer.gap) {
            (Some(found), _) => print(found),
            (None, Some(gap)) => answer.silence.map_or_else(
                || why(gap, self.lang),
                |silence| silence.sentence(answer.address, self.lang),
            ),
            (None, None) => String::new(),
        };
        format!("{head}\n{}\n\n", body.trim_end())
    }
}

/// A gap in words.
fn why(gap: &Gap, lang: Lang) -> String {
    let args = [
        ("reason", Value::from(gap.reason.code())),
        ("detail", Value::from(gap.detail.as_str())),
    ];
    Messages::of(lang).get("common-gap", None, &args)
}

fn refused(refusal: &Refusal, lang: Lang) -> Exit {
    let exit = if refusal.is_usage() {
        Exit::Usage
    } else {
        Exit::Fails
    };
    super::failed(refusal, exit, lang)
}
