//! Whether a job dumps a database server of this host, all of it or only what it names.

use super::{Job, commands::Command, configs::Dumped, names::Whose};
use crate::facts::shell_words as shell;

/// Words by which a script lists the databases of a server to dump one after the other.
const LISTS: [&str; 5] = [
    "pg_database",
    "show databases",
    "information_schema.schemata",
    "psql -l",
    "psql --list",
];

/// A database server that should be dumped.
#[derive(Clone, Copy, Debug)]
pub struct Server<'s> {
    /// Its kind, as [`crate::facts::databases::Database::kind`] has it.
    pub kind: &'static str,
    /// Where its data stands; nothing where that does not show.
    pub path: Option<&'s str>,
    /// The port that its configuration says, or the usual one.
    pub port: Option<&'s str>,
    /// Whether nothing that is not read may say another port.
    pub port_sure: bool,
    /// Whether it is the only one of its kind here.
    pub only: bool,
}

/// How much of a server a job dumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of it.
    All,
    /// The databases that it names.
    Named,
    /// It cannot be told whose databases it dumps.
    Hidden,
    /// Nothing.
    Nothing,
}

/// Tools that make a usable copy of a running database.
const KNOWS: [(&str, &str); 9] = [
    ("postgresql", "pg_dump"),
    ("postgresql", "pgbackrest"),
    ("postgresql", "barman"),
    ("mysql", "mysqldump"),
    ("mysql", "mariabackup"),
    ("mongodb", "mongodump"),
    ("redis", "redis"),
    ("ldap", "slapcat"),
    ("sqlite", "sqlite"),
];

/// How much of a server a job dumps, as far as its words say. `whose` tells names of this machine.
pub fn reach(job: &Job, server: &Server<'_>, whose: &dyn Fn(&str) -> Whose) -> Reach {
    let dumps = job.dumps.iter().filter(|d| d.kind == server.kind);
    let hooks: Vec<Reach> = dumps.map(|d| hook(d, server, whose)).collect();
    for best in [Reach::All, Reach::Named, Reach::Hidden] {
        if hooks.contains(&best) {
            return best;
        }
    }
    if !KNOWS.contains(&(server.kind, job.tool)) {
        return Reach::Nothing;
    }
    // A file of SQLite that no job names is not dumped at all.
    if server.kind == "sqlite" {
        let named = server.path.is_some_and(|p| job.text.contains(p));
        return if named { Reach::All } else { Reach::Nothing };
    }
    let Some(command) = &job.command else {
        return Reach::All;
    };
    if command.contained && server.path.is_some() {
        return Reach::Hidden; // another server, or this one's data seen from inside
    }
    match asked(job.tool, command) {
        Asked::Hidden => return Reach::Hidden,
        Asked::Host { host, port } => {
            let hosts = host.as_deref().unwrap_or_default().split(',');
            let of: Vec<Whose> = hosts.map(|h| server_of(h, whose)).collect();
            let port = is_port_of(command, port.as_deref(), server);
            if of.iter().all(|w| *w == Whose::Other) {
                return Reach::Nothing;
            }
            if port != Some(true) {
                return port.map_or(Reach::Hidden, |_| Reach::Nothing);
            }
            if !of.contains(&Whose::Own) {
                return Reach::Hidden;
            }
        }
    }
    if takes_all(job.tool, command, &job.text) {
        Reach::All
    } else {
        Reach::Named
    }
}

/// How much of a server one entry of borgmatic's configuration dumps.
fn hook(dump: &Dumped, server: &Server<'_>, whose: &dyn Fn(&str) -> Whose) -> Reach {
    if dump.kind == "sqlite" {
        let same = dump.path.as_deref() == server.path;
        return if same { Reach::All } else { Reach::Nothing };
    }
    let hidden = |v: &Option<String>| v.as_ref().is_some_and(|v| v.contains(['$', '{']));
    if hidden(&dump.host) || hidden(&dump.port) {
        return Reach::Hidden;
    }
    let of = server_of(dump.host.as_deref().unwrap_or_default(), whose);
    let port = dump.port.as_deref().zip(server.port);
    let other = port.is_some_and(|(told, own)| told != own);
    if of == Whose::Other || other && server.port_sure {
        return Reach::Nothing;
    }
    if other || of == Whose::Unclear {
        return Reach::Hidden;
    }
    if dump.name == "all" {
        Reach::All
    } else {
        Reach::Named
    }
}

