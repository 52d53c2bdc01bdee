//! Where apt looks for packages: sources.list(5) in both its forms.

use super::super::{deb822::each_stanza, text::lines};
use crate::host::{Host, HostError};

const MAIN: &str = "/etc/apt/sources.list";
const PARTS: &str = "/etc/apt/sources.list.d";

/// One repository suite that apt fetches binary packages from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// File and line, `/etc/apt/sources.list:3`.
    pub at: String,
    /// Address, without user name and password.
    pub uri: String,
    /// Suite; ends with `/` for a repository without the usual layout.
    pub suite: String,
    /// Components, such as `main`.
    pub components: Vec<String>,
    /// `trusted=yes`: signatures are not asked for.
    pub trusted: bool,
    /// `allow-insecure=yes`, `allow-weak=yes` or `allow-downgrade-to-insecure=yes`: lists are accepted that
    /// are unsigned, signed by digests that can be forged, or not signed any more.
    pub allow_insecure: bool,
    /// Names the key that must have signed it.
    pub signed_by: bool,
    /// The file of keys that it names, where it names one.
    pub keyring: String,
}

impl Source {
    /// Start of the names that apt gives to this source's files in its lists folder.
    pub fn list_base(&self) -> String {
        let place = match self.uri.split_once(':') {
            Some((_, rest)) => rest.strip_prefix("//").unwrap_or(rest),
            None => &self.uri,
        };
        let place = place.trim_end_matches('/');
        let suite = self.suite.trim_end_matches('/');
        let whole = if self.suite.ends_with('/') {
            format!("{place}/{suite}")
        } else {
            format!("{place}/dists/{suite}")
        };
        file_name(&whole)
    }

    /// Whether it is the paid longer support of Debian by Freexian (ELTS). It has no pocket of its own
    /// for security: all of it is.
    pub fn is_elts(&self) -> bool {
        let site = self.uri.split('/').nth(2).unwrap_or_default();
        let freexian = site == "freexian.com" || site.ends_with(".freexian.com");
        freexian && self.uri.contains("extended-lts")
    }

    /// The suite, as a person would tell the source from the distribution's others. ELTS calls its own by the code
    /// name alone.
    pub fn suite_name(&self) -> String {
        let mark = if self.is_elts() { "ELTS " } else { "" };
        format!("{mark}{}", self.suite.trim_end_matches('/'))
    }

    /// Address and suite, as a person would name the source.
    pub fn name(&self) -> String {
        format!("{} {}", self.uri, self.suite)
    }
}

