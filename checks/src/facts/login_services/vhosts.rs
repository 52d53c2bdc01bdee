//! The sites that nginx and Apache here serve: their names and ports, and whether their
//! configuration treats some addresses unlike others.
//!
//! Only what could ask for less from some addresses counts: `satisfy any`, `geo`, `map` and `if` on
//! an address in nginx; in Apache `Require ip` and its like beside a login, `Satisfy any`, conditions
//! on the address. An address that is merely shut out is asked for no less.

use crate::{
    context::{Cx, Gather},
    facts::glob,
    host::{Host, HostError},
    observation::{Gap, GapReason},
};

const NGINX: &str = "/etc/nginx/nginx.conf";
const APACHE: [&str; 6] = [
    "/etc/apache2/apache2.conf",
    "/etc/apache2/conf-enabled/*",
    "/etc/apache2/sites-enabled/*",
    "/etc/httpd/conf/httpd.conf",
    "/etc/httpd/conf.d/*.conf",
    "/etc/apache2/vhosts.d/*.conf",
];
const MAX_DEPTH: usize = 6;
const MAX_FILES: usize = 128;
const MAX_SITES: usize = 512;
/// What stands for the address of whoever asks.
const ADDRESSES: [&str; 8] = [
    "binary_remote_addr",
    "http_x_forwarded_for",
    "http_x_real_ip",
    "proxy_protocol_addr",
    "realip_remote_addr",
    "remote_addr",
    "remote_host",
    "x-forwarded-for",
];

/// One site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Its names; a pattern among them begins with `*`, `.` or `~`.
    pub names: Vec<String>,
    /// Its ports.
    pub ports: Vec<u16>,
    /// The line that tells addresses apart.
    pub by_address: Option<String>,
    /// It asks for a login itself (Apache).
    login: bool,
    /// A line that lets addresses in, which counts beside a login (Apache).
    lets_in: Option<String>,
}

/// The sites of this host's web servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sites {
    /// In the order of the files.
    pub all: Vec<Site>,
    /// What holds for every site and tells addresses apart.
    pub by_address: Option<String>,
}

