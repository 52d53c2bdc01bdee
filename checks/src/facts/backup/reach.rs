//! Whether a dump takes every database of its server, or only those that it names.

use super::tools::{base_name, words};
use crate::facts::shell_words as shell;

/// Words by which a script lists the databases of a server to dump one after the other.
const LISTS: [&str; 5] = [
    "pg_database",
    "show databases",
    "information_schema.schemata",
    "psql -l",
    "psql --list",
];

/// Whether a job with this text takes all of what stands at `path`, as far as its words say. A tool
/// without a choice takes all.
pub fn takes_all(tool: &str, text: &str, path: &str) -> bool {
    if tool == "sqlite" {
        return text.contains(path);
    }
    let plain = shell::joined(text);
    let lines = || plain.lines().map(shell::without_comment);
    let lower = || lines().map(str::to_lowercase);
    let lists = lower().any(|line| LISTS.iter().any(|l| line.contains(l)));
    lines().flat_map(shell::commands).any(|command| {
        let words = words(&command);
        let Some(at) = words.iter().position(|w| program(tool, w)) else {
            return false;
        };
        let rest = words.get(at + 1..).unwrap_or_default();
        let whole = match tool {
            "pg_dump" => matches!(base_name(words[at]), "pg_dumpall" | "pg_basebackup"),
            "mysqldump" => rest.iter().any(|w| is_all(w)),
            _ => !rest.iter().any(|w| narrows(w)),
        };
        // A name that is filled in from a list of all.
        whole || lists && rest.iter().any(|w| w.starts_with('$'))
    }) || !["pg_dump", "mysqldump", "mongodump"].contains(&tool)
}

fn program(tool: &str, word: &str) -> bool {
    let names: &[&str] = match tool {
        "pg_dump" => &["pg_dump", "pg_dumpall", "pg_basebackup"],
        "mysqldump" => &["mysqldump", "mariadb-dump"],
        other => return base_name(word) == other,
    };
    names.contains(&base_name(word))
}

/// `--all-databases`, `-A`, also among other letters; a letter behind one that takes a value is a value.
fn is_all(word: &str) -> bool {
    let letters = word.strip_prefix('-').filter(|l| !l.starts_with('-'));
    let valued = |c: char| "hPuprSwT".contains(c);
    word == "--all-databases"
        || letters.is_some_and(|l| l.chars().take_while(|c| !valued(*c)).any(|c| c == 'A'))
}

/// Options of mongodump that leave something out.
fn narrows(word: &str) -> bool {
    let long = [
        "--db",
        "--collection",
        "--query",
        "--nsInclude",
        "--excludeCollection",
        "--nsExclude",
    ];
    let name = word.split('=').next().unwrap_or(word);
    long.contains(&name) || ["-d", "-c", "-q"].iter().any(|s| word.starts_with(s))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(takes_all(tool, text, "/var/lib/x"), all, "{text}");
        }
        let text = "sqlite3 /var/lib/a/a.db \".backup /b/a.db\"";
        assert!(takes_all("sqlite", text, "/var/lib/a/a.db"));
        assert!(!takes_all("sqlite", text, "/var/lib/c/c.db"));
    }
}
