//! WireGuard: keys only. A preshared key is shared by both ends and makes no second factor.

use super::{Blind, KEY, Login, Way};
use crate::{
    context::Cx,
    facts::{glob, ini},
    host::{Host, Kind},
    observation::Gap,
};

const INTERFACES: &str = "/sys/class/net";
const MAX_INTERFACES: usize = 4_096;

/// The interfaces that wait for peers.
///
/// # Errors
/// When a file may not be read.
pub fn gather(cx: &Cx<'_>) -> Result<Vec<Login>, Gap> {
    let host = cx.host();
    // Listed first, so that a folder that may not be read is a gap and not an empty one.
    host.list_if_any("/etc/wireguard", 256)?;
    let mut found = Vec::new();
    for pattern in ["/etc/wireguard/*.conf", "/etc/systemd/network/*.netdev"] {
        for file in glob::expand(host, pattern)? {
            if serves(&host.text(&file)?) {
                let way = Way::new("key", KEY, "WireGuard knows keys only");
                found.push(Login::configured(file.clone(), file, vec![way]));
            }
        }
    }
    found.extend(unread(host)?);
    Ok(found)
}

/// Interfaces that are up and that none of these files makes.
fn unread(host: &dyn Host) -> Result<Vec<Login>, Gap> {
    let mut found = Vec::new();
    if host.kind() == Kind::Image {
        return Ok(found);
    }
    let mut made = Vec::new();
    for file in glob::expand(host, "/etc/systemd/network/*.netdev")? {
        let settings = ini::parse(&host.text(&file)?);
        made.extend(
            settings
                .into_iter()
                .filter(|s| s.key == "name")
                .map(|s| s.value),
        );
    }
    for interface in host.list_if_any(INTERFACES, MAX_INTERFACES)? {
        let name = interface.name;
        let Some(about) = host.text_if_any(&format!("{INTERFACES}/{name}/uevent"))? else {
            continue;
        };
        let file = format!("/etc/wireguard/{name}.conf");
        let known = made.contains(&name) || host.stat_if_any(&file)?.is_some();
        if !known && about.lines().any(|l| l == "DEVTYPE=wireguard") {
            let name = format!("WireGuard (interface {name})");
            let source = format!("{INTERFACES}/*/uevent");
            found.push(Login::configured(name, source, Vec::new()).blind(Blind::Kind));
        }
    }
    Ok(found)
}

fn serves(text: &str) -> bool {
    ini::parse(text).iter().any(|s| {
        let section = s.section.to_ascii_lowercase();
        s.key == "listenport" && matches!(section.as_str(), "interface" | "wireguard" | "")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_names_its_port() {
        assert!(serves(
            "[Interface]\nListenPort = 51820\n[Peer]\nPresharedKey = x\n"
        ));
        assert!(serves(
            "[NetDev]\nKind=wireguard\n[WireGuard]\nListenPort=51820\n"
        ));
        assert!(!serves(
            "[Interface]\nAddress = 10.0.0.2/32\n#ListenPort = 1\n"
        ));
    }
}
