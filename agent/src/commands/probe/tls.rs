//! `probe tls`: versions, suites, certificates, weaknesses and the grade of a TLS service.

use std::path::Path;

use capdo_checks::{
    facts::tls::anchors::Anchors,
    lang::Lang,
    probes::tls::{
        Limits,
        survey::{Ask, StartTls},
    },
};

use super::{Each, authorise};
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
    let each = Each {
        name: "tls",
        common: &args.common,
        usual_port: usual_port(args.starttls),
        config,
        lang,
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
            Ok(Found::new(survey, name, &anchors, now))
        },
        |found| probe_tls::render(found, now, Screen::of_stdout(), lang),
    )
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
