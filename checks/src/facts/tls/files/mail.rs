//! Postfix and Dovecot.

use super::{Pair, bare, below, text, texts};
use crate::host::{Host, HostError};

const MAIN: &str = "/etc/postfix/main.cf";
const DOVECOT: [&str; 3] = [
    "/etc/dovecot/dovecot.conf",
    "/etc/dovecot/conf.d/*.conf",
    "/etc/dovecot/local.conf",
];

/// The pairs of Postfix's server side. Settings of `master.cf` are not followed.
pub(super) fn postfix(host: &dyn Host) -> Result<Vec<Pair>, HostError> {
    let Some(text) = text(host, MAIN)? else {
        return Ok(Vec::new());
    };
    let settings = main_cf(&text);
    let get = |name: &str| {
        let last = settings.iter().rev().find(|(n, _)| n == name);
        last.map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty() && *v != "none")
    };
    let file = |value: &str| {
        let value = value.replace("$config_directory", "/etc/postfix");
        (!value.contains('$')).then(|| below("/etc/postfix", &value))
    };
    let pair = |cert: &str, key: &str| Pair {
        cert: file(cert),
        key: file(key),
        service: "postfix",
        source: MAIN.to_owned(),
    };
    // Chain files replace the older settings; each begins with its key.
    if let Some(chain) = get("smtpd_tls_chain_files") {
        let files = chain.split([',', ' ', '\t']).filter(|f| !f.is_empty());
        return Ok(files.map(|f| pair(f, f)).collect());
    }
    let kinds = ["", "ec", "d"];
    let pairs = kinds.iter().filter_map(|kind| {
        let cert = get(&format!("smtpd_tls_{kind}cert_file"))?;
        let key = get(&format!("smtpd_tls_{kind}key_file"));
        let own = |k: &&str| !k.trim_start_matches("$smtpd_tls_").ends_with("cert_file");
        Some(pair(cert, key.filter(own).unwrap_or(cert)))
    });
    Ok(pairs.collect())
}

/// Settings of `main.cf` in their order: a line that begins with a blank goes on with the last.
fn main_cf(text: &str) -> Vec<(String, String)> {
    let mut settings: Vec<(String, String)> = Vec::new();
    let lines = text.lines();
    for line in lines.filter(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#')) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = settings.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once('=') {
            settings.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    settings
}

/// The pairs of Dovecot, in the words of 2.3 (`ssl_cert = </file`) and of 2.4
/// (`ssl_server_cert_file = /file`).
pub(super) fn dovecot(host: &dyn Host) -> Result<Vec<Pair>, HostError> {
    let mut pairs = Vec::new();
    let (mut cert, mut key) = (None, None);
    let mut source = String::new();
    for (path, text) in texts(host, &DOVECOT)? {
        for line in text.lines().map(str::trim) {
            let Some((name, value)) = line.split_once('=') else {
                continue;
            };
            let value = bare(value);
            let file = value.strip_prefix('<').map(str::trim);
            let file = file.or_else(|| name.trim().ends_with("_file").then_some(value));
            let Some(file) = file.filter(|f| f.starts_with('/')) else {
                continue;
            };
            match name.trim() {
                "ssl_cert" | "ssl_server_cert_file" => cert = Some(file.to_owned()),
                "ssl_key" | "ssl_server_key_file" => key = Some(file.to_owned()),
                _ => continue,
            }
            source.clone_from(&path);
        }
    }
    if let Some(cert) = cert {
        pairs.push(Pair {
            key: Some(key.unwrap_or_else(|| cert.clone())),
            cert: Some(cert),
            service: "dovecot",
            source,
        });
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_main_cf_go_on() {
        let text = "# x\nsmtpd_tls_chain_files = /a.pem,\n  /b.pem\nother=1\n";
        let want = [("smtpd_tls_chain_files", "/a.pem, /b.pem"), ("other", "1")];
        let found = main_cf(text);
        let found: Vec<_> = found
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(found, want);
    }
}
