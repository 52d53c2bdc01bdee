//! Files that people write: settings of agent and collector, catalogues, records of restore tests.

use std::{fs, path::Path};

use capdo_agent::config::Config as AgentConfig;
use capdo_checks::{
    catalogue::{Catalogue, Source, Sources},
    facts::restore_tests,
    settings::Settings,
};
use capdo_collector::config::Config as CollectorConfig;

use crate::bytes::seen;
use crate::{bytes, repository, seeds::Seeds};

/// Tries one input: a byte chooses the reader.
pub fn run(data: &[u8]) {
    let Some((mode, held)) = bytes::first(data) else {
        return;
    };
    let text = bytes::text(held);
    let path = Path::new("/etc/capdo/x.toml");
    match mode % 5 {
        0 => seen(AgentConfig::from_text(&text, path).map_err(|e| e.to_string())),
        1 => seen(CollectorConfig::parse(&text, path).map_err(|e| e.to_string())),
        2 => catalogue(held),
        3 => seen(toml::from_str::<Settings>(&text)),
        _ => {
            if let Ok(records) = restore_tests::parse(&text) {
                assert!(records.len() <= text.len());
            }
        }
    }
}

fn catalogue(held: &[u8]) {
    let texts: Vec<String> = bytes::pieces(held).into_iter().map(bytes::text).collect();
    let sources: Vec<Source<'_>> = texts
        .iter()
        .map(|text| Source {
            name: "x.toml",
            text,
        })
        .collect();
    let (standards, maps) = sources.split_at(1);
    let read = Catalogue::from_sources(&Sources { standards, maps });
    seen(read.map_err(|e| e.to_string()));
}

/// The samples and the catalogues of the repository.
pub fn seeds(seeds: &mut Seeds) {
    seeds.choosing(0, &repository::bytes("deploy/config/agent.toml"));
    seeds.choosing(1, &repository::bytes("deploy/config/collector.toml"));
    for path in repository::files("checks/catalogue", ".toml") {
        seeds.choosing(2, &fs::read(path).unwrap_or_default());
    }
    let settings =
        "expected_ports = [22]\n[[endpoints]]\nhost = \"a.vn\"\nport = 443\nkind = \"https\"\n";
    seeds.choosing(3, settings.as_bytes());
    seeds.choosing(0, format!("[declared]\n{settings}").as_bytes());
    seeds.choosing(4, b"[[test]]\n");
}