/// apt's spelling of an address as a file name.
fn file_name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '/' => out.push('_'),
            c if "\\|{}[]<>\"^~_=!@#$%&*".contains(c) => {
                out.push_str(&format!("%{:02x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// All enabled sources of the host.
pub(super) fn read(host: &dyn Host) -> Result<Vec<Source>, HostError> {
    let mut all = Vec::new();
    if let Some(text) = host.text_if_any(MAIN)? {
        all.extend(one_line_style(MAIN, &text));
    }
    for entry in host.list_if_any(PARTS, 1_000)? {
        let path = format!("{PARTS}/{}", entry.name);
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if !entry.name.chars().all(plain) {
            continue; // apt passes over such names too
        }
        let Some(parse) = parser_for(&entry.name) else {
            continue;
        };
        if let Some(text) = host.text_if_any(&path)? {
            all.extend(parse(&path, &text));
        }
    }
    Ok(all)
}

/// Options of one source that accept lists which nobody vouches for.
const WAIVERS: [&str; 3] = [
    "Allow-Insecure",
    "Allow-Weak",
    "Allow-Downgrade-To-Insecure",
];

type Parser = fn(&str, &str) -> Vec<Source>;

fn parser_for(name: &str) -> Option<Parser> {
    match name.rsplit_once('.')?.1 {
        "list" => Some(one_line_style),
        "sources" => Some(deb822_style),
        _ => None,
    }
}

fn one_line_style(path: &str, text: &str) -> Vec<Source> {
    let one = |(n, line): (usize, &str)| one_line(&format!("{path}:{n}"), line);
    lines(text).filter_map(one).collect()
}

fn one_line(at: &str, line: &str) -> Option<Source> {
    let rest = line.strip_prefix("deb")?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    let mut source = Source {
        at: at.to_owned(),
        uri: without_login(words.next()?),
        suite: words.next()?.to_owned(),
        components: words.map(str::to_owned).collect(),
        ..Source::default()
    };
    for (key, value) in options.split_whitespace().filter_map(|o| o.split_once('=')) {
        match key.trim_end_matches(['+', '-']).to_lowercase().as_str() {
            "trusted" => source.trusted = is_yes(value),
            key if WAIVERS.iter().any(|w| w.eq_ignore_ascii_case(key)) => {
                source.allow_insecure |= is_yes(value);
            }
            "signed-by" => {
                source.signed_by = true;
                source.keyring = keyring(value);
            }
            _ => {}
        }
    }
    Some(source)
}

fn deb822_style(path: &str, text: &str) -> Vec<Source> {
    let mut all = Vec::new();
    let wanted = [
        "Types",
        "URIs",
        "Suites",
        "Components",
        "Enabled",
        "Trusted",
        WAIVERS[0],
        WAIVERS[1],
        WAIVERS[2],
        "Signed-By",
    ];
    let read = each_stanza(&mut text.as_bytes(), &wanted, |stanza| {
        let off = stanza.get("Enabled").is_some_and(is_no);
        if off || !stanza.words("Types").iter().any(|t| t == "deb") {
            return;
        }
        let waives = WAIVERS.iter().any(|w| stanza.get(w).is_some_and(is_yes));
        for uri in stanza.words("URIs") {
            for suite in stanza.words("Suites") {
                all.push(Source {
                    at: format!("{path}:{}", stanza.line),
                    uri: without_login(&uri),
                    suite,
                    components: stanza.words("Components"),
                    trusted: stanza.get("Trusted").is_some_and(is_yes),
                    allow_insecure: waives,
                    signed_by: stanza.get("Signed-By").is_some(),
                    keyring: stanza.get("Signed-By").map(keyring).unwrap_or_default(),
                });
            }
        }
    });
    debug_assert!(read.is_ok(), "reading from memory cannot fail");
    all
}

/// One file of keys; fingerprints, embedded keys and several files are none.
fn keyring(value: &str) -> String {
    let value = value.trim();
    let one = value.starts_with('/') && !value.contains([',', ' ', '\n']);
    if one { value } else { "" }.to_owned()
}

/// An address may hold a password; it must not get into the evidence.
pub fn without_login(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return uri.to_owned();
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, h)| h);
    format!("{scheme}://{host}/{path}")
}

/// Whether apt takes the word for a yes.
pub fn is_yes(value: &str) -> bool {
    let value = value.trim().to_lowercase();
    matches!(value.as_str(), "yes" | "true" | "with" | "on" | "enable")
        || value.parse::<i64>().is_ok_and(|n| n != 0)
}

fn is_no(value: &str) -> bool {
    let value = value.trim().to_lowercase();
    matches!(
        value.as_str(),
        "no" | "false" | "without" | "off" | "disable" | "0"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let text = "deb [arch=amd64 trusted=yes] http://u:pw@h.example/debian bookworm main # c\n\
            # deb http://x y z\ndeb-src http://h s main\n";
        let got = one_line_style("/f", text);
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].uri, "http://h.example/debian");
        assert!(got[0].trusted && !got[0].signed_by);
        let text = "Types: deb deb-src\nURIs: http://h/d\nSuites: a a-security\nComponents: main\n\
            Signed-By:\n -----BEGIN\n\nTypes: deb\nEnabled: no\nURIs: x\nSuites: y\n";
        let got = deb822_style("/f", text);
        assert_eq!(got.len(), 2);
        assert_eq!(got[1].suite, "a-security");
        assert!(got[1].signed_by);
    }

    #[test]
    fn list_names_are_apts_own() {
        let base = |uri: &str, suite: &str| {
            Source {
                uri: uri.to_owned(),
                suite: suite.to_owned(),
                ..Source::default()
            }
            .list_base()
        };
        assert_eq!(
            base("https://deb.nodesource.com/node_20.x", "nodistro"),
            "deb.nodesource.com_node%5f20.x_dists_nodistro"
        );
        assert_eq!(
            base("mirror+file:/etc/apt/mirrors/debian.list", "bookworm"),
            "_etc_apt_mirrors_debian.list_dists_bookworm"
        );
        assert_eq!(base("http://h/x/", "./"), "h_x_.");
    }
}
