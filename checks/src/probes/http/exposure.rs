//! Things on a web server that are nobody's business. Each is told by what the answer holds, never
//! by its status alone, and only where the site answers otherwise to a path that does not exist.

use serde::Serialize;

use super::{Site, random_path};
use crate::host::{Host, HostError, HttpAnswer};

/// Bytes of a body that are enough to tell.
const CAP: usize = 8 << 10;

/// How grave it is to find something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Source, secrets or data lie open.
    Leak,
    /// A page for those who run the server. Such pages are often open to the server itself alone,
    /// which is where the question comes from.
    Internal,
}

/// What is looked for.
struct Trove {
    path: &'static str,
    kind: Kind,
    tells: fn(&HttpAnswer) -> bool,
}

const fn leak(path: &'static str, tells: fn(&HttpAnswer) -> bool) -> Trove {
    let kind = Kind::Leak;
    Trove { path, kind, tells }
}

const fn internal(path: &'static str, tells: fn(&HttpAnswer) -> bool) -> Trove {
    let kind = Kind::Internal;
    Trove { path, kind, tells }
}

const TROVES: [Trove; 32] = [
    leak("/.git/HEAD", |a| is_git_head(&a.body)),
    leak("/.git/config", |a| {
        starts(a, b"[core]") || holds(a, "\n[core]")
    }),
    leak("/.svn/wc.db", |a| starts(a, b"SQLite format 3\0")),
    leak("/.svn/entries", |a| is_svn_entries(&a.text())),
    leak("/.hg/requires", |a| {
        holds(a, "revlogv1") || holds(a, "dotencode")
    }),
    leak("/.env", |a| is_env(&a.text())),
    leak("/.env.bak", |a| is_env(&a.text())),
    leak("/.htpasswd", |a| is_htpasswd(&a.text())),
    leak("/.DS_Store", |a| starts(a, b"\0\0\0\x01Bud1")),
    leak("/backup.sql", |a| is_sql(&a.text())),
    leak("/dump.sql", |a| is_sql(&a.text())),
    leak("/database.sql", |a| is_sql(&a.text())),
    leak("/db.sql", |a| is_sql(&a.text())),
    leak("/backup.zip", |a| starts(a, b"PK\x03\x04")),
    leak("/backup.tar.gz", |a| starts(a, b"\x1f\x8b\x08")),
    leak("/wp-config.php.bak", |a| holds(a, "DB_PASSWORD")),
    leak("/wp-config.php~", |a| holds(a, "DB_PASSWORD")),
    leak("/configuration.php.bak", |a| holds(a, "class JConfig")),
    leak("/web.config.bak", |a| holds(a, "<configuration")),
    leak("/phpinfo.php", is_phpinfo),
    leak("/info.php", is_phpinfo),
    leak("/actuator/env", |a| holds(a, "\"propertySources\"")),
    leak("/", is_index),
    leak("/uploads/", is_index),
    leak("/backup/", is_index),
    internal("/actuator", |a| {
        holds(a, "\"_links\"") && holds(a, "actuator")
    }),
    internal("/server-status", |a| holds(a, "Apache Server Status")),
    internal("/nginx_status", |a| starts(a, b"Active connections:")),
    internal("/debug/pprof/", |a| holds(a, "Types of profiles available")),
    internal("/phpmyadmin/", |a| holds(a, "phpMyAdmin")),
    internal("/adminer.php", |a| holds(a, "Adminer")),
    internal("/manager/html", |a| {
        let asks = a.first("www-authenticate").unwrap_or_default();
        asks.contains("Tomcat Manager")
    }),
];

/// What was found at a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// Paths where source, secrets or data lie open.
    pub leaks: Vec<&'static str>,
    /// Paths of pages for those who run the server.
    pub internal: Vec<&'static str>,
    /// The site answers 200 to a path that does not exist.
    pub catch_all: bool,
    /// How many paths were asked for.
    pub asked: usize,
}

/// Looks for all of it. Ask only where the owner permitted it.
///
/// # Errors
/// When the site stops answering.
pub fn look(host: &dyn Host, site: &Site) -> Result<Exposure, HostError> {
    let nowhere = fetch(host, site, &random_path(host, site))?;
    if nowhere.status == 403 {
        return Err(HostError::Unreachable(site.ask("/").line())); // shut to whoever asks like this
    }
    let mut found = Exposure {
        catch_all: nowhere.status == 200,
        ..Exposure::default()
    };
    for trove in &TROVES {
        let answer = fetch(host, site, trove.path)?;
        found.asked += 1;
        if !shows(trove, &answer, &nowhere) {
            continue;
        }
        match trove.kind {
            Kind::Leak => found.leaks.push(trove.path),
            Kind::Internal => found.internal.push(trove.path),
        }
    }
    Ok(found)
}

