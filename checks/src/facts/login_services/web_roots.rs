//! Folders that web servers on this host serve, and the places where packages put applications.

use std::collections::BTreeSet;

use crate::{
    facts::{glob, text::lines},
    host::{Host, HostError},
    observation::Gap,
};

const PLACES: [&str; 6] = [
    "/opt",
    "/srv",
    "/srv/www",
    "/usr/share",
    "/var/www",
    "/var/www/html",
];
const CONFIGURATIONS: [&str; 7] = [
    "/etc/apache2/conf-enabled/*",
    "/etc/apache2/sites-enabled/*",
    "/etc/httpd/conf.d/*.conf",
    "/etc/httpd/conf/httpd.conf",
    "/etc/nginx/conf.d/*.conf",
    "/etc/nginx/nginx.conf",
    "/etc/nginx/sites-enabled/*",
];
const MAX_ROOTS: usize = 64;

/// The folders, sorted; at most 64 of those that configurations name.
///
/// # Errors
/// When a configuration may not be read.
pub fn web_roots(host: &dyn Host) -> Result<BTreeSet<String>, Gap> {
    let mut found: BTreeSet<String> = PLACES.iter().map(|p| (*p).to_owned()).collect();
    for pattern in CONFIGURATIONS {
        for file in glob::expand(host, pattern)? {
            let text = match host.text(&file) {
                Ok(text) => text,
                Err(HostError::WrongKind(_)) => continue, // a folder is no configuration
                Err(error) => return Err(error.into()),
            };
            let room = MAX_ROOTS + PLACES.len();
            let named = lines(&text).filter_map(|(_, line)| folder(line));
            let left = room.saturating_sub(found.len());
            found.extend(named.take(left));
        }
    }
    Ok(found)
}

/// `root /a;`, `alias /a;` of nginx; `DocumentRoot "/a"`, `Alias /x "/a"` of Apache.
fn folder(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    let named = match first.to_ascii_lowercase().as_str() {
        "root" | "documentroot" => rest.first(),
        "alias" => rest.last(),
        _ => None,
    }?;
    let path = named.trim_matches(['"', '\'', ';']).trim_end_matches('/');
    (path.starts_with('/') && !path.contains(['$', '*', '?'])).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_servers_name_their_folders() {
        for (line, want) in [
            ("root /srv/a/;", Some("/srv/a")),
            ("DocumentRoot \"/srv/b\"", Some("/srv/b")),
            ("Alias /cloud \"/srv/c/\"", Some("/srv/c")),
            ("alias /srv/d/;", Some("/srv/d")),
            ("root $document;", None),
            ("server_name root;", None),
        ] {
            assert_eq!(folder(line).as_deref(), want, "{line}");
        }
    }
}
