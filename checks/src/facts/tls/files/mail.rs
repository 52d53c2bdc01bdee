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
                *value = format!("{value} {}", line.trim()).trim().to_owned();
            }
        } else if let Some((name, value)) = line.split_once('=') {
            settings.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    settings
}

/// The pairs of Dovecot, in the words of 2.3 (`ssl_cert = </file`) and of 2.4
/// (`ssl_server_cert_file = /file`): of all logins, and of each block (`local`, `local_name`, `protocol`).
pub(super) fn dovecot(host: &dyn Host) -> Result<Vec<Pair>, HostError> {
    let (mut whole, mut closed) = (Block::default(), Vec::new());
    for (path, text) in texts(host, &DOVECOT)? {
        let mut open: Vec<Block> = Vec::new();
        for line in text.lines().map(str::trim) {
            if line.starts_with('}') {
                closed.extend(open.pop());
            } else if line.ends_with('{') && !line.starts_with('#') {
                open.push(Block::default());
            } else {
                open.last_mut().unwrap_or(&mut whole).take(line, &path);
            }
        }
    }
    let mut pairs = whole.pairs(&Block::default());
    pairs.extend(closed.iter().flat_map(|block| block.pairs(&whole)));
    Ok(pairs)
}

/// What one block says: its certificate and key, and those of another kind of key.
#[derive(Default)]
struct Block {
    cert: [Option<String>; 2],
    key: [Option<String>; 2],
    source: String,
}

impl Block {
    fn take(&mut self, line: &str, path: &str) {
        let Some((name, value)) = line.split_once('=') else {
            return;
        };
        let value = bare(value);
        let file = value.strip_prefix('<').map(str::trim);
        let file = file.or_else(|| name.trim().ends_with("_file").then_some(value));
        let Some(file) = file.filter(|f| f.starts_with('/')) else {
            return;
        };
        let into = match name.trim() {
            "ssl_cert" | "ssl_server_cert_file" => &mut self.cert[0],
            "ssl_alt_cert" | "ssl_server_alt_cert_file" => &mut self.cert[1],
            "ssl_key" | "ssl_server_key_file" => &mut self.key[0],
            "ssl_alt_key" | "ssl_server_alt_key_file" => &mut self.key[1],
            _ => return,
        };
        *into = Some(file.to_owned());
        path.clone_into(&mut self.source);
    }

    /// A block takes what it does not say from the settings of all. Without any key the file of the certificate
    /// holds it too.
    fn pairs(&self, around: &Self) -> Vec<Pair> {
        let pair = |n: usize| {
            if self.cert[n].is_none() && self.key[n].is_none() {
                return None;
            }
            let cert = self.cert[n].as_ref().or(around.cert[n].as_ref())?;
            let key = self.key[n].as_ref().or(around.key[n].as_ref());
            Some(Pair {
                key: Some(key.unwrap_or(cert).clone()),
                cert: Some(cert.clone()),
                service: "dovecot",
                source: self.source.clone(),
            })
        };
        (0..2).filter_map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dovecot_has_a_pair_for_each_block() {
        let mut whole = Block::default();
        let mut block = Block::default();
        whole.take("ssl_cert = </a.pem", "x");
        whole.take("ssl_key = </a.key", "x");
        whole.take("ssl_alt_cert = </alt.pem", "x");
        block.take("ssl_server_cert_file = /b.pem", "y");
        let found = [whole.pairs(&Block::default()), block.pairs(&whole)].concat();
        let found: Vec<_> = found
            .iter()
            .map(|p| (p.cert.as_deref(), p.key.as_deref()))
            .collect();
        let pair = |cert, key| (Some(cert), Some(key));
        let want = [
            pair("/a.pem", "/a.key"),
            pair("/alt.pem", "/alt.pem"),
            pair("/b.pem", "/a.key"),
        ];
        assert_eq!(found, want);
    }

    #[test]
    fn lines_of_main_cf_go_on() {
        let text = "# x\nsmtpd_tls_chain_files = /a.pem,\n  /b.pem\nother=\n  1\n";
        let want = [("smtpd_tls_chain_files", "/a.pem, /b.pem"), ("other", "1")];
        let found = main_cf(text);
        let found: Vec<_> = found
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(found, want);
    }
}
