//! Apache Guacamole: extensions by their file names, and `guacamole.properties`.
//!
//! The TOTP extension asks everybody whose key it can store, which takes a database; a user of
//! `user-mapping.xml` has none, and passes without a code.

use super::{Login, PASSWORD, TOKEN, UNSEEN, Way};
use crate::{context::Cx, facts::text::lines, observation::Gap};

const HOME: &str = "/etc/guacamole";

/// Guacamole's login, where it is installed.
///
/// # Errors
/// When a file may not be read.
pub fn gather(cx: &Cx<'_>) -> Result<Option<Login>, Gap> {
    let host = cx.host();
    let file = format!("{HOME}/guacamole.properties");
    let Some(properties) = host.text_if_any(&file)? else {
        return Ok(None);
    };
    let mut extensions = Vec::new();
    for entry in host.list_if_any(&format!("{HOME}/extensions"), 256)? {
        if let Some(name) = entry.name.strip_suffix(".jar") {
            extensions.push(name.to_owned());
        }
    }
    let mapping = host.text_if_any(&format!("{HOME}/user-mapping.xml"))?;
    let mapped = mapping.is_some_and(|m| m.contains("<authorize"));
    let ways = ways(&properties, &extensions, mapped);
    Ok(Some(Login::configured("guacamole", file, ways)))
}

fn ways(properties: &str, extensions: &[String], mapped: bool) -> Vec<Way> {
    let has = |word: &str| extensions.iter().any(|e| e.contains(word));
    let database =
        has("auth-jdbc") || has("auth-mysql") || has("auth-postgresql") || has("auth-sqlserver");
    let totp = has("auth-totp");
    let duo = has("auth-duo");
    let mut ways = Vec::new();
    let mut password = |via: &str, stored: bool| {
        let asked = duo || (totp && stored);
        ways.push(if asked {
            Way::new("password, code", PASSWORD.and(TOKEN), via)
        } else {
            Way::new("password", PASSWORD, via)
        });
    };
    if database {
        password("database", true);
    }
    if has("auth-ldap") || has("auth-radius") {
        // Kept beside a database, the key of a directory's user can be stored there.
        password("directory", database);
    }
    if mapped {
        password("user-mapping.xml", false);
    }
    for (word, via) in [
        ("auth-sso", "single sign-on"),
        ("auth-openid", "OpenID Connect"),
        ("auth-saml", "SAML"),
        ("auth-cas", "CAS"),
        ("auth-header", "header of a proxy"),
        ("auth-json", "signed JSON"),
    ] {
        if has(word) {
            ways.push(Way::new("elsewhere", UNSEEN, via));
        }
    }
    for (_, line) in lines(properties) {
        let (key, value) = line.split_once([':', '=']).unwrap_or((line, ""));
        if matches!(key.trim(), "totp-bypass-hosts" | "duo-bypass-hosts") {
            let via = format!("{}: {}", key.trim(), value.trim());
            ways.push(Way::new("password", PASSWORD, via));
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::login_paths::Strength;

    fn weakest(properties: &str, extensions: &[&str], mapped: bool) -> Option<Strength> {
        let named: Vec<String> = extensions.iter().map(|e| (*e).to_owned()).collect();
        let ways = ways(properties, &named, mapped).into_iter();
        ways.map(|w| w.shown.strength()).min()
    }

    #[test]
    fn a_code_needs_a_place_to_keep_its_key() {
        let totp = "guacamole-auth-totp-1.5.5";
        let jdbc = "guacamole-auth-jdbc-mysql-1.5.5";
        assert_eq!(weakest("", &[totp, jdbc], false), Some(Strength::Two));
        assert_eq!(weakest("", &[totp, jdbc], true), Some(Strength::One));
        assert_eq!(weakest("", &[totp], true), Some(Strength::One));
        assert_eq!(
            weakest("", &["guacamole-auth-duo-1.5.5"], true),
            Some(Strength::Two)
        );
        assert_eq!(
            weakest("totp-bypass-hosts: 10.0.0.0/8\n", &[totp, jdbc], false),
            Some(Strength::One)
        );
        assert_eq!(
            weakest("", &["guacamole-auth-sso-saml-1.5.5"], false),
            Some(Strength::Unseen)
        );
    }
}
