//! Tries the target `tls_judged` on inputs that libFuzzer makes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: capdo_fuzz::find("tls_judged").start(),
    |data: &[u8]| { capdo_fuzz::find("tls_judged").run(data); }
);
