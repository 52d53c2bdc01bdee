//! Webmin and Usermin: `miniserv.conf` and the file of users that it names.
//!
//! The second factor is asked for on the page of session logins, of users whose line holds a
//! provider and an id. Where sessions are off the browser's own dialogue asks for the password
//! alone; where PAM holds the conversation the page is another one. Before version 2.640 whoever
//! called himself Webmin (`User-Agent`) was asked in the browser's dialogue, too, whatever `session`
//! says, and so never for the second factor.

use super::{KEY, Login, NOTHING, PASSWORD, TOKEN, UNSEEN, Way};
use crate::{context::Cx, host::Host, observation::Gap};

/// The first version that asks programs for the second factor, too: it turns them away.
const FIXED: (u32, u32) = (2, 640);
/// Most names that are told.
const MAX_NAMES: usize = 20;

/// The logins of Webmin and Usermin, where they are installed.
///
/// # Errors
/// When a file may not be read.
pub fn gather(cx: &Cx<'_>) -> Result<Vec<Login>, Gap> {
    let mut found = Vec::new();
    for (name, folder) in [("webmin", "/etc/webmin"), ("usermin", "/etc/usermin")] {
        let conf = format!("{folder}/miniserv.conf");
        if let Some(text) = cx.host().text_if_any(&conf)? {
            found.extend(logins(cx.host(), name, &conf, &Conf::parse(&text))?);
        }
    }
    Ok(found)
}

/// The ports of the servers whose files are read here.
///
/// # Errors
/// When a file may not be read.
pub(super) fn ports(host: &dyn Host) -> Result<Vec<u16>, Gap> {
    let mut found = Vec::new();
    for folder in ["/etc/webmin", "/etc/usermin"] {
        if let Some(text) = host.text_if_any(&format!("{folder}/miniserv.conf"))? {
            let port = Conf::parse(&text).get("port").and_then(|p| p.parse().ok());
            found.push(port.unwrap_or(10_000));
        }
    }
    Ok(found)
}

fn logins(host: &dyn Host, name: &str, file: &str, conf: &Conf) -> Result<Vec<Login>, Gap> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let usual = format!("{folder}/miniserv.users");
    let users_file = conf.get("userfile").unwrap_or(&usual).to_owned();
    // Usermin takes its users from the system, and may have no file of its own.
    let text = if name == "usermin" {
        host.text_if_any(&users_file)?.unwrap_or_default()
    } else {
        host.text(&users_file)?
    };
    let users: Vec<User<'_>> = text.lines().filter_map(User::parse).collect();
    let mut around = conf.ways(name);
    around.extend(by_name_alone(host, folder, name)?);
    if conf.get("userdb").is_some() || conf.get("twofactorfile").is_some() {
        let via = format!("{file}: userdb, twofactorfile");
        around.push(Way::new("users elsewhere", UNSEEN, via));
    }
    let (strict, loose): (Vec<_>, Vec<_>) = users.iter().partition(|u| u.second_factor);
    let mut all = Vec::new();
    if !strict.is_empty() {
        let both = Way::new("password, code", PASSWORD.and(TOKEN), &users_file);
        let mut ways = vec![both];
        ways.extend(around.clone());
        ways.extend(certificates(&strict, &users_file));
        let title = format!("{name}, users with a second factor");
        all.push(Login::configured(title, file, ways));
    }
    if !loose.is_empty() {
        let names: Vec<&str> = loose.iter().map(|u| u.name).take(MAX_NAMES).collect();
        let via = format!("{users_file}: {}", names.join(", "));
        let way = Way::new("password", PASSWORD, via);
        let offered = conf.get("twofactor_provider").is_some();
        let mut ways = vec![if offered { way.skippable() } else { way }];
        ways.extend(around.clone());
        ways.extend(certificates(&loose, &users_file));
        let title = format!("{name}, users without a second factor");
        all.push(Login::configured(title, file, ways));
    }
    if users.is_empty() {
        let way = Way::new("system password", PASSWORD.and(UNSEEN), file);
        let ways = if name == "usermin" { vec![way] } else { around };
        all.push(Login::configured(name, file, ways));
    }
    Ok(all)
}

