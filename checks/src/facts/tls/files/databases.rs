//! PostgreSQL, and MariaDB with MySQL.

use super::{Pair, bare, below, texts};
use crate::{
    facts::{glob, ini},
    host::{Host, HostError},
};

/// The pairs of every PostgreSQL cluster whose configuration stands in the usual places.
pub(super) fn postgresql(host: &dyn Host) -> Result<Vec<Pair>, HostError> {
    let mut all = Vec::new();
    for path in glob::expand(host, "/etc/postgresql/*/*/postgresql.conf")? {
        let dir = path.trim_end_matches("/postgresql.conf");
        // Debian: /etc/postgresql/15/main keeps its data in /var/lib/postgresql/15/main.
        let data = dir.replacen("/etc/", "/var/lib/", 1);
        let extra = format!("{dir}/conf.d/*.conf");
        let auto = format!("{data}/postgresql.auto.conf");
        all.extend(cluster(host, &[&path, &extra, &auto], &data)?);
    }
    for pattern in [
        "/var/lib/pgsql/data/postgresql.conf",
        "/var/lib/pgsql/*/data/postgresql.conf",
    ] {
        for path in glob::expand(host, pattern)? {
            let data = path.trim_end_matches("/postgresql.conf").to_owned();
            let auto = format!("{data}/postgresql.auto.conf");
            all.extend(cluster(host, &[&path, &auto], &data)?);
        }
    }
    Ok(all)
}

fn cluster(host: &dyn Host, files: &[&str], data: &str) -> Result<Option<Pair>, HostError> {
    let mut ssl = false;
    let (mut cert, mut key) = ("server.crt".to_owned(), "server.key".to_owned());
    for (_, text) in texts(host, files)? {
        for line in text.lines() {
            let Some((name, value)) = setting(line) else {
                continue;
            };
            match name {
                "ssl" => ssl = matches!(value, "on" | "true" | "yes" | "1"),
                "ssl_cert_file" => value.clone_into(&mut cert),
                "ssl_key_file" => value.clone_into(&mut key),
                _ => {}
            }
        }
    }
    Ok(ssl.then(|| Pair {
        cert: Some(below(data, &cert)),
        key: Some(below(data, &key)),
        service: "postgresql",
        source: files.first().copied().unwrap_or_default().to_owned(),
    }))
}

/// `name = 'value' # comment`; the equals sign may be left out.
fn setting(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let end = line.find(|c: char| c == '=' || c.is_whitespace())?;
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start().strip_prefix('=').unwrap_or(rest).trim();
    let value = match rest.strip_prefix('\'') {
        Some(quoted) => quoted.split('\'').next()?,
        None => rest.split('#').next()?.trim(),
    };
    (!name.starts_with('#')).then_some((name, value))
}

/// The pair of MariaDB or MySQL: the last that any of its files names.
pub(super) fn mysql(host: &dyn Host) -> Result<Vec<Pair>, HostError> {
    let files = [
        "/etc/my.cnf",
        "/etc/my.cnf.d/*.cnf",
        "/etc/mysql/my.cnf",
        "/etc/mysql/conf.d/*.cnf",
        "/etc/mysql/mariadb.conf.d/*.cnf",
        "/etc/mysql/mysql.conf.d/*.cnf",
    ];
    let (mut cert, mut key, mut source) = (None, None, String::new());
    for (path, text) in texts(host, &files)? {
        let ours = |section: &str| {
            let kinds = ["mysqld", "mariadb", "mariadbd", "server"];
            kinds
                .iter()
                .any(|k| section == *k || section.starts_with(&format!("{k}-")))
        };
        for setting in ini::parse(&text).into_iter().filter(|s| ours(&s.section)) {
            match setting.key.replace('-', "_").as_str() {
                "ssl_cert" => cert = Some(bare(&setting.value).to_owned()),
                "ssl_key" => key = Some(bare(&setting.value).to_owned()),
                _ => continue,
            }
            source.clone_from(&path);
        }
    }
    let Some(cert) = cert.filter(|c| !c.is_empty()) else {
        return Ok(Vec::new());
    };
    Ok(vec![Pair {
        cert: Some(below("/var/lib/mysql", &cert)),
        key: key.map(|k| below("/var/lib/mysql", &k)),
        service: "mysql",
        source,
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_postgresql() {
        for (line, want) in [
            ("ssl = on", Some(("ssl", "on"))),
            ("ssl on # yes", Some(("ssl", "on"))),
            (
                "ssl_cert_file = '/etc/ssl/a b.pem' # x",
                Some(("ssl_cert_file", "/etc/ssl/a b.pem")),
            ),
            ("#ssl = on", None),
            ("", None),
        ] {
            assert_eq!(setting(line), want, "{line}");
        }
    }
}
