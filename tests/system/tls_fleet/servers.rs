//! The fleet: real servers on loopback, each with one configuration.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
};

use capdo_checks::probes::tls::survey::StartTls;
use capdo_tests::{eventually, free_port};

/// One server of the fleet.
pub(super) struct Server {
    pub(super) name: &'static str,
    pub(super) target: SocketAddr,
    /// How TLS begins; `None` from the first byte.
    pub(super) starttls: Option<StartTls>,
    child: Option<Child>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// The name in all certificates.
pub(super) const NAME: &str = "may-chu.test";

/// Runs a tool that must succeed.
pub(super) fn tool(dir: &Path, line: &[&str]) -> String {
    let output = Command::new(line[0])
        .args(&line[1..])
        .current_dir(dir)
        .output()
        .unwrap_or_else(|e| panic!("{} is needed here: {e}", line[0]));
    assert!(
        output.status.success(),
        "{line:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Keys and self-signed certificates of each kind: `KIND.pem`, `KIND.key`.
pub(super) fn certificates(dir: &Path) {
    let kinds: [(&str, &[&str]); 4] = [
        ("rsa", &["-newkey", "rsa:2048"]),
        (
            "ec",
            &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ),
        (
            "p384",
            &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ),
        ("ed25519", &["-newkey", "ed25519"]),
    ];
    for (kind, options) in kinds {
        let (key, pem) = (format!("{kind}.key"), format!("{kind}.pem"));
        let subject = format!("/CN={NAME}");
        let names = format!("subjectAltName=DNS:{NAME}");
        let rest = ["-nodes", "-keyout", &key, "-out", &pem, "-days", "300"];
        let who = ["-subj", &subject, "-addext", &names];
        let line = [&["openssl", "req", "-x509"], options, &rest, &who].concat();
        tool(dir, &line);
    }
    // A responder that knows no certificate: what it says is stapled all the same.
    fs::write(dir.join("no-index"), "").unwrap();
    let words = "openssl ocsp -index no-index -CA rsa.pem -rsigner rsa.pem -rkey rsa.key \
        -issuer rsa.pem -cert rsa.pem -respout staple.der -noverify -ndays 30";
    tool(dir, &words.split_whitespace().collect::<Vec<_>>());
    let pem = fs::read(dir.join("rsa.pem")).unwrap();
    fs::write(dir.join("chain.pem"), pem.repeat(9)).unwrap();
}

pub(super) fn spawn(dir: &Path, line: &[&str]) -> Child {
    let log = fs::File::create(dir.join(format!("{}.log", free_port()))).unwrap();
    Command::new(line[0])
        .args(&line[1..])
        .current_dir(dir)
        .stdin(Stdio::piped()) // open for as long as the server is held: at its end s_server closes sessions
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|e| panic!("{} is needed here: {e}", line[0]))
}

pub(super) fn listening(name: &'static str, target: SocketAddr, child: Option<Child>) -> Server {
    let server = Server {
        name,
        target,
        starttls: None,
        child,
    };
    eventually(name, || TcpStream::connect(target).ok());
    server
}

pub(super) fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// `openssl s_server` in its configurations: name, certificate, options.
const OPENSSL: &[(&str, &str, &str)] = &[
    ("openssl default", "rsa", ""),
    (
        "openssl everything from TLS 1.0",
        "rsa",
        "-cipher ALL:COMPLEMENTOFALL:@SECLEVEL=0 -min_protocol TLSv1",
    ),
    ("openssl TLS 1.2 only", "rsa", "-tls1_2"),
    ("openssl TLS 1.3 only", "rsa", "-tls1_3"),
    (
        "openssl TLS 1.1 only",
        "rsa",
        "-tls1_1 -cipher DEFAULT:@SECLEVEL=0",
    ),
    (
        "openssl TLS 1.0 only",
        "rsa",
        "-tls1 -cipher DEFAULT:@SECLEVEL=0",
    ),
    ("openssl ECDSA", "ec", ""),
    ("openssl ECDSA P-384, TLS 1.2", "p384", "-tls1_2"),
    ("openssl Ed25519", "ed25519", ""),
    ("openssl RSA and ECDSA", "rsa", "-dcert ec.pem -dkey ec.key"),
    ("openssl own order", "rsa", "-serverpref"),
    ("openssl P-256 only", "rsa", "-groups P-256"),
    ("openssl P-521 and X448", "rsa", "-groups P-521:X448"),
    (
        "openssl finite fields only",
        "rsa",
        "-tls1_3 -groups ffdhe2048:ffdhe4096",
    ),
    (
        "openssl NULL only",
        "rsa",
        "-cipher NULL:@SECLEVEL=0 -no_tls1_3",
    ),
    (
        "openssl anonymous only",
        "rsa",
        "-cipher aNULL:@SECLEVEL=0 -no_tls1_3",
    ),
    (
        "openssl RSA exchange only",
        "rsa",
        "-cipher kRSA -no_tls1_3",
    ),
    ("openssl DHE only", "rsa", "-cipher DHE -no_tls1_3"),
    ("openssl no tickets", "rsa", "-no_ticket"),
    ("openssl ALPN", "rsa", "-alpn h2,http/1.1"),
    (
        "openssl CCM in TLS 1.3",
        "rsa",
        "-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256",
    ),
    ("openssl early data", "rsa", "-early_data"),
    (
        "openssl one suite",
        "rsa",
        "-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384",
    ),
    ("openssl OCSP staple", "rsa", "-status_file staple.der"),
    ("openssl long chain", "rsa", "-cert_chain chain.pem"),
    // Where it is required sslscan, which ends each handshake, sees nothing in TLS 1.2; sslyze does.
    ("openssl client certificate asked for", "rsa", "-verify 1"),
    (
        "openssl no tickets in TLS 1.3",
        "rsa",
        "-tls1_3 -num_tickets 0",
    ),
];

fn openssl(dir: &Path) -> Vec<Server> {
    let one = |(name, kind, options): &(&'static str, &str, &str)| {
        let target = local(free_port());
        let (at, cert, key) = (
            target.to_string(),
            format!("{kind}.pem"),
            format!("{kind}.key"),
        );
        let fixed = [
            "openssl", "s_server", "-quiet", "-accept", &at, "-cert", &cert, "-key", &key,
        ];
        let options: Vec<&str> = options.split_whitespace().collect();
        let child = spawn(dir, &[&fixed[..], &options].concat());
        listening(name, target, Some(child))
    };
    OPENSSL.iter().map(one).collect()
}

/// `gnutls-serv` by its priority strings.
const GNUTLS: &[(&str, &str)] = &[
    ("gnutls default", "NORMAL"),
    (
        "gnutls all that is old",
        "NORMAL:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2:+ARCFOUR-128:+3DES-CBC:+NULL\
         :+ANON-ECDH:+ANON-DH:+RSA:+DHE-RSA",
    ),
    (
        "gnutls finite fields in TLS 1.3",
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-FFDHE2048:+GROUP-FFDHE3072",
    ),
    ("gnutls secure256", "SECURE256:%SERVER_PRECEDENCE"),
];

fn gnutls(dir: &Path) -> Vec<Server> {
    let one = |(name, priority): &(&'static str, &str)| {
        let target = local(free_port());
        let port = target.port().to_string();
        let line = [
            "gnutls-serv",
            "-q",
            "-p",
            &port,
            "--x509keyfile",
            "rsa.key",
            "--x509certfile",
            "rsa.pem",
            "--priority",
            priority,
        ];
        listening(name, target, Some(spawn(dir, &line)))
    };
    GNUTLS.iter().map(one).collect()
}

/// NSS, the only one that still speaks SSL 3.0: name, versions, suites.
const NSS: &[(&str, &str, &str)] = &[
    (
        "nss SSL 3.0 to TLS 1.2",
        "ssl3:tls1.2",
        ":0004:0005:000A:002F:0035:C011:C012:C013:C014:C02F",
    ),
    ("nss RC4 alone", "ssl3:tls1.0", ":0004:0005"),
    (
        "nss TLS 1.2 and 1.3",
        "tls1.2:tls1.3",
        ":1301:1303:C02F:C030",
    ),
];

fn nss(dir: &Path) -> Vec<Server> {
    fs::create_dir_all(dir.join("nss")).unwrap();
    tool(
        dir,
        &["certutil", "-N", "-d", "sql:nss", "--empty-password"],
    );
    tool(
        dir,
        &[
            "openssl", "pkcs12", "-export", "-in", "rsa.pem", "-inkey", "rsa.key", "-out",
            "rsa.p12", "-name", "may-chu", "-passout", "pass:",
        ],
    );
    tool(
        dir,
        &["pk12util", "-i", "rsa.p12", "-d", "sql:nss", "-W", ""],
    );
    let one = |(name, versions, suites): &(&'static str, &str, &str)| {
        let target = local(free_port());
        let port = target.port().to_string();
        let line = [
            "selfserv", "-n", "may-chu", "-p", &port, "-d", "sql:nss", "-V", versions, "-c", suites,
        ];
        listening(name, target, Some(spawn(dir, &line)))
    };
    NSS.iter().map(one).collect()
}

/// Servers of nginx: name, address, directives.
const NGINX: &[(&str, &str, &str)] = &[
    (
        "nginx intermediate",
        "127.0.0.1",
        "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\
         ssl_certificate rsa.pem; ssl_certificate_key rsa.key;",
    ),
    (
        "nginx modern, two certificates",
        "127.0.0.1",
        "ssl_protocols TLSv1.3; ssl_certificate rsa.pem; ssl_certificate_key rsa.key;\
         ssl_certificate ec.pem; ssl_certificate_key ec.key;",
    ),
    (
        "nginx old, own order",
        "127.0.0.1",
        "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;\
         ssl_prefer_server_ciphers on; ssl_certificate rsa.pem; ssl_certificate_key rsa.key;",
    ),
    (
        "nginx one curve, IPv6",
        "[::1]",
        "ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve secp384r1;\
         ssl_certificate ec.pem; ssl_certificate_key ec.key;",
    ),
    (
        "nginx OCSP staple",
        "127.0.0.1",
        "ssl_certificate rsa.pem; ssl_certificate_key rsa.key;\
         ssl_stapling on; ssl_stapling_file staple.der;",
    ),
    (
        "nginx client certificate required",
        "127.0.0.1",
        "ssl_certificate rsa.pem; ssl_certificate_key rsa.key;\
         ssl_verify_client on; ssl_client_certificate rsa.pem;",
    ),
];

fn nginx(dir: &Path) -> Vec<Server> {
    let mut blocks = String::new();
    let mut targets = Vec::new();
    for (name, address, directives) in NGINX {
        let target: SocketAddr = format!("{address}:{}", free_port()).parse().unwrap();
        blocks.push_str(&format!("server {{ listen {target} ssl; {directives} }}\n"));
        targets.push((*name, target));
    }
    let home = dir.display();
    let config = format!(
        "daemon off; master_process off; pid {home}/nginx.pid; error_log {home}/nginx.log;\n\
         events {{ worker_connections 512; }}\n\
         http {{ access_log off; client_body_temp_path {home}/b; proxy_temp_path {home}/p;\n\
         fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;\n{blocks}}}\n"
    );
    fs::write(dir.join("nginx.conf"), config).unwrap();
    let file = dir.join("nginx.conf").display().to_string();
    let mut child = Some(spawn(dir, &["nginx", "-p", ".", "-c", &file]));
    let all = targets.into_iter();
    all.map(|(name, target)| listening(name, target, child.take()))
        .collect()
}

fn stunnel(dir: &Path) -> Server {
    let target = local(free_port());
    let config = format!(
        "foreground = yes\npid =\n[x]\naccept = {target}\nconnect = 127.0.0.1:9\n\
         cert = {0}/rsa.pem\nkey = {0}/rsa.key\nsslVersionMin = TLSv1.2\n",
        dir.display()
    );
    fs::write(dir.join("stunnel.conf"), config).unwrap();
    let child = spawn(dir, &["stunnel", "stunnel.conf"]);
    listening("stunnel", target, Some(child))
}

fn haproxy(dir: &Path) -> Server {
    let target = local(free_port());
    let home = dir.display();
    let both = [dir.join("rsa.pem"), dir.join("rsa.key")].map(|p| fs::read(p).unwrap());
    fs::write(dir.join("haproxy.pem"), both.concat()).unwrap();
    let config = format!(
        "defaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n\
         frontend x\n bind {target} ssl crt {home}/haproxy.pem alpn h2,http/1.1 no-tls-tickets\n"
    );
    fs::write(dir.join("haproxy.cfg"), config).unwrap();
    let child = spawn(dir, &["haproxy", "-f", "haproxy.cfg"]);
    listening("haproxy", target, Some(child))
}

/// Node.js as its own documentation begins with it: nothing is said but key and certificate.
fn node(dir: &Path) -> Server {
    const SERVE: &str = "const fs = require('fs'); \
         require('https').createServer({ key: fs.readFileSync('rsa.key'), cert: fs.readFileSync('rsa.pem') }, \
         (_, answer) => answer.end()).listen(process.argv[1], '127.0.0.1')";
    let target = local(free_port());
    let port = target.port().to_string();
    let child = spawn(dir, &["node", "-e", SERVE, &port]);
    listening("node", target, Some(child))
}

/// rustls inside this process: the only one here with X25519MLKEM768.
fn rustls_server(dir: &Path) -> Server {
    use rustls::{
        ServerConfig, ServerConnection,
        crypto::aws_lc_rs::{default_provider, kx_group},
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    };
    let mut provider = default_provider();
    provider.kx_groups = vec![
        kx_group::X25519MLKEM768,
        kx_group::X25519,
        kx_group::SECP256R1,
        kx_group::SECP384R1,
    ];
    let cert = CertificateDer::from_pem_file(dir.join("ec.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(dir.join("ec.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let config = Arc::clone(&config);
            thread::spawn(move || {
                let (mut stream, mut tls) =
                    (stream.unwrap(), ServerConnection::new(config).unwrap());
                while tls.complete_io(&mut stream).is_ok_and(|(read, _)| read > 0) {}
            });
        }
    });
    listening("rustls X25519MLKEM768", target, None)
}

/// Starts everybody.
pub(super) fn fleet(dir: &Path) -> Vec<Server> {
    certificates(dir);
    let mut all = openssl(dir);
    all.extend(gnutls(dir));
    all.extend(nss(dir));
    all.extend(nginx(dir));
    all.extend([stunnel(dir), haproxy(dir), node(dir), rustls_server(dir)]);
    all
}

/// Where a Python tool stands that `tests/run` installed.
pub(super) fn sslyze() -> PathBuf {
    let path = std::env::var_os("SSLYZE").map_or_else(
        || capdo_tests::repository().join("target/sslyze/bin/sslyze"),
        PathBuf::from,
    );
    assert!(
        path.exists(),
        "sslyze is needed at {}: tests/run installs it there",
        path.display()
    );
    path
}
