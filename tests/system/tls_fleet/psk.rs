//! Servers with suites of shared keys: they answer whoever offers such a suite, also without the key.

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    process::{Command, Stdio},
};

use capdo_checks::probes::tls::{groups, survey::Protocol};

use super::{ask, servers::certificates, weaknesses::start};

const STORIES: &[(&str, &str)] = &[
    (
        "openssl with a certificate, a key and a hint",
        "openssl s_server -quiet -accept PORT -cert rsa.pem -key rsa.key -tls1_2 -psk 1a2b3c4d \
         -psk_hint chi-nhanh",
    ),
    (
        "openssl with a key alone",
        "openssl s_server -quiet -accept PORT -nocert -tls1_2 -psk 1a2b3c4d -cipher PSK",
    ),
    (
        "openssl with a short field for some suites",
        "openssl s_server -quiet -accept PORT -nocert -tls1_2 -psk 1a2b3c4d -cipher \
         DHE-PSK-AES128-GCM-SHA256:DHE-PSK-AES256-GCM-SHA384:@SECLEVEL=0",
    ),
    (
        "gnutls with a key alone",
        "gnutls-serv -q -p PORT --pskpasswd keys.txt --priority \
         NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+PSK:+ECDHE-PSK:+DHE-PSK",
    ),
];

/// What OpenSSL's own client, which has the key, says of the key exchange under one suite.
fn temporary_key(target: SocketAddr, cipher: &str, group: &str) -> Option<String> {
    let cipher = format!("{cipher}:@SECLEVEL=0");
    let target = target.to_string();
    let mut line = vec!["s_client", "-tls1_2", "-psk", "1a2b3c4d", "-psk_identity"];
    line.extend(["thu", "-cipher", &cipher, "-connect", &target]);
    if !group.is_empty() {
        line.extend(["-groups", group]);
    }
    let output = Command::new("openssl")
        .args(line)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let key = said.lines().find(|l| l.starts_with("Server Temp Key:"));
    key.map(str::to_owned)
}

#[test]
fn curves_and_fields_of_servers_with_shared_keys_are_those_that_a_client_gets() {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    fs::write(dir.path().join("keys.txt"), "thu:1a2b3c4d\n").unwrap();
    let mut wrong = Vec::new();
    for (name, line) in STORIES {
        let server = start(dir.path(), name, line);
        let survey = ask(&server, None);
        let codes = &survey.suites[&Protocol::Tls12].codes;
        assert!(codes.contains(&0x00aa), "{name}: {codes:x?}");
        // OpenSSL's client knows these; no server here offers others.
        let all = ["P-256", "P-384", "P-521", "X25519", "X448"].into_iter();
        let cipher = "ECDHE-PSK-AES128-CBC-SHA256:ECDHE-PSK-AES128-CBC-SHA";
        let theirs = all.filter(|g| temporary_key(server.target, cipher, g).is_some());
        let theirs: BTreeSet<&str> = theirs.collect();
        let known = survey
            .curves
            .iter()
            .map(|c| groups::by_code(*c).unwrap().name);
        let ours: BTreeSet<&str> = known.collect();
        let fields = ["DHE-PSK-AES128-GCM-SHA256", "DHE-PSK-AES256-GCM-SHA384"];
        let fields = fields
            .iter()
            .filter_map(|c| temporary_key(server.target, c, ""));
        let bits = fields.map(|line| {
            let word = line.split(' ').find_map(|w| w.parse::<u16>().ok());
            word.unwrap_or_else(|| panic!("{name}: {line}"))
        });
        let (bits, field) = (bits.min(), survey.dh.as_ref().map(|dh| dh.bits));
        if ours != theirs || bits != field || !survey.cut.is_empty() {
            wrong.push(format!(
                "{name}: curves {ours:?}, not {theirs:?}; field {field:?}, not {bits:?}; cut {:?}",
                survey.cut
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
