//! The fixed list of commands that a check may run. Nothing else is ever started.

use std::net::SocketAddr;

/// A command. Each variant is one program with fixed arguments; the few values that vary are
/// checked against a narrow alphabet before they are used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// `sshd -T`: the server's effective configuration without any `Match` block.
    SshdEffective,
    /// `sshd -T -C user=U,host=A,addr=A,laddr=127.0.0.1,lport=22`: the effective configuration for one connection.
    SshdEffectiveFor {
        /// Account that logs in.
        user: String,
        /// Address that it comes from.
        addr: String,
    },
    /// `ssh … -l USER -s -- ADDR capdo-none`: the ways to log in that an SSH server names. No proof
    /// is offered; where the server asks for none, a subsystem that no server has ends the talk.
    SshMethods {
        /// Account to ask about.
        user: String,
        /// The server.
        target: SocketAddr,
    },
    /// `sshd -T -C user=U,host=H,addr=A,laddr=L,lport=P`: the same, for any connection.
    SshdEffectiveAt {
        /// Account that logs in.
        user: String,
        /// Name of the peer.
        host: String,
        /// Its address.
        addr: String,
        /// Address of this host that it comes to.
        laddr: String,
        /// Port that it comes to.
        lport: u16,
    },
    /// `sudo -V`: the version in its first line.
    SudoVersion,
    /// `nft -j list ruleset`.
    NftRuleset,
    /// `iptables-save`: rules that stand beside nftables on old kernels.
    IptablesSave,
    /// `ip6tables-save`.
    Ip6tablesSave,
    /// `systemctl show --property=… -- UNIT…`: state of units, one blank-line separated block each.
    SystemctlShow {
        /// Unit names.
        units: Vec<String>,
    },
    /// `systemctl list-timers --all --no-pager --plain --output=json`.
    SystemctlTimers,
    /// `timedatectl show`.
    TimedatectlShow,
    /// `chronyc -c -n tracking`.
    ChronycTracking,
    /// `chronyc -c -n sources`.
    ChronycSources,
    /// `auditctl -l`.
    AuditctlRules,
    /// `auditctl -s`.
    AuditctlStatus,
    /// `journalctl --header`: first and last entry of each journal file.
    JournalHeader,
    /// `rpm -qa --queryformat …`: name, epoch, version, release, architecture, time of installation,
    /// vendor, source package and, where rpm knows them, module, separated by tabs.
    RpmPackages {
        /// Whether to ask for modules; rpm before 4.14 refuses that.
        modules: bool,
    },
    /// `gpgv --status-fd 1 --keyring K /var/lib/apt/lists/X`: whether a key of that file signed it.
    GpgvRelease {
        /// File of keys, below `/usr/share/keyrings` or `/etc/apt`.
        keyring: String,
        /// Name of the `InRelease` file in apt's folder of lists.
        list: String,
    },
}

/// Whether a path may stand in a command: below `folder`, of plain letters, without `..`.
fn is_below(folder: &str, path: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || "._+%~/-".contains(c);
    let inside = path
        .strip_prefix(folder)
        .is_some_and(|rest| !rest.is_empty());
    inside && path.len() <= 512 && path.chars().all(fine) && !path.contains("..")
}

/// The properties that [`Command::SystemctlShow`] asks for.
const UNIT_PROPERTIES: &str = "--property=Id,LoadState,ActiveState,SubState,UnitFileState,\
Result,ExecMainStatus,ExecMainExitTimestamp,LastTriggerUSec,MainPID,FragmentPath";

/// What [`Command::RpmPackages`] asks for in any case.
const RPM_FIELDS: &str = "%{NAME}\\t%{EPOCHNUM}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t\
%{INSTALLTIME}\\t%{VENDOR}\\t%{SOURCERPM}";

