//! strongSwan's `swanctl.conf` (swanctl.conf(5)): nested sections. Every round of a connection's
//! `remote` sections must be met. Connections to one known gateway are no people's logins.

use super::{
    Login,
    vpn::{Connections, Round, anywhere, ways},
};
use crate::{
    context::Cx,
    facts::glob,
    host::Host,
    observation::{Gap, GapReason},
};

const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 64;
/// Most sections that are put together from templates.
const MAX_SECTIONS: usize = 10_000;

/// The connections of these files.
///
/// # Errors
/// When a file may not be read or is not understood.
pub(super) fn gather(cx: &Cx<'_>) -> Result<Connections, Gap> {
    let host = cx.host();
    host.list_if_any("/etc/swanctl/conf.d", 256)?;
    let mut files = Vec::new();
    let main = "/etc/swanctl/swanctl.conf";
    if host.stat_if_any(main)?.is_some() {
        with_includes(host, main, &mut files)?;
    } else {
        for file in glob::expand(host, "/etc/swanctl/conf.d/*.conf")? {
            with_includes(host, &file, &mut files)?;
        }
    }
    let service = pam_service(host)?;
    let mut sections = Vec::new();
    let mut top = Section::default();
    for (file, text) in files {
        let section = parse(&text).ok_or_else(|| Gap::parse(&file))?;
        top.take(section.clone());
        sections.push((file, section));
    }
    let (mut found, mut any) = (Vec::new(), false);
    let mut left = MAX_SECTIONS;
    for (file, section) in sections {
        for connections in section.below("connections") {
            // A section may take over what stands in others, wherever those are.
            let whole = connections.whole(&top, MAX_DEPTH, &mut left);
            let connections = whole.ok_or_else(|| Gap::parse(&file))?;
            any |= !connections.sections.is_empty();
            for (name, connection) in &connections.sections {
                if let Some(rounds) = connection.rounds(&service) {
                    let ways = ways(cx, &rounds, "")?;
                    found.push(Login::configured(format!("{file}, {name}"), &file, ways));
                }
            }
        }
    }
    Ok(Connections { people: found, any })
}

fn with_includes(
    host: &dyn Host,
    file: &str,
    found: &mut Vec<(String, String)>,
) -> Result<(), Gap> {
    if found.len() >= MAX_FILES {
        return Err(Gap::new(GapReason::OverBudget, file));
    }
    let text = host.text(file)?;
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let included: Vec<String> = text
        .lines()
        .filter_map(|l| l.trim().strip_prefix("include "))
        .map(|p| {
            if p.trim().starts_with('/') {
                p.trim().to_owned()
            } else {
                format!("{folder}/{}", p.trim())
            }
        })
        .collect();
    found.push((file.to_owned(), text));
    for pattern in included {
        for more in glob::expand(host, &pattern)? {
            if found.iter().all(|(f, _)| *f != more) {
                with_includes(host, &more, found)?;
            }
        }
    }
    Ok(())
}

/// The PAM service of the plugin xauth-pam; `login` unless said otherwise.
pub(super) fn pam_service(host: &dyn Host) -> Result<String, Gap> {
    let text = host.text_if_any("/etc/strongswan.d/charon/xauth-pam.conf")?;
    let section = text.and_then(|t| parse(&t)).unwrap_or_default();
    let plugin = section.below("xauth-pam").next();
    let named = plugin.and_then(|p| p.value("pam_service"));
    Ok(named.unwrap_or("login").to_owned())
}

/// A section: its settings and the sections in it, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Section {
    values: Vec<(String, String)>,
    sections: Vec<(String, Self)>,
    /// Names of sections whose settings stand here too: `rw : base`.
    templates: Vec<String>,
}

impl Section {
    /// Adds what another section says; it goes before what stands here.
    fn take(&mut self, other: Self) {
        self.values.extend(other.values);
        self.templates.extend(other.templates);
        for (name, section) in other.sections {
            match self.sections.iter_mut().find(|(n, _)| *n == name) {
                Some((_, own)) => own.take(section),
                None => self.sections.push((name, section)),
            }
        }
    }

    /// The section with what its templates say; `None` where one of them is not there, or they
    /// nest too deep or are too many.
    fn whole(&self, top: &Self, depth: usize, left: &mut usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        *left = left.checked_sub(1)?;
        let mut all = Self::default();
        for template in &self.templates {
            let mut at = top;
            for part in template.split('.') {
                at = at.below(part).next()?;
            }
            all.take(at.whole(top, depth, left)?);
        }
        all.values.extend(self.values.iter().cloned());
        for (name, section) in &self.sections {
            let section = section.whole(top, depth, left)?;
            match all.sections.iter_mut().find(|(n, _)| n == name) {
                Some((_, own)) => own.take(section),
                None => all.sections.push((name.clone(), section)),
            }
        }
        Some(all)
    }

