//! Certificates: with the name, without, with a wrong name, and by kind of key; and what TLS 1.3
//! shows only in a real handshake.

use super::{
    enumerate::only,
    hello::Hello,
    prober::{Cut, Prober, Said},
    read::{Goal, Reply},
    schemes,
    shake::{Shaken, Wish, shake},
    suites::{Auth, Suite},
    survey::{Answered, Protocol, Shown, Suites, Survey},
    traits::newest_classic,
};

/// A name that no server has (RFC 2606).
pub const WRONG_NAME: &str = "sai-ten.invalid";

/// Collects chains.
pub(super) fn certificates(
    prober: &Prober<'_>,
    survey: &Survey,
    found: &mut Survey,
) -> Result<(), Cut> {
    let Some(way) = Way::of(survey) else {
        return old_certificate(prober, survey, found);
    };
    let name = prober.name();
    let first = way.chain(prober, name, Kind::Any)?;
    let Got::Chain(first) = first else {
        return Ok(());
    };
    found.shown.push(first.clone());
    for kind in way.kinds() {
        if let Got::Chain(other) = way.chain(prober, name, kind)? {
            add(found, other);
        }
    }
    if name.is_some()
        && let Got::Chain(unnamed) = way.chain(prober, None, Kind::Any)?
    {
        add(found, unnamed);
    }
    let wrong = way.chain(prober, Some(WRONG_NAME), Kind::Any)?;
    found.unknown_name = match wrong {
        Got::Chain(other) if first.chain == other.chain => Some("same chain".to_owned()),
        Got::Chain(other) => {
            add(found, other);
            Some("other chain".to_owned())
        }
        Got::Refused(code) => Some(code.to_string()),
        Got::Nothing => None,
    };
    Ok(())
}

/// The same chain is kept once for each name that was asked for.
fn add(found: &mut Survey, one: Shown) {
    let doubled = |s: &Shown| s.name == one.name && s.chain == one.chain;
    if !found.shown.iter().any(doubled) {
        found.shown.push(one);
    }
}

/// A server of SSL 2.0 alone has one certificate and hears no names.
fn old_certificate(prober: &Prober<'_>, survey: &Survey, found: &mut Survey) -> Result<(), Cut> {
    if survey.versions.get(&Protocol::Ssl2) != Some(&Answered::Yes) {
        return Ok(());
    }
    let server = super::enumerate::ssl2_hello(prober)?;
    if let Some(server) = server.filter(|s| !s.certificate.is_empty()) {
        found.shown.push(Shown {
            chain: vec![server.certificate],
            ..Shown::default()
        });
    }
    Ok(())
}

/// What kind of key is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Any,
    Ecdsa,
    Rsa,
}

enum Got {
    Chain(Shown),
    Refused(u8),
    Nothing,
}

/// In which version chains are asked for.
enum Way<'a> {
    /// In the clear.
    Clear(Protocol, &'a Suites),
    /// In a real handshake.
    Modern,
}

impl<'a> Way<'a> {
    fn of(survey: &'a Survey) -> Option<Self> {
        let signed = |suites: &Suites| !only(suites, |s| keeps(s, Kind::Any)).is_empty();
        match newest_classic(survey) {
            Some((version, suites)) if signed(suites) => Some(Self::Clear(version, suites)),
            _ if survey.suites.contains_key(&Protocol::Tls13) => Some(Self::Modern),
            _ => None,
        }
    }

    /// The kinds of key worth asking for by themselves.
    fn kinds(&self) -> Vec<Kind> {
        let both = [Kind::Ecdsa, Kind::Rsa];
        match self {
            Self::Clear(_, suites) => {
                let has = |kind: &Kind| !only(suites, |s| keeps(s, *kind)).is_empty();
                let all: Vec<Kind> = both.into_iter().filter(has).collect();
                if all.len() > 1 { all } else { Vec::new() }
            }
            Self::Modern => both.to_vec(),
        }
    }

    fn chain(&self, prober: &Prober<'_>, name: Option<&str>, kind: Kind) -> Result<Got, Cut> {
        match self {
            Self::Clear(version, suites) => clear(prober, *version, suites, name, kind),
            Self::Modern => modern(prober, name, kind),
        }
    }
}

fn keeps(suite: &Suite, kind: Kind) -> bool {
    match kind {
        Kind::Any => !matches!(suite.auth, Auth::Anonymous | Auth::Psk | Auth::Apart),
        Kind::Ecdsa => suite.auth == Auth::Ecdsa,
        Kind::Rsa => suite.auth == Auth::Rsa,
    }
}

fn clear(
    prober: &Prober<'_>,
    version: Protocol,
    suites: &Suites,
    name: Option<&str>,
    kind: Kind,
) -> Result<Got, Cut> {
    let suites = only(suites, |s| keeps(s, kind));
    let hello = Hello::new(version, suites, name).with_status();
    let reply = if name == Some(WRONG_NAME) {
        // A refusal is an answer here, and need not be weighed.
        prober.say(&hello, Goal::Done)?
    } else {
        match prober.ask(&hello, Goal::Done)? {
            Said::Yes(flight) => Reply::Flight(flight),
            Said::No | Said::Unclear => return Ok(Got::Nothing),
        }
    };
    Ok(match reply {
        Reply::Flight(flight) if !flight.chain.is_empty() => Got::Chain(Shown {
            name: name.map(str::to_owned),
            chain: flight.chain,
            staple: flight.staple,
        }),
        Reply::Refused(code) => Got::Refused(code),
        _ => Got::Nothing,
    })
}

