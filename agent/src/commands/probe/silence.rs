//! Why an address gave nothing that a probe can use: one look more tells the usual reasons apart.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use capdo_checks::{
    Host as _, Value,
    host::{Exchange, HostError, Live, Reach},
    lang::Lang,
    probes::tls::{
        Limits,
        survey::{Ask, StartTls},
    },
};
use serde::Serialize;

use crate::say;

/// Most bytes of a greeting that are looked at.
const GREETING: usize = 512;
/// Connections with which a server of TLS shows that it is one.
const CONNECTIONS: u32 = 6;

/// What an address does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Silence {
    /// It refuses connections.
    Refused,
    /// No connection comes about.
    NoConnection,
    /// It takes connections and says nothing.
    Mute,
    /// It speaks TLS where another protocol was to come first.
    TlsAtOnce(StartTls),
    /// It greets as a protocol that turns to TLS when asked.
    Greets(StartTls),
    /// It says something else, or breaks off.
    Otherwise,
}

/// What a probe was after.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// TLS; the protocol before it.
    pub(super) tls: bool,
    pub(super) starttls: Option<StartTls>,
    pub(super) patience: Duration,
}

/// Looks why; `None` where the error tells more by itself.
pub(super) fn of(
    error: &HostError,
    window: &Live,
    target: SocketAddr,
    wanted: Wanted,
) -> Option<Silence> {
    let plain = matches!(error, HostError::Unreachable(what) if *what == target.to_string());
    match window.reach(target).ok().filter(|_| plain)? {
        Reach::Refused => return Some(Silence::Refused),
        Reach::Silent => return Some(Silence::NoConnection),
        Reach::Open => {}
    }
    if let Some(how) = wanted
        .starttls
        .filter(|_| tls_at_once(window, target, wanted))
    {
        return Some(Silence::TlsAtOnce(how));
    }
    let start = Instant::now();
    let said = listen(window, target);
    Some(match protocol(&said, target.port()) {
        Some(how) if wanted.tls && wanted.starttls != Some(how) => Silence::Greets(how),
        _ if said.is_empty() && start.elapsed() >= wanted.patience => Silence::Mute,
        _ => Silence::Otherwise,
    })
}

fn tls_at_once(window: &Live, target: SocketAddr, wanted: Wanted) -> bool {
    let ask = Ask {
        target,
        name: None,
        starttls: None,
        intrusive: false,
    };
    let limits = Limits {
        time: wanted.patience,
        connection: wanted.patience,
        connections: CONNECTIONS,
        parallel: 1,
    };
    window
        .survey(&ask, &limits, &mut |_| {})
        .is_ok_and(|survey| survey.tls)
}

/// The protocol in which a server greets whoever connects.
pub(super) fn greeting(window: &Live, target: SocketAddr) -> Option<StartTls> {
    protocol(&listen(window, target), target.port())
}

fn listen(window: &Live, target: SocketAddr) -> Vec<u8> {
    let nothing = Exchange {
        target,
        label: "greeting",
        send: &[],
        cap: GREETING,
    };
    window.exchange(&nothing).unwrap_or_default()
}

/// Mail and files begin alike; the words, and then the port, tell them apart.
fn protocol(said: &[u8], port: u16) -> Option<StartTls> {
    let text = String::from_utf8_lossy(said).to_ascii_uppercase();
    if text.starts_with("220") {
        let files = text.contains("FTP") || port == 21 && !text.contains("SMTP");
        return Some(if files { StartTls::Ftp } else { StartTls::Smtp });
    }
    if text.starts_with("* OK") || text.starts_with("* PREAUTH") {
        return Some(StartTls::Imap);
    }
    if text.starts_with("+OK") {
        return Some(StartTls::Pop3);
    }
    // A packet of MySQL: its length, number 0, protocol 10.
    (said.get(2..5) == Some(&[0, 0, 10])).then_some(StartTls::Mysql)
}

/// How a protocol is written after `--starttls`.
pub(super) const fn word(how: StartTls) -> &'static str {
    match how {
        StartTls::Smtp => "smtp",
        StartTls::Imap => "imap",
        StartTls::Pop3 => "pop3",
        StartTls::Ldap => "ldap",
        StartTls::Postgres => "postgres",
        StartTls::Mysql => "mysql",
        StartTls::Ftp => "ftp",
        StartTls::Xmpp => "xmpp",
    }
}

impl Silence {
    /// A sentence for people.
    pub(super) fn sentence(self, target: SocketAddr, lang: Lang) -> String {
        let (key, protocol) = match self {
            Self::Refused => ("probe-silent-refused", ""),
            Self::NoConnection => ("probe-silent-no-connection", ""),
            Self::Mute => ("probe-silent-mute", ""),
            Self::TlsAtOnce(how) => ("probe-silent-tls-at-once", word(how)),
            Self::Greets(how) => ("probe-silent-greets", word(how)),
            Self::Otherwise => ("probe-silent-otherwise", ""),
        };
        let args = [
            ("address", Value::from(target.to_string())),
            ("protocol", Value::from(protocol)),
        ];
        say::with(lang, key, &args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_are_told_apart() {
        for (said, port, want) in [
            (
                &b"220 mail.example ESMTP Postfix\r\n"[..],
                25,
                Some(StartTls::Smtp),
            ),
            (b"220 mail.example\r\n", 2525, Some(StartTls::Smtp)),
            (b"220 (vsFTPd 3.0.3)\r\n", 2121, Some(StartTls::Ftp)),
            (b"220 ready\r\n", 21, Some(StartTls::Ftp)),
            (
                b"* OK [CAPABILITY IMAP4rev1] Dovecot\r\n",
                143,
                Some(StartTls::Imap),
            ),
            (b"+OK POP3\r\n", 110, Some(StartTls::Pop3)),
            (
                b"\x4a\x00\x00\x00\x0a8.0.36\x00",
                3306,
                Some(StartTls::Mysql),
            ),
            (b"SSH-2.0-OpenSSH_9.2\r\n", 22, None),
            (b"", 25, None),
        ] {
            assert_eq!(protocol(said, port), want, "{said:?}");
        }
    }
}
