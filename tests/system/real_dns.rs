//! `probe dns` against real name servers on loopback: nsd serves a root of its own and zones below
//! it, signed by ldns-signzone, and unbound resolves them without judging.
#![expect(clippy::disallowed_methods, reason = "starts real servers")]

use std::{
    fmt::Write as _,
    fs,
    net::UdpSocket,
    path::Path,
    process::{Child, Command, Stdio},
};

use capdo_tests::{eventually, program};
use serde_json::Value;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// What every zone of the lab holds.
const RECORDS: &str = r#"
@ 60 IN SOA ns.nic.test. x.nic.test. 1 3600 600 86400 60
@ 60 IN NS ns.nic.test.
@ 60 IN A 192.0.2.1
@ 60 IN MX 10 mail
mail 60 IN A 192.0.2.2
@ 60 IN CAA 0 issue "ca.example"
@ 60 IN TXT "v=spf1 mx a:mail.good.test include:spf.plain.test " "-all"
_dmarc 60 IN TXT "v=DMARC1; p=reject; rua=mailto:a@good.test"
_mta-sts 60 IN TXT "v=STSv1; id=1"
_smtp._tls 60 IN TXT "v=TLSRPTv1; rua=mailto:a@good.test"
_25._tcp.mail 60 IN TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000
away 60 IN CNAME mail.plain.test.
"#;
/// Zones below `test`, and the options that each is signed with.
const ZONES: [(&str, Option<&[&str]>); 6] = [
    ("good", Some(&["-n"])), // NSEC3
    ("nsec", Some(&[])),
    ("bad", Some(&[])), // changed after it was signed
    (
        "old",
        Some(&["-i", "20250101000000", "-e", "20250201000000"]),
    ),
    ("stripped", Some(&[])), // served without its signatures
    ("plain", None),
];

struct Lab {
    dir: tempfile::TempDir,
    /// The resolver, and the server itself.
    resolver: String,
    server: String,
    _running: Vec<Server>,
}

fn run(dir: &Path, line: &[&str]) -> String {
    let output = Command::new(line[0])
        .args(&line[1..])
        .current_dir(dir)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line:?}: {stderr}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Signs `NAME.zone` with a key for keys and one for the zone; gives the name of the first.
fn sign(dir: &Path, zone: &str, file: &str, options: &[&str]) -> String {
    let make = ["ldns-keygen", "-a", "ECDSAP256SHA256"];
    let of_keys = run(dir, &[&make[..], &["-k", zone]].concat());
    let of_zone = run(dir, &[&make[..], &[zone]].concat());
    let output = format!("{file}.signed");
    let line = ["ldns-signzone", "-f", &output, "-o", zone];
    let rest = [file, &of_zone, &of_keys];
    run(dir, &[&line[..], options, &rest[..]].concat());
    of_keys
}

fn free_udp_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

fn spawn(dir: &Path, line: &[&str]) -> Server {
    let mut command = Command::new(line[0]);
    command.args(&line[1..]).current_dir(dir);
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
    Server(quiet.stderr(Stdio::null()).spawn().unwrap())
}