/// Which server a dump asks.
enum Asked {
    Host {
        host: Option<String>,
        port: Option<String>,
    },
    Hidden,
}

fn asked(tool: &str, command: &Command) -> Asked {
    let value = |names: &[&str]| command.value(names).map(str::to_owned);
    let set = |name: &str| command.setting(name).map(str::to_owned);
    let (mut host, mut port) = match tool {
        "pg_dump" => (
            value(&["-h", "--host"]).or_else(|| set("PGHOST")),
            value(&["-p", "--port"]).or_else(|| set("PGPORT")),
        ),
        "mysqldump" | "mariabackup" => (
            value(&["-h", "--host"]).or_else(|| set("MYSQL_HOST")),
            value(&["-P", "--port"]).or_else(|| set("MYSQL_TCP_PORT")),
        ),
        "mongodump" => (value(&["-h", "--host"]), value(&["--port"])),
        "redis" => (value(&["-h"]), value(&["-p"])),
        _ => (None, None),
    };
    let named = command.value(&["-d", "--dbname", "--uri"]);
    let operands = command.operands.iter().map(String::as_str);
    for word in named.into_iter().chain(operands) {
        if let Some((_, rest)) = word.split_once("://") {
            let (authority, query) = rest.split_once('/').unwrap_or((rest, ""));
            let place = authority.rsplit('@').next().unwrap_or_default();
            let (name, number) = split_port(place);
            host = Some(name.to_owned()).filter(|n| !n.is_empty()).or(host);
            port = number.map(str::to_owned).or(port);
            let parameter = |name: &str| {
                let found = query.split(['?', '&']).find_map(|p| p.strip_prefix(name));
                found.map(|v| v.replace("%2F", "/"))
            };
            host = parameter("host=").or(host);
        } else if word.contains("host=") || word.contains("port=") {
            let find = |name: &str| word.split_whitespace().find_map(|w| w.strip_prefix(name));
            host = find("host=").map(str::to_owned).or(host);
            port = find("port=").map(str::to_owned).or(port);
        }
    }
    // At the socket of MySQL no port counts.
    let by_tcp = |h: &str| !h.is_empty() && h != "localhost";
    let protocol = command.value(&["--protocol"]);
    let tcp = protocol.map_or(host.as_deref().is_some_and(by_tcp), |p| {
        !p.eq_ignore_ascii_case("socket")
    });
    if matches!(tool, "mysqldump" | "mariabackup") && !tcp {
        port = None;
    }
    // Of a replica set: `rs0/a,b`.
    let host = host.map(|h| match h.split_once('/') {
        Some((set, hosts)) if !set.is_empty() => hosts.to_owned(),
        _ => h,
    });
    let hidden = |v: &Option<String>| v.as_ref().is_some_and(|v| v.contains(['$', '`']));
    let service = tool == "pg_dump" && command.setting("PGSERVICE").is_some();
    if hidden(&host) || hidden(&port) || service {
        return Asked::Hidden;
    }
    Asked::Host { host, port }
}

fn split_port(place: &str) -> (&str, Option<&str>) {
    match place.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (place, None),
    }
}

/// Whose server a dump asks: no name and a socket's folder are this machine's.
fn server_of(host: &str, whose: &dyn Fn(&str) -> Whose) -> Whose {
    if host.is_empty() || host.starts_with(['/', '@']) {
        return Whose::Own;
    }
    whose(split_port(host).0)
}

/// Whether a dump that names this port, or none, asks this server; nothing where that cannot be told.
fn is_port_of(command: &Command, told: Option<&str>, server: &Server<'_>) -> Option<bool> {
    let sure = |same: bool| (same || server.port_sure).then_some(same);
    if server.kind == "mysql" {
        return sure(told.zip(server.port).is_none_or(|(told, own)| told == own));
    }
    if server.kind != "postgresql" {
        return Some(true);
    }
    // Debian's wrapper: `--cluster 15/main`.
    let cluster = command.value(&["--cluster"]);
    let cluster = cluster.or_else(|| command.setting("PGCLUSTER"));
    if let Some((name, path)) = cluster.zip(server.path) {
        return Some(path.ends_with(&format!("/{name}")));
    }
    sure(match (told, server.port) {
        (Some(told), Some(own)) => told == own,
        (None, Some(own)) => server.only || own == "5432",
        (_, None) => true,
    })
}