/// The way of programs: HTTP authentication with the password, up to version 2.630.
fn by_name_alone(host: &dyn Host, folder: &str, name: &str) -> Result<Option<Way>, Gap> {
    if name != "webmin" {
        return Ok(None);
    }
    let text = host
        .text_if_any(&format!("{folder}/version"))?
        .unwrap_or_default();
    let via = |version: &str| format!("{name} {version}: HTTP authentication of programs");
    let mut parts = text.trim().split('.').map(str::parse::<u32>);
    Ok(match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < FIXED => {
            Some(Way::new("password", PASSWORD, via(text.trim())))
        }
        (Some(Ok(_)), Some(Ok(_))) => None,
        _ => Some(Way::new(
            "password",
            PASSWORD.and(UNSEEN),
            via("of unknown version"),
        )),
    })
}

fn certificates(users: &[&User<'_>], source: &str) -> Option<Way> {
    let any = users.iter().any(|u| u.certificate);
    any.then(|| Way::new("certificate", KEY, source))
}

/// `key=value` lines; the last counts.
struct Conf(Vec<(String, String)>);

impl Conf {
    fn parse(text: &str) -> Self {
        let pair = |line: &str| {
            let (key, value) = line.split_once('=')?;
            Some((key.trim().to_owned(), value.trim().to_owned()))
        };
        let lines = text.lines().filter(|l| !l.starts_with('#'));
        Self(lines.filter_map(pair).collect())
    }

    fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(k, _)| k == key);
        found.map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    /// The ways in on which nobody's second factor is asked for.
    fn ways(&self, name: &str) -> Vec<Way> {
        let mut ways = Vec::new();
        if matches!(self.get("session"), None | Some("0")) {
            ways.push(Way::new("password", PASSWORD, format!("{name}: session=0")));
        }
        if self.get("pam_conv").is_some_and(|v| v != "0") {
            ways.push(Way::new("pam", UNSEEN, format!("{name}: pam_conv")));
        }
        // Anonymous paths, addresses that stand for a user, and users of this host itself.
        for key in ["anonymous", "ipaccess", "localauth"] {
            if let Some(value) = self.get(key) {
                let via = format!("{name}: {key}={value}");
                ways.push(Way::new("nothing", NOTHING, via));
            }
        }
        ways
    }
}

/// One line of the users' file, counted from 0 as `miniserv-lib.pl` has it: 0 name, 1 hash, 3
/// certificate, 11 and 12 the provider of the second factor and the user's id there, 13 the key.
struct User<'a> {
    name: &'a str,
    certificate: bool,
    second_factor: bool,
}

impl<'a> User<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        if line.trim().is_empty() || line.starts_with('#') {
            return None;
        }
        let fields: Vec<&str> = line.split(':').collect();
        let filled = |n: usize| fields.get(n).is_some_and(|f| !f.trim().is_empty());
        Some(Self {
            name: fields[0],
            certificate: filled(3) && fields.get(3) != Some(&"0"),
            second_factor: (11..14).all(filled),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_need_all_three_fields() {
        let second = |line| User::parse(line).is_some_and(|u| u.second_factor);
        assert!(second("a:x:0:::::::::totp:1:key:"));
        assert!(!second("b:x:0:::::::::totp:1:"));
        assert!(!second("b:x:0:::::::0:0:totp::key:"));
        assert!(!second("b:x:0"));
        assert!(User::parse("# c").is_none());
        assert!(User::parse("a:x::/CN=a").is_some_and(|u| u.certificate));
    }

    #[test]
    fn the_last_setting_counts() {
        let conf = Conf::parse("session=1\n#session=0\ntwofactor_provider=\nanonymous=/=guest\n");
        assert_eq!(conf.get("twofactor_provider"), None);
        assert_eq!(conf.ways("webmin").len(), 1);
        assert_eq!(
            Conf::parse("session=1\nsession=0\n").ways("webmin").len(),
            1
        );
    }
}
