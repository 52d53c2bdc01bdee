//! What speaks at a port, told by the port's number or the name of the process.

use crate::facts::sockets::{Listener, Proto};

/// How sure it is that a service sends passwords in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// The protocol knows nothing else.
    Always,
    /// The protocol can switch to TLS and may insist on it.
    Maybe,
}

/// Whether a service sends passwords in the clear.
pub fn clear(listener: &Listener) -> Option<Clear> {
    const ALWAYS: [&str; 13] = [
        "telnetd",
        "in.telnetd",
        "utelnetd",
        "rshd",
        "in.rshd",
        "rlogind",
        "in.rlogind",
        "rexecd",
        "in.rexecd",
        "in.tftpd",
        "tftpd",
        "Xvnc",
        "x11vnc",
    ];
    const MAYBE: [&str; 4] = ["vsftpd", "proftpd", "pure-ftpd", "in.ftpd"];
    match (listener.proto, listener.port) {
        (Proto::Tcp, 23 | 512..=514 | 2323 | 5800..=5809 | 5900..=5909) | (Proto::Udp, 69) => {
            return Some(Clear::Always);
        }
        (Proto::Tcp, 21 | 110 | 143) => return Some(Clear::Maybe),
        _ => {}
    }
    let process = listener.process.as_deref()?;
    if ALWAYS.contains(&process) {
        return Some(Clear::Always);
    }
    MAYBE.contains(&process).then_some(Clear::Maybe)
}

/// Whether a database listens.
pub fn is_database(listener: &Listener) -> bool {
    const NAMES: [&str; 16] = [
        "mysqld",
        "mariadbd",
        "postgres",
        "postmaster",
        "redis-server",
        "valkey-server",
        "mongod",
        "mongos",
        "memcached",
        "sqlservr",
        "tnslsnr",
        "influxd",
        "beam.smp",
        "couchdb",
        "clickhouse-serv",
        "etcd",
    ];
    let tcp = listener.proto == Proto::Tcp;
    let port = matches!(
        listener.port,
        1433 | 1521 | 3306 | 5432 | 5433 | 5984 | 6379 | 8086 | 9042 | 9200 | 11211 | 27017..=27019
    );
    // memcached answers over UDP as well; nothing else on the list does.
    let udp = listener.proto == Proto::Udp && listener.port == 11211;
    udp || (tcp && (port || has_name(listener, &NAMES)))
}

/// Whether a mail system listens for mail.
pub fn is_mail(listener: &Listener) -> bool {
    listener.proto == Proto::Tcp && matches!(listener.port, 25 | 465 | 587)
}

/// Whether a server listens that hardly any host needs.
pub fn is_rarely_needed(listener: &Listener) -> bool {
    const NAMES: [&str; 18] = [
        "avahi-daemon",
        "cupsd",
        "cups-browsed",
        "rpcbind",
        "ypserv",
        "ypbind",
        "smbd",
        "nmbd",
        "rpc.mountd",
        "rpc.statd",
        "nfsd",
        "slapd",
        "dhcpd",
        "dnsmasq",
        "named",
        "unbound",
        "squid",
        "snmpd",
    ];
    let port = match listener.proto {
        Proto::Tcp => matches!(
            listener.port,
            53 | 111 | 139 | 389 | 445 | 515 | 631 | 2049 | 3128 | 5355
        ),
        Proto::Udp => matches!(
            listener.port,
            53 | 67 | 111 | 137 | 138 | 161 | 631 | 2049 | 5353 | 5355
        ),
    };
    port || has_name(listener, &NAMES)
}

fn has_name(listener: &Listener, names: &[&str]) -> bool {
    listener
        .process
        .as_deref()
        .is_some_and(|p| names.contains(&p))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(port: u16, process: Option<&str>) -> Listener {
        Listener {
            proto: Proto::Tcp,
            port,
            addr: "0.0.0.0".parse().unwrap(),
            process: process.map(str::to_owned),
        }
    }

    #[test]
    fn a_moved_database_is_known_by_its_name() {
        assert!(is_database(&tcp(13_306, Some("mariadbd"))));
        assert!(is_database(&tcp(5432, None)));
        assert!(!is_database(&tcp(443, Some("nginx"))));
    }

    #[test]
    fn clear_text_services() {
        assert_eq!(clear(&tcp(23, None)), Some(Clear::Always));
        assert_eq!(clear(&tcp(143, Some("dovecot"))), Some(Clear::Maybe));
        assert_eq!(clear(&tcp(22, Some("sshd"))), None);
    }
}
