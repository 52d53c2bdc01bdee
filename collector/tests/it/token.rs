//! The CA's key in a PKCS#11 token: SoftHSM, with OpenSC's tools as witnesses.

#![expect(
    clippy::disallowed_methods,
    reason = "starts the program that is under test, and the tools of tokens"
)]

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use capdo_proto::v1::{EnrollRequest, EnrollResponse, RenewRequest};
use rcgen::{CertificateParams, KeyPair};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    agent::{Client, connect, facts},
    command::said,
};

const PIN: &str = "2468-right";
const TOKEN: &str = "capdo test";

/// Where Debian puts the module.
fn module(name: &str) -> PathBuf {
    let folders = [
        "/usr/lib/softhsm",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
    ];
    let found = folders
        .iter()
        .map(|f| Path::new(f).join(name))
        .find(|p| p.exists());
    found.unwrap_or_else(|| panic!("{name} is installed; tests/run installs it"))
}

/// A data folder and a token of its own.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("tokens")).unwrap();
        let tokens = format!("directories.tokendir = {}/tokens\n", dir.path().display());
        fs::write(dir.path().join("softhsm2.conf"), tokens).unwrap();
        let desk = Self(dir);
        desk.write_pin(PIN);
        let args = [
            "--init-token",
            "--free",
            "--label",
            TOKEN,
            "--pin",
            PIN,
            "--so-pin",
            "1357-so",
        ];
        let made = desk.run("softhsm2-util", &args);
        assert!(made.status.success(), "{}", said(&made));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write_pin(&self, pin: &str) {
        fs::write(self.path("pin"), format!("{pin}\n")).unwrap();
        fs::set_permissions(self.path("pin"), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SOFTHSM2_CONF", self.path("softhsm2.conf"));
        command
            .env("PKCS11SPY", module("libsofthsm2.so"))
            .env("PKCS11SPY_OUTPUT", self.path("spied"));
        command
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        self.command(program).args(args).output().unwrap()
    }

    /// Runs the collector.
    fn collector(&self, args: &[&str]) -> Output {
        let data = self.path("data");
        let mut command = self.command(env!("CARGO_BIN_EXE_capdo-collector"));
        command.arg("--data").arg(data).args(args).output().unwrap()
    }

    fn did(&self, args: &[&str]) -> Value {
        let output = self.collector(&[&["--json"], args].concat());
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    fn init(&self, module: &Path) -> Output {
        let (module, pin) = (module.to_str().unwrap(), self.path("pin"));
        let token = [
            "--pkcs11",
            module,
            "--token",
            TOKEN,
            "--pin-file",
            pin.to_str().unwrap(),
        ];
        self.collector(&[&["--lang", "en", "init"], &token[..]].concat())
    }

    /// Sets up a collector whose CA is in the token, and lets it listen on a port that is free.
    fn set_up(&self, module: &Path) {
        let done = self.init(module);
        assert!(done.status.success(), "{}", said(&done));
        let file = self.path("data").join("collector.toml");
        let text = fs::read_to_string(&file).unwrap();
        let listen = "listen = \"127.0.0.1:0\"";
        let text = text.replace(
            "[agents]\n",
            &format!("[web]\n{listen}\n[agents]\n{listen}\n"),
        );
        fs::write(&file, text).unwrap();
    }

    fn ca(&self) -> Vec<u8> {
        let file = self.path("data").join("ca.pem");
        CertificateDer::from_pem_file(file).unwrap().to_vec()
    }

    fn serve(&self) -> Served {
        let mut command = self.command(env!("CARGO_BIN_EXE_capdo-collector"));
        let data = self.path("data");
        command.arg("--data").arg(data).args(["--json", "serve"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let lines = out.lines().map_while(Result::ok);
        let line = lines
            .into_iter()
            .find(|l| l.contains("\"agents\""))
            .expect("where it listens");
        let address = line.split('"').nth(3).unwrap().parse().unwrap();
        Served { child, address }
    }

    fn spied(&self, call: &str) -> usize {
        let text = fs::read(self.path("spied")).unwrap_or_default();
        String::from_utf8_lossy(&text).matches(call).count()
    }
}

struct Served {
    child: Child,
    address: SocketAddr,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

fn request() -> (KeyPair, Vec<u8>) {
    let key = KeyPair::generate().unwrap();
    let csr = CertificateParams::default()
        .serialize_request(&key)
        .unwrap();
    (key, csr.der().to_vec())
}

async fn enroll(desk: &Desk, at: SocketAddr) -> (KeyPair, EnrollResponse) {
    let made = desk.did(&["token", "add", "--system", "Cổng thông tin"]);
    let (key, csr_der) = request();
    let request = EnrollRequest {
        token: made["token"].as_str().unwrap().to_owned(),
        csr_der,
        facts: Some(facts(&[7; 32])),
        clock_ms: 1,
        previous: None,
    };
    let mut client = connect(at, &desk.ca(), None).await.unwrap();
    (key, client.enroll(request).await.unwrap().into_inner())
}

fn renewal() -> RenewRequest {
    RenewRequest {
        csr_der: request().1,
        facts: Some(facts(&[7; 32])),
        clock_ms: 1,
    }
}

/// While the token is away nothing is signed; once it is back, without a restart, all goes on.
async fn survives_without_its_token(desk: &Desk, client: &mut Client) {
    let (there, away) = (desk.path("tokens"), desk.path("away"));
    fs::rename(&there, &away).unwrap();
    fs::create_dir(&there).unwrap();
    let status = client.renew(renewal()).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Internal);
    fs::remove_dir(&there).unwrap();
    fs::rename(&away, &there).unwrap();
    client.renew(renewal()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_a_token_gives_out_certificates_and_never_itself() {
    let desk = Desk::new();
    desk.set_up(&module("libsofthsm2.so"));
    assert!(!desk.path("data").join("ca-key.pem").exists());
    let hsm = module("libsofthsm2.so");
    let list = [
        "--module",
        hsm.to_str().unwrap(),
        "--login",
        "--pin",
        PIN,
        "-O",
    ];
    let listed = said(&desk.run("pkcs11-tool", &list));
    assert!(listed.contains("never extractable"), "{listed}");
    let again = desk.init(&hsm);
    assert!(said(&again).contains("is set up"), "{}", said(&again));
    let listed = said(&desk.run("pkcs11-tool", &list));
    assert_eq!(listed.matches("Private Key Object").count(), 1, "{listed}");

    desk.did(&["agency", "add", "Sở Y tế", "--kind", "department"]);
    let portal = ["Cổng thông tin", "--agency", "Sở Y tế", "--level", "3"];
    desk.did(&[&["system", "add"], &portal[..]].concat());
    let served = desk.serve();
    let (key, granted) = enroll(&desk, served.address).await;
    drop(served);
    // After a restart the same key is found.
    let served = desk.serve();
    let identity = Some((granted.certificate_chain_der.clone(), key.serialize_der()));
    let mut client = connect(served.address, &desk.ca(), identity).await.unwrap();
    let renewed = client.renew(renewal()).await.unwrap().into_inner();
    assert_eq!(renewed.host_id, granted.host_id);
    assert_ne!(renewed.certificate_chain_der, granted.certificate_chain_der);
    survives_without_its_token(&desk, &mut client).await;
    // The next CA is made in the token too.
    desk.did(&["ca", "rotate"]);
    let listed = said(&desk.run("pkcs11-tool", &list));
    assert_eq!(listed.matches("Private Key Object").count(), 2, "{listed}");
    desk.did(&["ca", "promote"]);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    connect(served.address, &desk.ca(), None).await.unwrap();
}

#[test]
fn a_pin_that_is_refused_is_tried_once() {
    let desk = Desk::new();
    desk.set_up(&module("pkcs11-spy.so"));
    desk.write_pin("0000-wrong");
    fs::remove_file(desk.path("spied")).unwrap();
    let failed = desk.collector(&["--lang", "en", "serve"]);
    // The unit file starts nothing anew after this one.
    assert_eq!(failed.status.code(), Some(77));
    let unit = include_str!("../../../deploy/systemd/capdo-collector.service");
    assert!(unit.lines().any(|l| l == "RestartPreventExitStatus=77"));
    let said = said(&failed);
    assert!(said.contains("refuses the PIN in"), "{said}");
    assert!(!said.contains("0000-wrong"), "{said}");
    assert_eq!(desk.spied("C_Login"), 1);
    let vietnamese = crate::command::said(&desk.collector(&["serve"]));
    assert!(vietnamese.contains("từ chối mã PIN"), "{vietnamese}");
}

#[test]
fn what_is_missing_is_named() {
    let desk = Desk::new();
    let no_module = said(&desk.init(Path::new("/nonexistent/module.so")));
    assert!(
        no_module.contains("/nonexistent/module.so cannot be loaded"),
        "{no_module}"
    );
    let relative = said(&desk.init(Path::new("module.so")));
    assert!(relative.contains("whole path"), "{relative}");
    fs::set_permissions(desk.path("pin"), fs::Permissions::from_mode(0o644)).unwrap();
    let open_pin = said(&desk.init(&module("libsofthsm2.so")));
    assert!(open_pin.contains("others than its owner"), "{open_pin}");
    desk.write_pin("0000-wrong");
    let wrong = said(&desk.init(&module("libsofthsm2.so")));
    assert!(wrong.contains("refuses the PIN"), "{wrong}");
    desk.write_pin(PIN);
    fs::remove_dir_all(desk.path("tokens")).unwrap();
    fs::create_dir(desk.path("tokens")).unwrap();
    let no_token = said(&desk.init(&module("libsofthsm2.so")));
    assert!(no_token.contains("No slot holds a token"), "{no_token}");
    // Nothing of all that stands in the way of doing it right.
    let args = [
        "--init-token",
        "--free",
        "--label",
        TOKEN,
        "--pin",
        PIN,
        "--so-pin",
        "1357-so",
    ];
    assert!(desk.run("softhsm2-util", &args).status.success());
    desk.set_up(&module("libsofthsm2.so"));
}

/// The first CA's key in a file, the next one's in the token.
#[test]
fn a_backup_says_that_the_key_in_a_token_is_not_in_it() {
    let desk = Desk::new();
    desk.did(&["init"]);
    let (file, pin, hsm) = (
        desk.path("data").join("collector.toml"),
        desk.path("pin"),
        module("libsofthsm2.so"),
    );
    let text = fs::read_to_string(&file).unwrap();
    let ca = format!("\n[ca]\nmodule = {hsm:?}\ntoken = {TOKEN:?}\npin_file = {pin:?}\n");
    fs::write(&file, text + &ca).unwrap();
    desk.did(&["ca", "rotate"]);
    desk.did(&["ca", "promote"]);
    let tar = desk.path("copy.tar");
    let tar = tar.to_str().unwrap();
    let places = |said: &Value| {
        let keys = said["keys"].as_array().unwrap().iter();
        keys.map(|k| (k["ca"].as_i64().unwrap(), k["key_in"].clone()))
            .collect::<Vec<_>>()
    };
    let wanted = [(2, Value::from("token")), (1, Value::from("backup"))];
    assert_eq!(places(&desk.did(&["backup", "create", tar])), wanted);
    let verified = desk.did(&["backup", "verify", tar]);
    assert_eq!(places(&verified), wanted);
    assert_eq!(
        verified["has_ca_key"], false,
        "the one that issues is not in it"
    );
    for (lang, words) in [
        ("en", "CA 2"),
        ("en", "in a PKCS#11 token and in no backup"),
        ("vi", "nằm trong thiết bị PKCS#11"),
    ] {
        let text = said(&desk.collector(&["--lang", lang, "backup", "verify", tar]));
        assert!(text.contains(words), "{text}");
    }
    // Restored beside its token, it issues.
    let into = desk.path("restored");
    desk.did(&["backup", "restore", tar, "--into", into.to_str().unwrap()]);
    assert!(into.join("ca-key.pem").exists());
    fs::rename(desk.path("data"), desk.path("lost")).unwrap();
    fs::rename(&into, desk.path("data")).unwrap();
    desk.did(&["ca", "retire", "1"]);
    desk.did(&["ca", "rotate"]); // signed by the key in the token
    let made = desk.did(&["backup", "create", desk.path("later.tar").to_str().unwrap()]);
    let files = made["manifest"]["files"].to_string();
    assert!(!files.contains("ca-key"), "{files}");
}