    fn below<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.sections
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, s)| s)
    }

    fn value(&self, key: &str) -> Option<&str> {
        let found = self.values.iter().rev().find(|(k, _)| k == key);
        found.map(|(_, v)| v.as_str())
    }

    /// What a client must show; nothing for a tunnel between two known gateways.
    fn rounds(&self, pam_service: &str) -> Option<Vec<Round>> {
        let person =
            self.value("pools").is_some() || anywhere(self.value("remote_addrs").unwrap_or(""));
        let remotes = self
            .sections
            .iter()
            .filter(|(name, _)| name.starts_with("remote"));
        let auths = remotes.map(|(_, remote)| remote.value("auth").unwrap_or("pubkey"));
        let rounds: Vec<Round> = auths.map(|a| Round::named(a, pam_service)).collect();
        (person && !rounds.is_empty()).then_some(rounds)
    }
}

/// `None` when braces do not match or nest too deep.
fn parse(text: &str) -> Option<Section> {
    let mut open: Vec<(String, Section)> = vec![(String::new(), Section::default())];
    for line in text.lines() {
        let mut rest = crate::facts::text::lines(line)
            .next()
            .map_or("", |(_, l)| l);
        while !rest.is_empty() {
            let cut = rest.find(['{', '}', '=']);
            match cut.map(|n| (n, rest.as_bytes()[n])) {
                Some((n, b'{')) => {
                    let (name, templates) = rest[..n].split_once(':').unwrap_or((&rest[..n], ""));
                    let templates = templates.split([',', ' ']).filter(|t| !t.is_empty());
                    let section = Section {
                        templates: templates.map(str::to_owned).collect(),
                        ..Section::default()
                    };
                    open.push((name.trim().to_owned(), section));
                    if open.len() > MAX_DEPTH {
                        return None;
                    }
                    rest = rest[n + 1..].trim();
                }
                Some((n, b'}')) => {
                    let (name, section) = open.pop()?;
                    open.last_mut()?.1.sections.push((name, section));
                    rest = rest[n + 1..].trim();
                }
                Some((n, _)) => {
                    let key = rest[..n].trim().to_owned();
                    let (value, after) = value(rest[n + 1..].trim());
                    open.last_mut()?.1.values.push((key, value.to_owned()));
                    rest = after.trim();
                }
                None => break,
            }
        }
    }
    let (_, top) = open.pop()?;
    open.is_empty().then_some(top)
}

/// A value and what follows it; a quoted one may hold braces.
fn value(text: &str) -> (&str, &str) {
    if let Some(inner) = text.strip_prefix('"') {
        let end = inner.find('"').unwrap_or(inner.len());
        return (&inner[..end], inner.get(end + 1..).unwrap_or(""));
    }
    let end = text.find('}').unwrap_or(text.len());
    (text[..end].trim(), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(text: &str) -> Option<Vec<Round>> {
        let top = parse(text)?;
        let connections = top
            .below("connections")
            .next()?
            .whole(&top, MAX_DEPTH, &mut { MAX_SECTIONS })?;
        connections.sections.first()?.1.rounds("login")
    }

    #[test]
    fn every_round_counts() {
        let text = "connections {\n  rw { # people\n    pools = p\n    local { auth = pubkey }\n    remote-1 {\n auth = pubkey\n }\n    remote-2 { auth = eap-mschapv2 }\n  }\n}\nsecrets { x { secret = \"=}\" } }\n";
        assert_eq!(rounds(text), Some(vec![Round::Key, Round::Password]));
        let gateway = "connections { g { remote_addrs = 192.0.2.1\n remote { auth = psk } } }";
        assert_eq!(rounds(gateway), None);
        let text = "connections { rw { remote { auth = psk } remote2 { auth = xauth-pam } } }";
        assert_eq!(
            rounds(text),
            Some(vec![Round::Shared, Round::Pam("login".into())])
        );
        let base = "base { remote { auth = psk } }\nconnections { rw : base { pools = p } }";
        assert_eq!(rounds(base), Some(vec![Round::Shared]));
        let own = "base { remote { auth = psk } }\nconnections { rw : base { remote { auth = pubkey } } }";
        assert_eq!(rounds(own), Some(vec![Round::Key]));
        let deep = "t { far { auth = psk } }\nconnections { rw { remote : t.far { } } }";
        assert_eq!(rounds(deep), Some(vec![Round::Shared]));
        assert_eq!(rounds("connections { rw : gone { remote { } } }"), None);
        assert_eq!(rounds("a : a { }\nconnections { rw : a { } }"), None);
        assert_eq!(parse("a { b {"), None);
        assert_eq!(parse("}"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([a-z{}=:#\" \né]|remote){0,60}") {
            let _read = parse(&text);
        }
    }
}
