//! Targets, sources and encryption as the tools' own configuration files have them.

use super::{
    sources::Sources,
    tools::{Target, classify},
};
use crate::facts::{ini, shell_words};

/// What a configuration file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Says {
    pub(super) targets: Vec<Target>,
    pub(super) sources: Sources,
    pub(super) encrypted: Option<bool>,
    pub(super) dumps: Vec<Dumped>,
}

/// A database that a tool is told to dump before it copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dumped {
    /// `postgresql`, `mysql`, `mongodb` or `sqlite`.
    pub kind: &'static str,
    /// Its name; `all` stands for every one of the server.
    pub name: String,
    /// Server that is asked, where one is named; a container counts as another server.
    pub host: Option<String>,
    /// Its port, where one is named.
    pub port: Option<String>,
    /// The file, of SQLite.
    pub path: Option<String>,
}

impl Dumped {
    fn set(&mut self, key: &str, value: &str) {
        let value = value.to_owned();
        match key {
            "name" => self.name = value,
            "hostname" | "container" => self.host = Some(value),
            "port" => self.port = Some(value),
            "path" => self.path = Some(value),
            _ => {}
        }
    }
}

/// borgmatic's keys of databases, and their kinds.
const HOOKS: [(&str, &str); 5] = [
    ("postgresql_databases", "postgresql"),
    ("mariadb_databases", "mysql"),
    ("mysql_databases", "mysql"),
    ("mongodb_databases", "mongodb"),
    ("sqlite_databases", "sqlite"),
];

/// Reads the configuration of `tool`.
pub(super) fn says(tool: &str, text: &str) -> Says {
    match tool {
        "pgbackrest" => pgbackrest(text),
        "barman" => {
            let settings = ini::parse(text);
            let value = |key: &str| {
                settings
                    .iter()
                    .rfind(|s| s.key == key)
                    .map(|s| s.value.clone())
            };
            let home = value("backup_directory").or_else(|| value("barman_home"));
            Says {
                targets: classify(home.as_deref().unwrap_or("/var/lib/barman"))
                    .into_iter()
                    .collect(),
                ..Says::default()
            }
        }
        "rsnapshot" => rsnapshot(text),
        "borgmatic" => borgmatic(text),
        "vzdump" => Says {
            targets: storage_paths(text),
            ..Says::default()
        },
        _ => Says::default(),
    }
}

/// `repo1-…`, `repo2-…`: up to four repositories are looked for.
fn pgbackrest(text: &str) -> Says {
    let settings = ini::parse(text);
    let mut says = Says {
        encrypted: Some(true),
        ..Says::default()
    };
    for n in 1..=4 {
        let value = |key: &str| {
            let key = format!("repo{n}-{key}");
            settings
                .iter()
                .rfind(|s| s.key == key)
                .map(|s| s.value.as_str())
        };
        let named = settings
            .iter()
            .any(|s| s.key.starts_with(&format!("repo{n}-")));
        if n > 1 && !named {
            continue;
        }
        let host = value("host").and_then(|h| classify(&format!("{h}:/")));
        let endpoint = value("s3-endpoint")
            .or_else(|| value("azure-endpoint"))
            .unwrap_or_default();
        let kind = value("type").filter(|t| !matches!(*t, "posix" | "cifs"));
        let kind = kind.map(|t| Target::Remote(format!("{t} {endpoint}").trim().to_owned()));
        let path = Some(value("path").unwrap_or("/var/lib/pgbackrest"));
        says.targets
            .extend(host.or(kind).or_else(|| path.and_then(classify)));
        if value("cipher-type").is_none_or(|c| c == "none") {
            says.encrypted = Some(false);
        }
    }
    says
}

/// Fields are parted by tabs: `backup<TAB>/home/<TAB>localhost/`.
fn rsnapshot(text: &str) -> Says {
    let mut says = Says {
        encrypted: Some(false),
        ..Says::default()
    };
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').filter(|f| !f.is_empty()).collect();
        match fields.as_slice() {
            ["snapshot_root", root, ..] => says.targets.extend(classify(root.trim())),
            ["backup", from, ..] if from.starts_with('/') => {
                let path = from.trim_end_matches('/');
                says.sources
                    .paths
                    .push(if path.is_empty() { "/" } else { path }.to_owned());
            }
            ["exclude", pattern, ..] => says.sources.excluded.push((*pattern).to_owned()),
            ["one_fs", "1", ..] => says.sources.one_file_system = true,
            ["exclude_file" | "include_file" | "include", ..] => says.sources.unclear = true,
            _ => {}
        }
    }
    says
}

