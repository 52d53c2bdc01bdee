//! The web consoles and remote desktops of a host, each product by its own rules.

use super::{Blind, Login, NOTHING, Way, cockpit, guacamole, through_pam, webmin};
use crate::{
    context::{Cx, Gather},
    facts::{glob, pam},
    host::Host,
    observation::Gap,
};

/// The logins of everything that administers this host in a browser or on a remote desktop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consoles(pub Vec<Login>);

/// Consoles that are recognised by their folder and not understood.
const OTHERS: [(&str, &str); 12] = [
    ("1panel", "/opt/1panel"),
    ("aapanel", "/www/server/panel"),
    ("ajenti", "/etc/ajenti"),
    ("cpanel", "/usr/local/cpanel"),
    ("cyberpanel", "/usr/local/CyberCP"),
    ("directadmin", "/usr/local/directadmin"),
    ("hestia", "/usr/local/hestia"),
    ("plesk", "/usr/local/psa"),
    ("portainer", "/opt/portainer"),
    ("proxmox", "/usr/share/pve-manager"),
    ("rancher", "/etc/rancher"),
    ("vesta", "/usr/local/vesta"),
];

const PHPMYADMIN: [&str; 3] = [
    "/etc/phpmyadmin/config.inc.php",
    "/etc/phpMyAdmin/config.inc.php",
    "/usr/share/phpmyadmin/config.inc.php",
];

impl Gather for Consoles {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut found = cockpit::gather(cx)?;
        found.extend(webmin::gather(cx)?);
        found.extend(guacamole::gather(cx)?);
        found.extend(phpmyadmin(cx.host())?);
        found.extend(xrdp(cx)?);
        for (name, place) in OTHERS {
            if cx.host().stat_if_any(place)?.is_some() {
                found.push(Login::configured(name, place, Vec::new()).blind(Blind::Kind));
            }
        }
        Ok(Self(found))
    }
}

/// The remote desktop asks the PAM service `xrdp-sesman`.
fn xrdp(cx: &Cx<'_>) -> Result<Vec<Login>, Gap> {
    let host = cx.host();
    if host.stat_if_any("/etc/xrdp/sesman.ini")?.is_none()
        || !pam::has_service(host, "xrdp-sesman")?
    {
        return Ok(Vec::new());
    }
    let ways = through_pam(cx, "xrdp-sesman", &Way::new("", NOTHING, ""))?;
    Ok(vec![Login::configured(
        "xrdp",
        "/etc/pam.d/xrdp-sesman",
        ways,
    )])
}

/// phpMyAdmin lets each user switch a second factor on and can demand it of nobody. With
/// `auth_type` `config` it asks for nothing at all.
fn phpmyadmin(host: &dyn Host) -> Result<Option<Login>, Gap> {
    for path in PHPMYADMIN {
        let Some(mut text) = host.text_if_any(path)? else {
            continue;
        };
        for more in glob::expand(host, "/etc/phpmyadmin/conf.d/*.php")? {
            text.push_str(&host.text(&more)?);
        }
        let login = if asks_nothing(&text) {
            let way = Way::new("nothing", NOTHING, "auth_type = config");
            Login::configured("phpmyadmin", path, vec![way])
        } else {
            Login::configured("phpmyadmin", path, Vec::new()).blind(Blind::Unenforceable)
        };
        return Ok(Some(login));
    }
    Ok(None)
}

/// Whether a server stands there whose name and password the file holds.
fn asks_nothing(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| {
        let said = !line.starts_with(['/', '#', '*']);
        let value = line.split_once('=').map_or("", |(_, v)| v.trim());
        let config = value.starts_with("'config'") || value.starts_with("\"config\"");
        said && line.contains("auth_type") && config
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_password_asks_for_nothing() {
        assert!(asks_nothing(
            "$cfg['Servers'][$i]['auth_type'] = 'config';\n"
        ));
        assert!(!asks_nothing(
            "// $cfg['Servers'][$i]['auth_type'] = 'config';\n"
        ));
        assert!(!asks_nothing(
            "$cfg['Servers'][$i]['auth_type'] = 'cookie';\n"
        ));
    }
}