fn fetch(host: &dyn Host, site: &Site, path: &str) -> Result<HttpAnswer, HostError> {
    let mut ask = site.ask(path);
    ask.cap = CAP;
    let answer = host.http(&ask)?;
    // A site that is too busy or broken to answer shows nothing, and hides everything.
    if answer.status == 429 || answer.status >= 500 {
        return Err(HostError::Unreachable(ask.line()));
    }
    Ok(answer)
}

fn shows(trove: &Trove, answer: &HttpAnswer, nowhere: &HttpAnswer) -> bool {
    let there = match trove.kind {
        Kind::Leak => answer.status == 200,
        Kind::Internal => matches!(answer.status, 200 | 401),
    };
    // What stands for every path stands for nothing, whatever it holds.
    there && (trove.tells)(answer) && !(trove.tells)(nowhere) && answer.body != nowhere.body
}

fn starts(answer: &HttpAnswer, head: &[u8]) -> bool {
    answer.body.starts_with(head)
}

fn holds(answer: &HttpAnswer, words: &str) -> bool {
    answer.text().contains(words)
}

/// A branch, or a commit by its SHA-1 or SHA-256.
fn is_git_head(body: &[u8]) -> bool {
    let line = body.split(|&b| b == b'\n').next().unwrap_or_default();
    let line = line.trim_ascii_end();
    let hex = || line.iter().all(u8::is_ascii_hexdigit);
    line.starts_with(b"ref: refs/") || (matches!(line.len(), 40 | 64) && hex())
}

/// The number of the format, then `dir` (before Subversion 1.7), or the number alone.
fn is_svn_entries(text: &str) -> bool {
    let mut lines = text.lines();
    let figure = lines
        .next()
        .is_some_and(|l| matches!(l, "8" | "9" | "10" | "12"));
    figure && matches!(lines.next(), None | Some("" | "dir"))
}

/// Assignments as shells write them, and nothing else but comments and space.
fn is_env(text: &str) -> bool {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .collect();
    let assigns = |line: &&str| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.split_once('=').is_some_and(|(name, _)| {
            let fine = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            !name.is_empty() && name.bytes().all(fine) && !name.as_bytes()[0].is_ascii_digit()
        })
    };
    let hits = lines.iter().filter(|l| assigns(l)).count();
    // The last line may be cut; a value may go over several lines.
    hits > 0 && hits * 4 >= lines.len() * 3
}

fn is_htpasswd(text: &str) -> bool {
    let hash = |line: &str| {
        let kinds = ["$apr1$", "{SHA}", "$2y$", "$2a$", "$2b$", "$5$", "$6$"];
        line.split_once(':')
            .is_some_and(|(_, hash)| kinds.iter().any(|k| hash.starts_with(k)))
    };
    text.lines().next().is_some_and(hash)
}

fn is_sql(text: &str) -> bool {
    let marks = [
        "-- MySQL dump",
        "-- MariaDB dump",
        "-- PostgreSQL database dump",
        "-- phpMyAdmin SQL Dump",
        "CREATE TABLE ",
        "INSERT INTO ",
    ];
    let page = text.trim_start().starts_with('<');
    !page && marks.iter().any(|mark| text.contains(mark))
}

fn is_phpinfo(answer: &HttpAnswer) -> bool {
    holds(answer, "phpinfo()") && holds(answer, "PHP Version")
}

/// The list of a folder as nginx, Apache, lighttpd and Python write it.
fn is_index(answer: &HttpAnswer) -> bool {
    let page = answer.text();
    let titled =
        page.contains("<title>Index of /") || page.contains("<title>Directory listing for /");
    titled && page.contains("<a href=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_told_apart() {
        assert!(is_git_head(b"ref: refs/heads/main\n"));
        assert!(is_git_head(b"0123456789abcdef0123456789abcdef01234567\r\n"));
        assert!(!is_git_head(b"<!doctype html>") && !is_git_head(b"referer"));
        assert!(is_env(
            "# x\nAPP_KEY=base64:abc\nexport DB_PASSWORD='x y'\n"
        ));
        assert!(!is_env("<html lang=vi>\n<a href=x>\n") && !is_env("") && !is_env("not found"));
        assert!(is_svn_entries("12\n") && is_svn_entries("10\n\ndir\n") && !is_svn_entries("404"));
        assert!(is_htpasswd("admin:$apr1$x$y\n") && !is_htpasswd("a: b"));
        assert!(is_sql("-- MySQL dump 10.13\n") && !is_sql("<p>CREATE TABLE how-to"));
    }

    #[test]
    fn paths_are_asked_for_once() {
        let mut paths: Vec<&str> = TROVES.iter().map(|t| t.path).collect();
        paths.sort_unstable();
        let all = paths.len();
        paths.dedup();
        assert_eq!(paths.len(), all);
    }

    proptest::proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120)) {
            let answer = HttpAnswer { status: 200, body, ..HttpAnswer::default() };
            for trove in &TROVES {
                let _any = (trove.tells)(&answer);
            }
        }
    }
}
