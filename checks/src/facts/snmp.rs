//! Who may ask a Net-SNMP agent, and how: `snmpd.conf(5)`. Names of communities never leave here.

use crate::{facts::text::lines, host::Host, observation::Gap};

/// What the files grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Lines that grant access by a community of version 1 or 2c.
    pub communities: usize,
    /// Lines that grant a user of version 3 access.
    pub users: usize,
    /// Of those, lines that do not insist on encryption.
    pub unencrypted: usize,
}

/// What the agent's files grant; `None` without any.
///
/// # Errors
/// When a file may not be read.
pub fn read(host: &dyn Host) -> Result<Option<Access>, Gap> {
    let Some(mut text) = host.text_if_any("/etc/snmp/snmpd.conf")? else {
        return Ok(None);
    };
    for path in [
        "/etc/snmp/snmpd.local.conf",
        "/var/lib/snmp/snmpd.conf",
        "/var/lib/net-snmp/snmpd.conf",
    ] {
        text.push('\n');
        text.push_str(&host.text_if_any(path)?.unwrap_or_default());
    }
    for entry in host.list_if_any("/etc/snmp/snmpd.conf.d", 256)? {
        if entry.name.ends_with(".conf") {
            text.push('\n');
            text.push_str(&host.text(&format!("/etc/snmp/snmpd.conf.d/{}", entry.name))?);
        }
    }
    Ok(Some(parse(&text)))
}

/// Counts the lines that grant access.
pub fn parse(text: &str) -> Access {
    let mut access = Access::default();
    for (_, line) in lines(text) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.first().map(|w| w.to_ascii_lowercase()).as_deref() {
            Some(
                "rocommunity" | "rwcommunity" | "rocommunity6" | "rwcommunity6" | "com2sec"
                | "com2sec6" | "authcommunity",
            ) => access.communities += 1,
            Some("rouser" | "rwuser" | "authuser") => {
                access.users += 1;
                // Without a level, authentication alone is enough.
                if !words[1..].iter().any(|w| matches!(*w, "priv" | "authpriv")) {
                    access.unencrypted += 1;
                }
            }
            _ => {}
        }
    }
    access
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_without_a_level_may_speak_in_the_clear() {
        let got = parse("rouser an\nrouser binh priv\n#rocommunity public\nrocommunity6 x\n");
        let want = Access {
            communities: 1,
            users: 2,
            unencrypted: 1,
        };
        assert_eq!(got, want);
    }
}
