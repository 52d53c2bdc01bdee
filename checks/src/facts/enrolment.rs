//! Who has a secret for the second factor: existence and permissions only, never content.

use super::{
    accounts::{Account, Accounts, Password, Shadows},
    pam::{self, Facility, Rule},
};
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::Gap,
};

/// Services whose stacks are searched for second-factor modules.
const SERVICES: [&str; 6] = ["sshd", "login", "sudo", "su", "cockpit", "openvpn"];

/// Public keys and handles of devices: no secret, but whoever writes there enrols.
const U2F: &str = "${HOME}/.config/Yubico/u2f_keys";

/// Who has enrolled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enrolment {
    /// Second-factor modules that keep a secret in the home folder.
    pub modules: Vec<String>,
    /// Second-factor modules that keep them elsewhere.
    pub central: Vec<String>,
    /// How many accounts can log in.
    pub people: usize,
    /// Those of them that have no secret.
    pub without: Vec<String>,
    /// Secrets that others may read.
    pub readable: Vec<String>,
    /// Lists of public keys that others may write, and enrol a device of their own.
    pub writable: Vec<String>,
}

impl Gather for Enrolment {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut found = Self::default();
        let mut places = Vec::new();
        for service in SERVICES {
            if !pam::has_service(host, service)? {
                continue;
            }
            for rule in pam::stack(host, service, Facility::Auth)?.rules {
                found.note(&rule, &mut places);
            }
        }
        if found.modules.is_empty() {
            return Ok(found);
        }
        let accounts = cx.get::<Accounts>()?;
        let shadows = cx.get::<Shadows>()?;
        for account in accounts.all.iter().filter(|a| a.has_login_shell()) {
            if can_log_in(host, account, &shadows)? {
                found.people += 1;
                found.look(host, account, &places)?;
            }
        }
        Ok(found)
    }
}

impl Enrolment {
    fn note(&mut self, rule: &Rule, places: &mut Vec<String>) {
        let place = match rule.module() {
            "pam_google_authenticator" => rule
                .value("secret")
                .unwrap_or("${HOME}/.google_authenticator"),
            "pam_u2f" if rule.value("authfile").is_none() => U2F,
            "pam_otpw" => "${HOME}/.otpw",
            module if pam::factors::is_token(module) => {
                add(&mut self.central, module);
                return;
            }
            _ => return,
        };
        add(&mut self.modules, rule.module());
        add(places, place);
    }

    /// An account is enrolled when one of the places holds a secret of its own.
    fn look(&mut self, host: &dyn Host, account: &Account, places: &[String]) -> Result<(), Gap> {
        let mut enrolled = false;
        for place in places {
            let home = account.home.trim_end_matches('/');
            let path = place
                .replace("${HOME}", home)
                .replace("${USER}", &account.name);
            let path = path
                .strip_prefix("~/")
                .map_or(path.clone(), |p| format!("{home}/{p}"));
            if let Some(stat) = host.stat_if_any(&path)? {
                enrolled |= stat.size > 0;
                let public = place == U2F;
                if public && stat.mode & 0o022 != 0 {
                    self.writable.push(path);
                } else if !public && stat.mode & 0o077 != 0 {
                    self.readable.push(path);
                }
            }
        }
        if !enrolled {
            self.without.push(account.name.clone());
        }
        Ok(())
    }
}

fn add(list: &mut Vec<String>, word: &str) {
    if !list.iter().any(|w| w == word) {
        list.push(word.to_owned());
    }
}

/// By password, or by key.
fn can_log_in(host: &dyn Host, account: &Account, shadows: &Shadows) -> Result<bool, Gap> {
    let shadow = shadows.0.get(&account.name);
    if shadow.is_some_and(|s| s.password != Password::Locked) {
        return Ok(true);
    }
    let keys = format!(
        "{}/.ssh/authorized_keys",
        account.home.trim_end_matches('/')
    );
    Ok(host.stat_if_any(&keys)?.is_some_and(|s| s.size > 0))
}
