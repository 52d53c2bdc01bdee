//! The collector of capdo: keeps what agents observe, judges it anew, scores and shows it.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    capdo_collector::cli::main()
}
