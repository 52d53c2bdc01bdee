//! Nextcloud: `config/config.php` and what stands beside it.
//!
//! `twofactor_enforced` concerns everybody; a list of enforced groups narrows it to their members
//! and makes the list of excluded groups void; else members of excluded groups are exempt. The
//! text `'true'` counts in every version; the bare word `true` only since version 33.

use super::{
    Blind, Login, PASSWORD, TOKEN, UNSEEN, Way,
    php::{Php, assigned},
    web_roots::web_roots,
};
use crate::{context::Cx, facts::glob, host::Host, observation::Gap};

/// Applications that let people in by another server.
const SIGN_ON: [&str; 6] = [
    "globalsiteselector",
    "oidc_login",
    "sociallogin",
    "user_cas",
    "user_oidc",
    "user_saml",
];
/// Major version since which the bare word `true` counts.
const BARE_TRUE_SINCE: u32 = 33;
const MAX_GROUPS: usize = 16;

/// The logins of every Nextcloud that web servers here serve.
///
/// # Errors
/// When a file may not be read.
pub fn gather(cx: &Cx<'_>) -> Result<Vec<Login>, Gap> {
    let host = cx.host();
    let mut found = Vec::new();
    let mut places: Vec<String> = Vec::new();
    for root in web_roots(host)? {
        places.extend([format!("{root}/nextcloud"), root]);
    }
    places.push("/var/snap/nextcloud/current/nextcloud".to_owned());
    places.sort();
    places.dedup();
    for place in places {
        let file = format!("{place}/config/config.php");
        let Some(text) = host.text_if_any(&file).or_else(nothing_there)? else {
            continue;
        };
        let snap = place.starts_with("/var/snap/");
        if !snap && host.stat_if_any(&format!("{place}/occ"))?.is_none() {
            continue;
        }
        found.extend(of_place(host, &place, &file, &text)?);
    }
    Ok(found)
}

/// A file where a folder was looked for holds no configuration.
fn nothing_there(error: crate::host::HostError) -> Result<Option<String>, Gap> {
    match error {
        crate::host::HostError::WrongKind(_) => Ok(None),
        other => Err(other.into()),
    }
}

fn of_place(host: &dyn Host, place: &str, file: &str, text: &str) -> Result<Vec<Login>, Gap> {
    let mut layers = vec![assigned(text, "CONFIG").ok_or_else(|| Gap::parse(file))?];
    // Further files are laid over the first, in the order of their names.
    for more in glob::expand(host, &format!("{place}/config/*.config.php"))? {
        layers.push(assigned(&host.text(&more)?, "CONFIG").ok_or_else(|| Gap::parse(&more))?);
    }
    let mut other = Vec::new();
    for app in SIGN_ON {
        for folder in ["apps", "custom_apps"] {
            if host
                .stat_if_any(&format!("{place}/{folder}/{app}"))?
                .is_some()
            {
                other.push(Way::new(
                    "single sign-on",
                    UNSEEN,
                    format!("application {app}"),
                ));
            }
        }
    }
    Ok(logins(place, file, &Config(layers), &other))
}

struct Config(Vec<Php>);

impl Config {
    fn get(&self, key: &str) -> Option<&Php> {
        self.0.iter().rev().find_map(|layer| layer.get(key))
    }

    fn groups(&self, key: &str) -> Option<Vec<String>> {
        let Some(value) = self.get(key) else {
            return Some(Vec::new());
        };
        let names = value.texts()?;
        Some(names.into_iter().map(str::to_owned).collect())
    }

    /// `None` where it cannot be told.
    fn enforced(&self) -> Option<bool> {
        match self.get("twofactor_enforced") {
            None | Some(Php::Bool(false)) => Some(false),
            Some(Php::Text(text)) => Some(text == "true"),
            Some(Php::Bool(true)) => (self.major()? >= BARE_TRUE_SINCE).then_some(true),
            Some(Php::Other | Php::List(_)) => None,
        }
    }

