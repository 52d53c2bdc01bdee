//! Apache: `SSLCertificateFile` and `SSLCertificateKeyFile` in the folders of what is enabled.

use super::{Pair, bare, below, texts};
use crate::host::{Host, HostError};

/// Server roots with the files that the packages of Debian, SUSE, Alpine and RHEL include.
const PLACES: [(&str, &[&str]); 2] = [
    (
        "/etc/apache2",
        &[
            "/etc/apache2/apache2.conf",
            "/etc/apache2/httpd.conf",
            "/etc/apache2/default-server.conf",
            "/etc/apache2/ssl-global.conf",
            "/etc/apache2/vhosts.d/*.conf",
            "/etc/apache2/conf.d/*.conf",
            "/etc/apache2/mods-enabled/*.conf",
            "/etc/apache2/conf-enabled/*.conf",
            "/etc/apache2/sites-enabled/*",
        ],
    ),
    (
        "/etc/httpd",
        &[
            "/etc/httpd/conf/httpd.conf",
            "/etc/httpd/conf.d/*.conf",
            "/etc/httpd/conf.modules.d/*.conf",
        ],
    ),
];

/// The pairs of Apache's configuration.
pub(super) fn pairs(host: &dyn Host) -> Result<Vec<Pair>, HostError> {
    let mut all = Vec::new();
    for (root, patterns) in PLACES {
        for (path, text) in texts(host, patterns)? {
            read(&text, root, &path, &mut all);
        }
    }
    Ok(all)
}

/// Several certificates of one virtual host (RSA and ECDSA) are paired in order. Without a key
/// directive the certificate's file holds the key as well.
fn read(text: &str, root: &str, path: &str, all: &mut Vec<Pair>) {
    let (mut certs, mut keys) = (Vec::new(), Vec::new());
    let mut close = |certs: &mut Vec<String>, keys: &mut Vec<String>| {
        for (n, cert) in std::mem::take(certs).into_iter().enumerate() {
            let file = |v: &str| (!v.contains(['$', '%', ':'])).then(|| below(root, v));
            let key = keys.get(n).unwrap_or(&cert);
            all.push(Pair {
                key: file(key),
                cert: file(&cert),
                service: "apache",
                source: path.to_owned(),
            });
        }
        keys.clear();
    };
    for line in text.lines().map(str::trim) {
        let (name, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match name.to_ascii_lowercase().as_str() {
            "sslcertificatefile" => certs.push(bare(value).to_owned()),
            "sslcertificatekeyfile" => keys.push(bare(value).to_owned()),
            "</virtualhost>" => close(&mut certs, &mut keys),
            _ => {}
        }
    }
    close(&mut certs, &mut keys);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_hosts_have_pairs_of_their_own() {
        let text = "<VirtualHost *:443>\n SSLCertificateFile \"/etc/ssl/a.pem\"\n \
                    sslcertificatekeyfile ssl/a.key\n</VirtualHost>\n#SSLCertificateFile /x\n\
                    <VirtualHost *:444>\nSSLCertificateFile /etc/ssl/b.pem\n</VirtualHost>";
        let mut all = Vec::new();
        read(text, "/etc/apache2", "x", &mut all);
        let found: Vec<_> = all
            .iter()
            .map(|p| (p.cert.as_deref(), p.key.as_deref()))
            .collect();
        let a = (Some("/etc/ssl/a.pem"), Some("/etc/apache2/ssl/a.key"));
        let b = (Some("/etc/ssl/b.pem"), Some("/etc/ssl/b.pem"));
        assert_eq!(found, [a, b]);
    }
}
