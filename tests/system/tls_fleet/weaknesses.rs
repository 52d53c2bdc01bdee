//! Weaknesses on real servers that have them and on their twins that do not; and what the survey makes
//! of servers that do not answer everybody.

use std::{fs, path::Path};

use capdo_checks::probes::tls::{
    Limits, Tcp, survey,
    survey::{Answered, Ask, Protocol, Survey, Traits},
};
use capdo_tests::free_port;

use super::{
    oracles::sslyze_renegotiates,
    servers::{NAME, Server, certificates, listening, local, spawn},
    verdicts::reasons,
};

pub(super) fn probe(server: &Server, name: Option<&str>) -> Survey {
    let ask = Ask {
        target: server.target,
        name: name.map(str::to_owned),
        starttls: None,
        intrusive: true,
    };
    let limits = Limits {
        time: std::time::Duration::from_secs(60),
        ..Limits::default()
    };
    survey(&Tcp(server.target), &ask, &limits, &mut |_| {}).unwrap()
}

pub(super) fn start(dir: &Path, name: &'static str, line: &str) -> Server {
    let port = free_port();
    let line = line.replace("PORT", &port.to_string());
    let line: Vec<&str> = line.split_whitespace().collect();
    listening(name, local(port), Some(spawn(dir, &line)))
}

type Asked = fn(&Traits) -> Answered;

/// The server, what is asked, and what it shows.
const STORIES: &[(&str, &str, Asked, Answered)] = &[
    (
        "openssl that renegotiates for clients",
        "openssl s_server -quiet -www -accept PORT -cert rsa.pem -key rsa.key -tls1_2 \
         -client_renegotiation",
        |t| t.client_renegotiation,
        Answered::Yes,
    ),
    (
        "openssl that does not",
        "openssl s_server -quiet -www -accept PORT -cert rsa.pem -key rsa.key -tls1_2",
        |t| t.client_renegotiation,
        Answered::No,
    ),
    (
        "gnutls without secure renegotiation",
        "gnutls-serv -q -p PORT --x509keyfile rsa.key --x509certfile rsa.pem --priority \
         NORMAL:-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION",
        |t| t.secure_renegotiation,
        Answered::No,
    ),
    (
        "gnutls with it",
        "gnutls-serv -q -p PORT --x509keyfile rsa.key --x509certfile rsa.pem --priority \
         NORMAL:-VERS-TLS1.3",
        |t| t.secure_renegotiation,
        Answered::Yes,
    ),
    (
        "gnutls without extended master secrets",
        "gnutls-serv -q -p PORT --x509keyfile rsa.key --x509certfile rsa.pem --priority \
         NORMAL:-VERS-TLS1.3:%NO_SESSION_HASH",
        |t| t.extended_master_secret,
        Answered::No,
    ),
    (
        "openssl that knows of fallbacks",
        "openssl s_server -quiet -accept PORT -cert rsa.pem -key rsa.key",
        |t| t.fallback_scsv,
        Answered::Yes,
    ),
];

