//! Which servers resolve names: `resolv.conf(5)`, and behind the stub of systemd-resolved its own
//! list.

use crate::{facts::text::lines, host::Host, observation::Gap};

const FILE: &str = "/etc/resolv.conf";
const BEHIND_STUB: &str = "/run/systemd/resolve/resolv.conf";
const STUBS: [&str; 2] = ["127.0.0.53", "127.0.0.54"];

/// The resolvers in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Servers {
    /// Addresses, in order.
    pub servers: Vec<String>,
    /// The file that names them.
    pub source: &'static str,
}

/// The resolvers in use.
///
/// # Errors
/// When a file is missing or may not be read.
pub fn servers(host: &dyn Host) -> Result<Servers, Gap> {
    let servers = parse(&host.text(FILE)?);
    if servers.iter().any(|s| STUBS.contains(&s.as_str())) {
        let mut behind = parse(&host.text(BEHIND_STUB)?);
        behind.extend(servers.into_iter().filter(|s| !STUBS.contains(&s.as_str())));
        return Ok(Servers {
            servers: behind,
            source: BEHIND_STUB,
        });
    }
    Ok(Servers {
        servers,
        source: FILE,
    })
}

/// The addresses on `nameserver` lines, without scope.
pub fn parse(text: &str) -> Vec<String> {
    let bare = |s: &str| s.split('%').next().unwrap_or(s).to_owned();
    lines(text)
        .filter(|(_, l)| !l.starts_with(';'))
        .map(|(_, l)| l.split_whitespace().collect::<Vec<_>>())
        .filter(|words| words.len() > 1 && words[0] == "nameserver")
        .map(|words| bare(words[1]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nameserver_lines_count() {
        let text =
            "; nameserver 1.1.1.1\nsearch x\nnameserver 10.0.0.2 # a\nnameserver fe80::1%eth0\n";
        assert_eq!(parse(text), ["10.0.0.2", "fe80::1"]);
    }
}
