//! Endpoints, authorisations and looks, as whoever runs the collector sees them; and, in a network of
//! its own, that the kernel sees no packet where nothing permits one.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};

use capdo_collector::clock::{Clock as _, SystemClock, day};
use serde_json::Value;
use tempfile::TempDir;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn collector(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_capdo-collector"))
        .env_clear()
        .arg("--data")
        .arg(data)
        .args(args)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    format!("{}{stderr}", String::from_utf8_lossy(&output.stdout))
}

/// A data folder with an agency and a system.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.fine(&["init", "--name", "localhost"]);
        desk.fine(&["agency", "add", "Sở Y tế", "--kind", "department"]);
        let add = [
            "system",
            "add",
            "Cổng",
            "--agency",
            "Sở Y tế",
            "--level",
            "3",
        ];
        desk.fine(&add);
        desk
    }

    fn run(&self, args: &[&str]) -> Output {
        collector(self.0.path(), args)
    }

    fn fine(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        said(&output)
    }

    fn json(&self, args: &[&str]) -> Value {
        let text = self.fine(&[args, &["--json"][..]].concat());
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    fn id(&self, args: &[&str]) -> String {
        self.json(args)["id"].as_str().unwrap().to_owned()
    }

    fn permit(&self, covers: &[&str]) -> String {
        let document = self.0.path().join("signed.pdf");
        fs::write(&document, b"%PDF-1.7 signed").unwrap();
        let now = SystemClock.now_ms();
        let (from, until) = (day(now - DAY_MS), day(now + DAY_MS));
        let mut args = vec![
            "authorisation",
            "add",
            "--agency",
            "Sở Y tế",
            "--number",
            "12/UBND",
            "--dated",
            "2026-11-01",
            "--signed-by",
            "Trần Văn A",
            "--from",
            &from,
            "--until",
            &until,
            "--document",
            document.to_str().unwrap(),
        ];
        for cover in covers {
            args.extend(["--cover", cover]);
        }
        self.id(&args)
    }
}

#[test]
fn an_endpoint_is_looked_at_only_while_its_document_holds() {
    let desk = Desk::new();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    let add = [
        "endpoint",
        "add",
        "127.0.0.1",
        "--system",
        "Cổng",
        "--kind",
        "tcp",
        "--port",
        &port,
    ];
    let endpoint = desk.id(&add);
    assert_eq!(desk.run(&add).status.code(), Some(1), "it is there already");
    let now = ["probe", "now", endpoint.as_str()];
    assert!(desk.fine(&now).contains("chưa được phép: không gửi gì"));
    server.set_nonblocking(true).unwrap();
    assert!(server.accept().is_err(), "somebody came");

    let under = desk.permit(&["127.0.0.0/8:1-65535"]);
    assert_eq!(desk.json(&now)["state"], "looked_at");
    assert!(server.accept().is_ok(), "nobody came");
    let shown = desk.fine(&["endpoint", "show", &endpoint, "--lang", "en"]);
    assert!(
        shown.contains("12/UBND") && shown.contains("outside.exposure"),
        "{shown}"
    );
    let log = desk.json(&["probe", "log"]);
    let steps: Vec<_> = log.as_array().unwrap().iter().map(|l| &l["step"]).collect();
    assert_eq!(steps, ["ended", "begun", "refused"]);
    assert_eq!(log[1]["authorisation_id"], under.as_str());
    assert!(desk.fine(&["probe", "verify"]).contains("nguyên vẹn"));

    let copy = desk.0.path().join("copy.pdf");
    let copy = copy.to_str().unwrap();
    desk.fine(&["authorisation", "show", &under, "--document", copy]);
    assert_eq!(fs::read(copy).unwrap(), b"%PDF-1.7 signed");
    let again = desk.run(&["authorisation", "show", &under, "--document", copy]);
    assert!(!again.status.success(), "a file is not written over");

    let revoke = [
        "authorisation",
        "revoke",
        under.as_str(),
        "--why",
        "hết hợp đồng",
    ];
    desk.fine(&revoke);
    assert!(!desk.run(&revoke).status.success());
    assert_eq!(desk.json(&now)["state"], "not_authorised");
    assert!(server.accept().is_err(), "somebody came");
    desk.fine(&["endpoint", "archive", &endpoint]);
    assert!(!desk.run(&now).status.success());
}