/// Schemes that may sign a handshake of TLS 1.3.
fn modern_schemes(kind: Kind) -> Vec<u16> {
    let all = schemes::all().into_iter();
    let fits = |code: &u16| match code {
        0x0403 | 0x0503 | 0x0603 | 0x081a..=0x081c | 0x0807 | 0x0808 => kind != Kind::Rsa,
        0x0804..=0x0806 | 0x0809..=0x080b => kind != Kind::Ecdsa,
        // Only for signatures inside certificates; some servers pick their chain by it.
        0x0401 | 0x0501 | 0x0601 | 0x0201 => kind != Kind::Ecdsa,
        0x0904..=0x0906 => kind == Kind::Any,
        _ => false,
    };
    all.filter(fits).collect()
}

fn handshake(prober: &Prober<'_>, wish: &Wish) -> Result<std::io::Result<Shaken>, Cut> {
    Ok(match prober.open()? {
        Ok(mut talk) => shake(&mut talk, wish),
        Err(e) => Err(e),
    })
}

fn modern(prober: &Prober<'_>, name: Option<&str>, kind: Kind) -> Result<Got, Cut> {
    let wish = Wish {
        name: name.map(str::to_owned),
        schemes: modern_schemes(kind),
        ..Wish::default()
    };
    Ok(match handshake(prober, &wish)? {
        Ok(shaken) if !shaken.chain.is_empty() => Got::Chain(Shown {
            name: wish.name,
            chain: shaken.chain,
            staple: shaken.staple,
        }),
        Ok(_) => Got::Nothing,
        Err(e) => refusal(&e).map_or(Got::Nothing, Got::Refused),
    })
}

/// The alert that ended a handshake.
fn refusal(error: &std::io::Error) -> Option<u8> {
    let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    match inner {
        rustls::Error::AlertReceived(alert) => Some(u8::from(*alert)),
        _ => None,
    }
}

/// Early data, and whether tickets come at all: `(early data, tickets)`.
pub(super) fn tickets(prober: &Prober<'_>) -> Result<(Answered, Answered), Cut> {
    let wish = Wish {
        name: prober.name().map(str::to_owned),
        schemes: modern_schemes(Kind::Any),
        tickets: true,
        ..Wish::default()
    };
    let word = |yes| if yes { Answered::Yes } else { Answered::No };
    Ok(match handshake(prober, &wish)? {
        Ok(shaken) => (word(shaken.early_data > 0), word(shaken.tickets > 0)),
        Err(_) => (Answered::Unclear, Answered::Unclear),
    })
}

/// Signature schemes of TLS 1.3 into `found`.
pub(super) fn signatures(prober: &Prober<'_>, found: &mut Vec<u16>) -> Result<(), Cut> {
    let mut left = modern_schemes(Kind::Any);
    while !left.is_empty() {
        let wish = Wish {
            name: prober.name().map(str::to_owned),
            schemes: left.clone(),
            ..Wish::default()
        };
        let Ok(shaken) = handshake(prober, &wish)? else {
            break;
        };
        if !left.contains(&shaken.scheme) {
            break;
        }
        left.retain(|code| *code != shaken.scheme);
        if !found.contains(&shaken.scheme) {
            found.push(shaken.scheme);
        }
    }
    Ok(())
}

/// Protocols of the layer above that are asked for.
const ALPN: &[&str] = &[
    "h2",
    "http/1.1",
    "http/1.0",
    "spdy/3.1",
    "smtp",
    "imap",
    "pop3",
    "ftp",
    "xmpp-client",
    "xmpp-server",
    "postgresql",
    "mqtt",
    "dot",
    "acme-tls/1",
];

/// Protocols of the layer above into `found`, in the server's order where it has one.
pub(super) fn alpn(
    prober: &Prober<'_>,
    survey: &Survey,
    found: &mut Vec<String>,
) -> Result<(), Cut> {
    let mut left = ALPN.to_vec();
    while !left.is_empty() {
        let chosen = match newest_classic(survey) {
            Some((version, suites)) if version > Protocol::Ssl3 => {
                let hello = Hello::new(version, super::traits::every(suites), prober.name())
                    .with_alpn(&left);
                match prober.say(&hello, Goal::Hello)? {
                    Reply::Flight(flight) => flight.alpn(),
                    _ => None,
                }
            }
            _ if survey.suites.contains_key(&Protocol::Tls13) => {
                let wish = Wish {
                    name: prober.name().map(str::to_owned),
                    schemes: modern_schemes(Kind::Any),
                    alpn: left.iter().map(|p| (*p).to_owned()).collect(),
                    tickets: false,
                };
                handshake(prober, &wish)?.ok().and_then(|s| s.alpn)
            }
            _ => None,
        };
        let Some(at) = chosen.and_then(|name| left.iter().position(|p| *p == name)) else {
            break;
        };
        found.push(left.remove(at).to_owned());
    }
    Ok(())
}