impl Command {
    /// The program and its arguments, or `None` when a value in it is outside its alphabet.
    pub fn argv(&self) -> Option<Vec<String>> {
        let fixed = |words: &[&str]| Some(words.iter().map(|&w| w.to_owned()).collect());
        match self {
            Self::SshdEffective => fixed(&["sshd", "-T"]),
            // Without the last two, a `Match LocalAddress` or `LocalPort` block ends sshd -T.
            Self::SshdEffectiveFor { user, addr } => sshd_for([user, addr, addr, "127.0.0.1"], 22),
            Self::SshMethods { user, target } => is_plain(user).then(|| ssh_methods(user, *target)),
            Self::SshdEffectiveAt {
                user,
                host,
                addr,
                laddr,
                lport,
            } => sshd_for([user, host, addr, laddr], *lport),
            Self::SudoVersion => fixed(&["sudo", "-V"]),
            Self::NftRuleset => fixed(&["nft", "-j", "list", "ruleset"]),
            Self::IptablesSave => fixed(&["iptables-save"]),
            Self::Ip6tablesSave => fixed(&["ip6tables-save"]),
            Self::SystemctlShow { units } => units.iter().all(|u| is_plain(u)).then(|| {
                let head = ["systemctl", "show", "--no-pager", UNIT_PROPERTIES, "--"];
                head.iter()
                    .map(|&w| w.to_owned())
                    .chain(units.iter().cloned())
                    .collect()
            }),
            Self::SystemctlTimers => fixed(&[
                "systemctl",
                "list-timers",
                "--all",
                "--no-pager",
                "--output=json",
            ]),
            Self::TimedatectlShow => fixed(&["timedatectl", "show"]),
            Self::ChronycTracking => fixed(&["chronyc", "-c", "-n", "tracking"]),
            Self::ChronycSources => fixed(&["chronyc", "-c", "-n", "sources"]),
            Self::AuditctlRules => fixed(&["auditctl", "-l"]),
            Self::AuditctlStatus => fixed(&["auditctl", "-s"]),
            Self::JournalHeader => fixed(&["journalctl", "--header", "--no-pager"]),
            Self::GpgvRelease { keyring, list } => gpgv(keyring, list),
            Self::RpmPackages { modules } => {
                let module = if *modules {
                    "\\t%{MODULARITYLABEL}"
                } else {
                    ""
                };
                let format = format!("{RPM_FIELDS}{module}\\n");
                fixed(&["rpm", "-qa", "--queryformat", &format])
            }
        }
    }

    /// The address that the command talks to, where it talks to one.
    pub const fn target(&self) -> Option<SocketAddr> {
        match self {
            Self::SshMethods { target, .. } => Some(*target),
            _ => None,
        }
    }

    /// The command as a person would type it; also the key of a fixture's answer.
    pub fn line(&self) -> String {
        self.argv()
            .map_or_else(|| "(refused)".to_owned(), |argv| argv.join(" "))
    }
}

/// `words`: account, name and address of the peer, and address of this host.
fn sshd_for(words: [&str; 4], lport: u16) -> Option<Vec<String>> {
    words.iter().all(|w| is_plain(w)).then(|| {
        let [user, host, addr, laddr] = words;
        let context = format!("user={user},host={host},addr={addr},laddr={laddr},lport={lport}");
        vec!["sshd".into(), "-T".into(), "-C".into(), context]
    })
}

fn gpgv(keyring: &str, list: &str) -> Option<Vec<String>> {
    let lists = "/var/lib/apt/lists/";
    let list = format!("{lists}{list}");
    let keys = ["/usr/share/keyrings/", "/etc/apt/"];
    let fine = keys.iter().any(|k| is_below(k, keyring)) && is_below(lists, &list);
    fine.then(|| {
        let words = ["gpgv", "--status-fd", "1", "--keyring", keyring, &list];
        words.map(str::to_owned).to_vec()
    })
}

/// The client reads no file of anybody's, believes any host key, and has nothing to prove with.
fn ssh_methods(user: &str, target: SocketAddr) -> Vec<String> {
    let options = "-F /dev/null -T -o PreferredAuthentications=none -o BatchMode=yes \
-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null \
-o UpdateHostKeys=no -o IdentityFile=none -o IdentitiesOnly=yes -o LogLevel=ERROR \
-o ConnectTimeout=5";
    let (ip, port) = (target.ip().to_string(), target.port().to_string());
    let head = std::iter::once("ssh").chain(options.split(' '));
    let tail = ["-p", &port, "-l", user, "-s", "--", &ip, "capdo-none"];
    head.chain(tail).map(str::to_owned).collect()
}

/// Whether a value is safe as (part of) an argument: no white space, no comma, no leading dash.
fn is_plain(value: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || "._:@-\\".contains(c);
    !value.is_empty() && value.len() <= 256 && !value.starts_with('-') && value.chars().all(fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_make_no_command() {
        for user in ["", "-x", "a b", "a,addr=1.2.3.4", "a\nb", "$(id)"] {
            let command = Command::SshdEffectiveFor {
                user: user.into(),
                addr: "127.0.0.1".into(),
            };
            assert_eq!(command.argv(), None, "{user:?}");
        }
        let fine = Command::SshdEffectiveFor {
            user: "root".into(),
            addr: "10.0.0.1".into(),
        };
        assert_eq!(
            fine.line(),
            "sshd -T -C user=root,host=10.0.0.1,addr=10.0.0.1,laddr=127.0.0.1,lport=22"
        );
    }
}
