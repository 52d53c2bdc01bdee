//! `probe tls`: versions, suites, certificates, weaknesses and the grade of a TLS service.

use std::{net::SocketAddr, path::Path};

use capdo_checks::{
    Host as _,
    facts::tls::anchors::Anchors,
    host::Live,
    lang::Lang,
    probes::{
        http::{Site, hsts},
        tls::{
            Limits,
            survey::{Ask, StartTls},
        },
    },
};

use rustls::pki_types::ServerName;

use super::{Each, authorise, authorise::Refusal, refused, silence};
use crate::{
    cli::ProbeTlsArgs,
    clock::{Clock as _, SystemClock},
    exit::Exit,
    out::Screen,
    report::probe_tls::{self, Found},
};

/// A whole survey may take as long as this many answers.
const ANSWERS: u32 = 12;

/// Carries out `probe tls`.
pub(super) fn run(args: &ProbeTlsArgs, config: Option<&Path>, lang: Lang) -> Exit {
    let agency = match authorise::configuration(config) {
        Ok(config) => config.declared.trusted_cas,
        Err(error) => return super::super::failed(&error, Exit::Usage, lang),
    };
    if let Some(sni) = args.sni.as_deref().filter(|sni| !is_name(sni)) {
        return refused(&Refusal::Name(sni.to_owned()), lang);
    }
    let each = Each {
        name: "tls",
        common: &args.common,
        usual_port: usual_port(args.starttls),
        other_port: None,
        config,
        lang,
        starttls: args.starttls,
    };
    let patience = args.common.patience();
    let limits = Limits {
        time: patience * ANSWERS,
        connection: patience,
        ..Limits::default()
    };
    let now = SystemClock.now();
    each.run(
        |window, target, address, progress| {
            let name = args.sni.as_deref().or(target.name());
            let ask = Ask {
                target: address,
                name: name.map(str::to_owned),
                starttls: args.starttls,
                intrusive: args.intrusive,
            };
            let survey = window.survey(&ask, &limits, &mut |step| {
                progress.step_of(step.total, step.done, &step.what);
            })?;
            let anchors = Anchors::read(window, &agency);
            let web = survey.tls && args.starttls.is_none();
            let hsts = web.then(|| hsts(window, address, name)).flatten();
            let clear = !survey.tls && args.starttls.is_none();
            let greets = clear.then(|| silence::greeting(window, address)).flatten();
            Ok(Found {
                greets: greets.map(silence::word),
                ..Found::new(survey, name, &anchors, now, hsts)
            })
        },
        |found| probe_tls::render(found, now, Screen::of_stdout(), lang),
    )
}

/// Whether a server can be asked for that name, or its certificate bear that address.
fn is_name(sni: &str) -> bool {
    ServerName::try_from(sni).is_ok()
}

/// Seconds of Strict-Transport-Security; 0 without the header, `None` where no web server answers.
fn hsts(window: &Live, target: SocketAddr, name: Option<&str>) -> Option<u64> {
    let site = Site {
        target,
        tls: true,
        name: name.unwrap_or_default().to_owned(),
    };
    let answer = window.http(&site.ask("/")).ok()?;
    Some(hsts::of(&answer).and_then(|h| h.max_age).unwrap_or(0))
}

/// The port at which a protocol is usual.
const fn usual_port(starttls: Option<StartTls>) -> u16 {
    match starttls {
        None => 443,
        Some(StartTls::Smtp) => 25,
        Some(StartTls::Imap) => 143,
        Some(StartTls::Pop3) => 110,
        Some(StartTls::Ldap) => 389,
        Some(StartTls::Postgres) => 5432,
        Some(StartTls::Mysql) => 3306,
        Some(StartTls::Ftp) => 21,
        Some(StartTls::Xmpp) => 5222,
    }
}
