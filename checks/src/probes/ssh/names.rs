//! What is known of SSH's algorithms by name.

/// Broken: RC4 (RFC 8758), 64-bit blocks (SWEET32), MD5 and truncated MACs (RFC 6151, OpenSSH 7.2
/// release notes), 1024-bit groups and key exchange over SHA-1 (RFC 9142), DSA and RSA signatures
/// over SHA-1 (OpenSSH 7.0 and 8.8 release notes).
pub const BROKEN: &[&str] = &[
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
pub const LEGACY: &[&str] = &[
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

/// Key exchanges that join a classical and a post-quantum secret.
const POST_QUANTUM: &[&str] = &[
    "mlkem768x25519-sha256",
    "mlkem768nistp256-sha256",
    "mlkem1024nistp384-sha384",
    "sntrup761x25519-sha512",
    "sntrup761x25519-sha512@openssh.com",
];

/// Whether a key exchange holds against quantum computers.
pub fn is_post_quantum(name: &str) -> bool {
    POST_QUANTUM.contains(&name)
}

/// Whether an entry of the key exchanges only announces an extension (RFC 8308, strict exchange).
pub fn is_mark(name: &str) -> bool {
    name.starts_with("ext-info-") || name.starts_with("kex-strict-")
}
