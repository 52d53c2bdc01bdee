//! Targets, sources and encryption as the tools' own configuration files have them.

use super::{
    sources::Sources,
    tools::{Target, classify},
};
use crate::facts::ini;

/// What a configuration file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Says {
    pub(super) targets: Vec<Target>,
    pub(super) sources: Sources,
    pub(super) encrypted: Option<bool>,
}

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
    let mut says = Says::default();
    let mut list = "";
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
