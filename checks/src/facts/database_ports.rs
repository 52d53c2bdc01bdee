//! The ports of database servers, by their configuration.

use super::{databases::Database, ini, text::lines};
use crate::{
    host::{Host, HostError},
    observation::Gap,
};

/// The port of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The last one that was found, or the usual one.
    pub number: String,
    /// Whether nothing that is not read may say another.
    pub sure: bool,
}

impl Port {
    fn usual(number: &str) -> Self {
        Self {
            number: number.to_owned(),
            sure: true,
        }
    }
}

/// The port that a server's configuration says, where its kind has one that counts.
///
/// # Errors
/// When an option file of MySQL may not be read.
pub fn port(host: &dyn Host, database: &Database) -> Result<Option<Port>, Gap> {
    Ok(match database.kind {
        "postgresql" => Some(of_postgresql(host, &database.path)),
        "mysql" => Some(of_mysql(host)?),
        _ => None,
    })
}

/// A file, or nothing where none stands there.
fn text(host: &dyn Host, path: &str) -> Result<Option<String>, HostError> {
    match host.text_if_any(path) {
        Err(HostError::WrongKind(_)) => Ok(None), // a folder of that name
        found => found,
    }
}

/// The files of a folder whose names end so, in the order in which they are read.
fn files(host: &dyn Host, folder: &str, end: &str) -> Result<Vec<String>, HostError> {
    let entries = match host.list_if_any(folder, 1_000) {
        Err(HostError::WrongKind(_)) => Vec::new(),
        found => found?,
    };
    let mut names: Vec<String> = entries.into_iter().map(|e| e.name).collect();
    names.retain(|n| n.ends_with(end) && !n.starts_with('.'));
    names.sort();
    Ok(names.iter().map(|n| format!("{folder}/{n}")).collect())
}

fn of_postgresql(host: &dyn Host, data: &str) -> Port {
    let mut port = Port::usual("5432");
    let debian = data.replacen("/var/lib/", "/etc/", 1);
    let mut found = false;
    for folder in [debian.as_str(), data] {
        match text(host, &format!("{folder}/postgresql.conf")) {
            Ok(Some(text)) => {
                found = true;
                port.said_by_postgresql(host, folder, &text, true);
                break;
            }
            Ok(None) => {}
            Err(_) => port.sure = false,
        }
    }
    port.sure &= found;
    // What ALTER SYSTEM wrote holds against all files, and options of the start against that.
    match text(host, &format!("{data}/postgresql.auto.conf")) {
        Ok(text) => port.said_by_postgresql(host, data, &text.unwrap_or_default(), false),
        Err(_) => port.sure = false,
    }
    let options = text(host, &format!("{data}/postmaster.opts"));
    let named = |t: &String| t.contains("\"-p") || t.contains("port=");
    port.sure &= !options.is_ok_and(|t| t.as_ref().is_some_and(named));
    port
}

impl Port {
    /// Reads a `postgresql.conf` in a folder, and where that is wanted those in the folders that it includes.
    fn said_by_postgresql(&mut self, host: &dyn Host, folder: &str, text: &str, includes: bool) {
        for (_, line) in lines(text) {
            let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let (name, rest) = line.split_at(end.unwrap_or(line.len()));
            let rest = rest.trim_start();
            let value = rest.strip_prefix('=').unwrap_or(rest).trim();
            let value = value.trim_matches('\'');
            match name.to_ascii_lowercase().as_str() {
                "port" => {
                    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
                    if !digits.is_empty() {
                        self.number = digits;
                    }
                }
                "include_dir" if includes => {
                    let inner = if value.starts_with('/') {
                        value.trim_end_matches('/').to_owned()
                    } else {
                        format!("{folder}/{}", value.trim_end_matches('/'))
                    };
                    self.said_in_folder(host, &inner);
                }
                "include" | "include_if_exists" | "include_dir" => self.sure = false,
                _ => {}
            }
        }
    }

    fn said_in_folder(&mut self, host: &dyn Host, folder: &str) {
        let Ok(paths) = files(host, folder, ".conf") else {
            self.sure = false;
            return;
        };
        for path in paths {
            match text(host, &path) {
                Ok(text) => {
                    self.said_by_postgresql(host, folder, &text.unwrap_or_default(), false);
                }
                Err(_) => self.sure = false,
            }
        }
    }
}

/// The option files of MySQL and MariaDB that are read, and folders of them.
const FILES: [&str; 2] = ["/etc/my.cnf", "/etc/mysql/my.cnf"];
const FOLDERS: [&str; 4] = [
    "/etc/my.cnf.d",
    "/etc/mysql/conf.d",
    "/etc/mysql/mysql.conf.d",
    "/etc/mysql/mariadb.conf.d",
];
/// What starts the server, where units stand, and files of variables for them.
const UNITS: [&str; 3] = ["mariadb.service", "mysql.service", "mysqld.service"];
const UNIT_FOLDERS: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];
const VARIABLES: [&str; 4] = [
    "/etc/default/mysql",
    "/etc/default/mariadb",
    "/etc/sysconfig/mysql",
    "/etc/sysconfig/mysqld",
];

/// The last port that the option files of MySQL and MariaDB say for the server.
fn of_mysql(host: &dyn Host) -> Result<Port, Gap> {
    let mut port = Port::usual("3306");
    let mut paths = FILES.map(str::to_owned).to_vec();
    for folder in FOLDERS {
        paths.extend(files(host, folder, ".cnf")?);
    }
    let of_the_server = |section: &str| {
        let section = section.split('-').next().unwrap_or_default();
        matches!(section, "mysqld" | "mariadbd" | "mariadb" | "server")
    };
    for path in paths {
        let text = text(host, &path)?.unwrap_or_default();
        port.sure &= !text.lines().any(|l| includes_more(l.trim()));
        for setting in ini::parse(&text) {
            let own = of_the_server(&setting.section) || setting.section == "client-server";
            if own && setting.key == "port" {
                let digits = |c: &char| c.is_ascii_digit();
                port.number = setting.value.chars().take_while(digits).collect();
            }
        }
    }
    port.sure &= !is_started_with_options(host);
    Ok(port)
}

/// Whether a line of an option file includes what is not read.
fn includes_more(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("!include") else {
        return false;
    };
    let folder = rest
        .strip_prefix("dir")
        .map(|f| f.trim().trim_end_matches('/'));
    !folder.is_some_and(|f| FOLDERS.contains(&f))
}

/// Whether what starts the server may give it a port, or other option files.
fn is_started_with_options(host: &dyn Host) -> bool {
    let mut paths: Vec<String> = VARIABLES.map(str::to_owned).to_vec();
    for folder in UNIT_FOLDERS {
        for unit in UNITS {
            paths.push(format!("{folder}/{unit}"));
            let Ok(inner) = files(host, &format!("{folder}/{unit}.d"), ".conf") else {
                return true;
            };
            paths.extend(inner);
        }
    }
    let gives = |line: &str| {
        let line = line.trim();
        let told = ["--port", "--defaults-", " -P"]
            .iter()
            .any(|o| line.contains(o));
        told && !line.starts_with(['#', ';'])
    };
    paths.iter().any(|path| match text(host, path) {
        Ok(text) => text.unwrap_or_default().lines().any(gives),
        Err(_) => true,
    })
}
