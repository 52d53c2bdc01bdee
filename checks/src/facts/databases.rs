//! Databases that keep their data on this host, by their data folders.

use super::{processes::Processes, text::lines};
use crate::{
    host::{FileKind, Host, HostError},
    observation::Gap,
};

/// One database server's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// `postgresql`, `mysql`, `mongodb`, `redis`, `ldap` or `sqlite`.
    pub kind: &'static str,
    /// Its data folder.
    pub path: String,
}

/// Kinds of databases whose servers run, wherever their data may be.
pub fn running(processes: &Processes) -> Vec<&'static str> {
    let servers: [(&str, &[&str]); 5] = [
        ("postgresql", &["postgres", "postmaster"]),
        ("mysql", &["mysqld", "mariadbd"]),
        ("mongodb", &["mongod"]),
        ("redis", &["redis-server", "valkey-server"]),
        ("ldap", &["slapd"]),
    ];
    let runs = |names: &&[&str]| names.iter().any(|n| processes.has(n));
    let found = servers.into_iter().filter(|(_, names)| runs(names));
    found.map(|(kind, _)| kind).collect()
}

fn is_usual(path: &str) -> bool {
    path.starts_with("/var/lib/postgresql/") || path.starts_with("/var/lib/pgsql/")
}

/// The last `data_directory` of a `postgresql.conf`.
fn data_directory(text: &str) -> Option<String> {
    let value = |(_, line): (usize, &str)| {
        let rest = line.strip_prefix("data_directory")?.trim_start();
        let rest = rest.strip_prefix('=').unwrap_or(rest).trim();
        let path = rest.trim_matches(['\'', '"']).trim_end_matches('/');
        path.starts_with('/').then(|| path.to_owned())
    };
    lines(text).filter_map(value).last()
}

/// The databases whose data folders stand in the usual places.
///
/// # Errors
/// When a folder may not be looked into.
pub fn find(host: &dyn Host) -> Result<Vec<Database>, Gap> {
    let mut found = Vec::new();
    let mut postgres = |path: String| -> Result<(), Gap> {
        if host.stat_if_any(&format!("{path}/PG_VERSION"))?.is_some() {
            let kind = "postgresql";
            found.push(Database { kind, path });
        }
        Ok(())
    };
    for version in host.list_if_any("/var/lib/postgresql", 100)? {
        let dir = format!("/var/lib/postgresql/{}", version.name);
        if version.name.starts_with(|c: char| c.is_ascii_digit()) {
            for cluster in host.list_if_any(&dir, 100)? {
                postgres(format!("{dir}/{}", cluster.name))?;
            }
        }
    }
    postgres("/var/lib/pgsql/data".to_owned())?;
    for version in host.list_if_any("/var/lib/pgsql", 100)? {
        if version.name.starts_with(|c: char| c.is_ascii_digit()) {
            postgres(format!("/var/lib/pgsql/{}/data", version.name))?;
        }
    }
    // Debian keeps the configuration apart; the data may have been moved.
    for version in host.list_if_any("/etc/postgresql", 100)? {
        let dir = format!("/etc/postgresql/{}", version.name);
        for cluster in host.list_if_any(&dir, 100)? {
            let file = format!("{dir}/{}/postgresql.conf", cluster.name);
            let text = host.text_if_any(&file)?.unwrap_or_default();
            if let Some(path) = data_directory(&text).filter(|p| !is_usual(p)) {
                postgres(path)?;
            }
        }
    }
    if host.stat_if_any("/var/lib/mysql/ibdata1")?.is_some() {
        let path = "/var/lib/mysql".to_owned();
        found.push(Database {
            kind: "mysql",
            path,
        });
    }
    for (kind, dir, mark) in MARKED {
        if host.stat_if_any(&format!("{dir}/{mark}"))?.is_some() {
            let path = (*dir).to_owned();
            found.push(Database { kind, path });
        }
    }
    found.extend(sqlite(host)?);
    found.dedup();
    Ok(found)
}

/// Usual folders of other servers, and what shows that they hold data.
const MARKED: &[(&str, &str, &str)] = &[
    ("mongodb", "/var/lib/mongodb", "WiredTiger"),
    ("mongodb", "/var/lib/mongo", "WiredTiger"),
    ("redis", "/var/lib/redis", "dump.rdb"),
    ("redis", "/var/lib/redis", "appendonlydir"),
    ("ldap", "/var/lib/ldap", "data.mdb"),
];

/// Folders of the system itself, whose databases are made anew.
const OF_THE_SYSTEM: [&str; 24] = [
    "apt",
    "dpkg",
    "PackageKit",
    "fwupd",
    "man-db",
    "plocate",
    "mlocate",
    "systemd",
    "NetworkManager",
    "docker",
    "containers",
    "containerd",
    "capdo-agent",
    "rpm",
    "dnf",
    "command-not-found",
    "app-info",
    "swcatalog",
    "snapd",
    "ubuntu-advantage",
    "colord",
    "geoclue",
    "clamav",
    "private",
];

/// Files of SQLite in folders of `/var/lib`, and one folder further down.
fn sqlite(host: &dyn Host) -> Result<Vec<Database>, Gap> {
    const ROOT: &str = "/var/lib";
    const MOST: usize = 50;
    const LOOKED_AT: usize = 300;
    let mut found = Vec::new();
    let mut open: Vec<(String, usize)> = Vec::new();
    let folders = host.list_if_any(ROOT, 2_000)?;
    let folders = folders.into_iter().filter(|e| e.kind == FileKind::Dir);
    open.extend(
        folders
            .filter(|e| !OF_THE_SYSTEM.contains(&e.name.as_str()))
            .map(|e| (format!("{ROOT}/{}", e.name), 0)),
    );
    let mut at = 0;
    while let Some((folder, depth)) = open.get(at).cloned().filter(|_| at < LOOKED_AT) {
        at += 1;
        let entries = match host.list_if_any(&folder, 2_000) {
            Ok(entries) => entries,
            Err(HostError::TooLarge { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        for entry in entries {
            let path = format!("{folder}/{}", entry.name);
            let named = [".db", ".sqlite", ".sqlite3"]
                .iter()
                .any(|e| entry.name.ends_with(e));
            if entry.kind == FileKind::Dir && depth == 0 {
                open.push((path, 1));
            } else if entry.kind == FileKind::File && named && found.len() < MOST {
                let head = host.read_at(&path, 0, 16)?;
                if head == b"SQLite format 3\0" {
                    let kind = "sqlite";
                    found.push(Database { kind, path });
                }
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_data_directory_holds() {
        let text = "#data_directory = '/x'\ndata_directory = '/srv/pg/' # moved\nport = 5432\n";
        assert_eq!(data_directory(text).as_deref(), Some("/srv/pg"));
        assert_eq!(data_directory("data_directory = 'ConfigDir'"), None);
    }
}
