use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        backup::{
            Jobs,
            names::Names,
            reach::{Reach, Server, reach},
            sources::Cover,
        },
        databases::{self, Database},
        ini,
        processes::Processes,
        storage::Mounts,
        text::lines,
    },
    host::{Host, Kind},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Every database whose data folder stands on this host is dumped or copied by a tool that knows it.
/// A job that merely copies the folder of a running database is half of that: what it copies may not
/// be usable; so is a dump that names its databases, which misses the one that is made tomorrow. "What is
/// not backed up" is the most useful finding of all.
///
/// Databases in containers and in other folders show by their running server alone; without a job
/// for their kind, whether they are covered stays unknown.
pub(super) struct DatabasesCovered;

const META: Meta = Meta {
    id: "backup.databases-covered",
    version: 7,
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

impl Check for DatabasesCovered {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let found = databases::find(cx.host())?;
        let jobs = cx.get::<Jobs>()?;
        let mounts = cx.get::<Mounts>();
        let same_fs = |a: &str, b: &str| match &mounts {
            Ok(mounts) => mounts.same(a, b),
            Err(_) => false,
        };
        let names = cx.get::<Names>()?;
        let mut dumped = Vec::new();
        let mut copied = Vec::new();
        let mut named = Vec::new();
        let mut bare = Vec::new();
        let mut hidden = false;
        for database in &found {
            let name = format!("{} ({})", database.kind, database.path);
            let port = port(cx.host(), database)?;
            let server = Server {
                kind: database.kind,
                path: Some(&database.path),
                port: port.as_deref(),
                only: found.iter().filter(|d| d.kind == database.kind).count() == 1,
            };
            let found_by = reaches(&jobs, &server, &names);
            if found_by.contains(&Reach::All) {
                dumped.push(name);
            } else if jobs
                .started()
                .any(|j| j.sources.cover(&database.path, same_fs) == Cover::Yes)
            {
                // redis puts its file in place whole, so that it may be copied at any time.
                let log = format!("{}/appendonlydir", database.path);
                let fit = database.kind == "redis" && cx.host().stat_if_any(&log)?.is_none();
                if fit { &mut dumped } else { &mut copied }.push(name);
            } else if found_by.contains(&Reach::Named) {
                named.push(name);
            } else {
                hidden |= found_by.contains(&Reach::Hidden);
                bare.push(name);
            }
        }
        let elsewhere = elsewhere(cx, &found, &jobs, &names)?;
        dumped.extend(elsewhere.dumped);
        named.extend(elsewhere.named);
        let unplaced = elsewhere.bare;
        let whole = ["bacula", "bareos", "veeam", "vzdump"];
        let opaque = hidden
            || jobs
                .started()
                .any(|j| whole.contains(&j.tool) || j.sources.unclear);
        let from = "ls /var/lib/postgresql /var/lib/mysql; crontab -l";
        Ok(Facts::new()
            .observed(
                "database_count",
                dumped.len() + copied.len() + named.len() + bare.len(),
                from,
            )
            .observed("unplaced", unplaced, "/proc/*/comm")
            .configured("dumped", dumped, from)
            .configured("copied", copied, from)
            .configured("named", named, from)
            .configured("bare", bare, from)
            .configured("opaque_tool", opaque, from)
            .observed("all_seen", jobs.gap.is_none(), from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let unplaced = case.list("unplaced")?;
        if case.int("database_count")? == 0 && unplaced.is_empty() {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let bare = case.list("bare")?;
        if !bare.is_empty() {
            let seen = case.flag("all_seen")? && !case.flag("opaque_tool")?;
            let judgement = if seen {
                Judgement::fail("fail")
            } else {
                Judgement::unknown("unknown")
            };
            return Ok(judgement.with("databases", bare.to_vec()));
        }
        if !unplaced.is_empty() {
            return Ok(Judgement::unknown("unknown").with("databases", unplaced.to_vec()));
        }
        let named = case.list("named")?;
        if !named.is_empty() {
            return Ok(Judgement::partial("partial-named").with("databases", named.to_vec()));
        }
        let copied = case.list("copied")?;
        Ok(if copied.is_empty() {
            Judgement::pass("pass").with("databases", case.list("dumped")?.to_vec())
        } else {
            Judgement::partial("partial").with("databases", copied.to_vec())
        })
    }
}

/// Servers that run on data that was not found: in another folder, or in a container.
#[derive(Default)]
struct Elsewhere {
    dumped: Vec<String>,
    named: Vec<String>,
    bare: Vec<&'static str>,
}

fn elsewhere(
    cx: &Cx<'_>,
    found: &[Database],
    jobs: &Jobs,
    names: &Names,
) -> Result<Elsewhere, Gap> {
    let running = match cx.host().kind() {
        Kind::Image => Vec::new(),
        _ => databases::running(&*cx.get::<Processes>()?),
    };
    let mut all = Elsewhere::default();
    for kind in running {
        if found.iter().any(|d| d.kind == kind) {
            continue;
        }
        let server = Server {
            kind,
            path: None,
            port: None,
            only: true,
        };
        let found_by = reaches(jobs, &server, names);
        if found_by.contains(&Reach::All) {
            all.dumped.push(kind.to_owned());
        } else if found_by.contains(&Reach::Named) {
            all.named.push(kind.to_owned());
        } else {
            all.bare.push(kind);
        }
    }
    Ok(all)
}

/// How much of a server each started job dumps.
fn reaches(jobs: &Jobs, server: &Server<'_>, names: &Names) -> Vec<Reach> {
    let whose = |host: &str| names.whose(host);
    jobs.started().map(|j| reach(j, server, &whose)).collect()
}

/// The port that a server's configuration says, where it stands in a usual place.
fn port(host: &dyn Host, database: &Database) -> Result<Option<String>, Gap> {
    Ok(match database.kind {
        "postgresql" => port_of_postgresql(host, database),
        "mysql" => Some(port_of_mysql(host)?),
        _ => None,
    })
}

fn port_of_postgresql(host: &dyn Host, database: &Database) -> Option<String> {
    let debian = database.path.replacen("/var/lib/", "/etc/", 1);
    let text = [debian, database.path.clone()]
        .into_iter()
        .find_map(|folder| {
            host.text_if_any(&format!("{folder}/postgresql.conf"))
                .ok()?
        })?;
    let value = |(_, line): (usize, &str)| {
        let rest = line.strip_prefix("port")?.trim_start();
        let rest = rest.strip_prefix('=').unwrap_or(rest).trim();
        let digits: String = rest
            .trim_start_matches('\'')
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        (!digits.is_empty()).then_some(digits)
    };
    let told = lines(&text).filter_map(value).last();
    Some(told.unwrap_or_else(|| "5432".to_owned()))
}

/// The last port that the option files of MySQL and MariaDB say for the server.
fn port_of_mysql(host: &dyn Host) -> Result<String, Gap> {
    const FILES: [&str; 2] = ["/etc/my.cnf", "/etc/mysql/my.cnf"];
    const FOLDERS: [&str; 4] = [
        "/etc/my.cnf.d",
        "/etc/mysql/conf.d",
        "/etc/mysql/mysql.conf.d",
        "/etc/mysql/mariadb.conf.d",
    ];
    let mut paths = FILES.map(str::to_owned).to_vec();
    for folder in FOLDERS {
        let entries = host.list_if_any(folder, 1_000)?.into_iter();
        let mut names: Vec<String> = entries.map(|e| e.name).collect();
        names.retain(|n| n.ends_with(".cnf"));
        names.sort();
        paths.extend(names.iter().map(|n| format!("{folder}/{n}")));
    }
    let of_the_server = |section: &str| {
        let section = section.split('-').next().unwrap_or_default();
        matches!(section, "mysqld" | "mariadbd" | "mariadb" | "server")
    };
    let mut told = "3306".to_owned();
    for path in paths {
        let text = host.text_if_any(&path)?.unwrap_or_default();
        for setting in ini::parse(&text) {
            let own = of_the_server(&setting.section) || setting.section == "client-server";
            if own && setting.key == "port" {
                let digits = |c: &char| c.is_ascii_digit();
                told = setting.value.chars().take_while(digits).collect();
            }
        }
    }
    Ok(told)
}
