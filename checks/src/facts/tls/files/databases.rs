//! PostgreSQL, and MariaDB with MySQL.

use super::{Pair, bare, below, texts};
use crate::{
    facts::{glob, ini},
    host::{Host, HostError},
};

/// A PostgreSQL cluster in one of the usual places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its configuration, the files that overrule others last.
    pub files: Vec<String>,
    /// Where its data stand.
    pub data: String,
}

/// Every PostgreSQL cluster whose configuration stands in the usual places.
///
/// # Errors
/// When a folder may not be listed.
pub fn clusters(host: &dyn Host) -> Result<Vec<Cluster>, HostError> {
    let mut all = Vec::new();
    for path in glob::expand(host, "/etc/postgresql/*/*/postgresql.conf")? {
        let dir = path.trim_end_matches("/postgresql.conf");
        // Debian: /etc/postgresql/15/main keeps its data in /var/lib/postgresql/15/main.
        let data = dir.replacen("/etc/", "/var/lib/", 1);
        let extra = format!("{dir}/conf.d/*.conf");
        let auto = format!("{data}/postgresql.auto.conf");
        let files = vec![path, extra, auto];
        all.push(Cluster { files, data });
    }
    for pattern in [
        "/var/lib/pgsql/data/postgresql.conf",
        "/var/lib/pgsql/*/data/postgresql.conf",
    ] {
        for path in glob::expand(host, pattern)? {
            let data = path.trim_end_matches("/postgresql.conf").to_owned();
            let auto = format!("{data}/postgresql.auto.conf");
            let files = vec![path, auto];
            all.push(Cluster { files, data });
        }
    }
    Ok(all)
}

/// The pairs of every PostgreSQL cluster.
pub(super) fn postgresql(host: &dyn Host) -> Result<Vec<Pair>, HostError> {
    let mut all = Vec::new();
    for found in clusters(host)? {
        let files: Vec<&str> = found.files.iter().map(String::as_str).collect();
        all.extend(cluster(host, &files, &found.data)?);
    }
    Ok(all)
}

/// What the files of a cluster say last of a setting.
///
/// # Errors
/// When a file may not be read.
pub fn cluster_setting(
    host: &dyn Host,
    cluster: &Cluster,
    wanted: &str,
) -> Result<Option<String>, HostError> {
    let files: Vec<&str> = cluster.files.iter().map(String::as_str).collect();
    let mut last = None;
    for (_, text) in texts(host, &files)? {
        for (name, value) in text.lines().filter_map(setting) {
            if name.eq_ignore_ascii_case(wanted) {
                last = Some(value.to_owned());
            }
        }
    }
    Ok(last)
}

fn cluster(host: &dyn Host, files: &[&str], data: &str) -> Result<Option<Pair>, HostError> {
    let mut ssl = false;
    let (mut cert, mut key) = ("server.crt".to_owned(), "server.key".to_owned());
    for (_, text) in texts(host, files)? {
        for line in text.lines() {
            let Some((name, value)) = setting(line) else {
                continue;
            };
            match name.to_ascii_lowercase().as_str() {
                "ssl" => ssl = is_on(value),
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

/// PostgreSQL takes every beginning of `true` and `yes`, in any case.
fn is_on(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let begins = |word: &str| !value.is_empty() && word.starts_with(&value);
    value == "on" || value == "1" || begins("true") || begins("yes")
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

/// The files in which MariaDB and MySQL are configured.
pub const MYSQL: [&str; 6] = [
    "/etc/my.cnf",
    "/etc/my.cnf.d/*.cnf",
    "/etc/mysql/my.cnf",
    "/etc/mysql/conf.d/*.cnf",
    "/etc/mysql/mariadb.conf.d/*.cnf",
    "/etc/mysql/mysql.conf.d/*.cnf",
];

/// Whether a section speaks to the server.
pub fn mysql_server(section: &str) -> bool {
    let kinds = ["mysqld", "mariadb", "mariadbd", "server"];
    kinds
        .iter()
        .any(|k| section == *k || section.starts_with(&format!("{k}-")))
}

/// The pair of MariaDB or MySQL: the last that any of its files names.
pub(super) fn mysql(host: &dyn Host) -> Result<Vec<Pair>, HostError> {
    let (mut cert, mut key, mut source) = (None, None, String::new());
    for (path, text) in texts(host, &MYSQL)? {
        let all = ini::parse(&text).into_iter();
        for setting in all.filter(|s| mysql_server(&s.section)) {
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
    fn switches_of_postgresql() {
        for (value, want) in [
            ("ON", true),
            ("t", true),
            ("Yes", true),
            ("1", true),
            ("", false),
            ("off", false),
            ("o", false),
        ] {
            assert_eq!(is_on(value), want, "{value}");
        }
    }

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
