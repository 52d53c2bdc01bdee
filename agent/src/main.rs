//! The `capdo-agent` program. Everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    capdo_agent::main()
}
