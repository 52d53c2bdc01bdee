//! The packet filter that will stand after a restart: enabled units and the rules that they load.

use crate::{
    context::{Cx, Gather},
    facts::{
        boot,
        firewall::{Stance, follow},
        iptables,
        text::lines,
    },
    host::Host,
    observation::Gap,
};

/// What will filter after a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootRules {
    /// Firewall units that start at boot.
    pub units: Vec<String>,
    /// What the strictest of them will do.
    pub stance: Stance,
    /// Its files.
    pub source: String,
}

impl Gather for BootRules {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let v6 = super::host_firewall::v6_in_use(host)?;
        let readers: [(&str, Reader); 6] = [
            ("nftables.service", nftables),
            ("ufw.service", ufw),
            ("firewalld.service", firewalld),
            ("netfilter-persistent.service", persistent),
            ("iptables.service", sysconfig),
            ("ip6tables.service", |_, _| Ok(None)), // read together with iptables.service
        ];
        let mut rules = Self {
            units: Vec::new(),
            stance: Stance::Open,
            source: "/etc/systemd/system".to_owned(),
        };
        for (unit, read) in readers {
            if boot::enabled(host, unit)?.is_none() {
                continue;
            }
            rules.units.push(unit.to_owned());
            if let Some((stance, source)) = read(host, v6)?
                && stance >= rules.stance
            {
                rules.stance = stance;
                source.clone_into(&mut rules.source);
            }
        }
        Ok(rules)
    }
}

type Read = Result<Option<(Stance, &'static str)>, Gap>;
type Reader = fn(&dyn Host, bool) -> Read;

fn nftables(host: &dyn Host, _v6: bool) -> Read {
    for path in ["/etc/nftables.conf", "/etc/sysconfig/nftables.conf"] {
        if let Some(text) = host.text_if_any(path)? {
            return Ok(Some((nft_script(&text), path)));
        }
    }
    Ok(None)
}

/// What an nft script's own input chains do. A script that includes others may do anything, so it
/// is never more than wide by itself.
pub fn nft_script(text: &str) -> Stance {
    let lines: Vec<&str> = lines(text).map(|(_, l)| l).collect();
    let mut stance = Stance::Open;
    let mut body: Option<Vec<&str>> = None;
    for line in lines.iter().flat_map(|l| l.split(';')).map(str::trim) {
        if line.contains("hook input") {
            body = Some(vec![line]);
        } else if let Some(statements) = &mut body {
            if line.starts_with('}') {
                stance = stance.max(chain_body(statements));
                body = None;
            } else {
                statements.push(line);
            }
        }
    }
    let includes = lines.iter().any(|l| l.starts_with("include "));
    if includes { Stance::Wide } else { stance }
}

fn chain_body(statements: &[&str]) -> Stance {
    for statement in statements {
        let bare = statement.trim_start_matches("counter").trim();
        match bare.split(' ').next().unwrap_or_default() {
            "accept" => return Stance::Open,
            "drop" | "reject" => return Stance::Closed,
            // What another chain decides is not followed.
            "jump" | "goto" => return Stance::Wide,
            _ => {}
        }
    }
    let denies = |s: &&str| s.split_whitespace().eq(["policy", "drop"]);
    if statements.iter().any(denies) {
        Stance::Closed
    } else {
        Stance::Open
    }
}

fn ufw(host: &dyn Host, v6: bool) -> Read {
    let conf = host.text_if_any("/etc/ufw/ufw.conf")?.unwrap_or_default();
    let default = host.text_if_any("/etc/default/ufw")?.unwrap_or_default();
    let on = value(&conf, "ENABLED").eq_ignore_ascii_case("yes");
    let denies = matches!(value(&default, "DEFAULT_INPUT_POLICY"), "DROP" | "REJECT");
    let both = !v6 || value(&default, "IPV6").eq_ignore_ascii_case("yes");
    let stance = if on && denies && both {
        Stance::Closed
    } else {
        Stance::Open
    };
    Ok(Some((stance, "/etc/ufw/ufw.conf, /etc/default/ufw")))
}

/// The value of a shell-like assignment, without quotes; the last one holds.
fn value<'a>(text: &'a str, key: &str) -> &'a str {
    let mut found = "";
    for (_, line) in lines(text) {
        if let Some((k, v)) = line.split_once('=')
            && k.trim() == key
        {
            found = v.trim().trim_matches(['"', '\'']);
        }
    }
    found
}

fn firewalld(host: &dyn Host, _v6: bool) -> Read {
    let conf = host
        .text_if_any("/etc/firewalld/firewalld.conf")?
        .unwrap_or_default();
    let zone = match value(&conf, "DefaultZone") {
        "" => "public",
        zone => zone,
    };
    let own = host.text_if_any(&format!("/etc/firewalld/zones/{zone}.xml"))?;
    let accepts = own.map_or(zone == "trusted", |xml| xml.contains("target=\"ACCEPT\""));
    let stance = if accepts {
        Stance::Open
    } else {
        Stance::Closed
    };
    Ok(Some((stance, "/etc/firewalld/firewalld.conf")))
}

fn persistent(host: &dyn Host, v6: bool) -> Read {
    saved(host, v6, "/etc/iptables/rules.v4", "/etc/iptables/rules.v6")
}

fn sysconfig(host: &dyn Host, v6: bool) -> Read {
    saved(
        host,
        v6,
        "/etc/sysconfig/iptables",
        "/etc/sysconfig/ip6tables",
    )
}

/// Files of `iptables-save`; the weaker family decides where both are in use.
fn saved(host: &dyn Host, v6: bool, four: &'static str, six: &str) -> Read {
    let stance = |path: &str| -> Result<Stance, Gap> {
        let text = host.text_if_any(path)?.unwrap_or_default();
        Ok(follow(&iptables::parse(&text)).default)
    };
    let mut weakest = stance(four)?;
    if v6 {
        weakest = weakest.min(stance(six)?);
    }
    Ok(Some((weakest, four)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_that_debian_ships_filters_nothing() {
        let shipped = "table inet filter {\n chain input {\n  type filter hook input priority filter;\n }\n}\n";
        assert_eq!(nft_script(shipped), Stance::Open);
    }

    #[test]
    fn policy_final_drop_and_early_accept() {
        let with = |s: &str| format!("chain i {{\n type filter hook input priority 0; {s}\n }}\n");
        assert_eq!(nft_script(&with("policy drop;")), Stance::Closed);
        assert_eq!(
            nft_script(&with("\n tcp dport 22 accept\n drop")),
            Stance::Closed
        );
        assert_eq!(nft_script(&with("policy drop;\n accept")), Stance::Open);
        assert_eq!(nft_script("include \"/etc/x.nft\""), Stance::Wide);
    }
}
