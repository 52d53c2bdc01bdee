//! The first bytes of an SSH server: the version line and SSH_MSG_KEXINIT (RFC 4253, 4.2 and 7.1).

use serde::{Deserialize, Serialize};

use super::names;

/// Longest version line that is kept; RFC 4253 allows 255 bytes.
const MAX_LINE: usize = 255;
/// Most lines that may come before it.
const MAX_LINES: usize = 64;
/// Largest packet that everybody must take.
const MAX_PACKET: usize = 35_000;
/// Most names of one list that are kept; OpenSSH has fewer than twenty.
const MAX_NAMES: usize = 200;
const MAX_NAME: usize = 64;
const KEXINIT: u8 = 20;

/// The version line, and the algorithms where they came as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Version of the protocol: `2.0`; `1.99` also takes clients of SSH 1; `1.x` is SSH 1 alone.
    pub protocol: String,
    /// The software as it names itself, with its comment.
    pub software: String,
    /// The algorithms; `None` where the server said nothing more that is understood.
    pub algorithms: Option<Algorithms>,
}

/// The algorithms that a server offers, in its own order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Algorithms {
    /// Key exchange, with the marks of extensions left out.
    pub kex: Vec<String>,
    /// Host keys.
    pub host_keys: Vec<String>,
    /// Ciphers, both directions.
    pub ciphers: Vec<String>,
    /// Message authentication codes, both directions.
    pub macs: Vec<String>,
    /// Compression, both directions.
    pub compression: Vec<String>,
    /// The server keeps to the strict key exchange that ends Terrapin (CVE-2023-48795).
    pub strict_kex: bool,
    /// Without it: a cipher is offered that Terrapin needs.
    pub terrapin: bool,
    /// A hybrid key exchange is offered that holds against quantum computers.
    pub post_quantum: bool,
    /// Broken algorithms among them.
    pub broken: Vec<String>,
    /// Algorithms of old among them, with no practical attack.
    pub legacy: Vec<String>,
}

/// Reads what a server says first; `None` where it is not SSH.
pub fn parse(bytes: &[u8]) -> Option<Greeting> {
    let mut rest = bytes;
    for _ in 0..MAX_LINES {
        let end = rest.iter().position(|&b| b == b'\n')?;
        let (line, after) = rest.split_at(end);
        rest = after.get(1..)?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(version) = line.strip_prefix(b"SSH-") {
            return greeting(version, rest);
        }
    }
    None
}

fn greeting(version: &[u8], packet: &[u8]) -> Option<Greeting> {
    if version.len() > MAX_LINE {
        return None;
    }
    let text = String::from_utf8_lossy(version);
    let (protocol, software) = text.split_once('-')?;
    let figures = |c: char| c.is_ascii_digit() || c == '.';
    if protocol.is_empty() || !protocol.chars().all(figures) {
        return None;
    }
    Some(Greeting {
        protocol: protocol.to_owned(),
        software: software.to_owned(),
        algorithms: algorithms(packet),
    })
}

/// A binary packet that is not encrypted yet: length, padding, payload (RFC 4253, section 6).
fn algorithms(packet: &[u8]) -> Option<Algorithms> {
    let mut input = Input(packet);
    let length = input.u32()?;
    if length > MAX_PACKET {
        return None;
    }
    let mut body = Input(input.take(length)?);
    let padding = usize::from(body.take(1)?.first().copied()?);
    let payload = body.0.len().checked_sub(padding)?;
    let mut payload = Input(body.take(payload)?);
    if payload.take(1)? != [KEXINIT] {
        return None;
    }
    let _cookie = payload.take(16)?;
    let mut lists = Vec::new();
    for _ in 0..8 {
        lists.push(payload.names()?);
    }
    let both = |a: usize, b: usize| {
        let mut all: Vec<String> = lists[a].clone();
        let more = lists[b].iter().filter(|n| !lists[a].contains(n));
        all.extend(more.cloned());
        all
    };
    Some(weigh(Algorithms {
        kex: lists[0].clone(),
        host_keys: lists[1].clone(),
        ciphers: both(2, 3),
        macs: both(4, 5),
        compression: both(6, 7),
        ..Algorithms::default()
    }))
}

