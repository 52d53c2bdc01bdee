//! VPN servers on this host and what each asks a client for. Keys in their files are passed over.

use super::{
    login_paths::{Path, Shown, service, weakest},
    text::lines,
};
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::Gap,
};

/// One VPN server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its configuration file.
    pub file: String,
    /// Its weakest way in; nothing where its rules are not read here.
    pub path: Option<Path>,
}

/// The VPN servers of this host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vpns(pub Vec<Server>);

impl Gather for Vpns {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut servers = Vec::new();
        for folder in ["/etc/openvpn", "/etc/openvpn/server"] {
            for (file, text) in texts(host, folder)? {
                if let Some(server) = openvpn(&text) {
                    let path = Some(openvpn_path(cx, &file, &server)?);
                    servers.push(Server { file, path });
                }
            }
        }
        for (file, text) in texts(host, "/etc/wireguard")? {
            if lines(&text).any(|(_, l)| l.to_ascii_lowercase().starts_with("listenport")) {
                let shown = Shown {
                    key: true,
                    ..Shown::default()
                };
                let chain = "key".to_owned();
                let path = Some(Path {
                    door: file.clone(),
                    chain,
                    shown,
                    via: Vec::new(),
                });
                servers.push(Server { file, path });
            }
        }
        for (file, _) in texts(host, "/etc/swanctl/conf.d")? {
            servers.push(Server { file, path: None });
        }
        let ipsec = "/etc/ipsec.conf".to_owned();
        let text = host.text_if_any(&ipsec)?.unwrap_or_default();
        let conn = |line: &str| line.starts_with("conn ") && !line.contains("%default");
        if lines(&text).any(|(_, l)| conn(l)) {
            servers.push(Server {
                file: ipsec,
                path: None,
            });
        }
        Ok(Self(servers))
    }
}

fn texts(host: &dyn Host, folder: &str) -> Result<Vec<(String, String)>, Gap> {
    let mut found = Vec::new();
    for entry in host.list_if_any(folder, 256)? {
        if entry.name.ends_with(".conf") {
            let path = format!("{folder}/{}", entry.name);
            if let Some(text) = host.text_if_any(&path)? {
                found.push((path, text));
            }
        }
    }
    Ok(found)
}

/// What an OpenVPN server asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OpenVpn {
    certificate: bool,
    /// PAM services that its plugin asks.
    pam: Vec<String>,
    /// Whether a script or another plugin asks for a password.
    password: bool,
    /// Whether a client may leave the password out.
    optional: bool,
}

/// `None` where the file is no server's.
fn openvpn(text: &str) -> Option<OpenVpn> {
    let mut found = OpenVpn {
        certificate: true,
        ..OpenVpn::default()
    };
    let mut server = false;
    let mut inline = false;
    for (_, line) in lines(text).filter(|(_, l)| !l.starts_with(';')) {
        if line.starts_with('<') {
            inline = !line.starts_with("</");
            continue;
        }
        if inline {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [
                "server" | "server-bridge" | "server-ipv6" | "tls-server",
                ..,
            ]
            | ["mode", "server"] => {
                server = true;
            }
            ["verify-client-cert", "none" | "optional", ..] | ["client-cert-not-required", ..] => {
                found.certificate = false;
            }
            ["auth-user-pass-verify", ..] => found.password = true,
            ["auth-user-pass-optional", ..] => found.optional = true,
            ["plugin", file, rest @ ..] if file.contains("auth-pam") => {
                let name = rest.first().copied().unwrap_or("openvpn").trim_matches('"');
                found.pam.push(name.to_owned());
            }
            ["plugin", file, ..] if ["ldap", "radius", "duo"].iter().any(|p| file.contains(p)) => {
                found.password = true;
            }
            _ => {}
        }
    }
    server.then_some(found)
}

/// Certificate, then password: every plugin and script must agree.
fn openvpn_path(cx: &Cx<'_>, file: &str, server: &OpenVpn) -> Result<Path, Gap> {
    let mut shown = Shown {
        key: server.certificate,
        ..Shown::default()
    };
    let mut chain = if server.certificate {
        vec!["certificate".to_owned()]
    } else {
        Vec::new()
    };
    let mut via = Vec::new();
    if !server.optional {
        if server.password {
            shown.password = true;
            shown.unseen = true; // the script or server may ask for more
            chain.push("password".to_owned());
        }
        for name in &server.pam {
            let stack = service(cx, name)?;
            chain.push(format!("pam:{name}"));
            if let Some(way) = weakest(&stack, name) {
                shown = shown.and(way.shown);
                via.extend(way.via);
            }
        }
    }
    Ok(Path {
        door: file.to_owned(),
        chain: chain.join(","),
        shown,
        via,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_from_clients_and_keys_passed_over() {
        assert_eq!(openvpn("client\nremote x 1194\n"), None);
        let got =
            openvpn("server 10.8.0.0 255.255.255.0\n<key>\nverify-client-cert none\n</key>\n")
                .unwrap();
        assert!(got.certificate && got.pam.is_empty() && !got.password);
        let got = openvpn("mode server\nverify-client-cert optional\nplugin /usr/lib/openvpn/openvpn-plugin-auth-pam.so vpn\n;auth-user-pass-optional\n").unwrap();
        assert!(!got.certificate && !got.optional);
        assert_eq!(got.pam, ["vpn"]);
    }
}
