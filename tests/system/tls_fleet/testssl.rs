//! What testssl.sh says of the fleet. It takes a minute and more for each server, so what it said stands
//! in `testssl.toml`; `tests/tls-truth` asks it again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use capdo_checks::probes::tls::{groups, survey::Protocol};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    oracles::{Seen, curve_code},
    servers::Server,
};

/// The name under which known differences are listed.
pub(super) const NAME: &str = "testssl";

/// How testssl.sh names versions.
const VERSIONS: [(&str, Protocol); 6] = [
    ("ssl2", Protocol::Ssl2),
    ("ssl3", Protocol::Ssl3),
    ("tls1", Protocol::Tls10),
    ("tls1_1", Protocol::Tls11),
    ("tls1_2", Protocol::Tls12),
    ("tls1_3", Protocol::Tls13),
];

/// One server in the record.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Said {
    /// Codes of suites in hex by version.
    suites: BTreeMap<String, String>,
    /// Names of curves and groups.
    groups: String,
}

type Record = BTreeMap<String, Said>;

fn place() -> PathBuf {
    capdo_tests::repository().join("tests/system/tls_fleet/testssl.toml")
}

fn record() -> Record {
    toml::from_str(&fs::read_to_string(place()).unwrap()).unwrap()
}

/// What testssl.sh said of each server.
pub(super) fn recorded(servers: &[Server]) -> Vec<Seen> {
    let record = record();
    let names: BTreeSet<&str> = servers.iter().map(|s| s.name).collect();
    let known: BTreeSet<&str> = record.keys().map(String::as_str).collect();
    assert_eq!(names, known, "run tests/tls-truth for what is missing");
    servers.iter().map(|s| seen(&record[s.name])).collect()
}

fn seen(said: &Said) -> Seen {
    let suites = said.suites.iter().map(|(version, codes)| {
        let found = VERSIONS.iter().find(|v| v.1.name() == version);
        let codes = codes
            .split(' ')
            .map(|c| u32::from_str_radix(c, 16).unwrap());
        (found.unwrap().1, codes.collect())
    });
    Seen {
        suites: suites.collect(),
        groups: said.groups.split_whitespace().map(curve_code).collect(),
    }
}

/// Asks testssl.sh about the servers whose names hold one of the words (`all` for each), and keeps what
/// it says in the record.
pub(super) fn ask_again(dir: &Path, servers: &[Server], words: &str) {
    let mut record = record();
    let asked = |name: &str| words == "all" || words.split(',').any(|word| name.contains(word));
    record.retain(|name, _| servers.iter().any(|s| s.name == name));
    for server in servers.iter().filter(|s| asked(s.name)) {
        record.insert(server.name.to_owned(), by_testssl(dir, server));
        let head = "# What testssl.sh 3.0.8 says of the fleet on Debian 12; written by tests/tls-truth.\n\n";
        let text = toml::to_string(&record).unwrap();
        fs::write(place(), format!("{head}{text}")).unwrap();
    }
}

fn by_testssl(dir: &Path, server: &Server) -> Said {
    let report = dir.join("testssl.json");
    fs::remove_file(&report).ok();
    let fixed = [
        "--quiet",
        "--warnings",
        "off",
        "--color",
        "0",
        "-p",
        "-E",
        "-f",
    ];
    // Without it an address of IPv6 is passed over.
    let six = server.target.is_ipv6().then_some("-6");
    Command::new("testssl")
        .args(fixed)
        .args(six)
        .arg("--jsonfile")
        .arg(&report)
        .arg(server.target.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("testssl (package testssl.sh)");
    let text = fs::read_to_string(&report).expect("testssl.sh wrote its report");
    let lines: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut suites: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for line in &lines {
        let (id, finding) = (text_of(line, "id"), text_of(line, "finding"));
        if let Some((version, code)) = id.strip_prefix("cipher-").and_then(|r| r.rsplit_once("_x"))
        {
            let version = VERSIONS.iter().find(|v| v.0 == version).unwrap().1;
            let all = suites.entry(version.name().to_owned()).or_default();
            all.insert(format!("{code:0>4}"));
        } else if id == "PFS_ECDHE_curves" || id == "DH_groups" {
            let words = finding.split(' ').filter(|w| known(w));
            names.extend(words.map(|w| groups::by_code(curve_code(w)).unwrap().name));
        }
    }
    let joined = |codes: BTreeSet<String>| codes.into_iter().collect::<Vec<_>>().join(" ");
    Said {
        suites: suites.into_iter().map(|(v, c)| (v, joined(c))).collect(),
        groups: names.into_iter().collect::<Vec<_>>().join(" "),
    }
}

/// Before TLS 1.3 it names the prime of DHE there, as "RFC3526/Oakley Group 14": no group of TLS.
fn known(word: &str) -> bool {
    let begins = ["prime", "secp", "sect", "X", "brainpool", "ffdhe"];
    begins.iter().any(|b| word.starts_with(b))
}

fn text_of<'a>(line: &'a Value, key: &str) -> &'a str {
    line[key].as_str().unwrap_or_default()
}
