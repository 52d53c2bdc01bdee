//! `scan`: look once, judge at a level, report here. Needs no collector and no configuration.

use std::path::Path;

use capdo_checks::{
    Check, Host, Value, Verdict,
    host::{HostError, Image, Live},
    lang::Lang,
    settings::Settings,
};

use crate::{
    cli::ScanArgs,
    clock::{Clock as _, SystemClock},
    config::{self, Config, ConfigError},
    cost::Meter,
    exit::Exit,
    host_facts::HostFacts,
    levels,
    observing::{self, NoSuchCheck},
    out::{self, Progress, Screen},
    report::{Report, json, table},
    say::{self, Explain},
};

/// Why a scan did not start.
#[derive(Debug)]
enum ScanError {
    /// `--only` names nothing that there is. The caller's slip.
    NoSuchCheck(NoSuchCheck),
    /// `--root` is no folder that can be opened. The caller's slip.
    Root(HostError),
    /// The configuration is wrong.
    Config(ConfigError),
}

impl ScanError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NoSuchCheck(error) => error.say(lang),
            Self::Config(error) => error.say(lang),
            Self::Root(error) => {
                let detail = Value::from(error.to_string());
                say::with(lang, "scan-root", &[("detail", detail)])
            }
        }
    }
}

/// Carries out `scan`.
pub(super) fn run(args: &ScanArgs, config: Option<&Path>, lang: Lang) -> Exit {
    // Reading whole backups must not slow the host down. Where it may not step back, it goes on.
    rustix::process::nice(crate::guest::NICE).ok();
    let report = match scan(args, config, lang) {
        Ok(report) => report,
        Err(error) => {
            out::error(&error.say(lang));
            return Exit::Usage;
        }
    };
    if args.format.json {
        out::line(&json::render(&report));
    } else {
        out::print(&table::render(&report, Screen::of_stdout(), lang));
    }
    exit_of(&report)
}

fn exit_of(report: &Report) -> Exit {
    let has = |verdict| report.findings.iter().any(|f| f.verdict == verdict);
    if has(Verdict::Fail) {
        Exit::Fails
    } else if has(Verdict::Unknown) {
        Exit::Unknown
    } else {
        Exit::Fine
    }
}

fn scan(args: &ScanArgs, config: Option<&Path>, lang: Lang) -> Result<Report, ScanError> {
    let checks = observing::select(&args.only).map_err(ScanError::NoSuchCheck)?;
    match &args.root {
        None => {
            let settings = declared(config.unwrap_or(Path::new(config::DEFAULT_PATH)), config)?;
            Ok(look(args, &checks, &Live::new(), &settings, lang))
        }
        Some(root) => {
            // What is declared about this host says nothing about an image.
            let settings =
                config.map_or_else(|| Ok(Settings::default()), |c| declared(c, config))?;
            let image = Image::open(root, SystemClock.now()).map_err(ScanError::Root)?;
            Ok(look(args, &checks, &image, &settings, lang))
        }
    }
}

/// What the owner declared in the file. One that nobody asked for may be missing or closed to us.
fn declared(file: &Path, asked: Option<&Path>) -> Result<Settings, ScanError> {
    match Config::load(file) {
        Ok(config) => Ok(config.declared),
        Err(ConfigError::Read { .. }) if asked.is_none() => Ok(Settings::default()),
        Err(error) => Err(ScanError::Config(error)),
    }
}

fn look(
    args: &ScanArgs,
    checks: &[&'static dyn Check],
    host: &dyn Host,
    settings: &Settings,
    lang: Lang,
) -> Report {
    let meter = Meter::start();
    let started_at = SystemClock.now();
    let progress = Progress::new(checks.len());
    let thresholds = levels::thresholds(args.level);
    let judged = observing::observe(checks, host, settings, &thresholds, |done, id| {
        progress.step(done, id);
    });
    drop(progress);
    Report::new(HostFacts::gather(host), host.kind(), args.level, lang)
        .with_findings(&judged)
        .finished(started_at, SystemClock.now(), meter.read())
}