/// Whether a dump takes all databases of the server that it asks. A tool without a choice takes all.
fn takes_all(tool: &str, command: &Command, text: &str) -> bool {
    let program = command.program.as_str();
    let whole = match tool {
        "pg_dump" => {
            matches!(program, "pg_dumpall" | "pg_basebackup" | "pg_backupcluster")
                && !command.has(&["--exclude-database"])
        }
        "mysqldump" => command.has(&["-A", "--all-databases"]),
        "mongodump" => !command.has(&NARROWS),
        _ => return true,
    };
    let plain = shell::joined(text);
    let mut lower = plain
        .lines()
        .map(|l| shell::without_comment(l).to_lowercase());
    let mut lists = || lower.any(|line| LISTS.iter().any(|l| line.contains(l)));
    // A name that is filled in from a list of all.
    whole || command.args.iter().any(|w| w.starts_with('$')) && lists()
}

/// Options of mongodump that leave something out.
const NARROWS: [&str; 9] = [
    "-d",
    "--db",
    "-c",
    "--collection",
    "-q",
    "--query",
    "--nsInclude",
    "--excludeCollection",
    "--nsExclude",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::backup::{
        Starter, commands::read, sources::Sources, tools::tool_of, variables::expanded,
    };

    fn job(tool: &'static str, text: &str) -> Job {
        let text = text.trim_start_matches("0 1 * * * postgres ");
        let commands = read(&expanded(text), "");
        let command = commands.into_iter().find(|c| tool_of(c) == Some(tool));
        assert!(command.is_some(), "{text}");
        Job {
            tool,
            at: "x".into(),
            starter: Starter::Cron,
            service: None,
            targets: Vec::new(),
            sources: Sources::default(),
            encrypted: None,
            credentials: Vec::new(),
            files: Vec::new(),
            renamed: false,
            script: 0,
            command,
            dumps: Vec::new(),
            text: text.into(),
        }
    }

    fn unclear(_: &str) -> Whose {
        Whose::Unclear
    }

    fn own(host: &str) -> Whose {
        match host {
            "may-nay" | "127.0.0.1" | "localhost" => Whose::Own,
            "10.0.5.5" => Whose::Other,
            _ => Whose::Unclear,
        }
    }

    fn server(tool: &str) -> Server<'static> {
        let known = KNOWS.iter().find(|(_, t)| *t == tool);
        Server {
            kind: known.unwrap().0,
            path: None,
            port: None,
            port_sure: true,
            only: true,
        }
    }

    #[test]
    fn a_dump_that_names_a_database_takes_no_other() {
        for (tool, text, all) in [
            ("pg_dump", "0 1 * * * postgres pg_dump qlvb > /b/x", false),
            ("pg_dump", "pg_dumpall > /b/x", true),
            ("pg_dump", "/usr/bin/pg_basebackup -D /b", true),
            ("pg_dump", "# pg_dumpall\npg_dump a > /b/x", false),
            (
                "pg_dump",
                "for d in $(psql -l -t); do pg_dump $d > /b/$d; done",
                true,
            ),
            (
                "pg_dump",
                "for d in a b; do pg_dump $d > /b/$d; done",
                false,
            ),
            ("pg_dump", "psql -l > /b/list; pg_dump a > /b/x", false),
            ("mysqldump", "mysqldump -u root -A > /b/x", true),
            ("mysqldump", "mysqldump -uAdmin qlvb > /b/x", false),
            (
                "mysqldump",
                "mariadb-dump --single-transaction --all-databases",
                true,
            ),
            ("mysqldump", "mysqldump --databases a b", false),
            ("mongodump", "mongodump --archive=/b/x", true),
            ("mongodump", "mongodump --db=qlvb", false),
            ("mongodump", "mongodump -d qlvb", false),
            ("pgbackrest", "pgbackrest --stanza=main backup", true),
        ] {
            let found = job(tool, text);
            let want = if all { Reach::All } else { Reach::Named };
            assert_eq!(reach(&found, &server(tool), &unclear), want, "{text}");
        }
        let text = "sqlite3 /var/lib/a/a.db \".backup /b/a.db\"";
        let found = job("sqlite", text);
        let of = |path| Server {
            path: Some(path),
            ..server("sqlite")
        };
        assert_eq!(reach(&found, &of("/var/lib/a/a.db"), &unclear), Reach::All);
        assert_eq!(
            reach(&found, &of("/var/lib/c/c.db"), &unclear),
            Reach::Nothing
        );
    }

    #[test]
    fn a_dump_of_another_server_is_none_of_this_one() {
        let second = Server {
            kind: "postgresql",
            path: Some("/var/lib/postgresql/16/second"),
            port: Some("5433"),
            port_sure: true,
            only: false,
        };
        for (text, want) in [
            ("pg_dumpall -h db2 -p 5433 > /b/x", Reach::Hidden),
            ("pg_dumpall -h db2 > /b/x", Reach::Nothing),
            ("pg_dumpall -h 10.0.5.5 > /b/x", Reach::Nothing),
            ("pg_dumpall --host=10.0.5.5 -p 5433 > /b/x", Reach::Nothing),
            ("PGHOST=10.0.5.5 pg_dumpall -p 5433 > /b/x", Reach::Nothing),
            (
                "pg_dumpall -d postgresql://u@10.0.5.5:5433/a > /b/x",
                Reach::Nothing,
            ),
            (
                "pg_dumpall -d 'host=10.0.5.5 port=5433' > /b/x",
                Reach::Nothing,
            ),
            ("pg_dumpall > /b/x", Reach::Nothing),
            ("pg_dumpall -p 5432 > /b/x", Reach::Nothing),
            ("pg_dumpall --cluster 15/main > /b/x", Reach::Nothing),
            ("pg_dumpall -h $DB > /b/x", Reach::Hidden),
            ("docker exec db pg_dumpall > /b/x", Reach::Hidden),
            ("pg_dumpall -p 5433 > /b/x", Reach::All),
            ("pg_dumpall -h may-nay -p 5433 > /b/x", Reach::All),
            ("pg_dumpall -h /run/postgresql -p5433 > /b/x", Reach::All),
            ("pg_dumpall -h 127.0.0.1 --port 5433 > /b/x", Reach::All),
            ("pg_dumpall --cluster 16/second > /b/x", Reach::All),
            ("pg_dump postgresql:///a?port=5433 > /b/x", Reach::Nothing),
        ] {
            let found = job("pg_dump", text);
            assert_eq!(reach(&found, &second, &own), want, "{text}");
        }
        let only = Server {
            only: true,
            ..second
        };
        let found = job("pg_dump", "pg_dumpall > /b/x");
        assert_eq!(reach(&found, &only, &unclear), Reach::All);
    }

    #[test]
    fn a_dump_by_another_port_is_none_of_this_mysql() {
        let mysql = Server {
            path: Some("/var/lib/mysql"),
            port: Some("3306"),
            ..server("mysqldump")
        };
        for (text, want) in [
            ("mysqldump -h 127.0.0.1 -P 3307 -A > /b/x", Reach::Nothing),
            (
                "MYSQL_TCP_PORT=3307 mysqldump -h 127.0.0.1 -A > /b/x",
                Reach::Nothing,
            ),
            ("mysqldump --protocol=tcp -P3307 -A > /b/x", Reach::Nothing),
            ("docker exec d sh -c 'mysqldump -A' > /b/x", Reach::Hidden),
            ("mysqldump -h 127.0.0.1 -P 3306 -A > /b/x", Reach::All),
            ("mysqldump -h localhost -P 3307 -A > /b/x", Reach::All),
            ("mysqldump -h 127.0.0.1 -A > /b/x", Reach::All),
        ] {
            let found = job("mysqldump", text);
            assert_eq!(reach(&found, &mysql, &own), want, "{text}");
        }
        let unsure = Server {
            port_sure: false,
            ..mysql
        };
        for (text, want) in [
            ("mysqldump -h 127.0.0.1 -P 3307 -A > /b/x", Reach::Hidden),
            ("mysqldump -h 127.0.0.1 -P 3306 -A > /b/x", Reach::All),
            ("mysqldump -h 10.0.5.5 -A > /b/x", Reach::Nothing),
        ] {
            let found = job("mysqldump", text);
            assert_eq!(reach(&found, &unsure, &own), want, "{text}");
        }
    }
}
