//! Whether a client may start a second handshake inside the first, which costs the server far more
//! than the client.

use std::io::Write;

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest, hmac,
};

use super::{
    hello::{Hello, extension},
    prober::{Cut, Prober},
    session::Session,
    survey::{Answered, Protocol, Survey},
    traits::every,
    weaknesses::{Echo, WAIT, echo},
    wire::{Input, short, vector},
};

/// Asks for a second handshake in a session of TLS 1.2. Servers before that version are not asked.
pub(super) fn by_client(prober: &Prober<'_>, known: &Survey) -> Result<Answered, Cut> {
    let Some(suites) = known.suites.get(&Protocol::Tls12) else {
        return Ok(Answered::NotAsked);
    };
    let Some(mut session) = Session::establish(prober, known)? else {
        return Ok(Answered::NotAsked);
    };
    let mut hello = Hello::new(Protocol::Tls12, every(suites), prober.name());
    hello.scsv = false;
    let Some(sealed) = again(&session, hello) else {
        return Ok(Answered::Unclear);
    };
    if session.talk.write_all(&sealed).is_err() {
        return Ok(Answered::Unclear);
    }
    // A greeting of the layer above may come first.
    let heard = (0..4).map(|_| echo(session.talk.as_mut(), WAIT));
    let heard = heard.into_iter().find(|echo| *echo != Echo::Record(23));
    // Some servers hear one client at a time.
    drop(session);
    match heard {
        Some(Echo::Record(22)) => Ok(Answered::Yes),
        Some(Echo::Alert(_) | Echo::Closed) => refused(prober, known),
        _ => Ok(Answered::Unclear),
    }
}

/// An end counts as a refusal only where a session of which nothing is asked goes on.
fn refused(prober: &Prober<'_>, known: &Survey) -> Result<Answered, Cut> {
    let Some(mut session) = Session::establish(prober, known)? else {
        return Ok(Answered::Unclear);
    };
    for _ in 0..4 {
        match echo(session.talk.as_mut(), WAIT) {
            Echo::Silent => return Ok(Answered::No),
            Echo::Record(23) => {}
            _ => break,
        }
    }
    Ok(Answered::Unclear)
}

/// The hello as the second record of the session.
fn again(session: &Session, hello: Hello) -> Option<Vec<u8>> {
    let (sent, received) = session.messages();
    let (client, rest) = first_message(&sent)?;
    // The server's ticket comes after our Finished, which vouches only for what went before.
    let before = up_to_done(&received)?;
    let transcript = [client, before, rest].concat();
    let hash = digest::digest(&digest::SHA256, &transcript);
    let vouch = prf(&session.master, b"client finished", hash.as_ref(), 12);
    let mut hello = hello.with(extension::RENEGOTIATION, short(&vouch));
    if has_master_secret(before) {
        hello = hello.asking(extension::MASTER_SECRET);
    }
    let randoms = [random(before)?, random(client)?].concat();
    let block = prf(&session.master, b"key expansion", &randoms, 40);
    let message = hello.bytes().get(5..)?.to_vec();
    // It stands behind our Finished, so its number is 1.
    seal(&block, 1, 22, &message)
}

fn first_message(all: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut input = Input(all);
    input.u8()?;
    let length = input.u24()?;
    all.split_at_checked(4 + length)
}

/// The messages up to ServerHelloDone.
fn up_to_done(all: &[u8]) -> Option<&[u8]> {
    let mut input = Input(all);
    loop {
        let kind = input.u8()?;
        let length = input.u24()?;
        input.take(length)?;
        if kind == 14 {
            return all.get(..all.len() - input.0.len());
        }
    }
}

/// The random value of a hello.
fn random(message: &[u8]) -> Option<&[u8]> {
    message.get(6..38)
}

fn has_master_secret(server: &[u8]) -> bool {
    let Some((hello, _)) = first_message(server) else {
        return false;
    };
    let mut input = Input(hello);
    let extensions = input
        .take(38)
        .and_then(|_| input.short())
        .and_then(|_| input.take(3))
        .and_then(|_| input.vector());
    let mut extensions = Input(extensions.unwrap_or_default());
    while let (Some(code), Some(_)) = (extensions.u16(), extensions.vector()) {
        if code == extension::MASTER_SECRET {
            return true;
        }
    }
    false
}

/// RFC 5246, section 5, with SHA-256.
pub(super) fn prf(secret: &[u8], label: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let seed = [label, seed].concat();
    let mut a = hmac::sign(&key, &seed);
    let mut out = Vec::new();
    while out.len() < length {
        out.extend_from_slice(hmac::sign(&key, &[a.as_ref(), &seed].concat()).as_ref());
        a = hmac::sign(&key, a.as_ref());
    }
    out.truncate(length);
    out
}

/// A record of the client, sealed with AES-128-GCM (RFC 5288), by its number and kind.
pub(super) fn seal(block: &[u8], number: u64, kind: u8, message: &[u8]) -> Option<Vec<u8>> {
    // Any value that was not used before; it is the first of its kind.
    const EXPLICIT: [u8; 8] = [0x5a; 8];
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, block.get(..16)?).ok()?);
    let nonce = [block.get(32..36)?, &EXPLICIT].concat();
    let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
    let mut aad = number.to_be_bytes().to_vec();
    aad.extend([kind, 3, 3]);
    aad.extend(u16::try_from(message.len()).ok()?.to_be_bytes());
    let mut sealed = message.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut sealed)
        .ok()?;
    let body = [&EXPLICIT[..], &sealed].concat();
    Some([&[kind, 3, 3][..], &vector(&body)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vector of the IETF's TLS list for the PRF of TLS 1.2 with SHA-256.
    #[test]
    fn the_prf_gives_the_published_vector() {
        let hex = |s: &str| -> Vec<u8> {
            let pairs = s.as_bytes().chunks(2);
            let pairs = pairs.map(|p| std::str::from_utf8(p).unwrap());
            pairs.map(|p| u8::from_str_radix(p, 16).unwrap()).collect()
        };
        let secret = hex("9bbe436ba940f017b17652849a71db35");
        let seed = hex("a0ba9f936cda311827a6f796ffd5198c");
        let out = prf(&secret, b"test label", &seed, 100);
        assert_eq!(out[..16], hex("e3f229ba727be17b8d122620557cd453"));
        assert_eq!(out[96..], hex("87347b66"));
    }
}
