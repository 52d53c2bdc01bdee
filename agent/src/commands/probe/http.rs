//! `probe http`: what a web site shows, in clear text and over TLS.

use std::{net::SocketAddr, path::Path};

use capdo_checks::{
    host::{HostError, Live},
    lang::Lang,
    observation::Gap,
    probes::http::{Site, SiteFound, survey},
};

use serde::Serialize;

use super::{
    Each,
    silence::{self, Silence},
    target::Target,
};
use crate::{cli::ProbeHttpArgs, exit::Exit, report::probe_http};

/// Carries out `probe http`. Without a port, both usual ones are looked at; at a given one, TLS is
/// tried first.
pub(super) fn run(args: &ProbeHttpArgs, config: Option<&Path>, lang: Lang) -> Exit {
    let any_port = Target::parse(&args.common.target, 0).is_some_and(|t| t.port == 0);
    let each = Each {
        name: "http",
        common: &args.common,
        usual_port: 443,
        other_port: any_port.then_some(80),
        config,
        lang,
        starttls: None,
    };
    let wanted = each.wanted();
    each.run(
        |window, target, address, progress| {
            let asker = Asker {
                window,
                name: target.name().unwrap_or_default(),
                deep: args.exposure,
            };
            if !any_port {
                return asker
                    .either(address)
                    .map(|one| vec![Part::Found(Box::new(one))]);
            }
            progress.step(0, "https");
            let https = asker.ask(address, true);
            progress.step(0, "http");
            let clear = SocketAddr::new(address.ip(), 80);
            match (https, asker.ask(clear, false)) {
                (Err(error), Err(_)) => Err(error),
                (https, http) => Ok(vec![
                    Part::of(https, address, "https", |e| {
                        silence::of(e, window, address, wanted)
                    }),
                    Part::of(http, clear, "http", |e| {
                        silence::of(e, window, clear, wanted)
                    }),
                ]),
            }
        },
        |parts: &Vec<Part>| parts.iter().map(|part| part.text(lang)).collect(),
    )
}

/// One of the two usual ports.
#[derive(Serialize)]
#[serde(untagged)]
enum Part {
    Found(Box<SiteFound>),
    Silent {
        target: SocketAddr,
        scheme: &'static str,
        gap: Gap,
        #[serde(skip_serializing_if = "Option::is_none")]
        silence: Option<Silence>,
    },
}

impl Part {
    fn of(
        asked: Result<SiteFound, HostError>,
        target: SocketAddr,
        scheme: &'static str,
        why: impl FnOnce(&HostError) -> Option<Silence>,
    ) -> Self {
        match asked {
            Ok(found) => Self::Found(Box::new(found)),
            Err(error) => Self::Silent {
                target,
                scheme,
                silence: why(&error),
                gap: Gap::from(error),
            },
        }
    }

    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Found(site) => probe_http::render(std::slice::from_ref(site), lang),
            Self::Silent {
                target,
                scheme,
                gap,
                silence,
            } => {
                let why = silence.map_or_else(
                    || super::why(gap, lang),
                    |silence| silence.sentence(*target, lang),
                );
                probe_http::silent(scheme, *target, &why, lang)
            }
        }
    }
}

struct Asker<'a> {
    window: &'a Live,
    name: &'a str,
    deep: bool,
}

impl Asker<'_> {
    fn ask(&self, target: SocketAddr, tls: bool) -> Result<SiteFound, HostError> {
        let site = Site {
            target,
            tls,
            name: self.name.to_owned(),
        };
        survey(self.window, &site, self.deep)
    }

    fn either(&self, target: SocketAddr) -> Result<SiteFound, HostError> {
        match self.ask(target, true) {
            Err(HostError::Unreachable(_)) => self.ask(target, false),
            other => other,
        }
    }
}
