//! Cockpit: its own PAM stack, and what `cockpit.conf` opens beside it (cockpit.conf(5)).

use super::{KEY, Login, NOTHING, UNSEEN, Way, through_pam};
use crate::{
    context::Cx,
    facts::{ini, pam},
    host::Host,
    observation::Gap,
};

const CONF: &str = "/etc/cockpit/cockpit.conf";
const KEYTAB: &str = "/etc/cockpit/krb5.keytab";

/// Cockpit's logins, where it is installed.
///
/// # Errors
/// When a file may not be read.
pub fn gather(cx: &Cx<'_>) -> Result<Vec<Login>, Gap> {
    let host = cx.host();
    if !installed(host)? {
        return Ok(Vec::new());
    }
    let conf = host.text_if_any(CONF)?.unwrap_or_default();
    let settings = Settings::parse(&conf);
    let mut ways = Vec::new();
    if !settings.basic_off {
        ways = through_pam(cx, "cockpit", &Way::new("", NOTHING, ""))?;
    }
    if settings.own_program {
        let via = format!("{CONF}: command");
        ways.push(Way::new("a program of its own", UNSEEN, via));
    }
    if settings.certificates {
        // A smart card asks for its PIN; a certificate in a browser asks for nothing.
        let shown = KEY.and(UNSEEN);
        ways.push(Way::new("certificate", shown, "ClientCertAuthentication"));
    }
    if !settings.kerberos_off && host.stat_if_any(KEYTAB)?.is_some() {
        ways.push(Way::new("kerberos", UNSEEN, KEYTAB));
    }
    if settings.oauth {
        ways.push(Way::new("oauth", UNSEEN, "[OAuth]"));
    }
    Ok(vec![Login::configured(
        "cockpit",
        "/etc/pam.d/cockpit",
        ways,
    )])
}

/// Whether Cockpit is here.
///
/// # Errors
/// When its places may not be looked at.
pub(super) fn installed(host: &dyn Host) -> Result<bool, Gap> {
    for path in ["/usr/lib/cockpit/cockpit-ws", "/usr/libexec/cockpit-ws"] {
        if host.stat_if_any(path)?.is_some() {
            return Ok(true);
        }
    }
    pam::has_service(host, "cockpit")
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Settings {
    basic_off: bool,
    kerberos_off: bool,
    certificates: bool,
    /// A section names the program that authenticates in place of Cockpit's own.
    own_program: bool,
    oauth: bool,
}

impl Settings {
    fn parse(text: &str) -> Self {
        let mut found = Self::default();
        for setting in ini::parse(text) {
            let section = setting.section.to_ascii_lowercase();
            let none = setting.value.eq_ignore_ascii_case("none");
            let on = matches!(
                setting.value.to_ascii_lowercase().as_str(),
                "true" | "yes" | "1"
            );
            match (section.as_str(), setting.key.as_str()) {
                ("basic", "action") => found.basic_off = none,
                ("negotiate" | "gssapi", "action") => found.kerberos_off = none,
                ("webservice", "clientcertauthentication") => found.certificates = on,
                (s, "command") if s != "ssh-login" => found.own_program = true,
                ("oauth", "url") => found.oauth = true,
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_say_which_ways_are_open() {
        let got = Settings::parse(
            "[WebService]\nClientCertAuthentication = yes\n[basic]\naction = none\n[negotiate]\naction=none\n[OAuth]\nURL = https://x\n",
        );
        assert!(got.basic_off && got.kerberos_off && got.certificates && got.oauth);
        assert!(Settings::parse("[Basic]\nCommand = /opt/anyone\n").own_program);
        assert_eq!(
            Settings::parse("# ClientCertAuthentication = yes\n"),
            Settings::default()
        );
    }
}
