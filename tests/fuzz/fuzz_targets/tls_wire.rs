//! Tries the target `tls_wire` on inputs that libFuzzer makes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: capdo_fuzz::find("tls_wire").start(),
    |data: &[u8]| { capdo_fuzz::find("tls_wire").run(data); }
);
