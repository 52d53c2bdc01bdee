//! Compiles the protobuf files with protox, so that no `protoc` is needed to build.

use std::error::Error;
use std::path::PathBuf;

const ROOT: &str = "proto";
const FILES: [&str; 5] = [
    "capdo/v1/agents.proto",
    "capdo/v1/carried.proto",
    "capdo/v1/finding.proto",
    "capdo/v1/inventory.proto",
    "capdo/v1/session.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={ROOT}");

    let mut compiler = protox::Compiler::new([ROOT])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(FILES)?;

    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    std::fs::write(
        out.join("capdo.v1.bin"),
        compiler.encode_file_descriptor_set(),
    )?;

    tonic_prost_build::configure()
        .build_transport(false) // the stubs work over any transport; members pick theirs
        .btree_map(".") // encoding the same map twice gives the same bytes
        .skip_debug(["capdo.v1.EnrollRequest"]) // holds the token; lib.rs redacts it
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
