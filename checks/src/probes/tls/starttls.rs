//! How a connection in the clear is turned into TLS.

use std::io;

use super::{survey::StartTls, talk::Talk};

/// What came of asking for TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// TLS may begin.
    Ready,
    /// The service speaks its protocol and does not start TLS.
    Declined,
}

/// Most bytes of talk before TLS.
const TALK_CAP: usize = 16 << 10;
/// The name under which mail servers are greeted: no machine has it (RFC 2606).
const GREETER: &str = "khao-sat.invalid";

/// Asks for TLS.
///
/// # Errors
/// When the peer closes, stalls, or does not speak the protocol.
pub(super) fn turn(talk: &mut dyn Talk, how: StartTls, name: Option<&str>) -> io::Result<Turn> {
    turn_with(talk, how, name, "")
}

/// As [`turn`], with something sent in one piece with the request.
pub(super) fn turn_with(
    talk: &mut dyn Talk,
    how: StartTls,
    name: Option<&str>,
    behind: &str,
) -> io::Result<Turn> {
    let mut peer = Peer::new(talk);
    let yes = match how {
        StartTls::Smtp => smtp(&mut peer, behind)?,
        StartTls::Imap => {
            peer.line()?;
            peer.say(&format!("a STARTTLS\r\n{behind}"))?;
            peer.until(|l| l.starts_with("a "))?.starts_with("a OK")
        }
        StartTls::Pop3 => {
            peer.expect("+OK")?;
            peer.say(&format!("STLS\r\n{behind}"))?;
            peer.line()?.starts_with("+OK")
        }
        StartTls::Ftp => {
            peer.code("220")?;
            peer.say(&format!("AUTH TLS\r\n{behind}"))?;
            ready(&mut peer, "234")?
        }
        StartTls::Ldap => {
            peer.write(LDAP)?;
            ldap_code(&peer.ber()?).ok_or_else(odd)? == 0
        }
        StartTls::Postgres => {
            peer.write(POSTGRES)?;
            match peer.bytes(1)?.first() {
                Some(b'S') => true,
                Some(b'N' | b'E') => false,
                _ => return Err(odd()),
            }
        }
        StartTls::Mysql => mysql(&mut peer)?,
        StartTls::Xmpp => xmpp(&mut peer, name)?,
    };
    Ok(if yes { Turn::Ready } else { Turn::Declined })
}

/// `ExtendedRequest` 1.3.6.1.4.1.1466.20037 (RFC 4511, section 4.14).
const LDAP: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// `SSLRequest`.
const POSTGRES: &[u8] = &[0, 0, 0, 8, 4, 210, 22, 47];

fn smtp(peer: &mut Peer<'_>, behind: &str) -> io::Result<bool> {
    if !ehlo(peer)?.contains("STARTTLS") {
        return Ok(false);
    }
    peer.say(&format!("STARTTLS\r\n{behind}"))?;
    ready(peer, "220")
}

/// Whether TLS may begin. What is refused for now (a code of 4xx) is offered at another time.
fn ready(peer: &mut Peer<'_>, code: &str) -> io::Result<bool> {
    let reply = peer.reply()?;
    if reply.starts_with('4') {
        return Err(odd());
    }
    Ok(reply.starts_with(code))
}

/// The capabilities in capitals. A server that refuses the greeting tells nothing of them.
pub(super) fn ehlo(peer: &mut Peer<'_>) -> io::Result<String> {
    peer.code("220")?;
    peer.say(&format!("EHLO {GREETER}\r\n"))?;
    let reply = peer.reply()?.to_uppercase();
    reply.starts_with("250").then_some(reply).ok_or_else(odd)
}

/// The `resultCode` of an `ExtendedResponse`.
fn ldap_code(message: &[u8]) -> Option<u8> {
    let at = message.windows(2).position(|w| w == [0x0a, 1])?;
    message.contains(&0x78).then_some(())?;
    message.get(at + 2).copied()
}

/// `HandshakeV10` has the capabilities behind the version, the thread and the first salt.
fn mysql(peer: &mut Peer<'_>) -> io::Result<bool> {
    let body = mysql_packet(peer)?;
    if body.first() != Some(&10) {
        return Err(odd());
    }
    let end = body.iter().position(|b| *b == 0).ok_or_else(odd)?;
    let low = body.get(end + 14..end + 16).ok_or_else(odd)?;
    if low.get(1).is_none_or(|high| high & 0x08 == 0) {
        return Ok(false);
    }
    // CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION; 16 MiB packets; utf8
    let mut request = vec![32, 0, 0, 1, 0x00, 0x8a, 0, 0, 0, 0, 0, 1, 33];
    request.resize(36, 0);
    peer.write(&request)?;
    Ok(true)
}

