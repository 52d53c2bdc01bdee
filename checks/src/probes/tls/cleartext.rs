//! Whether a service that turns to TLS when asked also takes a login before that.

mod ldap;

use std::io;

use super::{
    starttls::{Peer, ehlo, features, mysql_packet, odd},
    survey::{Answered, StartTls},
    talk::Talk,
    wire::Input,
};

/// The name with which a login is tried. It is nobody's, and no password of anybody goes with it.
const NOBODY: &str = "capdo-khao-sat";

/// What a service does without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clear {
    /// Whether it works.
    pub(super) works: Answered,
    /// Mail: whether it offers a login. Of the other protocols `works` tells it.
    pub(super) login: Answered,
}

/// What the service does without TLS. What shows it only at a login is asked for one, under a name that
/// nobody has.
///
/// # Errors
/// When the peer closes, stalls, or does not speak the protocol.
pub(super) fn clear(talk: &mut dyn Talk, how: StartTls, name: Option<&str>) -> io::Result<Clear> {
    let mut peer = Peer::new(talk);
    if how == StartTls::Smtp {
        return smtp(&mut peer);
    }
    Ok(Clear {
        works: opportunistic(&mut peer, how, name)?,
        login: Answered::NotAsked,
    })
}

/// A mail server names the logins that it takes in its answer to `EHLO` (RFC 4954). Whether it takes mail
/// from anybody is another question, which says nothing of logins.
fn smtp(peer: &mut Peer<'_>) -> io::Result<Clear> {
    let login = offered_login(&ehlo(peer)?);
    let works = match peer.say("MAIL FROM:<>\r\n").and_then(|()| peer.reply()) {
        Ok(reply) if reply.starts_with("250") => Answered::Yes,
        Ok(_) => Answered::No,
        Err(_) => Answered::Unclear,
    };
    Ok(Clear { works, login })
}

/// Whether one of the logins hands over the password, or what is as good. Of others it is not told what
/// somebody who listens makes of them.
fn offered_login(capabilities: &str) -> Answered {
    const OPEN: [&str; 4] = ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"];
    // Old clients of Microsoft read `AUTH=LOGIN`.
    let lines = capabilities.lines().filter_map(|line| line.get(4..));
    let lists = lines.filter_map(|line| line.strip_prefix("AUTH"));
    let lists = lists.filter(|list| list.starts_with([' ', '=']));
    let kinds: Vec<&str> = lists
        .flat_map(|list| list.split([' ', '=']))
        .filter(|kind| !kind.is_empty())
        .collect();
    if kinds.iter().any(|kind| OPEN.contains(kind)) {
        Answered::Yes
    } else if kinds.is_empty() {
        Answered::No
    } else {
        Answered::Unclear
    }
}

fn opportunistic(peer: &mut Peer<'_>, how: StartTls, name: Option<&str>) -> io::Result<Answered> {
    let open = match how {
        StartTls::Smtp => return Ok(Answered::NotAsked),
        StartTls::Imap => {
            peer.line()?;
            peer.say("a CAPABILITY\r\n")?;
            let mut list = String::new();
            let end = peer.until(|line| {
                list.push_str(&line.to_uppercase());
                line.starts_with("a ")
            })?;
            if !end.to_uppercase().starts_with("A OK") {
                return Ok(Answered::Unclear);
            }
            !list.contains("LOGINDISABLED")
        }
        StartTls::Pop3 => {
            peer.expect("+OK")?;
            peer.say("CAPA\r\n")?;
            let mut list = String::new();
            peer.until(|line| {
                list.push_str(&line.to_uppercase());
                list.push('\n');
                line == "." || line.starts_with("-ERR")
            })?;
            if list.starts_with("-ERR") {
                return Ok(Answered::Unclear);
            }
            let words = list.split(['\n', ' ']);
            words.into_iter().any(|w| w == "USER" || w == "PLAIN")
        }
        StartTls::Xmpp => !features(peer, name)?.contains("<required"),
        StartTls::Ftp => return ftp(peer),
        StartTls::Ldap => return ldap::login(peer),
        StartTls::Postgres => return postgres(peer),
        StartTls::Mysql => return mysql(peer),
    };
    Ok(if open { Answered::Yes } else { Answered::No })
}

