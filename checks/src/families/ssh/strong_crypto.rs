use super::directive::{Directives, Form, Grade, Keyword, Scope};
use crate::check::{Case, Confidence, Meta, Missing, Need, Severity};

/// The server offers no algorithm with a published weakness. Only the server itself knows its
/// lists, so without its word the check stays undecided. What a client really negotiates, and
/// weaknesses of an implementation, are not seen.
pub(super) const CHECK: Directives = Directives {
    meta: &META,
    keywords: &[
        Keyword::new("ciphers", Form::Algorithms, None),
        Keyword::new("macs", Form::Algorithms, None),
        Keyword::new("kexalgorithms", Form::Algorithms, None),
        Keyword::new("hostkeyalgorithms", Form::Algorithms, None),
    ],
    root_only: false,
    extra: None,
    blame: Some(weak_names),
    grade,
};

const META: Meta = Meta {
    id: "ssh.strong-crypto",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const KEYWORDS: [&str; 4] = ["ciphers", "macs", "kexalgorithms", "hostkeyalgorithms"];

/// Broken: RC4 (RFC 8758), 64-bit blocks (SWEET32), MD5 and truncated MACs (RFC 6151, OpenSSH 7.2
/// release notes), 1024-bit groups and key exchange over SHA-1 (RFC 9142), DSA and RSA signatures
/// over SHA-1 (OpenSSH 7.0 and 8.8 release notes).
const BROKEN: &[&str] = &[
    "none",
    "arcfour",
    "arcfour128",
    "arcfour256",
    "3des-cbc",
    "blowfish-cbc",
    "cast128-cbc",
    "hmac-md5",
    "hmac-md5-96",
    "hmac-md5-etm@openssh.com",
    "hmac-md5-96-etm@openssh.com",
    "hmac-sha1-96",
    "hmac-sha1-96-etm@openssh.com",
    "diffie-hellman-group1-sha1",
    "diffie-hellman-group-exchange-sha1",
    "rsa1024-sha1",
    "ssh-dss",
    "ssh-dss-cert-v01@openssh.com",
    "ssh-rsa",
    "ssh-rsa-cert-v01@openssh.com",
];

/// Weakened, with no practical attack on a default configuration: CBC (CVE-2008-5161), HMAC over
/// SHA-1, 64-bit tags, and a 2048-bit group over SHA-1 (RFC 9142: MAY).
const LEGACY: &[&str] = &[
    "aes128-cbc",
    "aes192-cbc",
    "aes256-cbc",
    "rijndael-cbc@lysator.liu.se",
    "hmac-sha1",
    "hmac-sha1-etm@openssh.com",
    "hmac-ripemd160",
    "hmac-ripemd160@openssh.com",
    "hmac-ripemd160-etm@openssh.com",
    "umac-64@openssh.com",
    "umac-64-etm@openssh.com",
    "diffie-hellman-group14-sha1",
];

fn grade(scope: &Scope, _: &Case<'_>) -> Result<Grade, Missing> {
    let mut worst = Grade::Good;
    for keyword in KEYWORDS {
        let list = scope.text(keyword)?;
        if list.is_empty() || list.ends_with('…') || list.starts_with(['+', '-', '^']) {
            return Err(Missing(keyword.to_owned()));
        }
        worst = worst.max(list.split(',').map(of_name).max().unwrap_or(Grade::Good));
    }
    Ok(worst)
}

/// The broken algorithms; where there are none, those of old.
fn weak_names(scope: &Scope) -> Vec<String> {
    let names = || {
        let lists = KEYWORDS.iter().filter_map(|keyword| scope.maybe(keyword));
        lists.flat_map(|list| list.split(','))
    };
    let among = |worst: &[&str]| -> Vec<String> {
        let found = names().filter(|name| worst.contains(name));
        found.map(str::to_owned).collect()
    };
    let broken = among(BROKEN);
    if broken.is_empty() {
        return among(LEGACY);
    }
    broken
}

fn of_name(name: &str) -> Grade {
    if BROKEN.contains(&name) {
        Grade::Bad("fail")
    } else if LEGACY.contains(&name) {
        Grade::Weak("partial")
    } else {
        Grade::Good
    }
}
