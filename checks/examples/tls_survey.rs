//! Surveys one address and prints what it found as JSON, with the time it took: for the benchmark
//! and for comparing with other scanners.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

use std::{net::SocketAddr, process::ExitCode, time::Instant};

use capdo_checks::probes::tls::{
    Limits, Tcp, survey,
    survey::{Ask, StartTls},
};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let target = args.next().and_then(|a| a.parse::<SocketAddr>().ok());
    let Some(target) = target else {
        eprintln!("usage: tls_survey ADDRESS:PORT [--starttls PROTO] [--sni NAME] [--intrusive]");
        return ExitCode::from(2);
    };
    let (mut name, mut starttls, mut intrusive) = (None, None, false);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--starttls" => starttls = args.next().and_then(|p| protocol(&p)),
            "--sni" => name = args.next(),
            "--intrusive" => intrusive = true,
            _ => {
                eprintln!("unknown: {arg}");
                return ExitCode::from(2);
            }
        }
    }
    let ask = Ask {
        target,
        name,
        starttls,
        intrusive,
    };
    let start = Instant::now();
    let found = survey(&Tcp(target), &ask, &Limits::default(), &mut |_| {});
    eprintln!("{} ms", start.elapsed().as_millis());
    match found {
        Ok(found) => {
            println!(
                "{}",
                serde_json::to_string_pretty(&found).unwrap_or_default()
            );
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

fn protocol(word: &str) -> Option<StartTls> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}