/// FTP takes the name first. Asking for the password then means to take it in the clear; a refusal
/// counts only where it speaks of encryption.
fn ftp(peer: &mut Peer<'_>) -> io::Result<Answered> {
    const WORDS: [&str; 5] = ["ENCRYPT", "SSL", "TLS", "CLEARTEXT", "SECURE"];
    peer.code("220")?;
    peer.say(&format!("USER {NOBODY}\r\n"))?;
    let said = peer.reply()?.to_uppercase();
    let about = WORDS.iter().any(|word| said.contains(word));
    Ok(match said.as_bytes().first() {
        Some(b'3') => Answered::Yes,
        Some(b'4' | b'5') if about => Answered::No,
        _ => Answered::Unclear,
    })
}

/// `StartupMessage` without `SSLRequest`. Which rule answers depends on who asks for what from where:
/// this tells only of the address that asks.
fn postgres(peer: &mut Peer<'_>) -> io::Result<Answered> {
    let mut body = vec![0, 3, 0, 0];
    for text in ["user", NOBODY, "database", "postgres", ""] {
        body.extend(text.as_bytes());
        body.push(0);
    }
    let length = u32::try_from(body.len() + 4).map_err(|_| odd())?;
    peer.write(&[&length.to_be_bytes()[..], &body].concat())?;
    let head = peer.bytes(5)?;
    let length = Input(head.get(2..).unwrap_or_default()).u24();
    let body = match (head.first(), head.get(1), length) {
        (Some(b'R'), ..) => return Ok(Answered::Yes),
        (Some(b'E'), Some(0), Some(length @ 4..=4096)) => peer.bytes(length - 4)?,
        _ => return Err(odd()),
    };
    Ok(match field(&body, b'R') {
        Some("ClientAuthentication") if field(&body, b'C') == Some("28000") => Answered::No,
        // A rule let everybody in; then there was no such role or database.
        Some("InitializeSessionUserId" | "InitPostgres") => Answered::Yes,
        _ => Answered::Unclear,
    })
}

/// A field of an `ErrorResponse`.
fn field(body: &[u8], kind: u8) -> Option<&str> {
    let mut fields = body.split(|byte| *byte == 0);
    let found = fields.find_map(|one| one.split_first().filter(|(first, _)| **first == kind))?;
    std::str::from_utf8(found.1).ok()
}

/// `HandshakeResponse41` without `CLIENT_SSL`. A server that insists (`require_secure_transport`) says
/// so to whoever proved who he is; a refusal of the name tells nothing.
fn mysql(peer: &mut Peer<'_>) -> io::Result<Answered> {
    /// `ER_SECURE_TRANSPORT_REQUIRED`.
    const INSISTS: u16 = 3159;
    /// `ER_ACCESS_DENIED_ERROR`.
    const DENIED: u16 = 1045;
    if mysql_packet(peer)?.first() != Some(&10) {
        return Ok(Answered::Unclear);
    }
    // CLIENT_LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH; 16 MiB packets; utf8
    let mut body = vec![0x01, 0x82, 0x08, 0, 0, 0, 0, 1, 33];
    body.resize(32, 0);
    body.extend(NOBODY.as_bytes());
    body.extend([0, 20]);
    body.extend([0x5a; 20]);
    body.extend(b"mysql_native_password\0");
    let length = u8::try_from(body.len()).map_err(|_| odd())?;
    peer.write(&[&[length, 0, 0, 1][..], &body].concat())?;
    let answer = mysql_packet(peer)?;
    let code = answer.get(1..3).and_then(<[u8]>::first_chunk);
    let code = code.map(|c| u16::from_le_bytes(*c));
    Ok(match (answer.first(), code) {
        (Some(0xff), Some(INSISTS)) => Answered::No,
        // It lets in whoever comes.
        (Some(0), _) => Answered::Yes,
        // It goes on to a proof, or knows nobody of that name: only a login would tell.
        (Some(0xff), Some(DENIED)) | (Some(0xfe), _) => Answered::NotAsked,
        _ => Answered::Unclear,
    })
}
