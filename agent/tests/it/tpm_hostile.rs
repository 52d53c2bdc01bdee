//! Things that only pretend to be a TPM, and answers that are changed on their way.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use capdo_agent::tpm::{TpmError, TpmKey};

use crate::{
    swtpm::Swtpm,
    tpm::{made, of, refusal},
};

/// Something at a socket that answers every command as `answer` says; `None` hangs up.
fn pretender(
    dir: &Path,
    answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> PathBuf {
    let path = dir.join(format!("pretender-{:?}", Instant::now()).replace([' ', '{', '}'], ""));
    let listener = UnixListener::bind(&path).unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            thread::spawn(move || serve(stream.unwrap(), answer.as_ref()));
        }
    });
    path
}

fn serve(mut stream: UnixStream, answer: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let mut command = vec![0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut command) {
        let Some(answer) = answer(&command[..length]) else {
            return;
        };
        if stream.write_all(&answer).is_err() {
            return;
        }
    }
}

fn header(size: u32, code: u32) -> Vec<u8> {
    [&[0x80, 0x01], &size.to_be_bytes()[..], &code.to_be_bytes()].concat()
}

#[test]
fn nonsense_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let endless = || [header(u32::MAX, 0), vec![0; 1 << 20]].concat();
    let answers: Vec<(&str, Vec<u8>)> = vec![
        ("a header alone", header(10, 0)),
        ("a length of nothing", header(0, 0)),
        ("a length within the header", header(9, 0)),
        ("a length beyond all", header(4097, 0)),
        ("endless", endless()),
        ("more than it says", [header(10, 0), vec![1]].concat()),
        (
            "another tag",
            [&[0xFF, 0xFF][..], &header(14, 0)[2..], &[0; 4]].concat(),
        ),
        ("no such code", header(10, 0x7FFF_FFFF)),
        (
            "a handle and nothing",
            [header(14, 0), vec![0x80, 0, 0, 0]].concat(),
        ),
        (
            "sessions of no length",
            [&[0x80, 0x02][..], &header(18, 0)[2..], &[0xFF; 8]].concat(),
        ),
        ("a web page", b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
    ];
    for (what, bytes) in answers {
        let path = pretender(dir.path(), move |_| Some(bytes.clone()));
        let start = Instant::now();
        let got = TpmKey::make(&path);
        assert!(got.is_err(), "{what}: {got:?}");
        assert!(start.elapsed() < Duration::from_secs(3), "{what}");
    }
    let path = pretender(dir.path(), |_| None);
    assert!(matches!(TpmKey::make(&path), Err(TpmError::Answer(..))));
}

#[test]
fn codes_have_their_meaning() {
    let dir = tempfile::tempdir().unwrap();
    let told = |code: u32| {
        let path = pretender(dir.path(), move |_| Some(header(10, code)));
        TpmKey::make(&path).unwrap_err()
    };
    assert!(matches!(told(0x921), TpmError::Lockout(_)));
    assert!(matches!(told(0x9A2), TpmError::Owner(_)));
    assert!(matches!(told(0x185), TpmError::Owner(_)));
    assert!(matches!(told(0x101), TpmError::Refused(_, 0x101)));
}

/// A way to a real TPM on which `change` may change each answer; it is told which one.
fn tampered(
    dir: &Path,
    tpm: &Swtpm,
    change: impl Fn(usize, &mut Vec<u8>) + Send + Sync + 'static,
) -> PathBuf {
    let socket = tpm.socket();
    let count = AtomicUsize::new(0);
    pretender(dir, move |command| {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(command).unwrap();
        let mut answer = vec![0; 4096];
        let length = stream.read(&mut answer).unwrap();
        answer.truncate(length);
        change(count.fetch_add(1, Ordering::Relaxed), &mut answer);
        Some(answer)
    })
}

#[test]
fn a_busy_tpm_is_asked_again_and_one_that_stays_busy_is_told() {
    let (dir, tpm) = (tempfile::tempdir().unwrap(), Swtpm::start());
    let kept = made(&tpm).kept();
    let path = tampered(dir.path(), &tpm, |n, answer| {
        if n == 0 {
            *answer = header(10, 0x922); // TPM_RC_RETRY
        }
    });
    of(&kept, &path).try_out().unwrap();
    tpm.tool(&["tpm2_flushcontext", "-t"]).unwrap(); // of the answer that was kept from it
    let path = pretender(dir.path(), |_| Some(header(10, 0x922)));
    let start = Instant::now();
    assert!(matches!(refusal(&of(&kept, &path)), TpmError::Busy(_)));
    assert!(
        (5..10).contains(&start.elapsed().as_secs()),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_silent_tpm_holds_nobody_up_for_long() {
    let (dir, tpm) = (tempfile::tempdir().unwrap(), Swtpm::start());
    let kept = made(&tpm).kept();
    let silent = pretender(dir.path(), |_| Some(Vec::new()));
    let half = pretender(dir.path(), |_| Some(header(4096, 0)));
    thread::scope(|scope| {
        for path in [silent, half] {
            let key = of(&kept, &path);
            scope.spawn(move || {
                let start = Instant::now();
                assert!(matches!(refusal(&key), TpmError::Slow(_)));
                let took = start.elapsed().as_secs();
                assert!((7..10).contains(&took), "{took}");
            });
        }
    });
}

/// Whatever is changed on the way: an error, or a signature that holds.
#[test]
fn changed_answers_give_no_wrong_signature() {
    let (dir, tpm) = (tempfile::tempdir().unwrap(), Swtpm::start());
    let kept = made(&tpm).kept();
    let mut refused = 0;
    for round in 0..200_usize {
        let which = round % 3; // the parent, the key, the signature
        let path = tampered(dir.path(), &tpm, move |n, answer| {
            if n != which || answer.is_empty() {
                return;
            }
            let at = (round / 3 * 7) % answer.len();
            match round % 4 {
                0 => answer.truncate(at.max(10)),
                1 => answer[at] ^= 0xFF,
                2 => answer[at] = answer[at].wrapping_add(1),
                _ => answer.insert(at, 0x55),
            }
            // Else most would be waited for, for the length that they tell.
            if answer.len() >= 10 && round % 8 < 4 {
                let length = u32::try_from(answer.len()).unwrap();
                answer[2..6].copy_from_slice(&length.to_be_bytes());
            } else if round % 8 >= 4 {
                answer.extend([0; 4096]);
            }
        });
        let key = of(&kept, &path);
        match key.sign(b"what is signed") {
            Ok(signature) => holds(key.public(), b"what is signed", &signature),
            Err(_) => refused += 1,
        }
        if tpm.in_memory() > 0 {
            tpm.tool(&["tpm2_flushcontext", "-t"]).unwrap();
        }
    }
    assert!(refused > 100, "{refused} of 200");
}

fn holds(public: &[u8], bytes: &[u8], signature: &[u8]) {
    use rustls::crypto::aws_lc_rs::default_provider;
    let all = default_provider().signature_verification_algorithms;
    let (_, found) = all
        .mapping
        .iter()
        .find(|(scheme, _)| *scheme == rustls::SignatureScheme::ECDSA_NISTP256_SHA256)
        .unwrap();
    let verified = found
        .iter()
        .any(|a| a.verify_signature(public, bytes, signature).is_ok());
    assert!(verified);
}
