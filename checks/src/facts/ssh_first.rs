//! The methods that an SSH server names first: what its settings say it will, and what its own
//! address shows. From outside no more is seen than the first step, so this never proves that a
//! second factor is asked for; it shows a server that does not do what its settings say.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
};

use super::sshd_auth::Context;
use crate::{
    context::Cx,
    host::{HostError, Kind},
    observation::Gap,
};

/// Methods and the keyword that switches each on, with what holds where nothing names it.
const METHODS: [(&str, &str, bool); 5] = [
    ("publickey", "pubkeyauthentication", true),
    ("password", "passwordauthentication", true),
    ("keyboard-interactive", "kbdinteractiveauthentication", true),
    ("gssapi-with-mic", "gssapiauthentication", false),
    ("hostbased", "hostbasedauthentication", false),
];

/// What the address of an SSH server names to somebody who has shown nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    /// The methods by the settings, sorted.
    pub expected: Vec<String>,
    /// The methods that the address names, sorted; `none` where it asks for nothing at all.
    pub shown: Vec<String>,
    /// The address.
    pub address: String,
}

/// The methods that settings let stand first, sorted. A chain that holds a method that is off is
/// passed over, as the server does.
pub fn expected(context: &Context) -> Vec<String> {
    let on = |name: &str| {
        let known = METHODS.iter().find(|(method, ..)| *method == name);
        known.is_some_and(|(_, keyword, default)| context.on(keyword, *default))
    };
    let listed = context.get("authenticationmethods");
    let found: BTreeSet<String> = match listed {
        "" | "any" => {
            let all = METHODS.iter().map(|(method, ..)| (*method).to_owned());
            all.filter(|m| on(m)).collect()
        }
        chains => {
            let bare = |m: &str| m.split(':').next().unwrap_or_default().to_owned();
            let chains = chains
                .split_whitespace()
                .map(|c| c.split(',').map(bare).collect());
            let whole = chains.filter(|c: &Vec<String>| c.iter().all(|m| on(m)));
            whole.filter_map(|c| c.into_iter().next()).collect()
        }
    };
    found.into_iter().collect()
}

/// Asks the server's own address, for a connection that comes from this host to `port`; nothing
/// where it does not answer there, or where there is no client to ask with.
///
/// # Errors
/// When it may not be asked.
pub fn ask(cx: &Cx<'_>, context: &Context, port: u16) -> Result<Option<First>, Gap> {
    if cx.host().kind() == Kind::Image {
        return Ok(None);
    }
    let target = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let face = match cx.host().ssh_face(target, Some(&context.user)) {
        Ok(face) => face,
        Err(error @ HostError::NoPermission(_)) => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    let Some(methods) = face.methods else {
        return Ok(None);
    };
    let mut shown = methods.offered;
    if methods.open {
        shown = vec!["none".to_owned()];
    }
    shown.sort();
    Ok(Some(First {
        expected: expected(context),
        shown,
        address: target.to_string(),
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::observation::Vantage;

    #[test]
    fn what_stands_first() {
        for (methods, off, want) in [
            (
                "any",
                "",
                &["keyboard-interactive", "password", "publickey"][..],
            ),
            (
                "any",
                "passwordauthentication",
                &["keyboard-interactive", "publickey"],
            ),
            ("publickey,keyboard-interactive:pam", "", &["publickey"]),
            (
                "publickey,password keyboard-interactive:pam",
                "passwordauthentication",
                &["keyboard-interactive"],
            ),
        ] {
            let mut settings =
                BTreeMap::from([("authenticationmethods".to_owned(), methods.to_owned())]);
            settings.insert(off.to_owned(), "no".to_owned());
            let context = Context {
                user: "an".into(),
                root: false,
                addr: "127.0.0.1".into(),
                class: String::new(),
                people: Vec::new(),
                zone: String::new(),
                endpoint: String::new(),
                from_here: Some(22),
                admitted: None,
                settings,
                vantage: Vantage::Effective,
                source: String::new(),
                configured: None,
                strangers: None,
            };
            assert_eq!(expected(&context), want, "{methods}");
        }
    }
}
