//! What SSH servers say before a login.

use capdo_checks::probes::ssh::{face, names, parse};

use crate::bytes::seen;
use crate::{
    bytes,
    seeds::Seeds,
    window::{Window, somewhere},
};

/// Tries one input: what the server says, then what the client of OpenSSH says about it.
pub fn run(data: &[u8]) {
    let pieces = bytes::pieces(data);
    let greeting = pieces.first().copied().unwrap_or_default();
    if let Some(found) = parse(greeting) {
        assert!(found.software.len() <= 3 * 255 && found.protocol.len() <= 255);
        if let Some(algorithms) = found.algorithms {
            assert!(algorithms.kex.len() <= 200 && algorithms.ciphers.len() <= 400);
            algorithms.kex.iter().for_each(|name| {
                names::is_mark(name);
                names::is_post_quantum(name);
            });
        }
    }
    let mut host = Window {
        says: Some(greeting.to_vec()),
        ..Window::default()
    };
    let command = capdo_checks::host::Command::SshMethods {
        user: "root".into(),
        target: somewhere(),
    };
    host.commands.insert(
        command.line(),
        pieces.get(1).copied().unwrap_or_default().to_vec(),
    );
    seen(face(&host, somewhere(), Some("root")));
}

/// A greeting with algorithms, and refusals.
pub fn seeds(seeds: &mut Seeds) {
    let lists = [
        "curve25519-sha256,kex-strict-s-v00@openssh.com",
        "ssh-ed25519,rsa-sha2-512",
        "chacha20-poly1305@openssh.com,aes128-cbc",
        "aes256-gcm@openssh.com",
        "hmac-sha2-256-etm@openssh.com",
        "hmac-sha1",
        "none,zlib@openssh.com",
        "none",
        "",
        "",
    ];
    let mut payload = vec![20];
    payload.extend([0; 16]);
    for list in lists {
        payload.extend(u32::try_from(list.len()).unwrap_or_default().to_be_bytes());
        payload.extend(list.as_bytes());
    }
    payload.extend([0; 5]);
    let length = u32::try_from(payload.len() + 1 + 8).unwrap_or_default();
    let packet = [&length.to_be_bytes(), &[8_u8][..], &payload, &[0; 8]].concat();
    let greeting = [&b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"[..], &packet].concat();
    seeds.add(greeting.clone());
    seeds.add(
        [
            &greeting[..],
            bytes::CUT,
            b"root@127.0.0.1: Permission denied (publickey,password).\r\n",
        ]
        .concat(),
    );
    seeds.add(&b"hello\r\nSSH-1.99-x\r\n"[..]);
}
