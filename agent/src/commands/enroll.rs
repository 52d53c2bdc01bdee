//! `enroll`: get this host an identity.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use capdo_checks::{Value, host::Live, lang::Lang};
use capdo_proto::limits::MAX_TOKEN_LEN;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use zeroize::Zeroizing;

use super::{carry, failed};
use crate::{
    cli::EnrollArgs,
    clock::SystemClock,
    config::{Config, is_address, parse_sha256},
    dial::DialError,
    enroll::{EnrollError, Request, enroll},
    exit::Exit,
    host_facts::HostFacts,
    out,
    say::{self, Explain as _},
    state_dir::Existing,
    tls::Anchor,
    tpm::{DEVICE, TpmUse, WhyNot},
};

/// Carries out `enroll`.
pub(super) fn run(args: &EnrollArgs, config: &Config, lang: Lang) -> Exit {
    let existing = if args.force {
        Existing::Replace
    } else {
        Existing::Keep
    };
    if let Some(to) = &args.offline_request {
        return carry::request(to, existing, config, lang);
    }
    let anchor = match anchor(args, config) {
        Ok(Some(anchor)) => anchor,
        Ok(None) => {
            out::error(&say::plain(lang, "enroll-no-trust"));
            return Exit::Usage;
        }
        Err(detail) => return failed(&EnrollError::Ca(detail), Exit::Usage, lang),
    };
    if let Some(file) = &args.offline_grant {
        return carry::grant(file, &anchor, existing, config, lang);
    }
    let collector = args.collector.as_deref().unwrap_or_default();
    if !is_address(collector) {
        let error = DialError::Address(collector.to_owned());
        return failed(&error, Exit::Usage, lang);
    }
    let token = match token(args) {
        Ok(token) => token,
        Err(error) => {
            let args = [("detail", Value::from(error.to_string()))];
            out::error(&say::with(lang, "enroll-token-unread", &args));
            return Exit::Usage;
        }
    };
    let request = Request {
        collector,
        token,
        anchor: &anchor,
        state_dir: &config.state_dir,
        existing,
        facts: &HostFacts::gather(&Live::new()),
        tpm: &config.tpm,
    };
    finish(&request, lang)
}

fn finish(request: &Request<'_>, lang: Lang) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(enroll(request, &SystemClock)),
        Err(error) => Err(EnrollError::Refused(error.to_string())),
    };
    match done {
        Ok((identity, why_not)) => {
            out::line(&key_line(why_not, request.tpm, lang));
            let args = [
                ("host", Value::from(identity.host_id())),
                ("collector", Value::from(identity.collector())),
            ];
            out::line(&say::with(lang, "enroll-done", &args));
            Exit::Fine
        }
        Err(error) => {
            out::error(&error.say(lang));
            Exit::Internal
        }
    }
}

/// Where the new key is, and why there.
pub(super) fn key_line(why_not: Option<WhyNot>, tpm: &TpmUse, lang: Lang) -> String {
    let place = tpm.place().unwrap_or(Path::new(DEVICE));
    let key = match why_not {
        None => "enroll-key-tpm",
        Some(WhyNot::Off) => "enroll-key-file",
        Some(WhyNot::Absent) => "enroll-key-no-tpm",
        Some(WhyNot::Denied) => "enroll-key-denied",
    };
    let place = Value::from(place.display().to_string());
    say::with(lang, key, &[("tpm", place)])
}

/// What the command line says to trust, else what the configuration says; never just anything.
fn anchor(args: &EnrollArgs, config: &Config) -> Result<Option<Anchor>, String> {
    if let Some(pin) = &args.ca_sha256 {
        let pin = parse_sha256(pin).ok_or("--ca-sha256: not 64 hexadecimal digits")?;
        return Ok(Some(Anchor::Pin(pin)));
    }
    match (&args.ca_file, config.ca_sha256, &config.ca_file) {
        (Some(file), _, _) | (None, None, Some(file)) => ca_in(file).map(Some),
        (None, Some(pin), _) => Ok(Some(Anchor::Pin(pin))),
        (None, None, None) => Ok(None),
    }
}

fn ca_in(file: &Path) -> Result<Anchor, String> {
    let said = |detail: &dyn std::fmt::Display| format!("{}: {detail}", file.display());
    let bytes = fs::read(file).map_err(|e| said(&e))?;
    let ca: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes)
        .map(|c| c.map(|c| c.to_vec()))
        .collect();
    let ca = ca.map_err(|e| said(&e))?;
    if ca.is_empty() {
        return Err(said(&"no PEM certificate"));
    }
    Ok(Anchor::Ca(ca))
}

fn token(args: &EnrollArgs) -> io::Result<Zeroizing<String>> {
    let text = match (&args.token, &args.token_file) {
        (Some(token), _) if token != "-" => Zeroizing::new(token.clone()),
        (_, Some(file)) => Zeroizing::new(fs::read_to_string(file)?),
        _ => {
            let mut text = Zeroizing::new(String::new());
            let most = u64::try_from(MAX_TOKEN_LEN).unwrap_or(u64::MAX) + 2;
            io::stdin().take(most).read_to_string(&mut text)?;
            text
        }
    };
    Ok(Zeroizing::new(text.trim().to_owned()))
}