/// The body of a packet; its length comes first, with the low byte in front.
pub(super) fn mysql_packet(peer: &mut Peer<'_>) -> io::Result<Vec<u8>> {
    let head = peer.bytes(4)?;
    let length = head.iter().take(3).rev();
    let length = length.fold(0_usize, |all, byte| all << 8 | usize::from(*byte));
    if length > 1024 {
        return Err(odd());
    }
    peer.bytes(length)
}

fn xmpp(peer: &mut Peer<'_>, name: Option<&str>) -> io::Result<bool> {
    const SPACE: &str = "urn:ietf:params:xml:ns:xmpp-tls";
    if !features(peer, name)?.contains(SPACE) {
        return Ok(false);
    }
    peer.say(&format!("<starttls xmlns='{SPACE}'/>"))?;
    Ok(peer
        .element(&["<proceed", "<failure"])?
        .contains("<proceed"))
}

pub(super) fn features(peer: &mut Peer<'_>, name: Option<&str>) -> io::Result<String> {
    let plain = |n: &&str| {
        n.chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
    };
    let to = name.filter(plain).unwrap_or("localhost");
    peer.say(&format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams' to='{to}' version='1.0'>"
    ))?;
    let told = peer.element(&["</stream:features", "<stream:features/", "</stream:error"])?;
    let refused = told.contains("</stream:error");
    (!refused).then_some(told).ok_or_else(odd)
}

pub(super) fn odd() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// The other side, read with a bound.
pub(super) struct Peer<'a> {
    talk: &'a mut dyn Talk,
    buffer: Vec<u8>,
    seen: usize,
}

impl<'a> Peer<'a> {
    pub(super) const fn new(talk: &'a mut dyn Talk) -> Self {
        Self {
            talk,
            buffer: Vec::new(),
            seen: 0,
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.talk.write_all(bytes)?;
        self.talk.flush()
    }

    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.write(text.as_bytes())
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = [0; 1024];
        let n = self.talk.read(&mut chunk)?;
        self.seen += n;
        if n == 0 || self.seen > TALK_CAP {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.buffer
            .extend_from_slice(chunk.get(..n).unwrap_or(&chunk));
        Ok(())
    }

    pub(super) fn bytes(&mut self, n: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < n {
            self.fill()?;
        }
        Ok(self.buffer.drain(..n).collect())
    }

    pub(super) fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            self.fill()?;
        }
    }

    /// Lines up to the one that is last.
    pub(super) fn until(&mut self, mut last: impl FnMut(&str) -> bool) -> io::Result<String> {
        loop {
            let line = self.line()?;
            if last(&line) {
                return Ok(line);
            }
        }
    }

    pub(super) fn expect(&mut self, start: &str) -> io::Result<()> {
        let right = self.line()?.starts_with(start);
        right.then_some(()).ok_or_else(odd)
    }

    /// A reply of one or more lines, as SMTP and FTP have them (RFC 5321, RFC 959).
    pub(super) fn reply(&mut self) -> io::Result<String> {
        let mut all = self.line()?;
        let code: String = all.chars().take(3).collect();
        if all.chars().nth(3) == Some('-') {
            let end = format!("{code} ");
            loop {
                let line = self.line()?;
                all.push('\n');
                all.push_str(&line);
                if line.starts_with(&end) || line == code {
                    break;
                }
            }
        }
        Ok(all)
    }

    pub(super) fn code(&mut self, code: &str) -> io::Result<()> {
        let right = self.reply()?.starts_with(code);
        right.then_some(()).ok_or_else(odd)
    }

    /// A BER value with a length of at most two bytes.
    pub(super) fn ber(&mut self) -> io::Result<Vec<u8>> {
        let head = self.bytes(2)?;
        let length = match head.last().copied().unwrap_or_default() {
            n @ 0..=127 => usize::from(n),
            n @ (0x81 | 0x82 | 0x84) => {
                let more = self.bytes(usize::from(n & 0x7f))?;
                more.iter()
                    .fold(0_usize, |all, byte| all << 8 | usize::from(*byte))
            }
            _ => return Err(odd()),
        };
        if length > TALK_CAP {
            return Err(odd());
        }
        self.bytes(length)
    }

    /// Text up to the end of the tag that begins like one of `tags`.
    fn element(&mut self, tags: &[&str]) -> io::Result<String> {
        loop {
            let text = String::from_utf8_lossy(&self.buffer).into_owned();
            let found = tags.iter().filter_map(|tag| text.find(tag)).min();
            if found.is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains('>'))) {
                self.buffer.clear();
                return Ok(text);
            }
            self.fill()?;
        }
    }
}
