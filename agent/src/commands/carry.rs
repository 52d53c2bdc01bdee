//! `export` and `receipt`, and the two halves of `enroll` without a network.

use std::path::Path;

use capdo_checks::{Value, host::Live, lang::Lang};

use super::{enroll, failed};
use crate::{
    carry::{self, CarryError, Export, Exported},
    cli::ExportArgs,
    clock::{Clock as _, SystemClock},
    config::Config,
    exit::Exit,
    host_facts::HostFacts,
    identity::Identity,
    out,
    say::{self, Explain as _},
    spool::Spool,
    state_dir::Existing,
    status::{Connection, ServiceStatus},
    tls::Anchor,
};

/// Carries out `export`.
pub(super) fn export(args: &ExportArgs, config: &Config, lang: Lang) -> Exit {
    match try_export(args, config) {
        Ok(done) => {
            let args = [
                ("file", Value::from(done.path.display().to_string())),
                ("runs", Value::from(done.runs)),
                ("from", Value::from(done.from.to_string())),
                ("to", Value::from(done.to.to_string())),
                ("findings", Value::from(done.findings)),
                ("bytes", Value::from(done.bytes.to_string())),
            ];
            let key = if done.given_up > 0 {
                "export-done-gaps"
            } else {
                "export-done"
            };
            out::line(&say::with(lang, key, &args));
            Exit::Fine
        }
        Err(error @ CarryError::Nothing) => {
            out::line(&error.say(lang));
            not_kept(config, lang)
        }
        Err(error) => failed(&error, Exit::Internal, lang),
    }
}

/// That no run waits may be because none can be kept, or none is made; then nothing of this host ever leaves.
fn not_kept(config: &Config, lang: Lang) -> Exit {
    let status = ServiceStatus::load(&config.state_dir, SystemClock.now_ms());
    let why = match (status.spool_error, status.connection) {
        (Some(error), _) => {
            let args = [("detail", Value::from(error))];
            say::with(lang, "export-not-kept", &args)
        }
        (None, Connection::Down) => say::plain(lang, "export-down"),
        (None, _) => return Exit::Fine,
    };
    out::error(&why);
    Exit::Internal
}

fn try_export(args: &ExportArgs, config: &Config) -> Result<Exported, CarryError> {
    let identity = Identity::load(&config.state_dir, &config.tpm)?;
    let mut spool = Spool::open(&config.state_dir)?;
    if let Some(receipt) = &args.since_receipt {
        carry::settle(&mut spool, &identity, receipt)?;
    }
    let facts = HostFacts::gather(&Live::new());
    let what = Export {
        out: args.out.as_deref(),
        whole: args.whole,
    };
    carry::export(&spool, &identity, &facts, what, &SystemClock)
}

/// Carries out `receipt`.
pub(super) fn receipt(file: &Path, config: &Config, lang: Lang) -> Exit {
    let settled = || {
        let identity = Identity::load(&config.state_dir, &config.tpm)?;
        let mut spool = Spool::open(&config.state_dir)?;
        carry::settle(&mut spool, &identity, file)
    };
    match settled() {
        Ok((receipt, runs)) => {
            let args = [
                ("counter", Value::from(receipt.last_counter.to_string())),
                ("runs", Value::from(runs)),
            ];
            out::line(&say::with(lang, "receipt-done", &args));
            Exit::Fine
        }
        Err(error) => failed(&error, Exit::Internal, lang),
    }
}

/// Carries out `enroll --offline-request`.
pub(super) fn request(to: &Path, existing: Existing, config: &Config, lang: Lang) -> Exit {
    let facts = HostFacts::gather(&Live::new());
    let how = (existing, &config.tpm);
    match carry::request(&config.state_dir, &facts, to, how, &SystemClock) {
        Ok(why_not) => {
            let args = [("file", Value::from(to.display().to_string()))];
            out::line(&say::with(lang, "carry-request-done", &args));
            out::line(&enroll::key_line(why_not, &config.tpm, lang));
            Exit::Fine
        }
        Err(error) => failed(&error, Exit::Internal, lang),
    }
}

/// Carries out `enroll --offline-grant`.
pub(super) fn grant(
    file: &Path,
    anchor: &Anchor,
    existing: Existing,
    config: &Config,
    lang: Lang,
) -> Exit {
    match carry::accept(&config.state_dir, file, anchor, (existing, &config.tpm)) {
        Ok(identity) => {
            let args = [("host", Value::from(identity.host_id()))];
            out::line(&say::with(lang, "carry-grant-done", &args));
            Exit::Fine
        }
        Err(error) => failed(&error, Exit::Internal, lang),
    }
}
