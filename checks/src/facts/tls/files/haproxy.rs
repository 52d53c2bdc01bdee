//! HAProxy: `crt` and `crt-list` of `bind` lines. One file holds certificate and key, unless the
//! key stands beside it as `FILE.key`.

use super::{Pair, bare, below, text, texts};
use crate::host::{FileKind, Host, HostError};

const FILES: [&str; 2] = ["/etc/haproxy/haproxy.cfg", "/etc/haproxy/conf.d/*.cfg"];
const MAX_CERTS: usize = 256;

/// The pairs of HAProxy's configuration.
pub(super) fn pairs(host: &dyn Host) -> Result<Vec<Pair>, HostError> {
    let mut all = Vec::new();
    let files = texts(host, &FILES)?;
    let base = files.iter().find_map(|(_, text)| crt_base(text));
    let base = base.unwrap_or_else(|| "/etc/haproxy".to_owned());
    for (source, text) in &files {
        for name in certs(host, text, &base)? {
            for cert in within(host, &name)? {
                let beside = format!("{cert}.key");
                let key = host.stat_if_any(&beside)?.map(|_| beside);
                all.push(Pair {
                    key: Some(key.unwrap_or_else(|| cert.clone())),
                    cert: Some(cert),
                    service: "haproxy",
                    source: source.clone(),
                });
            }
        }
    }
    Ok(all)
}

fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_whitespace().map(bare).collect()
    })
}

fn crt_base(text: &str) -> Option<String> {
    lines(text).find_map(|words| match words.as_slice() {
        ["crt-base", base, ..] => Some((*base).to_owned()),
        _ => None,
    })
}

/// The files and folders that `bind` lines name.
fn certs(host: &dyn Host, configuration: &str, base: &str) -> Result<Vec<String>, HostError> {
    let mut found = Vec::new();
    for words in lines(configuration).filter(|w| w.first() == Some(&"bind")) {
        for pair in words.windows(2) {
            match pair {
                ["crt", name] => found.push(below(base, name)),
                ["crt-list", name] => {
                    let list = text(host, &below(base, name))?.unwrap_or_default();
                    let names = lines(&list).filter_map(|words| words.first().copied());
                    found.extend(names.take(MAX_CERTS).map(|n| below(base, n)));
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

/// A file, or the certificates of a folder: HAProxy loads every file there but `.key` and the like.
fn within(host: &dyn Host, name: &str) -> Result<Vec<String>, HostError> {
    let folder = host
        .stat_if_any(name)?
        .is_some_and(|s| s.kind == FileKind::Dir);
    if !folder {
        return Ok(vec![name.to_owned()]);
    }
    let others = [".key", ".issuer", ".ocsp", ".sctl", ".dh"];
    let entries = host.list(name, MAX_CERTS)?;
    let certs = entries.into_iter().filter(|e| {
        e.kind != FileKind::Dir
            && !e.name.starts_with('.')
            && !others.iter().any(|end| e.name.ends_with(end))
    });
    Ok(certs.map(|e| below(name, &e.name)).collect())
}
