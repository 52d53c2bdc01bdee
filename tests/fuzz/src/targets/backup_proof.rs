//! Copies read to their end: dumps, archives, packed files, segments of borg.

use std::io::Write as _;

use capdo_checks::facts::backup::proof::{State, borg, whole};

use crate::bytes::seen;
use crate::{bytes, seeds::Seeds, window::Window};

const PATH: &str = "/srv/backup/copy";

fn state(bytes: &[u8]) -> Option<State> {
    whole::read(&Window::holding(PATH, bytes), PATH)
        .ok()
        .map(|r| r.state)
}

/// Tries one input: a byte chooses how it is packed, the rest is the copy.
pub fn run(data: &[u8]) {
    let Some((mode, copy)) = bytes::first(data) else {
        return;
    };
    match mode % 3 {
        0 => never_gains(copy),
        1 => never_gains(&gzip(copy)),
        _ => {
            let segment = [borg::MAGIC, copy].concat();
            let size = segment.len() as u64;
            seen(borg::check(
                &Window::holding(PATH, &segment),
                PATH,
                size,
                (0, size),
            ));
        }
    }
}

/// A packed copy without its last byte is not whole, and one of nothing never is.
fn never_gains(copy: &[u8]) {
    let whole = state(copy);
    // As the reader tells them apart.
    let packed = [
        &b"\x1f\x8b"[..],
        b"\xfd7zXZ\0",
        b"BZh9",
        b"\x28\xb5\x2f\xfd",
    ];
    let Some((last, cut)) = copy.split_last() else {
        return assert_ne!(whole, Some(State::Whole), "nothing is whole");
    };
    // A zero behind the end is padding.
    if *last != 0
        && packed.iter().any(|magic| copy.starts_with(magic))
        && whole == Some(State::Whole)
    {
        assert_ne!(state(cut), Some(State::Whole), "cut, and still whole");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    // Stored, not packed: the fuzzer sees its own bytes.
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gz.write_all(bytes).expect("memory takes bytes");
    gz.finish().expect("memory takes bytes")
}

fn tar(name: &str, body: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{:011o}", body.len()).as_bytes());
    let sum = block.iter().map(|b| u64::from(*b)).sum::<u64>() + 8 * 32;
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block.extend_from_slice(body);
    block.resize(block.len().next_multiple_of(512) + 1024, 0);
    block
}

/// One of each kind.
pub fn seeds(seeds: &mut Seeds) {
    let postgres = "-- PostgreSQL database dump\n\nCOPY a FROM stdin;\n1\n\\.\nCREATE TABLE a (b int);\n\
        -- PostgreSQL database dump complete\n--\n\n\\unrestrict x\n";
    let mysql = "-- MySQL dump 10.13\nCREATE TABLE `a` (`b` int);\nINSERT INTO `a` VALUES (1,'x');\n\
        -- Dump completed on 2026-11-22  1:00:00\n";
    let custom =
        b"PGDMP\x01\x0e\x00\x04\x08\x01\x01\x01\x00\x00\x00\x00\x05\x00\x00\x00\x06\x00\x00\x00";
    let texts = [
        postgres.as_bytes(),
        mysql.as_bytes(),
        custom,
        &tar("etc/a", b"x"),
        b"PK\x03\x04x PK\x05\x06",
    ];
    for text in texts {
        seeds.choosing(0, text);
        seeds.choosing(1, text);
        seeds.choosing(0, &gzip(text));
    }
    seeds.choosing(2, b"\0\0\0\0\x09\0\0\0\x02");
}
