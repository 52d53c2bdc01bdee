//! What other scanners say of the same servers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use capdo_checks::probes::tls::{
    groups, suites,
    survey::{Protocol, StartTls, Survey},
};
use serde_json::Value;

use super::servers::{NAME, Server, sslyze, tool};

/// Suites by version, and curves and groups, as codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) suites: BTreeMap<Protocol, BTreeSet<u32>>,
    pub(super) groups: BTreeSet<u16>,
}

impl Seen {
    /// Ours in the same form.
    pub(super) fn of(survey: &Survey) -> Self {
        let suites = survey.suites.iter();
        Self {
            suites: suites
                .map(|(version, found)| (*version, found.codes.iter().copied().collect()))
                .collect(),
            groups: survey
                .groups
                .iter()
                .chain(&survey.curves)
                .copied()
                .collect(),
        }
    }
}

/// sslyze, all servers in one run; no answer for servers that it could not talk to.
pub(super) fn by_sslyze(dir: &Path, servers: &[Server]) -> Vec<Option<Seen>> {
    run_sslyze(dir, &servers.iter().collect::<Vec<_>>(), &[])
}

/// sslyze behind STARTTLS; none for MySQL, which it does not know.
pub(super) fn by_sslyze_behind(dir: &Path, server: &Server, how: StartTls) -> Option<Seen> {
    let word = serde_json::to_value(how).unwrap();
    let word = word.as_str().filter(|_| how != StartTls::Mysql)?;
    let mut options = vec!["--starttls", word];
    if how == StartTls::Xmpp {
        options.extend(["--xmpp_to", NAME]);
    }
    run_sslyze(dir, &[server], &options).remove(0)
}

fn run_sslyze(dir: &Path, servers: &[&Server], options: &[&str]) -> Vec<Option<Seen>> {
    let mut line = vec!["--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2"];
    line.extend(["--tlsv1_3", "--elliptic_curves"]);
    line.extend(options);
    let all = sslyze_says(dir, servers, &line);
    all.iter().map(|one| sslyze_result(one.as_ref()?)).collect()
}

/// What sslyze reports of each server; nothing of one that it could not talk to.
fn sslyze_says(dir: &Path, servers: &[&Server], options: &[&str]) -> Vec<Option<Value>> {
    let program = sslyze().display().to_string();
    let targets: Vec<String> = servers.iter().map(|s| s.target.to_string()).collect();
    let mut line = vec![program.as_str(), "--quiet", "--slow_connection"];
    line.extend(["--json_out", "sslyze.json", "--mozilla_config", "disable"]);
    line.extend(options);
    line.extend(targets.iter().map(String::as_str));
    // It exits with an error when one server could not be reached.
    Command::new(line[0])
        .args(&line[1..])
        .current_dir(dir)
        .output()
        .unwrap();
    let text = fs::read_to_string(dir.join("sslyze.json")).expect("sslyze wrote its report");
    let report: Value = serde_json::from_str(&text).unwrap();
    let results = report["server_scan_results"].as_array().unwrap();
    servers
        .iter()
        .map(|server| {
            let port = u64::from(server.target.port());
            let one = results
                .iter()
                .find(|r| r["server_location"]["port"].as_u64() == Some(port))?;
            Some(one["scan_result"].clone())
        })
        .collect()
}

/// Whether sslyze could renegotiate with each server.
pub(super) fn sslyze_renegotiates(dir: &Path, servers: &[&Server]) -> Vec<Option<bool>> {
    let all = sslyze_says(dir, servers, &["--reneg"]);
    let told = |one: &Value| {
        one["session_renegotiation"]["result"]["is_vulnerable_to_client_renegotiation_dos"]
            .as_bool()
    };
    all.iter().map(|one| told(one.as_ref()?)).collect()
}

fn sslyze_result(scan: &Value) -> Option<Seen> {
    const VERSIONS: [(&str, Protocol); 6] = [
        ("ssl_2_0", Protocol::Ssl2),
        ("ssl_3_0", Protocol::Ssl3),
        ("tls_1_0", Protocol::Tls10),
        ("tls_1_1", Protocol::Tls11),
        ("tls_1_2", Protocol::Tls12),
        ("tls_1_3", Protocol::Tls13),
    ];
    let by_name: BTreeMap<&str, u32> = (0..=u32::from(u16::MAX))
        .filter_map(|code| Some((suites::name(code)?, code)))
        .collect();
    let mut seen = Seen::default();
    for (key, version) in VERSIONS {
        let list =
            scan[format!("{key}_cipher_suites")]["result"]["accepted_cipher_suites"].as_array()?;
        let codes: BTreeSet<u32> = list
            .iter()
            .map(|one| {
                let name = one["cipher_suite"]["name"].as_str().unwrap();
                *by_name
                    .get(name)
                    .unwrap_or_else(|| panic!("sslyze's name {name} is not in our table"))
            })
            .collect();
        if !codes.is_empty() {
            seen.suites.insert(version, codes);
        }
    }
    let curves = scan["elliptic_curves"]["result"]["supported_curves"].as_array();
    for curve in curves.into_iter().flatten() {
        seen.groups
            .insert(curve_code(curve["name"].as_str().unwrap()));
    }
    Some(seen)
}