/// borgmatic's YAML, as far as lists of plain words go.
fn borgmatic(text: &str) -> Says {
    let mut list = "";
    let mut says = Says {
        dumps: databases(text),
        ..Says::default()
    };
    for line in text.lines().filter(|l| !l.trim_start().starts_with('#')) {
        let word = line.trim();
        let item = word.strip_prefix("- ").map(str::trim);
        if let Some(item) = item {
            let bare = item.trim_matches(['"', '\'']);
            match list {
                "repositories" | "location" => {
                    let place = bare.strip_prefix("path:").map_or(bare, str::trim);
                    says.targets
                        .extend(classify(place).filter(|_| !place.starts_with("label:")));
                }
                "source_directories" if bare.starts_with('/') => says
                    .sources
                    .paths
                    .push(bare.trim_end_matches('/').to_owned()),
                "exclude_patterns" => says.sources.excluded.push(bare.to_owned()),
                "patterns" | "patterns_from" | "exclude_from" => says.sources.unclear = true,
                _ => {}
            }
        } else if let Some(key) = word.strip_suffix(':') {
            list = key;
        } else if let Some((key, value)) = word.split_once(':') {
            match (key.trim(), value.trim()) {
                ("path", place) if list == "repositories" => says.targets.extend(classify(place)),
                ("one_file_system", "true") => says.sources.one_file_system = true,
                ("label", _) => {}
                _ => list = "",
            }
        }
    }
    for path in &mut says.sources.paths {
        if path.is_empty() {
            "/".clone_into(path);
        }
    }
    says
}

/// The databases that borgmatic dumps: lists of `- name: …` with more keys below each.
fn databases(text: &str) -> Vec<Dumped> {
    let mut found: Vec<Dumped> = Vec::new();
    let mut open: Option<(&'static str, usize)> = None;
    let plain = text.lines().map(shell_words::without_comment);
    for line in plain.filter(|l| !l.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        let (item, word) = match line.trim().strip_prefix("- ") {
            Some(rest) => (true, rest.trim()),
            None => (false, line.trim()),
        };
        let Some((key, value)) = word.split_once(':') else {
            continue;
        };
        let (key, value) = (key.trim(), value.trim().trim_matches(['"', '\'']));
        let hook = HOOKS.iter().find(|(k, _)| *k == key && !item);
        if let Some((_, kind)) = hook {
            open = Some((kind, indent));
        } else if let Some((kind, above)) = open {
            // The items of a list may stand as far left as its key.
            if indent < above || indent == above && !item {
                open = None;
                continue;
            }
            if item {
                let kind = Dumped {
                    kind,
                    ..Dumped::default()
                };
                found.push(kind);
            }
            if let Some(last) = found.last_mut().filter(|d| d.kind == kind) {
                last.set(key, value);
            }
        }
    }
    found
}

/// The folders of Proxmox VE's storage: `path /var/lib/vz`.
fn storage_paths(text: &str) -> Vec<Target> {
    let path = |l: &str| {
        l.trim()
            .strip_prefix("dumpdir ")
            .and_then(|p| classify(p.trim()))
    };
    text.lines().filter_map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_say_where_copies_go() {
        let text = "source_directories:\n    - /etc\n    - /home/\nrepositories:\n    - path: ssh://u@h/./r\n      label: x\n    \
            - path: /mnt/borg\nkeep_daily: 7\nexclude_patterns:\n    - '/home/tmp'\none_file_system: true\n";
        let got = says("borgmatic", text);
        assert_eq!(
            got.targets,
            [
                Target::Remote("ssh h".into()),
                Target::Local("/mnt/borg".into())
            ]
        );
        assert_eq!(got.sources.paths, ["/etc", "/home"]);
        assert_eq!(got.sources.excluded, ["/home/tmp"]);
        assert!(got.sources.one_file_system);
        let old = "location:\n    source_directories:\n        - /etc\n    repositories:\n        - /srv/r.borg\n";
        assert_eq!(
            says("borgmatic", old).targets,
            [Target::Local("/srv/r.borg".into())]
        );
        let hooks = "repositories:\n  - path: /b\npostgresql_databases:\n  - name: all # every\n    hostname: db2\n    port: 5433\n  - name: qlvb\nsqlite_databases:\n- name: x\n  path: /var/lib/x/x.db\nkeep_daily: 7\n";
        let got = says("borgmatic", hooks).dumps;
        let told: Vec<_> = got
            .iter()
            .map(|d| {
                (
                    d.kind,
                    d.name.as_str(),
                    d.host.as_deref(),
                    d.path.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("postgresql", "all", Some("db2"), None),
                ("postgresql", "qlvb", None, None),
                ("sqlite", "x", None, Some("/var/lib/x/x.db"))
            ]
        );
        let text = "[global]\nrepo1-path=/srv/pg\nrepo1-cipher-type=aes-256-cbc\n";
        let got = says("pgbackrest", text);
        assert_eq!(
            (got.targets, got.encrypted),
            (vec![Target::Local("/srv/pg".into())], Some(true))
        );
        let two = "[global]\nrepo1-path=/srv/pg\nrepo2-host=nas.xa\n";
        assert_eq!(
            says("pgbackrest", two).targets,
            [
                Target::Local("/srv/pg".into()),
                Target::Remote("ssh nas.xa".into())
            ]
        );
        let got = says(
            "rsnapshot",
            "#snapshot_root\t/x\nsnapshot_root\t/srv/snap/\nbackup\t/home/\tlocalhost/\n",
        );
        assert_eq!(got.targets, [Target::Local("/srv/snap".into())]);
        assert_eq!(got.sources.paths, ["/home"]);
    }
}
