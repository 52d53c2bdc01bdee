//! `probe http`: what a web site shows, in clear text and over TLS.

use std::{net::SocketAddr, path::Path};

use capdo_checks::{
    host::{HostError, Live},
    lang::Lang,
    probes::http::{Site, SiteFound, survey},
};

use super::{Each, target::Target};
use crate::{cli::ProbeHttpArgs, exit::Exit, report::probe_http};

/// Carries out `probe http`. Without a port, both usual ones are looked at; at a given one, TLS is
/// tried first.
pub(super) fn run(args: &ProbeHttpArgs, config: Option<&Path>, lang: Lang) -> Exit {
    let each = Each {
        name: "http",
        common: &args.common,
        usual_port: 443,
        config,
        lang,
    };
    let any_port = Target::parse(&args.common.target, 0).is_some_and(|t| t.port == 0);
    each.run(
        |window, target, address, progress| {
            let asker = Asker {
                window,
                name: target.name().unwrap_or_default(),
                deep: args.exposure,
            };
            if !any_port {
                return asker.either(address).map(|one| vec![one]);
            }
            progress.step(0, "https");
            let https = asker.ask(address, true);
            progress.step(0, "http");
            let http = asker.ask(SocketAddr::new(address.ip(), 80), false);
            match (https, http) {
                (Err(error), Err(_)) => Err(error),
                (https, http) => Ok(https.into_iter().chain(http).collect()),
            }
        },
        |sites| probe_http::render(sites, lang),
    )
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