impl Gather for Sites {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut found = Self::default();
        if host.stat_if_any(NGINX)?.is_some() {
            let mut nginx = Nginx {
                host,
                files: 0,
                sites: &mut found,
            };
            nginx.file(NGINX, 0, &mut Vec::new())?;
        }
        for pattern in APACHE {
            for path in glob::expand(host, pattern)? {
                match host.text(&path) {
                    Ok(text) => apache(&text, &path, &mut found),
                    Err(HostError::WrongKind(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        found.all.truncate(MAX_SITES);
        Ok(found)
    }
}

impl Sites {
    /// The line that tells addresses apart before the site `name` at `port`; an empty name stands
    /// for whichever answers.
    pub fn by_address(&self, name: &str, port: u16) -> Option<&str> {
        let at: Vec<&Site> = self
            .all
            .iter()
            .filter(|s| s.ports.contains(&port))
            .collect();
        if at.is_empty() {
            return None;
        }
        let named = |s: &&&Site| s.names.iter().any(|n| n.eq_ignore_ascii_case(name));
        let own: Vec<&Site> = at.iter().filter(named).copied().collect();
        let chosen = if own.is_empty() { at } else { own };
        let line = chosen.iter().find_map(|s| s.by_address.as_deref());
        line.or(self.by_address.as_deref())
    }

    /// The plain names of the sites at `port`, sorted.
    pub fn names(&self, port: u16) -> Vec<&str> {
        let at = self.all.iter().filter(|s| s.ports.contains(&port));
        let plain = |n: &&str| {
            n.contains('.')
                && n.parse::<std::net::IpAddr>().is_err()
                && n.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
                && !n.starts_with('.')
        };
        let names = at.flat_map(|s| s.names.iter().map(String::as_str));
        let mut names: Vec<&str> = names.filter(plain).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn is_address(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ADDRESSES.iter().any(|a| text.contains(a))
}

struct Nginx<'a> {
    host: &'a dyn Host,
    files: usize,
    sites: &'a mut Sites,
}

impl Nginx<'_> {
    /// Reads a file; `open` holds the blocks that it stands in.
    fn file(&mut self, path: &str, depth: usize, open: &mut Vec<String>) -> Result<(), Gap> {
        self.files += 1;
        if depth > MAX_DEPTH || self.files > MAX_FILES {
            return Err(Gap::new(GapReason::OverBudget, path));
        }
        let text = match self.host.text(path) {
            Ok(text) => text,
            Err(HostError::WrongKind(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let outside = open.len();
        let mut words: Vec<String> = Vec::new();
        for (line, token) in tokens(&text) {
            match token.as_str() {
                "{" => {
                    self.directive(&words, &format!("{path}:{line}"), open);
                    let name = words.first().cloned().unwrap_or_default();
                    if name == "server" {
                        self.sites.all.push(Site::default());
                    }
                    open.push(name);
                    words.clear();
                }
                "}" => {
                    if open.len() > outside && open.pop().is_some_and(|o| o == "server") {
                        self.close();
                    }
                    words.clear();
                }
                ";" => {
                    if let [name, pattern, ..] = &words[..]
                        && name == "include"
                    {
                        let base = if pattern.starts_with('/') {
                            ""
                        } else {
                            "/etc/nginx/"
                        };
                        for more in glob::expand(self.host, &format!("{base}{pattern}"))? {
                            self.file(&more, depth + 1, open)?;
                        }
                    } else {
                        self.directive(&words, &format!("{path}:{line}"), open);
                    }
                    words.clear();
                }
                _ => words.push(token),
            }
        }
        open.truncate(outside);
        Ok(())
    }

    fn directive(&mut self, words: &[String], place: &str, open: &[String]) {
        let Some((name, rest)) = words.split_first() else {
            return;
        };
        let inside = open.iter().any(|o| o == "server");
        let apart = match name.as_str() {
            "satisfy" => rest.first().is_some_and(|w| w == "any"),
            "geo" => true,
            "map" | "if" => rest.iter().any(|w| is_address(w)),
            _ => false,
        };
        let site = self.sites.all.last_mut().filter(|_| inside);
        let Some(site) = site else {
            if apart {
                self.sites
                    .by_address
                    .get_or_insert(format!("{place} {name}"));
            }
            return;
        };
        if apart {
            site.by_address.get_or_insert(format!("{place} {name}"));
        }
        let direct = open.last().is_some_and(|o| o == "server");
        match name.as_str() {
            "server_name" if direct => site.names.extend(rest.iter().cloned()),
            "listen" if direct => site.ports.extend(rest.first().and_then(|w| port(w))),
            _ => {}
        }
    }

    fn close(&mut self) {
        if let Some(site) = self.sites.all.last_mut().filter(|s| s.ports.is_empty()) {
            site.ports.push(80);
        }
    }
}

/// The port of `80`, `0.0.0.0:80`, `[::]:80`, `*:80`; an address alone stands for port 80.
fn port(text: &str) -> Option<u16> {
    if text.starts_with("unix:") {
        return None;
    }
    let last = text.rsplit(':').next().unwrap_or(text);
    Some(last.parse().unwrap_or(80))
}

/// Words, `{`, `}` and `;` with their lines.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let (mut line, mut comment) = (1, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\n' {
            line += 1;
            comment = false;
        }
        match (quote, c) {
            _ if comment => {}
            (_, '\\') => word.extend(chars.next()),
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '"' | '\'') if word.is_empty() => quote = Some(c),
            (None, '#') if word.is_empty() => comment = true,
            // `${name}` stands within a word.
            (None, '{') if word.ends_with('$') => {
                word.push(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                    word.push(c);
                    if c == '}' {
                        break;
                    }
                }
            }
            (None, '{' | '}' | ';') => {
                if !word.is_empty() {
                    found.push((line, std::mem::take(&mut word)));
                }
                found.push((line, c.to_string()));
            }
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    found.push((line, std::mem::take(&mut word)));
                }
            }
            (None, c) => word.push(c),
        }
    }
    found
}

fn apache(text: &str, path: &str, sites: &mut Sites) {
    let mut outside = Site::default();
    let mut inside: Option<Site> = None;
    for (number, line) in crate::facts::text::lines(text) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else {
            continue;
        };
        let place = format!("{path}:{number} {first}");
        match first.to_ascii_lowercase().as_str() {
            "<virtualhost" => {
                let ports = rest.iter().filter_map(|w| port(w.trim_end_matches('>')));
                inside = Some(Site {
                    ports: ports.collect(),
                    ..Site::default()
                });
            }
            "</virtualhost>" => sites.all.extend(inside.take().map(Site::settled)),
            name => note(inside.as_mut().unwrap_or(&mut outside), name, rest, place),
        }
    }
    sites.all.extend(inside.map(Site::settled));
    let outside = outside.settled();
    if let Some(line) = outside.by_address {
        sites.by_address.get_or_insert(line);
    }
}

