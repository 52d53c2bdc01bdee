//! What databases are configured to take without TLS.

use std::net::IpAddr;

use super::{
    files::{
        databases::{MYSQL, cluster_setting, clusters, mysql_server},
        texts,
    },
    pg_hba::{lets_on, open_to_others, parse},
};
use crate::{
    host::Host,
    observation::{Gap, GapReason},
};

/// Most rules that are named.
const MAX_NAMED: usize = 8;

/// What the rules of a PostgreSQL cluster say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The file.
    pub source: String,
    /// Rules that let other machines log in without TLS.
    pub open: Vec<String>,
    /// Whether somebody unknown gets on without TLS from the given address of this host.
    pub own: Option<bool>,
}

/// The rules of the cluster that is configured for a port.
///
/// # Errors
/// When a file may not be read or is not understood, or when not exactly one cluster has that port.
pub fn postgresql(host: &dyn Host, port: u16, from: IpAddr) -> Result<Rules, Gap> {
    let mut found = Vec::new();
    for cluster in clusters(host)? {
        let own = cluster_setting(host, &cluster, "port")?;
        if own.map_or(Ok(5432), |p| p.parse::<u16>()) == Ok(port) {
            found.push(cluster);
        }
    }
    let [cluster] = found.as_slice() else {
        let what = format!("postgresql.conf: port {port}");
        return Err(Gap::new(GapReason::ToolMissing, what));
    };
    let main = cluster.files.first().map_or("", String::as_str);
    let beside = main.replace("postgresql.conf", "pg_hba.conf");
    let source = cluster_setting(host, cluster, "hba_file")?.unwrap_or(beside);
    let rules = parse(&host.text(&source)?).ok_or_else(|| Gap::parse(&source))?;
    let open = open_to_others(&rules).into_iter();
    Ok(Rules {
        open: open.take(MAX_NAMED).map(|rule| rule.shown()).collect(),
        own: lets_on(&rules, from),
        source,
    })
}

/// Whether MariaDB or MySQL is configured to insist on TLS (`require_secure_transport`; off unless
/// said), and the file that says so.
///
/// # Errors
/// When a file may not be read, the word is not understood, or other files are included.
pub fn mysql(host: &dyn Host) -> Result<(bool, String), Gap> {
    let mut last = (false, "/etc/mysql".to_owned());
    for (path, text) in texts(host, &MYSQL)? {
        let mut ours = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with("!include") {
                if !included(line) {
                    return Err(Gap::parse(&path));
                }
            } else if let Some(section) = line.strip_prefix('[') {
                ours = mysql_server(section.trim_end_matches(']').trim());
            } else if ours && let Some(on) = insists(line) {
                last = (on.ok_or_else(|| Gap::parse(&path))?, path.clone());
            }
        }
    }
    // MySQL 8 keeps what was set in the running server.
    if host
        .stat_if_any("/var/lib/mysql/mysqld-auto.cnf")?
        .is_some()
    {
        return Err(Gap::parse("/var/lib/mysql/mysqld-auto.cnf"));
    }
    Ok(last)
}

/// Whether an include names a folder that is read anyway.
fn included(line: &str) -> bool {
    let dir = line.split_whitespace().nth(1).unwrap_or_default();
    let folders = MYSQL.iter().filter_map(|p| p.strip_suffix("/*.cnf"));
    folders.into_iter().any(|f| f == dir.trim_end_matches('/'))
}

/// `require_secure_transport` with its value; `Some(None)` for a value that is not known.
fn insists(line: &str) -> Option<Option<bool>> {
    let (name, value) = line.split_once('=').unwrap_or((line, "on"));
    let name = name.trim().to_lowercase().replace('-', "_");
    let name = name.strip_prefix("loose_").unwrap_or(&name);
    let value = value.split('#').next().unwrap_or_default();
    let value = value.trim().trim_matches(['"', '\'']).to_lowercase();
    match (name, value.as_str()) {
        ("require_secure_transport", "on" | "1" | "true") => Some(Some(true)),
        ("require_secure_transport", "off" | "0" | "false") => Some(Some(false)),
        ("skip_require_secure_transport", _) => Some(Some(false)),
        ("require_secure_transport", _) => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_of_mariadb() {
        for (line, want) in [
            ("require_secure_transport = ON", Some(Some(true))),
            ("require-secure-transport", Some(Some(true))),
            ("loose-require_secure_transport=1 # x", Some(Some(true))),
            ("Require_Secure_Transport=\"off\"", Some(Some(false))),
            ("skip-require-secure-transport", Some(Some(false))),
            ("require_secure_transport=maybe", Some(None)),
            ("#require_secure_transport=ON", None),
            ("require_secure_transportation=ON", None),
        ] {
            assert_eq!(insists(line), want, "{line}");
        }
    }
}