/// Fills in what follows from the lists.
fn weigh(mut found: Algorithms) -> Algorithms {
    let strict = |name: &String| name == "kex-strict-s-v00@openssh.com";
    found.strict_kex = found.kex.iter().any(strict);
    found.kex.retain(|name| !names::is_mark(name));
    let has = |list: &[String], end: &str| list.iter().any(|n| n.contains(end));
    let cbc_then_mac = has(&found.ciphers, "-cbc") && has(&found.macs, "-etm@");
    let needed = has(&found.ciphers, "chacha20-poly1305@") || cbc_then_mac;
    found.terrapin = !found.strict_kex && needed;
    found.post_quantum = found.kex.iter().any(|n| names::is_post_quantum(n));
    let all = || {
        let lists = [&found.kex, &found.host_keys, &found.ciphers, &found.macs];
        lists.into_iter().flatten()
    };
    let among = |list: &[&str]| -> Vec<String> {
        let hits = all().filter(|n| list.contains(&n.as_str()));
        hits.cloned().collect()
    };
    (found.broken, found.legacy) = (among(names::BROKEN), among(names::LEGACY));
    found
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    fn u32(&mut self) -> Option<usize> {
        let bytes: [u8; 4] = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(bytes)).ok()
    }

    /// A name-list; `None` where it holds what no name may hold (RFC 4250, 4.6.1), or too many.
    fn names(&mut self) -> Option<Vec<String>> {
        let length = self.u32()?;
        let text = std::str::from_utf8(self.take(length)?).ok()?;
        if text.is_empty() {
            return Some(Vec::new());
        }
        let fine = |name: &&str| {
            !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(|b| b.is_ascii_graphic())
        };
        let names: Vec<&str> = text.split(',').take(MAX_NAMES + 1).collect();
        (names.len() <= MAX_NAMES && names.iter().all(fine))
            .then(|| names.into_iter().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(lists: [&str; 8]) -> Vec<u8> {
        let mut payload = vec![KEXINIT];
        payload.extend([7; 16]);
        for list in lists.iter().chain(&["", ""]) {
            payload.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
            payload.extend(list.as_bytes());
        }
        payload.extend([0; 5]);
        let mut out = u32::try_from(payload.len() + 5)
            .unwrap()
            .to_be_bytes()
            .to_vec();
        out.push(4);
        out.extend(payload);
        out.extend([0; 4]);
        out
    }

    fn hello(lists: [&str; 8]) -> Vec<u8> {
        let mut bytes = b"Chao mung\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".to_vec();
        bytes.extend(packet(lists));
        bytes
    }

    #[test]
    fn the_lists_are_read_and_weighed() {
        let old = [
            "diffie-hellman-group14-sha1,sntrup761x25519-sha512@openssh.com",
            "ssh-rsa",
            "aes128-cbc",
            "aes256-ctr",
            "hmac-sha2-256-etm@openssh.com",
            "hmac-sha2-256-etm@openssh.com",
            "none",
            "none,zlib",
        ];
        let got = parse(&hello(old)).unwrap();
        assert_eq!(got.software, "OpenSSH_9.2p1 Debian-2");
        let got = got.algorithms.unwrap();
        assert_eq!(got.ciphers, ["aes128-cbc", "aes256-ctr"]);
        assert_eq!(got.compression, ["none", "zlib"]);
        assert_eq!(got.broken, ["ssh-rsa"]);
        assert_eq!(got.legacy, ["diffie-hellman-group14-sha1", "aes128-cbc"]);
        assert!(got.terrapin && !got.strict_kex && got.post_quantum);
    }

    #[test]
    fn a_strict_server_is_safe_from_terrapin() {
        let lists = |kex| {
            let chacha = "chacha20-poly1305@openssh.com";
            [kex, "ssh-ed25519", chacha, chacha, "", "", "none", "none"]
        };
        let strict = "curve25519-sha256,kex-strict-s-v00@openssh.com";
        let got = parse(&hello(lists(strict))).unwrap().algorithms.unwrap();
        assert!(got.strict_kex && !got.terrapin && got.kex == ["curve25519-sha256"]);
        // The mark of a client does not protect a server.
        let client = "curve25519-sha256,kex-strict-c-v00@openssh.com";
        let got = parse(&hello(lists(client))).unwrap().algorithms.unwrap();
        assert!(got.terrapin && !got.strict_kex);
    }

    #[test]
    fn what_is_cut_or_strange_gives_no_algorithms() {
        let whole = hello(["a", "b", "c", "c", "d", "d", "none", "none"]);
        assert!(parse(&whole).unwrap().algorithms.is_some());
        let cut = parse(&whole[..whole.len() - 9]).unwrap();
        assert_eq!(cut.algorithms, None);
        assert_eq!(parse(b"220 ready\r\n"), None);
        assert_eq!(parse(b"SSH-x-y\r\n"), None);
        let long = [b"SSH-2.0-".as_slice(), &[b'a'; 300], b"\r\n"].concat();
        assert_eq!(parse(&long), None);
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0..300_usize) {
            let _any = parse(&bytes);
            let mut hello = hello(["a,b", "b", "c", "c", "d", "d", "none", "none"]);
            for (n, byte) in bytes.iter().take(8).enumerate() {
                let len = hello.len();
                hello[(at + n * 7) % len] = *byte;
            }
            let _bent = parse(&hello);
        }
    }
}
