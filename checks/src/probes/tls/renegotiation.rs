//! Whether a client may start a second handshake inside the first, which costs the server far more
//! than the client.

use super::{
    hello::extension,
    prober::{Cut, Prober},
    session::{Heard, Opened, Session},
    survey::{Answered, Survey},
    weaknesses::WAIT,
    wire::short,
};

/// Most records that are listened to: a greeting of the layer above may come first.
const RECORDS: usize = 4;
/// RFC 5246, section 7.2.2: `no_renegotiation`.
const NO_RENEGOTIATION: u8 = 100;

/// Asks for a second handshake in a session of TLS 1.0 to 1.2. Servers of which we speak no suite are not
/// asked.
pub(super) fn by_client(prober: &Prober<'_>, known: &Survey) -> Result<Answered, Cut> {
    let mut session = match Session::establish(prober, known)? {
        Opened::Open(session) => session,
        Opened::Failed => return Ok(Answered::Unclear),
        Opened::NotOffered => return Ok(Answered::NotAsked),
    };
    if again(&mut session).is_none() {
        return Ok(Answered::Unclear);
    }
    for _ in 0..RECORDS {
        match session.hear(WAIT) {
            // A HelloRequest crosses ours; a ServerHello takes ours up.
            Heard::Record(22, said) => match said.first() {
                None | Some(0) => {}
                Some(2) => return Ok(Answered::Yes),
                Some(_) => return Ok(Answered::Unclear),
            },
            Heard::Record(21, said) if said.get(1) == Some(&NO_RENEGOTIATION) => {
                return Ok(Answered::No);
            }
            Heard::Record(21, _) | Heard::Closed => {
                // Some servers hear one client at a time.
                drop(session);
                return refused(prober, known);
            }
            Heard::Record(23, _) => {}
            Heard::Record(..) | Heard::Odd | Heard::Silent => break,
        }
    }
    Ok(Answered::Unclear)
}

/// An end counts as a refusal only where a session of which nothing is asked goes on.
fn refused(prober: &Prober<'_>, known: &Survey) -> Result<Answered, Cut> {
    let Opened::Open(mut session) = Session::establish(prober, known)? else {
        return Ok(Answered::Unclear);
    };
    for _ in 0..RECORDS {
        match session.hear(WAIT) {
            Heard::Silent => return Ok(Answered::No),
            Heard::Record(23, _) => {}
            _ => break,
        }
    }
    Ok(Answered::Unclear)
}

/// The hello once more inside the session, bound to it as RFC 5746 has it.
fn again(session: &mut Session) -> Option<()> {
    let mut hello = session.hello.clone();
    hello.scsv = false;
    hello.extensions.retain(|(code, _)| match *code {
        extension::MASTER_SECRET => session.extended,
        code => code != extension::TICKET,
    });
    let hello = hello.with(extension::RENEGOTIATION, short(&session.vouch));
    let bytes = hello.bytes();
    session.send(22, bytes.get(5..)?)
}
