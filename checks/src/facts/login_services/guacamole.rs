//! Apache Guacamole: extensions by their file names, and `guacamole.properties`.
//!
//! The TOTP extension asks everybody whose key it can store, which takes a database; a user of
//! `user-mapping.xml` has none, and passes without a code. So does a user of a directory who has no
//! account in the database, and whoever has TOTP switched off there, which is not seen from here.

use super::{Blind, Login, PASSWORD, TOKEN, UNSEEN, Way};
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
    let login = Login::configured("guacamole", file, ways);
    let hidden = extensions.iter().any(|e| e.contains("auth-totp"));
    Ok(Some(if hidden {
        login.blind(Blind::Database)
    } else {
        login
    }))
}

fn ways(properties: &str, extensions: &[String], mapped: bool) -> Vec<Way> {
    let has = |word: &str| extensions.iter().any(|e| e.contains(word));
    let database =
        has("auth-jdbc") || has("auth-mysql") || has("auth-postgresql") || has("auth-sqlserver");
    let totp = has("auth-totp");
    let duo = has("auth-duo");
    let settings: Vec<(&str, &str)> = lines(properties)
        .map(|(_, line)| line.split_once([':', '=']).unwrap_or((line, "")))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    let mut ways = Vec::new();
    let code = |via| Way::new("password, code", PASSWORD.and(TOKEN), via);
    let password = |via| Way::new("password", PASSWORD, via);
    if database && (duo || totp) {
        ways.push(code("database"));
    } else if database {
        ways.push(password("database"));
    }
    if has("auth-ldap") || has("auth-radius") {
        // The key of a directory's user is kept beside an account of the database, where there is one.
        let required = settings
            .iter()
            .any(|(key, value)| key.ends_with("-user-required") && *value == "true");
        ways.push(match (duo, totp && database) {
            (true, _) => code("directory"),
            (false, true) if required => code("directory"),
            (false, true) => Way::new(
                "password, code of whoever is in the database",
                PASSWORD.and(UNSEEN),
                "directory",
            ),
            (false, false) => password("directory"),
        });
    }
    if mapped && duo {
        ways.push(code("user-mapping.xml"));
    } else if mapped {
        ways.push(password("user-mapping.xml"));
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
    // The first name who need no code; the others whoever alone needs one.
    let exempt = [
        "totp-bypass-hosts",
        "duo-bypass-hosts",
        "totp-enforce-hosts",
        "duo-enforce-hosts",
    ];
    for (key, value) in settings.iter().filter(|(key, _)| exempt.contains(key)) {
        ways.push(Way::new("password", PASSWORD, format!("{key}: {value}")));
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
        for list in ["totp-enforce-hosts", "duo-enforce-hosts"] {
            let set = format!("{list}: 0.0.0.0/0\n");
            assert_eq!(weakest(&set, &[totp, jdbc], false), Some(Strength::One));
        }
        let ldap = "guacamole-auth-ldap-1.5.5";
        for (properties, want) in [
            ("", Strength::Unseen),
            ("mysql-user-required: false\n", Strength::Unseen),
            ("mysql-user-required: true\n", Strength::Two),
        ] {
            let got = weakest(properties, &[totp, jdbc, ldap], false);
            assert_eq!(got, Some(want), "{properties}");
        }
        assert_eq!(weakest("", &[totp, ldap], false), Some(Strength::One));
        assert_eq!(
            weakest("", &["guacamole-auth-sso-saml-1.5.5"], false),
            Some(Strength::Unseen)
        );
    }
}