    fn major(&self) -> Option<u32> {
        let Some(Php::Text(version)) = self.get("version") else {
            return None;
        };
        version.split('.').next()?.parse().ok()
    }
}

fn logins(place: &str, file: &str, config: &Config, other: &[Way]) -> Vec<Login> {
    let name = |class: &str| format!("nextcloud {place}, {class}");
    let strict = |class: &str| {
        let both = Way::new("password, code", PASSWORD.and(TOKEN), "twofactor_enforced");
        let issued = Way::new("application password", PASSWORD, "WebDAV").issued();
        let ways = [vec![both, issued], other.to_vec()].concat();
        Login::configured(name(class), file, ways)
    };
    let loose = |class: &str, via: &str| {
        let way = Way::new("password", PASSWORD, via).skippable();
        let ways = [vec![way], other.to_vec()].concat();
        Login::configured(name(class), file, ways)
    };
    let lists = (
        config.enforced(),
        config.groups("twofactor_enforced_groups"),
        config.groups("twofactor_enforced_excluded_groups"),
    );
    let (Some(enforced), Some(only), Some(exempt)) = lists else {
        return vec![Login::configured(name("everybody"), file, Vec::new()).blind(Blind::Kind)];
    };
    if !enforced {
        return vec![loose("everybody", "twofactor_enforced is off")];
    }
    let mut found = Vec::new();
    if !only.is_empty() {
        let groups = only.iter().take(MAX_GROUPS);
        found.extend(groups.map(|g| strict(&format!("group {g}"))));
        found.push(loose("everybody else", "twofactor_enforced_groups"));
    } else if exempt.is_empty() {
        found.push(strict("everybody"));
    } else {
        let via = "twofactor_enforced_excluded_groups";
        let groups = exempt.iter().take(MAX_GROUPS);
        found.extend(groups.map(|g| loose(&format!("group {g}"), via)));
        found.push(strict("everybody else"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::login_services::Sort;

    fn classes(settings: &str) -> Vec<(String, Sort)> {
        let php = assigned(&format!("$CONFIG = array({settings});"), "CONFIG").unwrap();
        let found = logins("/w", "f", &Config(vec![php]), &[]).into_iter();
        found
            .map(|l| {
                let ways = l.seen.unwrap().ways;
                let sort = ways.iter().map(|w| w.sort).max().unwrap_or_default();
                (l.name.replace("nextcloud /w, ", ""), sort)
            })
            .collect()
    }

    #[test]
    fn groups_mean_what_the_server_takes_them_for() {
        let on = "'twofactor_enforced' => 'true',";
        let pair = |name: &str, sort| (name.to_owned(), sort);
        assert_eq!(classes(""), [pair("everybody", Sort::Skippable)]);
        assert_eq!(classes(on), [pair("everybody", Sort::Issued)]);
        let only = format!(
            "{on} 'twofactor_enforced_groups' => ['admin'], 'twofactor_enforced_excluded_groups' => ['admin', 'x']"
        );
        assert_eq!(
            classes(&only),
            [
                pair("group admin", Sort::Issued),
                pair("everybody else", Sort::Skippable)
            ]
        );
        let exempt = format!("{on} 'twofactor_enforced_excluded_groups' => array(0 => 'x')");
        assert_eq!(
            classes(&exempt),
            [
                pair("group x", Sort::Skippable),
                pair("everybody else", Sort::Issued)
            ]
        );
    }

    #[test]
    fn the_bare_word_depends_on_the_version() {
        let enforced = |settings: &str| {
            let php = assigned(&format!("$CONFIG = array({settings});"), "CONFIG").unwrap();
            Config(vec![php]).enforced()
        };
        assert_eq!(
            enforced("'twofactor_enforced' => true, 'version' => '28.0.1.1'"),
            None
        );
        assert_eq!(
            enforced("'twofactor_enforced' => true, 'version' => '33.0.0.1'"),
            Some(true)
        );
        assert_eq!(enforced("'twofactor_enforced' => 'false'"), Some(false));
        assert_eq!(enforced("'twofactor_enforced' => getenv('X')"), None);
    }
}