#[test]
fn weaknesses_are_seen_where_they_are_and_only_there() {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    let mut wrong = Vec::new();
    for (name, line, asked, want) in STORIES {
        let server = start(dir.path(), name, line);
        let found = probe(&server, None);
        let got = asked(&found.traits);
        if got != *want {
            wrong.push(format!("{name}: {got:?}, not {want:?}"));
        }
        let holes = &found.weaknesses;
        for (hole, answer) in [
            ("heartbleed", holes.heartbleed),
            ("ccs", holes.ccs_injection),
            ("robot", holes.robot),
        ] {
            if answer != Answered::No {
                wrong.push(format!("{name}: {hole} {answer:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Old servers are where it matters: RSA and finite fields, CBC, TLS 1.0 and 1.1.
#[test]
fn renegotiation_by_the_client_is_seen_as_sslyze_sees_it() {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    let mut servers = Vec::new();
    for (name, options) in [
        ("RSA, AES-CBC", "-tls1_2 -cipher AES256-SHA"),
        ("RSA, AES-GCM", "-tls1_2 -cipher AES128-GCM-SHA256"),
        (
            "DHE, TLS 1.1",
            "-tls1_1 -cipher DHE-RSA-AES256-SHA:@SECLEVEL=0",
        ),
        ("TLS 1.0", "-tls1 -cipher ALL:@SECLEVEL=0"),
    ] {
        for (more, want) in [
            ("-client_renegotiation", Answered::Yes),
            ("-no_renegotiation", Answered::No),
        ] {
            let line = format!(
                "openssl s_server -quiet -accept PORT -cert rsa.pem -key rsa.key {options} {more}"
            );
            servers.push((start(dir.path(), name, &line), want));
        }
    }
    let all: Vec<&Server> = servers.iter().map(|(server, _)| server).collect();
    let sslyze = sslyze_renegotiates(dir.path(), &all);
    for ((server, want), sslyze) in servers.iter().zip(sslyze) {
        let got = probe(server, None).traits.client_renegotiation;
        assert_eq!(got, *want, "{}", server.name);
        assert_eq!(sslyze, Some(got == Answered::Yes), "{}", server.name);
    }
}

/// nginx refuses every name but its own, and a client without one.
#[test]
fn a_server_that_answers_one_name_only_is_seen_under_that_name() {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    let (port, home) = (free_port(), dir.path().display());
    let config = format!(
        "daemon off; master_process off; pid {home}/n.pid; error_log {home}/n.log; events {{}}\n\
         http {{ access_log off; ssl_protocols TLSv1.2 TLSv1.3; client_body_temp_path {home}/b;\n\
         proxy_temp_path {home}/p;\n\
         fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;\n\
         server {{ listen 127.0.0.1:{port} ssl default_server; ssl_reject_handshake on; }}\n\
         server {{ listen 127.0.0.1:{port} ssl; server_name {NAME};\n\
         ssl_certificate {home}/rsa.pem; ssl_certificate_key {home}/rsa.key; }} }}\n"
    );
    fs::write(dir.path().join("nginx.conf"), config).unwrap();
    let file = format!("{home}/nginx.conf");
    let child = spawn(dir.path(), &["nginx", "-p", ".", "-c", &file]);
    let server = listening("nginx", local(port), Some(child));
    let named = probe(&server, Some(NAME));
    assert_eq!(named.versions[&Protocol::Tls12], Answered::Yes);
    assert_eq!(named.versions[&Protocol::Tls13], Answered::Yes);
    assert_eq!(named.unknown_name.as_deref(), Some("112"));
    assert!(!named.shown.is_empty());
    assert_eq!(reasons(&named), "pass pass partial-some pass");
    // Without the name nothing is known, and nothing is denied.
    let nameless = probe(&server, None);
    assert!(nameless.tls && nameless.suites.is_empty());
    for version in [Protocol::Tls12, Protocol::Tls13] {
        assert_eq!(
            nameless.versions[&version],
            Answered::Unclear,
            "{version:?}"
        );
    }
    nothing_is_concluded(&nameless);
}

/// HAProxy turns away whoever comes more than a few times in ten seconds.
#[test]
fn a_server_with_a_rate_limit_is_not_called_safe() {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    let both = ["rsa.pem", "rsa.key"].map(|f| fs::read(dir.path().join(f)).unwrap());
    fs::write(dir.path().join("both.pem"), both.concat()).unwrap();
    let target = local(free_port());
    let config = format!(
        "defaults\n mode tcp\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n\
         frontend x\n bind {target} ssl crt {}/both.pem ssl-min-ver TLSv1.0\n\
         stick-table type ip size 1k expire 60s store conn_rate(10s)\n\
         tcp-request connection track-sc0 src\n\
         tcp-request connection reject if {{ sc0_conn_rate gt 6 }}\n",
        dir.path().display()
    );
    fs::write(dir.path().join("haproxy.cfg"), config).unwrap();
    let child = spawn(dir.path(), &["haproxy", "-f", "haproxy.cfg"]);
    let server = listening("haproxy with a rate limit", target, Some(child));
    let found = probe(&server, None);
    let unclear = found.versions.values().filter(|a| **a == Answered::Unclear);
    assert!(unclear.count() > 0 && !found.cut.is_empty(), "{found:?}");
    let holes = &found.weaknesses;
    for answer in [
        holes.heartbleed,
        holes.ccs_injection,
        holes.robot,
        holes.ticketbleed,
    ] {
        assert_ne!(answer, Answered::No, "{holes:?}");
    }
    nothing_is_concluded(&found);
}

/// Every check leaves it open; `common-missing` is unknown, too.
fn nothing_is_concluded(survey: &Survey) {
    let all = reasons(survey);
    let open = |r: &str| r.starts_with("unknown") || r == "common-missing";
    assert!(all.split(' ').all(open), "{all}: {survey:?}");
}
