//! Web consoles with which a server is administered.

use super::{pam, text::lines};
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::Gap,
};

/// What kind of console it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Console {
    /// Cockpit: asks PAM.
    Cockpit,
    /// Webmin, with its own second factor.
    Webmin {
        /// Whether a provider of second factors is configured.
        provider: bool,
        /// Its users.
        users: usize,
        /// Those without a second factor, by name.
        without: Vec<String>,
    },
    /// One whose rules are not read here, or that cannot demand a second factor itself.
    Other {
        /// Where it stands.
        place: &'static str,
    },
}

/// The consoles of this host, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebAdmin(pub Vec<(&'static str, Console)>);

/// Consoles that are recognised and not understood.
const OTHERS: [(&str, &str); 14] = [
    ("1panel", "/opt/1panel"),
    ("aapanel", "/www/server/panel"),
    ("ajenti", "/etc/ajenti"),
    ("cpanel", "/usr/local/cpanel"),
    ("cyberpanel", "/usr/local/CyberCP"),
    ("directadmin", "/usr/local/directadmin"),
    ("hestia", "/usr/local/hestia"),
    ("phpmyadmin", "/etc/phpmyadmin/config.inc.php"),
    ("phpmyadmin", "/etc/phpMyAdmin/config.inc.php"),
    ("phpmyadmin", "/usr/share/phpmyadmin/config.inc.php"),
    ("plesk", "/usr/local/psa"),
    ("proxmox", "/usr/share/pve-manager"),
    ("usermin", "/etc/usermin/miniserv.conf"),
    ("vesta", "/usr/local/vesta"),
];

impl Gather for WebAdmin {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut found = Vec::new();
        if has_cockpit(host)? {
            found.push(("cockpit", Console::Cockpit));
        }
        if let Some(text) = host.text_if_any("/etc/webmin/miniserv.conf")? {
            let users = host.text("/etc/webmin/miniserv.users")?;
            found.push(("webmin", webmin(&text, &users)));
        }
        for (name, place) in OTHERS {
            let new = found.iter().all(|(n, _)| *n != name);
            if new && host.stat_if_any(place)?.is_some() {
                found.push((name, Console::Other { place }));
            }
        }
        Ok(Self(found))
    }
}

fn has_cockpit(host: &dyn Host) -> Result<bool, Gap> {
    for path in ["/usr/lib/cockpit/cockpit-ws", "/usr/libexec/cockpit-ws"] {
        if host.stat_if_any(path)?.is_some() {
            return Ok(true);
        }
    }
    pam::has_service(host, "cockpit")
}

/// A user's line: fields 11 to 13 hold the provider, the id and the key of the second factor.
fn webmin(conf: &str, users: &str) -> Console {
    let provider = lines(conf).any(|(_, l)| {
        l.strip_prefix("twofactor_provider=")
            .is_some_and(|v| !v.trim().is_empty())
    });
    let mut count = 0;
    let mut without = Vec::new();
    for line in users
        .lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
    {
        let fields: Vec<&str> = line.split(':').collect();
        count += 1;
        let filled = |n: usize| fields.get(n).is_some_and(|f| !f.trim().is_empty());
        if !(10..13).all(filled) {
            without.push(fields.first().copied().unwrap_or_default().to_owned());
        }
    }
    Console::Webmin {
        provider,
        users: count,
        without,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webmin_users_need_all_three_fields() {
        let got = webmin(
            "twofactor_provider=totp\n",
            "a:x::::::::: totp:1:key\nb:x:0\n",
        );
        assert!(
            matches!(
                &got,
                Console::Webmin {
                    provider: true,
                    users: 2,
                    ..
                }
            ),
            "{got:?}"
        );
        let got = webmin(
            "twofactor_provider=\n",
            "a:x:::::::::totp:1:k\nb:x:::::::::totp:1:\n",
        );
        let Console::Webmin {
            provider, without, ..
        } = got
        else {
            panic!()
        };
        assert!(!provider);
        assert_eq!(without, ["b"]);
    }
}
