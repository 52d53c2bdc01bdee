//! `ipsec.conf` of strongSwan's old daemon and of Libreswan (ipsec.conf(5)): connections that
//! clients may open. A connection without `auto` is not loaded, and nobody comes in by it.

use std::collections::BTreeMap;

use super::{
    Login,
    swanctl::pam_service,
    vpn::{Connections, Round, anywhere, ways},
};
use crate::{
    context::Cx,
    facts::{glob, text::lines},
    observation::Gap,
};

const MAX_ALSO: usize = 8;

/// The connections of these files.
///
/// # Errors
/// When a file may not be read.
pub(super) fn gather(cx: &Cx<'_>) -> Result<Connections, Gap> {
    const MAIN: &str = "/etc/ipsec.conf";
    let host = cx.host();
    let Some(mut text) = host.text_if_any(MAIN)? else {
        return Ok(Connections::default());
    };
    let included: Vec<String> = lines(&text)
        .filter_map(|(_, l)| l.strip_prefix("include "))
        .map(|p| {
            if p.trim().starts_with('/') {
                p.trim().to_owned()
            } else {
                format!("/etc/{}", p.trim())
            }
        })
        .collect();
    for pattern in included {
        for file in glob::expand(host, &pattern)? {
            text.push('\n');
            text.push_str(&host.text(&file)?);
        }
    }
    let service = pam_service(host)?;
    let (mut found, mut any) = (Vec::new(), false);
    let all = connections(&text);
    for name in all.keys().filter(|n| *n != "%default") {
        let connection = Connection { all: &all, name };
        any |= connection.is_loaded();
        if let Some(rounds) = connection.rounds(&service) {
            let ways = ways(cx, &rounds, "")?;
            found.push(Login::configured(format!("{MAIN}, {name}"), MAIN, ways));
        }
    }
    Ok(Connections { people: found, any })
}

type Settings = BTreeMap<String, String>;

/// The `conn` sections by name. A line with white space before it belongs to the section above.
fn connections(text: &str) -> BTreeMap<String, Settings> {
    let mut all: BTreeMap<String, Settings> = BTreeMap::new();
    let mut at: Option<String> = None;
    for line in text.lines() {
        let inside = line.starts_with(char::is_whitespace);
        let Some((_, said)) = lines(line).next() else {
            continue;
        };
        if let (true, Some(name)) = (inside, &at) {
            if let Some((key, value)) = said.split_once('=') {
                let value = value.trim().trim_matches('"').to_owned();
                all.entry(name.clone())
                    .or_default()
                    .insert(key.trim().to_lowercase(), value);
            }
        } else {
            at = said.strip_prefix("conn ").map(|n| n.trim().to_owned());
            if let Some(name) = &at {
                all.entry(name.clone()).or_default();
            }
        }
    }
    all
}

struct Connection<'a> {
    all: &'a BTreeMap<String, Settings>,
    name: &'a str,
}

impl Connection<'_> {
    /// A setting: its own, one of the connections it builds on, or the default.
    fn get(&self, key: &str) -> Option<&str> {
        let mut name = self.name;
        for _ in 0..MAX_ALSO {
            let settings = self.all.get(name)?;
            if let Some(value) = settings.get(key) {
                return Some(value);
            }
            match settings.get("also") {
                Some(also) => name = also,
                None => break,
            }
        }
        self.all.get("%default")?.get(key).map(String::as_str)
    }

    fn is_loaded(&self) -> bool {
        matches!(
            self.get("auto"),
            Some("add" | "route" | "start" | "ondemand" | "keep" | "up")
        )
    }

    fn rounds(&self, pam_service: &str) -> Option<Vec<Round>> {
        let right = self.get("right").unwrap_or("%any");
        let person = self.get("rightsourceip").is_some()
            || self.get("rightaddresspool").is_some()
            || anywhere(right);
        if !self.is_loaded() || !person {
            return None;
        }
        let round = |word: &str| Round::named(word, pam_service);
        let mut rounds = Vec::new();
        let authby = self.get("authby").unwrap_or("pubkey");
        match (self.get("rightauth"), authby) {
            (Some(word), _) => rounds.push(round(word)),
            (None, "xauthpsk") => rounds.extend([Round::Shared, Round::Password]),
            (None, "xauthrsasig" | "xauthpubkey") => rounds.extend([Round::Key, Round::Password]),
            // Of several, the client chooses.
            (None, several) if several.contains("secret") || several.contains("psk") => {
                rounds.push(Round::Shared);
            }
            (None, word) => rounds.push(round(word)),
        }
        rounds.extend(self.get("rightauth2").map(round));
        if self.get("leftxauthserver") == Some("yes") {
            rounds.push(match self.get("xauthby").unwrap_or("pam") {
                "file" => Round::Password,
                "pam" => Round::Pam("pluto".to_owned()),
                "alwaysok" => Round::Nothing,
                _ => Round::Unseen,
            });
        }
        Some(rounds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(text: &str) -> Option<Vec<Round>> {
        let all = connections(text);
        let connection = Connection {
            all: &all,
            name: "rw",
        };
        connection.rounds("login")
    }

    #[test]
    fn rounds_are_inherited_and_add_up() {
        let text = "conn %default\n\tauto=add\n\nconn base\n rightauth=pubkey\n also=rw\nconn rw\n also=base\n rightauth2=xauth-pam\n right=%any\n";
        assert_eq!(
            rounds(text),
            Some(vec![Round::Key, Round::Pam("login".into())])
        );
        assert_eq!(rounds("conn rw\n right=%any\n"), None, "not loaded");
        assert_eq!(
            rounds("conn rw\n auto=start\n right=192.0.2.1\n authby=secret\n"),
            None
        );
        assert_eq!(
            rounds("conn rw\n auto=add\n authby=xauthpsk\n"),
            Some(vec![Round::Shared, Round::Password])
        );
        assert_eq!(
            rounds("conn rw\n auto=add\n authby=rsasig\n leftxauthserver=yes\n xauthby=alwaysok\n"),
            Some(vec![Round::Key, Round::Nothing])
        );
        assert_eq!(
            rounds("conn rw\n auto=add\n authby=secret|rsasig\n"),
            Some(vec![Round::Shared])
        );
    }
}