#[test]
fn what_cannot_be_permitted_is_said() {
    let desk = Desk::new();
    let document = desk.0.path().join("signed.pdf");
    fs::write(&document, b"x").unwrap();
    let mut args = vec![
        "authorisation",
        "add",
        "--lang",
        "en",
        "--agency",
        "Sở Y tế",
        "--number",
        "1",
        "--dated",
        "2026-11-01",
        "--signed-by",
        "A",
        "--from",
        "2026-11-01",
        "--until",
        "2026-12-01",
        "--document",
        document.to_str().unwrap(),
        "--cover",
        "a.gov.vn:443",
    ];
    for (place, wrong, words) in [
        (19, "*.vn:443", "is no target"),
        (19, "a.gov.vn", "is no target"),
        (15, "2028-01-01", "more than 366 days later"),
        (15, "2026-10-31", "before the first"),
        (13, "01/11/2026", "is no date"),
        (17, "/nonexistent", "cannot be put on record"),
        (11, " ", "each need"),
    ] {
        let mut bad = args.clone();
        bad[place] = wrong;
        let output = desk.run(&bad);
        assert_eq!(output.status.code(), Some(64), "{bad:?}");
        assert!(said(&output).contains(words), "{bad:?}: {}", said(&output));
    }
    args.push("--json");
    desk.fine(&args);
}

#[test]
fn what_cannot_be_declared_is_said() {
    let desk = Desk::new();
    for host in ["https://a.vn", "a.vn:443", "a b"] {
        let add = [
            "endpoint", "add", host, "--system", "Cổng", "--kind", "https",
        ];
        assert_eq!(desk.run(&add).status.code(), Some(64), "{host}");
    }
    let zone = [
        "endpoint",
        "add",
        "203.0.113.7",
        "--system",
        "Cổng",
        "--kind",
        "dns_zone",
    ];
    assert_eq!(desk.run(&zone).status.code(), Some(64));
    let tcp = [
        "endpoint", "add", "a.vn", "--system", "Cổng", "--kind", "tcp",
    ];
    assert!(said(&desk.run(&tcp)).contains("--port"));
}

/// In a network of its own, in which the loopback device stands for the whole world, the kernel counts
/// every packet that is sent: to the address, and to the resolver.
const ISOLATED: &str = r#"
set -eu
ip link set lo up
ip addr add 203.0.113.1/24 dev lo
ip addr add 192.0.2.1/24 dev lo
mount -t tmpfs none /mnt
echo 'nameserver 192.0.2.53' > /mnt/resolv.conf
echo 'hosts: files dns' > /mnt/nsswitch.conf
mount --bind /mnt/resolv.conf /etc/resolv.conf
mount --bind /mnt/nsswitch.conf /etc/nsswitch.conf
nft add table inet t
nft 'add counter inet t left'
nft 'add chain inet t o { type filter hook output priority 0 ; }'
nft 'add rule inet t o ip daddr { 203.0.113.7, 192.0.2.53 } counter name left'
for id in $ENDPOINTS; do
    timeout 15 "$BINARY" --data "$DATA" probe now "$id" >&2 || [ $? = 124 ]
    nft list counter inet t left | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
done
"#;

/// How many packets had left after each look, in their order.
fn packets(desk: &Desk, endpoints: &[&str]) -> Vec<u32> {
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--", "sh", "-c", ISOLATED])
        .env("BINARY", env!("CARGO_BIN_EXE_capdo-collector"))
        .env("DATA", desk.0.path())
        .env("ENDPOINTS", endpoints.join(" "))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "root, ip and nft are needed: {}",
        said(&output)
    );
    let counts = String::from_utf8(output.stdout).unwrap();
    counts.lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn the_kernel_sees_no_packet_where_nothing_permits_one() {
    let desk = Desk::new();
    let add = |host: &str, kind: &str| {
        desk.id(&["endpoint", "add", host, "--system", "Cổng", "--kind", kind])
    };
    let address = add("203.0.113.7", "https");
    let name = add("cong.tinh.gov.vn", "https");
    let zone = add("tinh.gov.vn", "dns_zone");
    let all = [address.as_str(), &name, &zone];
    assert_eq!(packets(&desk, &all), [0, 0, 0]);
    // Other ports, other names, other addresses.
    desk.permit(&[
        "203.0.113.7:80",
        "203.0.113.8:443",
        "*.cong.tinh.gov.vn:443",
        "tinh.gov.vn:443",
    ]);
    assert_eq!(packets(&desk, &all), [0, 0, 0]);
    // And the counter counts: each of the three is let out by its own line.
    for (endpoint, cover) in [
        (&address, "203.0.113.7:443"),
        (&name, "cong.tinh.gov.vn:443"),
        (&zone, "tinh.gov.vn:53"),
    ] {
        let under = desk.permit(&[cover]);
        let count = packets(&desk, &[endpoint]);
        assert!(count[0] > 0, "{cover}: {count:?}");
        desk.fine(&["authorisation", "revoke", &under, "--why", "x"]);
        assert_eq!(packets(&desk, &all), [0, 0, 0], "{cover} was revoked");
    }
}
