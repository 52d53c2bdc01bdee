//! Real services that turn a talk in the clear into TLS.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use capdo_checks::probes::tls::survey::StartTls;
use capdo_tests::free_port;

use super::servers::{Server, certificates, listening, local, spawn, tool};

fn write(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn dovecot(dir: &Path) -> Vec<(Server, StartTls)> {
    let (imap, pop3) = (local(free_port()), local(free_port()));
    let home = dir.display();
    let config = format!(
        "base_dir = {home}/dovecot\nlog_path = {home}/dovecot.log\nprotocols = imap pop3\n\
         listen = 127.0.0.1\nssl = yes\nssl_cert = <{home}/rsa.pem\nssl_key = <{home}/rsa.key\n\
         mail_location = maildir:{home}/mail\n\
         passdb {{\n driver = static\n args = nopassword=y\n}}\n\
         userdb {{\n driver = static\n args = uid=65534 gid=65534 home=/nonexistent\n}}\n\
         service imap-login {{\n inet_listener imap {{\n port = {}\n }}\n\
         inet_listener imaps {{\n port = 0\n }}\n}}\n\
         service pop3-login {{\n inet_listener pop3 {{\n port = {}\n }}\n\
         inet_listener pop3s {{\n port = 0\n }}\n}}\n",
        imap.port(),
        pop3.port()
    );
    let config = write(dir, "dovecot.conf", &config);
    let child = spawn(dir, &["dovecot", "-F", "-c", &config]);
    vec![
        (listening("dovecot IMAP", imap, Some(child)), StartTls::Imap),
        (listening("dovecot POP3", pop3, None), StartTls::Pop3),
    ]
}

pub(super) fn vsftpd(dir: &Path, more: &str) -> (Server, StartTls) {
    let target = local(free_port());
    let home = dir.display();
    fs::create_dir_all(dir.join("empty")).unwrap();
    let config = format!(
        "listen=YES\nlisten_address=127.0.0.1\nlisten_port={}\nbackground=NO\n\
         local_enable=YES\nanonymous_enable=NO\nsecure_chroot_dir={home}/empty\nssl_enable=YES\n\
         rsa_cert_file={home}/rsa.pem\nrsa_private_key_file={home}/rsa.key\n{more}\n",
        target.port()
    );
    let config = write(dir, "vsftpd.conf", &config);
    let child = spawn(dir, &["vsftpd", &config]);
    (listening("vsftpd", target, Some(child)), StartTls::Ftp)
}

/// `top` comes before the first database, `inside` into it.
pub(super) fn slapd(dir: &Path, top: &str, inside: &str) -> (Server, StartTls) {
    let target = local(free_port());
    let home = dir.display();
    fs::create_dir_all(dir.join("ldap")).unwrap();
    let config = format!(
        "include /etc/ldap/schema/core.schema\npidfile {home}/slapd.pid\n\
         modulepath /usr/lib/ldap\nmoduleload back_mdb\n\
         TLSCertificateFile {home}/rsa.pem\nTLSCertificateKeyFile {home}/rsa.key\n\
         {top}\ndatabase mdb\nsuffix \"dc=test\"\ndirectory {home}/ldap\n{inside}\n"
    );
    let config = write(dir, "slapd.conf", &config);
    let at = format!("ldap://{target}");
    let child = spawn(dir, &["slapd", "-d", "1", "-f", &config, "-h", &at]);
    (listening("slapd", target, Some(child)), StartTls::Ldap)
}

/// PostgreSQL does not run as root. `rules` is its `pg_hba.conf`; as it comes when empty.
pub(super) fn postgres(dir: &Path, rules: &str) -> (Server, StartTls) {
    let target = local(free_port());
    let data = dir.join("postgres");
    fs::create_dir_all(&data).unwrap();
    let (data, port) = (data.display().to_string(), target.port().to_string());
    tool(dir, &["cp", "rsa.pem", "rsa.key", &data]);
    tool(dir, &["chown", "-R", "postgres:", &data]);
    let versions = fs::read_dir("/usr/lib/postgresql").expect("postgresql is needed here");
    let version = versions.map(|v| v.unwrap().path()).max().unwrap();
    let bin = format!("{}/bin", version.display());
    let (initdb, server) = (format!("{bin}/initdb"), format!("{bin}/postgres"));
    let own = format!("{data}/db");
    let user = ["runuser", "-u", "postgres", "--"];
    tool(dir, &[&user[..], &[&initdb, "-D", &own]].concat());
    if !rules.is_empty() {
        write(Path::new(&own), "pg_hba.conf", rules);
    }
    let cert = format!("ssl_cert_file={data}/rsa.pem");
    let key = format!("ssl_key_file={data}/rsa.key");
    let rest = [
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "ssl=on",
        "-c",
        &cert,
        "-c",
        &key,
    ];
    let quiet = ["-c", "unix_socket_directories="];
    // Without runuser in between, so that the end of the test ends the server itself.
    let line = [
        &[
            "setpriv",
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
        ][..],
        &[&server, "-D", &own, "-p", &port],
        &rest,
        &quiet,
    ]
    .concat();
    let child = spawn(dir, &line);
    (
        listening("postgres", target, Some(child)),
        StartTls::Postgres,
    )
}

pub(super) fn mariadb(dir: &Path, more: &[&str]) -> (Server, StartTls) {
    let target = local(free_port());
    let data = format!("--datadir={}", dir.join("mariadb").display());
    tool(
        dir,
        &[
            "mariadb-install-db",
            "--no-defaults",
            "--user=root",
            &data,
            "--skip-test-db",
        ],
    );
    let (port, home) = (format!("--port={}", target.port()), dir.display());
    let (socket, cert, key) = (
        format!("--socket={home}/mariadb.sock"),
        format!("--ssl-cert={home}/rsa.pem"),
        format!("--ssl-key={home}/rsa.key"),
    );
    let line = [
        "mariadbd",
        "--no-defaults",
        "--user=root",
        &data,
        &port,
        "--bind-address=127.0.0.1",
        &socket,
        &cert,
        &key,
    ];
    let child = spawn(dir, &[&line[..], more].concat());
    (listening("mariadb", target, Some(child)), StartTls::Mysql)
}

fn prosody(dir: &Path) -> (Server, StartTls) {
    let target = local(free_port());
    let home = dir.display();
    fs::create_dir_all(dir.join("prosody")).unwrap();
    let config = format!(
        "run_as_root = true\ndata_path = \"{home}/prosody\"\npidfile = \"{home}/prosody.pid\"\n\
         interfaces = {{ \"127.0.0.1\" }}\nc2s_ports = {{ {} }}\ns2s_ports = {{}}\n\
         modules_enabled = {{ \"tls\", \"saslauth\" }}\nmodules_disabled = {{ \"s2s\" }}\n\
         c2s_require_encryption = true\n\
         ssl = {{ key = \"{home}/rsa.key\", certificate = \"{home}/rsa.pem\" }}\n\
         VirtualHost \"may-chu.test\"\n",
        target.port()
    );
    let config = write(dir, "prosody.cfg.lua", &config);
    let child = spawn(dir, &["prosody", "--config", &config, "-F"]);
    (listening("prosody", target, Some(child)), StartTls::Xmpp)
}

fn postfix(dir: &Path) -> (Server, StartTls) {
    let target = local(free_port());
    let home = dir.display();
    for folder in ["postfix", "spool", "postfix-data"] {
        fs::create_dir_all(dir.join(folder)).unwrap();
    }
    let data = dir.join("postfix-data").display().to_string();
    tool(dir, &["chown", "postfix", &data]);
    let main = format!(
        "compatibility_level = 3.6\nqueue_directory = {home}/spool\n\
         data_directory = {data}\ncommand_directory = /usr/sbin\n\
         daemon_directory = /usr/lib/postfix/sbin\nmail_owner = postfix\n\
         setgid_group = postdrop\nmyhostname = may-chu.test\nalias_maps =\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nsmtpd_tls_security_level = may\n\
         smtpd_tls_cert_file = {home}/rsa.pem\nsmtpd_tls_key_file = {home}/rsa.key\n\
         maillog_file = /dev/stdout\n"
    );
    let folder = dir.join("postfix");
    write(&folder, "main.cf", &main);
    let master = format!(
        "127.0.0.1:{} inet n - n - - smtpd\npostlog unix-dgram n - n - 1 postlogd\n\
         cleanup unix n - n - 0 cleanup\nrewrite unix - - n - - trivial-rewrite\n\
         proxymap unix - - n - - proxymap\nanvil unix - - n - 1 anvil\n\
         tlsmgr unix - - n 1000? 1 tlsmgr\nqmgr unix n - n 300 1 qmgr\n\
         pickup unix n - n 60 1 pickup\nbounce unix - - n - 0 bounce\n",
        target.port()
    );
    write(&folder, "master.cf", &master);
    let folder = folder.display().to_string();
    tool(dir, &["postfix", "-c", &folder, "check"]);
    // What `postfix start-fg` runs in the end: this way the end of the test ends it.
    let child = spawn(dir, &["/usr/lib/postfix/sbin/master", "-c", &folder, "-d"]);
    (listening("postfix", target, Some(child)), StartTls::Smtp)
}

/// Starts all services.
pub(super) fn services(dir: &Path) -> Vec<(Server, StartTls)> {
    prepare(dir);
    let mut all = dovecot(dir);
    all.extend([vsftpd(dir, ""), slapd(dir, "", "")]);
    all.extend([postgres(dir, ""), mariadb(dir, &[])]);
    all.extend([prosody(dir), postfix(dir)]);
    for (server, how) in &mut all {
        server.starttls = Some(*how);
    }
    all
}

/// Certificates, in a folder that services reach which give up root.
pub(super) fn prepare(dir: &Path) {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    certificates(dir);
}