fn note(site: &mut Site, name: &str, rest: &[&str], place: String) {
    let first = rest.first().map(|w| w.to_ascii_lowercase());
    let first = first.as_deref().unwrap_or_default();
    let all = rest.join(" ");
    let lower = all.to_ascii_lowercase();
    let by_address = match name {
        "servername" | "serveralias" => {
            let names = rest.iter().map(|n| n.rsplit("://").next().unwrap_or(n));
            let names = names.map(|n| n.split(':').next().unwrap_or(n).to_owned());
            site.names.extend(names);
            false
        }
        "authtype" => {
            site.login |= first != "none";
            false
        }
        "require" if matches!(first, "ip" | "host" | "local" | "forward-dns") => {
            site.lets_in.get_or_insert(place.clone());
            false
        }
        "allow" if first == "from" => {
            site.lets_in.get_or_insert(place.clone());
            false
        }
        "satisfy" => first == "any",
        "rewritecond" | "setenvif" | "setenvifnocase" | "authtypeif" => is_address(&all),
        "<if" | "<elseif" => is_address(&all) || lower.contains("ipmatch") || lower.contains("-r "),
        "setenvifexpr" | "require" => is_address(&all) || lower.contains("ipmatch"),
        _ => false,
    };
    if by_address {
        site.by_address.get_or_insert(place);
    }
}

impl Site {
    /// Addresses that are let in beside a login need none.
    fn settled(mut self) -> Self {
        if self.login && self.by_address.is_none() {
            self.by_address = self.lets_in.take();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Sites {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.toml");
        std::fs::write(&path, text).unwrap();
        let host = crate::host::Fixture::load(&path).unwrap();
        let settings = crate::settings::Settings::default();
        Sites::gather(&Cx::new(&host, &settings)).unwrap()
    }

    fn nginx(server: &str, outside: &str) -> Sites {
        let main = format!("http {{ {outside} include sites/*; }}");
        of(&format!(
            "[files.\"/etc/nginx/nginx.conf\"]\ntext = {main:?}\n[files.\"/etc/nginx/sites/a\"]\ntext = {server:?}\n"
        ))
    }

    #[test]
    fn nginx_tells_addresses_apart_in_several_ways() {
        let server = |inner: &str| {
            format!(
                "server {{ listen [::]:443 ssl; server_name a.vn b.vn *.c.vn ~^x; {inner} }} server {{ listen 80; }}"
            )
        };
        for (inner, outside, want) in [
            (
                "location / { satisfy any; allow 10.0.0.0/8; deny all; auth_basic \"x\"; }",
                "",
                true,
            ),
            (
                "location / { satisfy all; allow 10.0.0.0/8; deny all; }",
                "",
                false,
            ),
            ("if ($remote_addr ~ \"^10\\\\.\") { set $a 1; }", "", true),
            ("# satisfy any;\nlocation / { }", "", false),
            ("", "geo $inside { default 0; 10.0.0.0/8 1; }", true),
            ("", "map $http_x_forwarded_for $a { default 0; }", true),
            ("", "map $uri $a { default 0; }", false),
            ("location / { proxy_pass http://${up}/; }", "", false),
        ] {
            let sites = nginx(&server(inner), outside);
            assert_eq!(
                sites.by_address("a.vn", 443).is_some(),
                want,
                "{inner} {outside}"
            );
            assert_eq!(sites.names(443), ["a.vn", "b.vn"]);
            assert!(sites.names(80).is_empty() && sites.by_address("a.vn", 8080).is_none());
        }
    }

    #[test]
    fn apache_lets_addresses_in_beside_a_login() {
        let site = |inner: &str| {
            let text = format!(
                "<VirtualHost *:443>\nServerName a.vn:443\nServerAlias b.vn\n{inner}\n</VirtualHost>\n<VirtualHost *:80>\nServerName c.vn\n</VirtualHost>\n"
            );
            of(&format!(
                "[files.\"/etc/apache2/sites-enabled/a.conf\"]\ntext = {text:?}\n"
            ))
        };
        for (inner, want) in [
            (
                "<Location />\nAuthType Basic\nRequire valid-user\nRequire ip 10.0.0.0/8\n</Location>",
                true,
            ),
            ("<Location />\nRequire ip 10.0.0.0/8\n</Location>", false),
            ("AuthType openid-connect\nRequire valid-user", false),
            ("RewriteCond %{REMOTE_ADDR} ^10\\.", true),
            ("<If \"-R '10.0.0.0/8'\">", true),
            ("SetEnvIf X-Forwarded-For ^10\\. inside", true),
            ("Satisfy Any", true),
        ] {
            let sites = site(inner);
            assert_eq!(sites.by_address("b.vn", 443).is_some(), want, "{inner}");
            assert!(sites.by_address("c.vn", 80).is_none());
            assert_eq!(sites.names(443), ["a.vn", "b.vn"]);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([{};#\"'\\\\$ \na]|server|listen|if|<VirtualHost){0,40}") {
            tokens(&text);
            apache(&text, "x", &mut Sites::default());
        }
    }
}
