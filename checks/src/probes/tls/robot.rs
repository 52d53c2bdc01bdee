//! ROBOT (CVE-2017-13099 and its kin): a server that answers differently to differently padded RSA
//! blocks decrypts for anybody who asks often enough. Five blocks are sent; no secret is involved.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use super::{
    enumerate::only,
    hello::{self, Hello},
    prober::{Cut, Prober},
    rsa,
    suites::Exchange,
    survey::{Answered, Protocol, Survey},
    weaknesses::{Echo, WAIT, after_flight, echo},
    wire::{message, record, vector},
};

/// Compares the answers to five paddings, first with a whole second flight, then with a cut one. A
/// difference counts when it comes twice.
pub(super) fn robot(prober: &Prober<'_>, known: &Survey) -> Result<Answered, Cut> {
    let offered = known.suites.iter().rev();
    let mut classic = offered.filter(|(v, _)| **v >= Protocol::Tls10 && **v < Protocol::Tls13);
    let found = classic.find_map(|(version, suites)| {
        let rsa = only(suites, |s| s.exchange == Exchange::Rsa);
        (!rsa.is_empty()).then_some((*version, rsa))
    });
    let Some((version, rsa)) = found else {
        return Ok(Answered::NotAsked);
    };
    let hello = Hello::new(version, rsa, prober.name());
    for whole in [true, false] {
        let Some(first) = answers(prober, &hello, whole)? else {
            return Ok(Answered::Unclear);
        };
        if same(&first) {
            continue;
        }
        let second = answers(prober, &hello, whole)?;
        return Ok(if second.as_ref() == Some(&first) {
            Answered::Yes
        } else {
            Answered::Unclear
        });
    }
    Ok(Answered::No)
}

fn same(answers: &[Echo]) -> bool {
    answers.windows(2).all(|pair| pair.first() == pair.last())
}

fn answers(prober: &Prober<'_>, hello: &Hello, whole: bool) -> Result<Option<Vec<Echo>>, Cut> {
    let mut all = Vec::new();
    for padding in Padding::ALL {
        let start = Instant::now();
        let Some((mut talk, flight)) = after_flight(prober, hello)? else {
            return Ok(None);
        };
        // A sound server waits for the rest of a cut flight: silence is the usual answer there.
        let soon = Duration::from_millis(150) + start.elapsed() * 4;
        let Some(block) = flight
            .chain
            .first()
            .and_then(|leaf| rsa::encrypt(leaf, |length| padding.block(length)))
        else {
            return Ok(None);
        };
        let code = hello::code(hello.version);
        let mut send = record(22, code, &message(16, &vector(&block)));
        if whole {
            send.extend(record(20, code, &[1]));
            send.extend(record(22, code, &[0x5a; 64])); // no Finished of anybody
        }
        // A server that closed early answers by that.
        let _early = talk.write_all(&send);
        all.push(echo(
            talk.as_mut(),
            if whole { WAIT } else { soon.min(WAIT) },
        ));
    }
    Ok(Some(all))
}

/// How the block departs from PKCS #1 version 1.5 (RFC 8017, section 7.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Padding {
    /// Not at all.
    Right,
    /// It begins with other bytes.
    WrongStart,
    /// The zero comes at the end, so that the secret is too short.
    LateZero,
    /// There is no zero.
    NoZero,
    /// The version in the secret is another one.
    WrongVersion,
}

impl Padding {
    const ALL: [Self; 5] = [
        Self::Right,
        Self::WrongStart,
        Self::LateZero,
        Self::NoZero,
        Self::WrongVersion,
    ];

    /// A block as long as the modulus.
    fn block(self, length: usize) -> Option<Vec<u8>> {
        let mut block = vec![0xab; length];
        let split = length.checked_sub(49)?;
        *block.get_mut(0)? = 0;
        *block.get_mut(1)? = 2;
        *block.get_mut(split)? = 0;
        block
            .get_mut(split + 1..split + 3)?
            .copy_from_slice(&[3, 3]);
        match self {
            Self::Right => {}
            Self::WrongStart => block.get_mut(..2)?.copy_from_slice(&[0x41, 0x17]),
            Self::LateZero => {
                *block.get_mut(split)? = 0x11;
                *block.last_mut()? = 0;
            }
            Self::NoZero => *block.get_mut(split)? = 0x11,
            Self::WrongVersion => block
                .get_mut(split + 1..split + 3)?
                .copy_from_slice(&[2, 2]),
        }
        Some(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_block_is_pkcs1() {
        let right = Padding::Right.block(256).unwrap();
        assert_eq!(right[..3], [0, 2, 0xab]);
        let zero = right.iter().skip(2).position(|b| *b == 0).unwrap() + 2;
        assert_eq!(right.len() - zero - 1, 48);
        for wrong in Padding::ALL.into_iter().skip(1) {
            assert_ne!(wrong.block(256).unwrap(), right);
        }
        assert_eq!(Padding::Right.block(40), None);
    }
}