/// OpenSSL's names of curves.
pub(super) fn curve_code(name: &str) -> u16 {
    let ours = match name {
        "prime256v1" | "secp256r1" => "P-256",
        "secp384r1" => "P-384",
        "secp521r1" => "P-521",
        "secp224r1" => "P-224",
        "prime192v1" | "secp192r1" => "P-192",
        other => other,
    };
    let found = groups::GROUPS.iter().find(|g| g.name == ours);
    found.unwrap_or_else(|| panic!("no group {name}")).code
}

/// sslscan, which tells codes itself.
pub(super) fn by_sslscan(dir: &Path, server: &Server) -> Seen {
    let target = server.target.to_string();
    let mut line = vec!["sslscan", "--xml=-", "--no-check-certificate"];
    if server.name.starts_with("nss") {
        // It waits for minutes for the answer of NSS to each group.
        line.push("--no-groups");
    }
    line.push(&target);
    let xml = tool(dir, &line);
    let mut seen = Seen::default();
    let attribute = |line: &str, key: &str| -> Option<String> {
        let rest = line.split_once(&format!("{key}=\""))?.1;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let code = |text: &str| u32::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    for line in xml.lines().map(str::trim) {
        let id = attribute(line, " id").and_then(|id| code(&id));
        let version = attribute(line, "sslversion");
        let (Some(id), Some(version)) = (id, version) else {
            continue;
        };
        if line.starts_with("<cipher ") {
            let version = match version.as_str() {
                "SSLv2" => Protocol::Ssl2,
                "SSLv3" => Protocol::Ssl3,
                "TLSv1.0" => Protocol::Tls10,
                "TLSv1.1" => Protocol::Tls11,
                "TLSv1.2" => Protocol::Tls12,
                _ => Protocol::Tls13,
            };
            seen.suites.entry(version).or_default().insert(id);
        } else if line.starts_with("<group ") {
            seen.groups.insert(u16::try_from(id).unwrap());
        }
    }
    seen
}

/// Whether OpenSSL's own client gets through with nothing but that suite: the last word where a
/// scanner is known to err. `None` where this OpenSSL does not know the suite.
pub(super) fn openssl_confirms(
    dir: &Path,
    server: &Server,
    version: Protocol,
    code: u32,
) -> Option<bool> {
    let flag = match version {
        Protocol::Tls10 => "-tls1",
        Protocol::Tls11 => "-tls1_1",
        Protocol::Tls12 => "-tls1_2",
        _ => return None,
    };
    let name = openssl_name(dir, code)?;
    let cipher = format!("{name}:@SECLEVEL=0");
    let output = Command::new("openssl")
        .args(["s_client", "-brief", flag, "-cipher", &cipher, "-connect"])
        .arg(server.target.to_string())
        .args(openssl_starttls(server))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    Some(said.contains("CONNECTION ESTABLISHED"))
}

/// How OpenSSL's client is told of a talk in the clear before TLS.
fn openssl_starttls(server: &Server) -> Vec<String> {
    let word = server
        .starttls
        .map(|how| serde_json::to_value(how).unwrap());
    let Some(word) = word.as_ref().and_then(Value::as_str) else {
        return Vec::new();
    };
    let line = ["-starttls", word, "-name", NAME];
    line.map(str::to_owned).to_vec()
}

/// Whether OpenSSL's own client agrees on that group, by itself or beside the curve of an ECDSA key.
pub(super) fn openssl_has_group(dir: &Path, server: &Server, code: u16) -> bool {
    let name = groups::by_code(code).map_or("", |g| g.name);
    // OpenSSL takes no group twice.
    let beside = (name != "P-384").then(|| format!("{name}:P-384"));
    let mut lists = std::iter::once(name.to_owned()).chain(beside);
    lists.any(|list| openssl_agrees(dir, server, code, &list))
}

fn openssl_agrees(dir: &Path, server: &Server, code: u16, list: &str) -> bool {
    let name = groups::by_code(code).map_or("", |g| g.name);
    let target = server.target.to_string();
    let cipher = "ECDHE:AECDH:ECDHE-RSA-NULL-SHA:ECDHE-ECDSA-NULL-SHA:AECDH-NULL-SHA:@SECLEVEL=0";
    let field = groups::by_code(code).filter(|g| g.kind == groups::Kind::Field);
    let version = if field.is_some() {
        "-tls1_3"
    } else {
        "-tls1_2"
    };
    let output = Command::new("openssl")
        .args(["s_client", version, "-groups", list, "-cipher", cipher])
        .args(["-connect", &target])
        .args(openssl_starttls(server))
        .current_dir(dir)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let key = said.lines().find(|l| l.starts_with("Server Temp Key:"));
    let shown = match (name, field) {
        (_, Some(field)) => format!("DH, {} bits", field.bits),
        ("P-256", _) => "prime256v1".to_owned(),
        ("P-384", _) => "secp384r1".to_owned(),
        ("P-521", _) => "secp521r1".to_owned(),
        (other, _) => other.to_owned(),
    };
    key.is_some_and(|line| line.contains(&shown))
}

fn openssl_name(dir: &Path, code: u32) -> Option<String> {
    let all = tool(
        dir,
        &[
            "openssl",
            "ciphers",
            "-V",
            "ALL:COMPLEMENTOFALL:@SECLEVEL=0",
        ],
    );
    let hex = format!("0x{:02X},0x{:02X} ", code >> 8 & 0xff, code & 0xff);
    let line = all.lines().find(|line| line.contains(&hex))?;
    line.split_whitespace().nth(2).map(str::to_owned)
}
