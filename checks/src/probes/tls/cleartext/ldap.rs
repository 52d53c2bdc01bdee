//! A simple bind (RFC 4511, section 4.2) before TLS.

use std::io;

use super::{Answered, Input, NOBODY, Peer};

/// What the root of the directory tells of itself.
const ATTRIBUTES: [&str; 3] = ["namingContexts", "configContext", "supportedSASLMechanisms"];
/// Most trees that are asked.
const MAX_TREES: usize = 8;
/// `confidentialityRequired` and `strongerAuthRequired`.
const INSISTS: [u8; 2] = [13, 8];
/// `invalidCredentials`: the password was looked at.
const LOOKED_AT: u8 = 49;
/// `authMethodNotSupported`, and `inappropriateAuthentication`: SASL wants more protection.
const NOT_SO: [u8; 2] = [7, 48];

/// Names of attributes, each with one value.
type Values = Vec<(String, String)>;

/// Tries to log in to each tree of the directory under a name that nobody has. OpenLDAP can insist on
/// TLS for one tree only, so that the name must lie in each.
pub(super) fn login(peer: &mut Peer<'_>) -> io::Result<Answered> {
    let (code, root) = root(peer)?;
    if code == Some(INSISTS[0]) {
        // OpenLDAP answers so when no simple login is taken anywhere; SASL it asks apart.
        return Ok(match plain(peer, 2)? {
            Some(LOOKED_AT) => Answered::Yes,
            Some(code) if [NOT_SO, INSISTS].concat().contains(&code) => Answered::No,
            _ => Answered::Unclear,
        });
    }
    if code != Some(0) || !root.iter().any(|(name, _)| is(name, 0)) {
        return Ok(Answered::Unclear);
    }
    let values = |n: usize| root.iter().filter(move |(name, _)| is(name, n));
    let clear = ["PLAIN", "LOGIN"];
    if values(2).any(|(_, mechanism)| clear.contains(&mechanism.as_str())) {
        return Ok(Answered::Yes);
    }
    let trees = values(0).count();
    let mut insisting = 0;
    for (n, (_, tree)) in (2..).zip(values(0).take(MAX_TREES)) {
        match bind(peer, n, &format!("cn={NOBODY},{tree}"))? {
            Some(LOOKED_AT) => return Ok(Answered::Yes),
            Some(code) if INSISTS.contains(&code) => insisting += 1,
            _ => {}
        }
    }
    for (_, tree) in values(1).take(1) {
        let code = bind(peer, 100, &format!("cn={NOBODY},{tree}"))?;
        if !code.is_some_and(|c| INSISTS.contains(&c)) {
            return Ok(Answered::Unclear);
        }
    }
    Ok(if insisting == trees {
        Answered::No
    } else {
        Answered::Unclear
    })
}

fn is(name: &str, n: usize) -> bool {
    ATTRIBUTES
        .get(n)
        .is_some_and(|a| a.eq_ignore_ascii_case(name))
}

/// The result code of a search at the root, and what was found, value by value.
fn root(peer: &mut Peer<'_>) -> io::Result<(Option<u8>, Values)> {
    let wanted: Vec<u8> = ATTRIBUTES
        .iter()
        .flat_map(|a| ber(4, a.as_bytes()))
        .collect();
    let search = [
        // The root itself, no aliases, no limits, values too, (objectClass=*)
        &[4, 0, 10, 1, 0, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0][..],
        &ber(0x87, b"objectClass"),
        &ber(0x30, &wanted),
    ];
    peer.write(&message(1, 0x63, &search.concat()))?;
    let mut found = Vec::new();
    loop {
        let whole = peer.ber()?;
        let mut input = Input(&whole);
        let Some((kind, body)) = tlv(&mut input).and_then(|_| tlv(&mut input)) else {
            return Ok((None, found));
        };
        match kind {
            0x64 => found.extend(entry(body).unwrap_or_default()),
            0x65 => return Ok((result(body), found)),
            _ => {}
        }
    }
}

/// The values of a `SearchResultEntry`.
fn entry(body: &[u8]) -> Option<Values> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut input = Input(body);
    tlv(&mut input)?;
    let mut attributes = Input(tlv(&mut input)?.1);
    let mut all = Vec::new();
    while !attributes.is_empty() {
        let mut attribute = Input(tlv(&mut attributes)?.1);
        let name = text(tlv(&mut attribute)?.1);
        let mut values = Input(tlv(&mut attribute)?.1);
        while !values.is_empty() {
            all.push((name.clone(), text(tlv(&mut values)?.1)));
        }
    }
    Some(all)
}

/// The result code of a simple login.
fn bind(peer: &mut Peer<'_>, id: u8, name: &str) -> io::Result<Option<u8>> {
    let password = ber(0x80, NOBODY.as_bytes());
    login_as(peer, id, name, &password)
}

/// The result code of a login by SASL's PLAIN (RFC 4616).
fn plain(peer: &mut Peer<'_>, id: u8) -> io::Result<Option<u8>> {
    let who = format!("\0{NOBODY}\0{NOBODY}");
    let sasl = [ber(4, b"PLAIN"), ber(4, who.as_bytes())].concat();
    login_as(peer, id, "", &ber(0xa3, &sasl))
}

fn login_as(peer: &mut Peer<'_>, id: u8, name: &str, proof: &[u8]) -> io::Result<Option<u8>> {
    let body = [&[2, 1, 3][..], &ber(4, name.as_bytes()), proof];
    peer.write(&message(id, 0x60, &body.concat()))?;
    let whole = peer.ber()?;
    let mut input = Input(&whole);
    let answer = tlv(&mut input).and_then(|_| tlv(&mut input));
    Ok(answer
        .filter(|(kind, _)| *kind == 0x61)
        .and_then(|(_, body)| result(body)))
}

fn result(body: &[u8]) -> Option<u8> {
    let (kind, code) = tlv(&mut Input(body))?;
    code.first()
        .copied()
        .filter(|_| kind == 10 && code.len() == 1)
}

fn message(id: u8, kind: u8, body: &[u8]) -> Vec<u8> {
    ber(0x30, &[&[2, 1, id][..], &ber(kind, body)].concat())
}

fn ber(kind: u8, body: &[u8]) -> Vec<u8> {
    // Two bytes of length are always allowed; what is sent is far shorter than 64 KiB.
    let mut out = vec![kind, 0x82];
    out.extend(super::super::wire::vector(body));
    out
}

/// A kind and its content.
fn tlv<'a>(input: &mut Input<'a>) -> Option<(u8, &'a [u8])> {
    let kind = input.u8()?;
    let length = match input.u8()? {
        n @ 0..=127 => usize::from(n),
        0x81 => usize::from(input.u8()?),
        0x82 => usize::from(input.u16()?),
        0x84 => input
            .u8()
            .filter(|high| *high == 0)
            .and_then(|_| input.u24())?,
        _ => return None,
    };
    Some((kind, input.take(length)?))
}
