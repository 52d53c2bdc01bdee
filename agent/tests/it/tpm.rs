//! Keys in a TPM, with a TPM in software and with things that only pretend to be one.

#![expect(
    clippy::disallowed_methods,
    reason = "starts the tools that a TPM's answers are compared with"
)]

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use capdo_agent::{
    key::{HostKey, Kept, KeyError},
    tpm::{TpmError, TpmKey, TpmUse},
};

use crate::swtpm::Swtpm;

fn of(kept: &Kept, socket: &Path) -> HostKey {
    HostKey::from_kept(kept, &TpmUse::At(socket.to_owned())).unwrap()
}

fn made(tpm: &Swtpm) -> HostKey {
    let (key, why_not) = HostKey::make(&TpmUse::At(tpm.socket())).unwrap();
    assert_eq!(why_not, None);
    key
}

fn refusal(key: &HostKey) -> TpmError {
    match key.sign(b"x") {
        Err(KeyError::Tpm(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_holds_before_openssl_and_the_folder_has_no_private_key() {
    let tpm = Swtpm::start();
    let key = made(&tpm);
    let mut openssl = Command::new("openssl")
        .args(["req", "-inform", "DER", "-verify", "-noout", "-text"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let csr = key.request().unwrap();
    openssl.stdin.take().unwrap().write_all(&csr).unwrap();
    let said = openssl.wait_with_output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr),
    );
    assert!(
        said.status.success() && format!("{out}{err}").contains("verify OK"),
        "{err}"
    );
    assert!(out.contains("prime256v1"), "{out}");

    let text = serde_json::to_string(&key.kept()).unwrap();
    assert!(!text.contains("PRIVATE KEY"), "{text}");
    let back = of(&serde_json::from_str(&text).unwrap(), &tpm.socket());
    assert_eq!(back.public(), key.public());
    back.try_out().unwrap();
}

#[test]
fn a_thousand_signatures_leave_nothing_in_the_tpm() {
    let tpm = Swtpm::start();
    let key = made(&tpm);
    let start = Instant::now();
    for n in 0..1_000_u32 {
        key.sign(&n.to_be_bytes()).unwrap();
    }
    println!("1000 signatures in {:?}", start.elapsed());
    assert_eq!(tpm.in_memory(), 0);
}

#[test]
fn a_key_outlives_its_machines_nights_and_moves_nowhere() {
    let (mut tpm, other) = (Swtpm::start(), Swtpm::start());
    let key = made(&tpm);
    let kept = key.kept();
    tpm.stop();
    assert!(matches!(refusal(&key), TpmError::Absent(_)));
    tpm.start_again();
    key.try_out().unwrap();

    // The same files beside another TPM.
    let stolen = of(&kept, &other.socket());
    assert!(matches!(refusal(&stolen), TpmError::Foreign(_)));
    assert_eq!(other.in_memory(), 0);
    // The same TPM after its owner was cleared.
    tpm.tool(&["tpm2_clear"]).unwrap();
    assert!(matches!(refusal(&key), TpmError::Foreign(_)));
    assert_eq!(tpm.in_memory(), 0);
    let off = HostKey::from_kept(&kept, &TpmUse::Off).unwrap();
    assert!(off.is_in_tpm() && refusal(&off) == TpmError::Off);
}

#[test]
fn damaged_files_sign_nothing() {
    let tpm = Swtpm::start();
    let text = serde_json::to_string(&made(&tpm).kept()).unwrap();
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    for part in ["public", "private"] {
        let digits = whole["key_tpm"][part].as_str().unwrap();
        for at in [2, 20, digits.len() / 2, digits.len() - 2] {
            let mut bytes = hex::decode(digits).unwrap();
            bytes[at / 2] ^= 0x10;
            let mut damaged = whole.clone();
            damaged["key_tpm"][part] = hex::encode(&bytes).into();
            let kept: Kept = serde_json::from_value(damaged).unwrap();
            refusal(&of(&kept, &tpm.socket()));
        }
        for odd in ["", "zz", "04"] {
            let mut damaged = whole.clone();
            damaged["key_tpm"][part] = odd.into();
            let kept: Kept = serde_json::from_value(damaged).unwrap();
            let key = HostKey::from_kept(&kept, &TpmUse::At(tpm.socket()));
            assert!(
                key.map_or(true, |key| key.sign(b"x").is_err()),
                "{part} {odd}"
            );
        }
    }
    assert_eq!(tpm.in_memory(), 0);
    let both: Kept =
        serde_json::from_str(r#"{"key_pem":"x","key_tpm":{"public":"","private":""}}"#).unwrap();
    assert!(matches!(
        HostKey::from_kept(&both, &TpmUse::Auto),
        Err(KeyError::Form)
    ));
}

#[test]
fn others_wrong_passwords_do_not_lock_the_key() {
    let tpm = Swtpm::start();
    let key = made(&tpm);
    let setup = [
        "tpm2_dictionarylockout",
        "-s",
        "-n",
        "1",
        "-t",
        "1000",
        "-l",
        "1000",
    ];
    tpm.tool(&setup).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    tpm.tool(&["tpm2_createprimary", "-C", "o", "-c", &at("parent")])
        .unwrap();
    tpm.tool(&["tpm2_flushcontext", "-t"]).unwrap();
    let (public, private) = (at("pub"), at("priv"));
    tpm.tool(&[
        "tpm2_create",
        "-C",
        &at("parent"),
        "-p",
        "right",
        "-u",
        &public,
        "-r",
        &private,
    ])
    .unwrap();
    tpm.tool(&["tpm2_flushcontext", "-t"]).unwrap();
    tpm.tool(&[
        "tpm2_load",
        "-C",
        &at("parent"),
        "-u",
        &public,
        "-r",
        &private,
        "-c",
        &at("key"),
    ])
    .unwrap();
    tpm.tool(&["tpm2_flushcontext", "-t"]).unwrap();
    let sign = ["tpm2_unseal", "-c", &at("key"), "-p", "wrong"];
    for _ in 0..3 {
        tpm.tool(&sign).unwrap_err();
        tpm.tool(&["tpm2_flushcontext", "-t"]).unwrap();
    }
    let state = tpm.tool(&["tpm2_getcap", "properties-variable"]).unwrap();
    assert!(state.contains("inLockout:                 1"), "{state}");
    key.try_out().unwrap();
    made(&tpm);
}

#[test]
fn an_owner_who_keeps_the_tpm_to_himself_is_named() {
    let tpm = Swtpm::start();
    let key = made(&tpm);
    tpm.tool(&["tpm2_changeauth", "-c", "owner", "secret"])
        .unwrap();
    let new = HostKey::make(&TpmUse::At(tpm.socket()));
    assert!(
        matches!(new, Err(KeyError::Tpm(TpmError::Owner(_)))),
        "{new:?}"
    );
    assert!(matches!(refusal(&key), TpmError::Owner(_)));
}

#[test]
fn several_sign_at_a_time() {
    let tpm = Swtpm::start();
    let kept = made(&tpm).kept();
    thread::scope(|scope| {
        for thread in 0..4_u8 {
            let key = of(&kept, &tpm.socket());
            scope.spawn(move || {
                for n in 0..25 {
                    key.sign(&[thread, n]).unwrap();
                }
            });
        }
    });
    assert_eq!(tpm.in_memory(), 0);
}

#[test]
fn what_is_not_there_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: PathBuf| TpmUse::At(path).choose().unwrap_err();
    assert!(matches!(at(dir.path().join("none")), TpmError::Absent(_)));
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(matches!(at(dir.path().join("file")), TpmError::NoDevice(_)));
    assert!(matches!(at(dir.path().to_owned()), TpmError::NoDevice(_)));
    let left = dir.path().join("left");
    drop(UnixListener::bind(&left).unwrap());
    assert!(matches!(at(left), TpmError::Absent(_)), "nobody listens");
    assert_eq!(
        TpmUse::Off.choose().unwrap(),
        Err(capdo_agent::tpm::WhyNot::Off)
    );
}

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

/// The kernel's devices are read and written otherwise than sockets: a terminal of its own stands for one.
#[test]
fn a_character_device_does_as_well() {
    const SCRIPT: &str = "import os, pty, sys, tty\n\
        ours, theirs = pty.openpty()\n\
        tty.setraw(theirs)\n\
        [os.set_inheritable(fd, True) for fd in (ours, theirs)]\n\
        print(os.ttyname(theirs), flush=True)\n\
        os.execvp('swtpm', ['swtpm', 'chardev', '--tpm2', '--fd', str(ours), '--tpmstate', \
        'dir=' + sys.argv[1], '--flags', 'not-need-init,startup-clear'])";
    let dir = tempfile::tempdir().unwrap();
    let mut tpm = Command::new("python3")
        .args(["-c", SCRIPT])
        .arg(dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut name = String::new();
    let mut told = std::io::BufReader::new(tpm.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut told, &mut name).unwrap();
    let device = TpmUse::At(name.trim().into());
    assert!(device.choose().unwrap().is_ok());
    let (key, _) = HostKey::make(&device).unwrap();
    for n in 0..20 {
        key.sign(&[n]).unwrap();
    }
    tpm.kill().unwrap();
    tpm.wait().unwrap();
}