/// The zones, signed; gives the lines of nsd's configuration.
#[expect(clippy::too_many_lines, reason = "one table")]
fn zones(dir: &Path) -> String {
    let head = ". 60 IN SOA ns.nic.test. x.nic.test. 1 3600 600 86400 60\n";
    let mut parent = "$ORIGIN test.\n@ 60 IN SOA ns.nic.test. x.nic.test. 1 3600 600 86400 60\n\
                      @ 60 IN NS ns.nic.test.\nns.nic 60 IN A 127.0.0.1\n"
        .to_owned();
    let mut config = String::new();
    let mut serve = |zone: &str, file: &str| {
        writeln!(config, "zone:\n  name: {zone}\n  zonefile: {file}").unwrap();
    };
    for (name, signed) in ZONES {
        let (zone, file) = (format!("{name}.test"), format!("{name}.zone"));
        let mut text = format!("$ORIGIN {zone}.\n{RECORDS}");
        if name == "plain" {
            text.push_str(
                "spf 60 IN TXT \"v=spf1 ip4:192.0.2.0/24 exists:mail.plain.test -all\"\n",
            );
            text.push_str("wide 60 IN TXT \"v=spf1 +all\"\n");
            text.push_str("two 60 IN TXT \"v=spf1 -all\"\ntwo 60 IN TXT \"v=spf1 ~all\"\n");
            text.push_str("late 60 IN TXT \"v=spf1 -all ipv4:192.0.2.1\"\n");
            let many = "a:mail.plain.test ".repeat(9);
            writeln!(
                text,
                "deep 60 IN TXT \"v=spf1 {many}\" \"include:spf.plain.test -all\""
            )
            .unwrap();
        }
        fs::write(dir.join(&file), text).unwrap();
        writeln!(parent, "{name} 60 IN NS ns.nic").unwrap();
        let Some(options) = signed else {
            serve(&zone, &file);
            continue;
        };
        let key = sign(dir, &zone, &file, options);
        parent.push_str(&fs::read_to_string(dir.join(format!("{key}.ds"))).unwrap());
        fs::copy(
            dir.join(format!("{key}.key")),
            dir.join(format!("{name}.anchor")),
        )
        .unwrap();
        let output = dir.join(format!("{file}.signed"));
        if name == "bad" {
            let text = fs::read_to_string(&output).unwrap();
            assert!(text.contains("192.0.2.1\n"));
            fs::write(&output, text.replace("192.0.2.1\n", "192.0.2.99\n")).unwrap();
        }
        let stripped = name == "stripped";
        serve(
            &zone,
            if stripped {
                file.clone()
            } else {
                format!("{file}.signed")
            }
            .as_str(),
        );
    }
    fs::write(dir.join("test.zone"), parent).unwrap();
    let key = sign(dir, "test", "test.zone", &[]);
    serve("test", "test.zone.signed");
    let ds = fs::read_to_string(dir.join(format!("{key}.ds"))).unwrap();
    let root = format!("{head}. 60 IN NS ns.nic.test.\ntest. 60 IN NS ns.nic.test.\n{ds}");
    fs::write(dir.join("root.zone"), root).unwrap();
    let key = sign(dir, ".", "root.zone", &[]);
    fs::copy(dir.join(format!("{key}.key")), dir.join("root.anchor")).unwrap();
    serve(".", "root.zone.signed");
    config
}

fn lab() -> Lab {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let at = path.display();
    let (server, resolver) = (free_udp_port(), free_udp_port());
    let zones = zones(path);
    let nsd = format!(
        "server:\n  ip-address: 127.0.0.1@{server}\n  username: \"\"\n  chroot: \"\"\n  zonesdir: \"{at}\"\n  \
         pidfile: \"{at}/nsd.pid\"\n  database: \"\"\n  xfrdfile: \"{at}/xfrd\"\n  zonelistfile: \"{at}/list\"\n  \
         xfrdir: \"{at}\"\n  server-count: 1\nremote-control:\n  control-enable: no\n{zones}"
    );
    let unbound = format!(
        "server:\n  interface: 127.0.0.1\n  port: {resolver}\n  do-daemonize: no\n  username: \"\"\n  chroot: \"\"\n  \
         directory: \"{at}\"\n  pidfile: \"{at}/unbound.pid\"\n  use-syslog: no\n  do-not-query-localhost: no\n  \
         module-config: \"iterator\"\n  local-zone: \"test.\" nodefault\n  access-control: 127.0.0.0/8 allow\n\
         stub-zone:\n  name: \".\"\n  stub-addr: 127.0.0.1@{server}\nstub-zone:\n  name: \"test\"\n  \
         stub-addr: 127.0.0.1@{server}\nremote-control:\n  control-enable: no\n"
    );
    // Delegations lead to port 53, where nobody listens; each zone is found by its own line.
    let stubs: String = ZONES
        .iter()
        .map(|(name, _)| {
            format!("stub-zone:\n  name: \"{name}.test\"\n  stub-addr: 127.0.0.1@{server}\n")
        })
        .collect();
    let unbound = format!("{unbound}{stubs}");
    fs::write(path.join("nsd.conf"), nsd).unwrap();
    fs::write(path.join("unbound.conf"), unbound).unwrap();
    let running = vec![
        spawn(path, &["/usr/sbin/nsd", "-d", "-c", "nsd.conf"]),
        spawn(path, &["/usr/sbin/unbound", "-d", "-c", "unbound.conf"]),
    ];
    for port in [server, resolver] {
        let (at, port) = ("@127.0.0.1", port.to_string());
        eventually("the name server answers", || {
            let line = ["-p", &port, at, "plain.test", "SOA"];
            let output = Command::new("drill").args(line).output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.contains("rcode: NOERROR").then_some(())
        });
    }
    Lab {
        dir,
        resolver: format!("127.0.0.1:{resolver}"),
        server: format!("127.0.0.1:{server}"),
        _running: running,
    }
}

