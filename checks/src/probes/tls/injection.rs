//! CVE-2011-0411: a command in the clear, sent in one piece with STARTTLS, must not be carried out
//! inside TLS.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Instant,
};

use rustls::{ClientConfig, ClientConnection, crypto::aws_lc_rs, pki_types::ServerName};

use super::{
    prober::{Cut, Prober},
    schemes,
    shake::Recorder,
    starttls::{self, Turn},
    survey::{Answered, StartTls},
    talk::Talk,
    weaknesses::WAIT,
};

/// The command that is smuggled in, the farewell, and what only the first can bring about.
const fn words(how: StartTls) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match how {
        StartTls::Smtp => ("NOOP\r\n", "QUIT\r\n", "250 "),
        StartTls::Imap => ("lot NOOP\r\n", "bye LOGOUT\r\n", "lot OK"),
        StartTls::Pop3 => ("CAPA\r\n", "QUIT\r\n", "\r\n.\r\n"),
        StartTls::Ftp => ("NOOP\r\n", "QUIT\r\n", "200 "),
        _ => return None,
    })
}

/// Smuggles a harmless command and looks whether it is answered inside TLS.
pub(super) fn injection(prober: &Prober<'_>) -> Result<Answered, Cut> {
    let Some((how, (command, farewell, sign))) = prober
        .ask
        .starttls
        .and_then(|how| words(how).map(|words| (how, words)))
    else {
        return Ok(Answered::NotAsked);
    };
    let Ok(mut talk) = prober.dial()? else {
        return Ok(Answered::Unclear);
    };
    let turned = starttls::turn_with(talk.as_mut(), how, prober.name(), command);
    if !matches!(turned, Ok(Turn::Ready)) {
        return Ok(Answered::Unclear);
    }
    Ok(match inside(&mut talk, prober.name(), farewell) {
        Ok(heard) if heard.contains(sign) => Answered::Yes,
        Ok(heard) if !heard.is_empty() => Answered::No,
        // A server that refuses the handshake after such a thing does not take it.
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Answered::No,
        _ => Answered::Unclear,
    })
}

/// What the server says inside TLS until it closes.
fn inside(talk: &mut Box<dyn Talk>, name: Option<&str>, farewell: &str) -> io::Result<String> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Recorder::new(&schemes::all()))
        .with_no_client_auth();
    config.enable_sni = name.is_some();
    let server = match name {
        Some(name) => ServerName::try_from(name.to_owned()).map_err(io::Error::other)?,
        None => ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    let mut tls = ClientConnection::new(Arc::new(config), server).map_err(io::Error::other)?;
    tls.writer().write_all(farewell.as_bytes())?;
    while tls.is_handshaking() {
        if tls.complete_io(talk)? == (0, 0) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    talk.set_deadline(Instant::now() + WAIT);
    let mut heard = Vec::new();
    let mut stream = rustls::Stream::new(&mut tls, talk);
    let mut chunk = [0; 1024];
    while heard.len() < 16 << 10 {
        match stream.read(&mut chunk) {
            Ok(n) if n > 0 => heard.extend_from_slice(chunk.get(..n).unwrap_or(&chunk)),
            _ => break,
        }
    }
    Ok(String::from_utf8_lossy(&heard).into_owned())
}
