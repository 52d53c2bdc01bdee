//! Keys in a TPM, with a TPM in software.

#![expect(
    clippy::disallowed_methods,
    reason = "starts the tools that a TPM's answers are compared with"
)]

use std::{
    fs::{self, Permissions},
    io::Write as _,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        net::UnixListener,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use capdo_agent::{
    key::{HostKey, Kept, KeyError},
    tpm::{TpmError, TpmUse},
};

use crate::swtpm::Swtpm;

pub(crate) fn of(kept: &Kept, socket: &Path) -> HostKey {
    HostKey::from_kept(kept, &TpmUse::At(socket.to_owned())).unwrap()
}

pub(crate) fn made(tpm: &Swtpm) -> HostKey {
    let (key, why_not) = HostKey::make(&TpmUse::At(tpm.socket()), None).unwrap();
    assert_eq!(why_not, None);
    key
}

pub(crate) fn refusal(key: &HostKey) -> TpmError {
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
    let new = HostKey::make(&TpmUse::At(tpm.socket()), None);
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
    let at = |path: PathBuf| TpmUse::At(path).choose(None).unwrap_err();
    assert!(matches!(at(dir.path().join("none")), TpmError::Absent(_)));
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(matches!(at(dir.path().join("file")), TpmError::NoDevice(_)));
    assert!(matches!(at(dir.path().to_owned()), TpmError::NoDevice(_)));
    let left = dir.path().join("left");
    drop(UnixListener::bind(&left).unwrap());
    assert!(matches!(at(left), TpmError::Absent(_)), "nobody listens");
    assert_eq!(
        TpmUse::Off.choose(None).unwrap(),
        Err(capdo_agent::tpm::WhyNot::Off)
    );
}

#[test]
fn a_key_is_made_where_its_user_may_use_it() {
    const NOBODY: u32 = 65_534;
    let tpm = Swtpm::start();
    let (socket, at) = (tpm.socket(), TpmUse::At(tpm.socket()));
    let shut = |mode| fs::set_permissions(socket.parent().unwrap(), Permissions::from_mode(mode));
    chown(&socket, Some(0), Some(NOBODY)).unwrap();
    let may = |mode| {
        fs::set_permissions(&socket, Permissions::from_mode(mode)).unwrap();
        match at.choose(Some(NOBODY)) {
            Ok(place) => place.is_ok(),
            Err(error) => {
                assert!(matches!(error, TpmError::Denied(_)), "{error}");
                false
            }
        }
    };
    shut(0o755).unwrap();
    assert!(may(0o666) && may(0o660) && !may(0o600));
    shut(0o700).unwrap();
    assert!(!may(0o666), "its folder is root's alone");
    assert!(
        at.choose(None).unwrap().is_ok(),
        "this thread is still root"
    );
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
    assert!(device.choose(None).unwrap().is_ok());
    let (key, _) = HostKey::make(&device, None).unwrap();
    for n in 0..20 {
        key.sign(&[n]).unwrap();
    }
    tpm.kill().unwrap();
    tpm.wait().unwrap();
}