impl Lab {
    fn probe(&self, zone: &str, anchor: Option<&str>, server: &str) -> Value {
        let mut command = Command::new(program("capdo-agent"));
        command.args([
            "probe",
            "dns",
            zone,
            "--json",
            "--timeout",
            "3",
            "--server",
            server,
        ]);
        if let Some(name) = anchor {
            let file = self.dir.path().join(format!("{name}.anchor"));
            command.arg("--anchor").arg(file);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let json: Value = serde_json::from_str(&text).unwrap();
        json["found"].clone()
    }
}

/// The word for each zone, from the root's key, the parent's and the zone's own, and from a root
/// that is another.
#[test]
fn what_is_signed_is_told_from_what_is_not() {
    let lab = lab();
    for (zone, anchor, word) in [
        ("good", Some("root"), "secure"),
        ("good", Some("good"), "secure"),
        ("nsec", Some("root"), "secure"),
        ("nsec", Some("nsec"), "secure"),
        ("bad", Some("root"), "bogus"),
        ("bad", Some("bad"), "bogus"),
        ("old", Some("root"), "bogus"),
        ("old", Some("old"), "bogus"),
        ("stripped", Some("root"), "bogus"),
        ("plain", Some("root"), "insecure"),
        // No chain leads there: nothing is wrong, and nothing is proved.
        ("good", None, "indeterminate"),
        ("bad", None, "indeterminate"),
        ("plain", None, "indeterminate"),
        ("good", Some("nsec"), "indeterminate"),
    ] {
        let found = lab.probe(&format!("{zone}.test"), anchor, &lab.resolver);
        assert_eq!(found["dnssec"], word, "{zone} from {anchor:?}: {found:#}");
    }
    // What nobody answers is neither broken nor sound.
    let dead = format!("127.0.0.1:{}", free_udp_port());
    let found = lab.probe("good.test", Some("root"), &dead);
    assert_eq!(found["dnssec"], Value::Null, "{found:#}");
    let direct = lab.probe("good.test", Some("good"), &lab.server);
    assert_eq!(direct["dnssec"], "secure", "{direct:#}");
}

#[test]
fn the_rules_of_a_zone_are_read() {
    let lab = lab();
    let found = lab.probe("good.test", Some("root"), &lab.resolver);
    assert_eq!(found["caa"]["at"], "good.test");
    assert_eq!(found["caa"]["restricts"], true);
    assert_eq!(found["dmarc"]["policy"], "reject");
    assert_eq!(found["mta_sts"]["record"], "v=STSv1; id=1");
    assert_eq!(found["tls_rpt"]["records"], 1);
    let mail = &found["tlsa"][1];
    assert_eq!(mail[0], "_25._tcp.mail.good.test");
    assert_eq!(mail[1]["proof"], "secure");
    // mx, a, include, and exists inside it.
    let spf = &found["spf"];
    assert_eq!((&spf["lookups"], &spf["ends"]), (&4.into(), &"-all".into()));
    assert_eq!(spf["problems"], serde_json::json!([]), "{spf}");
    // What stands above holds below, where nothing stands.
    let below = lab.probe("mail.good.test", Some("root"), &lab.resolver);
    assert_eq!(below["caa"]["at"], "good.test");
    assert_eq!(below["dmarc"]["at"], "good.test");
    for (zone, problems, ends) in [
        ("wide", serde_json::json!([]), "+all"),
        ("two", serde_json::json!(["several"]), ""),
        ("late", serde_json::json!(["syntax"]), "-all"),
        ("deep", serde_json::json!(["lookups"]), "-all"),
    ] {
        let found = lab.probe(&format!("{zone}.plain.test"), Some("root"), &lab.resolver);
        assert_eq!(found["spf"]["problems"], problems, "{zone}");
        assert_eq!(found["spf"]["ends"], ends, "{zone}");
    }
}
